#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "source/logfile/folder_names.hpp"
#include "source/logfile/generation_index.hpp"
#include "source/logfile/generations.hpp"
#include "source/source.hpp"

namespace taffrail::logfile {

/// A plain file's last line without a newline is taken to be whole when nobody has written for so long.
inline constexpr Duration quiet = std::chrono::seconds(2);

/// Names what a file held between two truncations, for the readers of a log.
struct GenerationKey {
  std::uint64_t number = 0;  ///< of the generation, in its log
  std::uint32_t epoch = 0;   ///< how often it was truncated, or named anew
  friend bool operator==(const GenerationKey&, const GenerationKey&) = default;
};

/// A file of a log and how far one reading goes in it.
struct Part {
  static constexpr std::uint64_t no_end = ~std::uint64_t{0};

  LogFile file;
  FileStatus status;
  GenerationKey key;
  std::string head{};          ///< its first bytes when it was opened: others mean that it was truncated since
  std::uint64_t end = no_end;  ///< lines that begin here or later are not read
  bool gap_before = false;     ///< a file between the one before and this one was perhaps never seen
};

/// Where a reading begins.
struct Start {
  std::size_t part = 0;
  std::uint64_t offset = 0;  ///< in that part: the beginning of a row
  LogState state;            ///< before that row
  Seq floor = 0;             ///< lines up to this one count as context
  std::uint64_t skip = 0;    ///< of the wanted lines from there on, so many count as context
  bool after_gone = false;   ///< the query's `after` names no line that is still there
  bool short_tail = false;   ///< the tail has all the wanted lines that there are
};

/// What is known of the log at one path, shared by all its readers: its generations (a file that has had the path, or
/// what a file holds since it was last truncated), and of each the index of its blocks.
///
/// *Names.* Lines of an engine's log are named by Sequencer. A line of a plain file has the base of its generation +
/// its offset + 1; the base is the file's birth in the Sequencer's ticks (125 ns), or 64 MiB past the end of the
/// generation before it where that lies higher, so it rises with each rotation. A rotated file found later (compressed,
/// copied) ends right below the next one. What is stable when:
/// - as long as the program runs: everything.
/// - after a restart: in engines' logs everything, but behind a clock step whose lines are gone; in plain ones all of a
///   file system that keeps birth times, as long as no generation grew by more than 8 MB a second over its whole life
///   or lived less than 8 seconds, and the file was not truncated in place while the program ran.
/// - otherwise the numbers begin anew, and a cursor from before is honoured by its time.
///
/// All functions may be called from any thread, and block on the file system: the readers of a log are on several
/// workers at once. A look at the file and what follows from it are one step, so that a look from before a truncation
/// is never applied after it.
class Log {
 public:
  /// @param memory what all indexes take together, to which this one adds; null: nobody asks
  /// @param folders shared by logs that may lie in one folder
  explicit Log(LogOptions options, std::shared_ptr<std::atomic<std::size_t>> memory = nullptr,
               std::shared_ptr<FolderNames> folders = std::make_shared<FolderNames>())
      : options_(std::move(options)), all_memory_(std::move(memory)), folders_(std::move(folders)) {}
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  [[nodiscard]] const LogOptions& options() const { return options_; }

  struct Opened {
    std::vector<Part> parts;  ///< oldest first
    Start start;
    bool settled = true;
    Duration unfinished_for{};  ///< so long the last line has still to be left alone to count as a whole one
  };
  /// Opens the files and finds where what `query` asks for begins; sets each part's `end` for a reading that does not
  /// follow. Where the numbers began anew since the query's `after` was made, that is replaced by its time.
  /// Errors: those of open_generations; io.
  /// @param last_line_whole what is unfinished at the end is a line, too
  Result<Opened> open(LogQuery& query, Time now, bool last_line_whole);

  struct Successors {
    std::vector<Part> parts;  ///< all that are there
    bool cut_off = false;
    bool settled = true;
    bool unread = false;
  };
  /// Opens the files again. Errors as of open.
  Result<Successors> open_again(Time now);

  struct Look {
    FileStatus status;
    GenerationKey key;
  };
  /// Looks at a file: a size below one seen before is a truncation. Error: io.
  Result<Look> look(Part& part, Time now);
  /// A reader has read the part up to `offset`. What is new with that was written just now.
  /// @param states_times a line before has stated a time
  void reached(const Part& part, std::uint64_t offset, bool states_times, Time now);
  /// The caller, whose state is this, has seen that the file was truncated, and perhaps written again. Error: io.
  Result<Look> truncated(const Part& part, const LogState& state, Time now);
  /// The part took the path over from one whose names end at `floor`, so its own must lie above.
  GenerationKey above(const Part& part, Seq floor);
  /// The last line of the part, without a newline, was taken to be whole; what comes from `offset` on is another one.
  /// False when no more of that can be remembered: it must not be taken so.
  bool split(const Part& part, std::uint64_t offset);
  /// A reader begins with the part, knowing of what is before it this. The state that all readers begin it with.
  LogState enter(const Part& part, const LogState& state);
  [[nodiscard]] Ground ground(const Part& part);
  [[nodiscard]] Seq base(const Part& part) { return ground(part).base; }

  /// Bytes that the index takes; for the owner thread as well.
  [[nodiscard]] std::size_t memory() const { return memory_; }
  /// Forgets the index, unless it is in use.
  void drop_index();

 private:
  friend class Finder;

  struct Generation {
    explicit Generation(const LogOptions& options) : plain(options.plain()), index(options) {}
    void set_head(std::string bytes) {
      head = std::move(bytes);
      if (plain) ground.encoding = text::utf16_mark(head);
    }

    bool plain;

    GenerationKey key;
    FileIdentity identity;
    std::string head;
    std::uint64_t size = 0;  // the largest seen in this epoch
    Ground ground;
    bool fixed = false;          // lines were named by the state before it, which must not change any more
    bool states_times = false;   // a line has, so that marks are of no more use
    std::uint64_t seen_to = 0;   // what is behind came later than the last mark
    std::optional<Place> named;  // the place of the last line that was named, if behind what the index knows
    GenerationIndex index;
  };

  Generation* find(GenerationKey key);
  std::vector<Generation*> known(const std::vector<OpenGeneration>& files);
  std::vector<Part> take_in(std::vector<OpenGeneration> files, Time now);
  [[nodiscard]] Seq base_of(const OpenGeneration& file, std::size_t at) const;
  Generation& add(const OpenGeneration& file, std::size_t at);
  void mark(Generation& generation, std::uint64_t size, Time now);
  void start_over(Generation& generation, const LogState& state, std::uint64_t size, Time now);
  Time leading_time(OpenGeneration& file);
  Result<> index(std::vector<Part>& parts);
  Result<LogState> state_at_end(std::size_t at, Part* part);
  void count_memory();

  LogOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Generation>> generations_;  // oldest first
  std::uint64_t next_number_ = 1;
  std::atomic<std::size_t> memory_ = 0;
  std::shared_ptr<std::atomic<std::size_t>> all_memory_;
  std::shared_ptr<FolderNames> folders_;
};

/// The logs of a source, and what their indexes may take of memory together: those that were opened longest ago are
/// forgotten first, which costs the next read of theirs a pass over what it needs.
class Logs {
 public:
  /// Enough for 10 GB of logs read through; less makes scrolling in many large logs dearer.
  static constexpr std::size_t default_bound = 16 << 20;

  explicit Logs(std::size_t bound = default_bound) : bound_(bound) {}

  /// The log with these options; the same one for the same path as long as they are the same.
  std::shared_ptr<Log> at(const LogOptions& options);
  /// Its file is gone for good.
  void forget(const std::string& path);
  [[nodiscard]] std::size_t memory() const { return *memory_; }
  [[nodiscard]] std::size_t bound() const { return bound_; }
  /// Keeps the bound. To be called now and then; touches no file.
  void trim();

 private:
  using Order = std::list<std::shared_ptr<Log>>;  // the one opened last first

  std::size_t bound_;
  std::shared_ptr<std::atomic<std::size_t>> memory_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::shared_ptr<FolderNames> folders_ = std::make_shared<FolderNames>();
  Order order_;
  std::unordered_map<std::string, Order::iterator> by_path_;
};

}  // namespace taffrail::logfile
