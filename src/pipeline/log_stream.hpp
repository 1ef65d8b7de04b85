#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>

#include "base/queue_levels.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "model/container.hpp"
#include "pipeline/log_read.hpp"
#include "pipeline/pipeline_metrics.hpp"
#include "source/source.hpp"

namespace taffrail {

/// The live log of one container: one reader, and a ring of its last batches that all viewers read at their own pace.
/// A viewer is an index into the ring. The ring is bounded in bytes and batches; whoever falls off its old end knows
/// how many lines that was, because every entry carries the count of lines before it.
class LogStream {
 public:
  /// Bytes of lines and their rendered form that a ring holds: at a full-speed container, about a tenth of a second of
  /// 1 M lines/s; at 1,000 lines/s, half a minute. More would let slower viewers go without gaps.
  static constexpr std::size_t ring_bytes = 16UZ * 1024 * 1024;
  /// A container that writes a line now and then has a batch for each.
  static constexpr std::size_t ring_batches = 8192;
  /// In place of an index: a viewer that reads its backlog from the source.
  static constexpr std::uint64_t not_in_ring = ~std::uint64_t{0};

  /// Batches that fell off the ring of which we know yet how many lines they made: in them a viewer that reads again
  /// from the source finds out where it stands. 24 bytes each.
  static constexpr std::size_t dropped_marks = 4096;

  /// A place in what was published: so many lines came up to there since the stream began, and so often the source had
  /// lost some.
  struct Place {
    std::uint64_t lines = 0;
    std::uint64_t losses = 0;
  };
  /// The end of a batch: `last` is the last line there is up to it.
  struct Mark {
    Seq last = 0;
    Place place;
  };
  struct Entry {
    BatchPtr batch;
    std::optional<Gap> gap;  ///< lines the source lost just before this batch
    Place before;            ///< of this batch, and of the gap
    Mark end;
  };

  LogStream(const Executor& executor, WorkerPool& workers, Container container, Source& source,
            PipelineMetrics& metrics);

  /// Reads until cancelled or the container is gone. Called once, by the hub.
  Task<> run();
  /// The container changed: a reader that waits for it to run looks again.
  void container_changed(const Container& container);
  /// The container was removed: nothing will come any more.
  void container_gone();

  /// False until the first reading of the log is open (or has failed): before, the ring may miss lines that a viewer's
  /// own reading of the backlog also misses.
  [[nodiscard]] bool opened() const { return opened_; }
  /// True once the first try to open the log has ended, well or not.
  [[nodiscard]] bool tried() const { return opened_ || state_version_ > 0; }
  [[nodiscard]] LogState state() const;
  /// Rises with every change of state().
  [[nodiscard]] std::uint64_t state_version() const { return state_version_; }

  [[nodiscard]] std::uint64_t first_index() const { return first_index_; }
  [[nodiscard]] std::uint64_t end_index() const { return first_index_ + entries_.size(); }
  /// @param index first_index() <= index < end_index()
  [[nodiscard]] const Entry& entry(std::uint64_t index) const { return entries_[index - first_index_]; }
  /// The end of all that was published.
  [[nodiscard]] const Place& total() const { return total_; }
  /// The first end of a batch, held or dropped lately, among the lines from `first` to `last`.
  [[nodiscard]] std::optional<Mark> mark_among(Seq first, Seq last) const;
  /// The seq of the last line that fell off the ring's old end; 0 for none.
  [[nodiscard]] Seq last_dropped() const { return last_dropped_; }

  /// `flag` is notified at every new entry and change of state until `remove_viewer`.
  /// @param next the index of the entry that the viewer takes next; not_in_ring while it reads elsewhere
  void add_viewer(SignalFlag& flag, const std::uint64_t& next) { viewers_.push_back({&flag, &next}); }
  void remove_viewer(const std::uint64_t& next) {
    viewers_.remove_if([&next](const Viewer& viewer) { return viewer.next == &next; });
  }
  [[nodiscard]] bool has_viewers() const { return !viewers_.empty(); }
  [[nodiscard]] const ContainerId& id() const { return container_.id; }
  void add_queues(QueueLevels& levels) const;

 private:
  struct Viewer {
    SignalFlag* flag;
    const std::uint64_t* next;
  };

  /// Publishes what a reading gives. Nothing when the log ended by itself, else why it broke.
  Task<std::optional<Error>> read_until_broken(LogQuery query);
  void drop_oldest();
  /// Returns a little after the container was removed.
  Task<> until_gone();
  Task<> publish(LogChunk chunk);
  void set_state(LogState::What what, std::string reason);
  void notify_viewers();

  WorkerPool& workers_;
  Container container_;
  Source& source_;
  PipelineMetrics& metrics_;
  prometheus::Counter& lines_;
  prometheus::Counter& bytes_;

  std::deque<Entry> entries_;
  std::uint64_t first_index_ = 0;
  std::size_t held_bytes_ = 0;
  Place total_;
  std::deque<Mark> dropped_;  // the last dropped_marks of them
  Seq last_dropped_ = 0;
  std::optional<Cursor> last_;
  LineContext context_;

  bool opened_ = false;
  bool gone_ = false;
  LogState::What what_ = LogState::What::waiting;
  std::string reason_ = "opening the log";
  std::uint64_t state_version_ = 0;
  std::uint64_t container_version_ = 0;
  std::list<Viewer> viewers_;
  SignalFlag changed_;  // container_changed or container_gone was called
};

}  // namespace taffrail
