#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/queue_levels.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "model/container.hpp"
#include "pipeline/log_item.hpp"
#include "pipeline/log_ring.hpp"
#include "pipeline/pipeline_metrics.hpp"
#include "source/source.hpp"

namespace taffrail {

/// The live log of one container: the one reader that all who follow it share. It classifies each batch once and
/// publishes it in the ring; what nobody looks at is not rendered.
class LogStream {
 public:
  LogStream(const Executor& executor, WorkerPool& workers, RingMemory& memory, Container container, Source& source,
            PipelineMetrics& metrics);

  /// Reads until cancelled or the container is gone. Called once, by the hub.
  Task<> run();
  /// The container changed: a reader that waits for it to run looks again.
  void container_changed(const Container& container);
  /// The container was removed: nothing will come any more.
  void container_gone();

  /// False until the first reading of the log is open (or never will be): before, the ring may miss lines that a
  /// follower's own reading of the backlog also misses.
  [[nodiscard]] bool opened() const { return opened_; }
  /// The last line that there was when the log was opened first; nothing: there was none, or it is not open yet.
  [[nodiscard]] const std::optional<Cursor>& opened_behind() const { return opened_behind_; }
  /// True once the first try to open the log has ended, well or not.
  [[nodiscard]] bool tried() const { return opened_ || state_version_ > 0; }
  [[nodiscard]] LogState state() const;
  /// Rises with every change of state().
  [[nodiscard]] std::uint64_t state_version() const { return state_version_; }
  [[nodiscard]] const ContainerId& id() const { return container_.id; }
  [[nodiscard]] LogRing& ring() { return ring_; }
  [[nodiscard]] const LogRing& ring() const { return ring_; }

  /// What a filter leaves of an entry of the ring, rendered; null for nothing. Evaluated on a worker, once for each
  /// distinct filter. Error too_large, in words for the person who wrote the filter, when it needs too much for that.
  /// @param filter null: all lines
  /// @param budget of whoever asks; charged when the work was done for it
  Task<Result<BatchPtr>> view(std::uint64_t index, FilterPtr filter, WorkerPool& filter_workers, FilterBudget& budget);

 private:
  /// Publishes what a reading gives. Nothing when the log ended by itself, else why it broke.
  Task<std::optional<Error>> read_until_broken(LogQuery query);
  /// Returns a little after the container was removed.
  Task<> until_gone();
  Task<> publish(LogChunk chunk);
  /// Leaves the log alone for as long as all who follow it have patience, from `looked` on.
  Task<> gather(SteadyTime looked);
  void set_state(LogState::What what, std::string reason);

  WorkerPool& workers_;
  Container container_;
  Source& source_;
  PipelineMetrics& metrics_;
  prometheus::Counter& lines_;
  prometheus::Counter& bytes_;

  asio::steady_timer look_again_;
  LogRing ring_;
  std::optional<Cursor> last_;
  LineContext context_;
  std::size_t lately_ = 0;  // bytes of the last look, half of those of the one before, and so on

  bool opened_ = false;
  std::optional<Cursor> opened_behind_;
  bool gone_ = false;
  LogState::What what_ = LogState::What::waiting;
  std::string reason_ = "opening the log";
  std::uint64_t state_version_ = 0;
  std::uint64_t container_version_ = 0;
  SignalFlag changed_;  // container_changed or container_gone was called
  SignalFlag viewed_;   // a view is ready
};

/// Error too_large of a filter that ran out of what it may take of the workers.
[[nodiscard]] Error filter_too_dear();

}  // namespace taffrail
