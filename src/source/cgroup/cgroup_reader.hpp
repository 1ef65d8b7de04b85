#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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
/// its network's from /proc. The descriptors are kept open, a reading is a pread each; after the container's end they
/// give errors, not another container's numbers. Blocking, for workers; microseconds.
class CgroupReader {
 public:
  /// @param id as the engine names the container: its cgroup's name has it in it
  /// @param pid of its first process on that host; 0: not known, then the usual places are looked at, and there is no
  ///        network
  /// Errors: not_found (no such process, or no cgroup of this container is visible from here), permission_denied,
  /// unavailable (out of descriptors).
  [[nodiscard]] static Result<std::unique_ptr<CgroupReader>> open(const Roots& roots, std::string_view id,
                                                                  std::int64_t pid);
  CgroupReader(const CgroupReader&) = delete;
  CgroupReader& operator=(const CgroupReader&) = delete;
  ~CgroupReader();

  /// What the files say now, at `time`; nothing when the container has ended.
  [[nodiscard]] std::optional<StatCounters> read(Time time) const;

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
  CgroupReader() { files_.fill(-1); }
  void open_v2(const std::string& folder);
  void open_v1(const Roots& roots, std::string_view id, std::string_view memberships);
  void open_file(File file, const std::string& path);
  void open_process(const Roots& roots, std::int64_t pid);
  void read_cpu(StatCounters& out) const;
  void read_memory(StatCounters& out) const;
  void read_network(StatCounters& out) const;
  [[nodiscard]] std::string_view text(File file) const;

  std::array<int, File::count> files_;  // descriptors; -1: the platform has no such file
  int process_ = -1;                    // the folder /proc/PID; -1: unknown, or it shares the host's network
  bool v2_ = false;
};

}  // namespace taffrail::cgroup
