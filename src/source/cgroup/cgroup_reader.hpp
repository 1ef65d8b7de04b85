#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/stats.hpp"

namespace taffrail::cgroup {

/// Where the kernel's file systems are mounted.
struct Roots {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
  /// Of a host whose root is mounted at `host_root` (empty: our own).
  [[nodiscard]] static Roots under(const std::string& host_root);
};

/// Reads the metrics of one run of one container from its cgroup's files, v1 or v2 (or both: the hybrid layout), and
/// its network's from /proc. Which files there are is found out once. Then a reading opens each, reads and closes it,
/// or, while they are kept open (`keep_open`), reads each again: 13 descriptors for a third of the time. Blocking, for
/// workers.
///
/// What the platform does not have is absent. What could not be read is an Error: a reading that lacks a part only
/// because descriptors were used up would be taken for a platform that has no such part, or for a value without what is
/// to be taken off it.
class CgroupReader {
 public:
  /// What keeping open takes at most: a descriptor a file and one for the process's folder.
  static constexpr std::size_t most_descriptors = 13;

  /// @param id as the engine names the container, 64 hex digits: its cgroup's name has it in it
  /// @param pid of its first process on that host; 0: not known, then the usual places are looked at, and there is no
  ///        network
  /// Errors: invalid_argument for another id; not_found (no such process, or no cgroup of this container is visible
  /// from here), permission_denied; unavailable (out of descriptors), which says nothing about what is there.
  [[nodiscard]] static Result<std::unique_ptr<CgroupReader>> open(const Roots& roots, std::string_view id,
                                                                  std::int64_t pid);
  CgroupReader(const CgroupReader&) = delete;
  CgroupReader& operator=(const CgroupReader&) = delete;
  ~CgroupReader();

  /// A container that has used no CPU time since it was read has forked nothing and touched no memory: its memory and
  /// processes, whose files are the dearest, are then read again only so long after. (The kernel may take memory from
  /// it meanwhile, and somebody change its limit.)
  static constexpr Duration look_again = std::chrono::seconds(10);

  /// What the files say now; nothing when the container has ended. Errors: those of the system calls.
  /// @param time, steady now, by either clock
  [[nodiscard]] Result<std::optional<StatCounters>> read(Time time, SteadyTime steady);

  /// Opens all files for the readings to come; whether that succeeded. Nothing is open when it did not.
  bool keep_open();
  void close();
  [[nodiscard]] bool is_open() const { return open_; }

 private:
  enum File : std::size_t {
    cpu_stat,
    cpu_usage,
    memory_usage,
    memory_stat,
    memory_limit,
    memory_swap,
    memory_events,
    pids,
    io,
    cpu_pressure,
    memory_pressure,
    io_pressure,
    count
  };
  /// Where a file lies: the folder's place in folders_.
  struct Place {
    const char* name = nullptr;  // null: the platform has no such file
    std::size_t folder = 0;
  };
  /// How one reading goes.
  struct Outcome {
    bool ended = false;           // a file that was there is not: the container has ended
    std::optional<Error> failed;  // a file could not be read
  };
  CgroupReader() { files_.fill(-1); }
  Result<> find_v2_files(std::string folder);
  Result<> find_v1_files(const Roots& roots, std::string_view memberships);
  Result<> look_for(std::initializer_list<std::pair<File, const char*>> files);
  void find_process(const Roots& roots, std::int64_t pid);
  void read_cpu(StatCounters& out, Outcome& outcome) const;
  void read_memory(StatCounters& out, Outcome& outcome) const;
  void read_network(StatCounters& out, Outcome& outcome) const;
  [[nodiscard]] std::string path_of(File file) const {
    return folders_[places_[file].folder] + "/" + places_[file].name;
  }
  [[nodiscard]] std::string_view text(File file, Outcome& outcome) const;

  std::string id_;
  std::vector<std::string> folders_;  // of v2 one, of v1 one for each controller
  std::array<Place, File::count> places_;
  std::string process_folder_;        // /proc/PID; empty: unknown, or it shares the host's network
  std::optional<StatCounters> last_;  // that was read whole
  bool v2_ = false;
  bool open_ = false;
  std::array<int, File::count> files_;  // descriptors while open_; -1: none
  int process_ = -1;                    // of process_folder_
};

}  // namespace taffrail::cgroup
