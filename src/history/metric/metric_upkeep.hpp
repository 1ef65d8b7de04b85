#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/metric/metric_rows.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// How much of samples and events is kept.
struct MetricRetention {
  std::uint64_t bytes = 64ULL << 20;  ///< of metrics.db
  std::optional<Duration> age;        ///< nothing: any
  friend bool operator==(const MetricRetention&, const MetricRetention&) = default;
};

/// What metrics.db needs from time to time: frames become blocks, old blocks coarser ones, and what is too much goes.
/// One thing at a time; on the owner thread.
class MetricUpkeep {
 public:
  /// Events that are kept of one container, and of all: some 20 MB.
  static constexpr std::size_t most_events_of_one = 5'000;
  static constexpr std::size_t most_events = 100'000;

  /// @param store @param workers outlive it
  MetricUpkeep(store::Store& store, WorkerPool& workers) : store_(store), workers_(workers) {}

  /// Errors of the store, as below.
  /// @param written_until samples are written up to here: windows of frames that ended before become blocks
  /// @param now the time that ages go by
  Task<Result<>> make_coarser(Time written_until, Time now);
  /// Deletes what is too old, and the oldest where there is too much.
  /// @return bytes of the database that are in use then
  Task<Result<std::uint64_t>> drop(const MetricRetention& retention, Time now);
  /// Writes what was planned.
  Task<Result<>> carry_out_later(MetricMove move);
  /// Blocks and frames that could not be read, since this was asked last.
  [[nodiscard]] std::uint64_t take_damaged();

 private:
  Task<Result<>> make_blocks(std::int64_t now_window);
  Task<Result<>> roll_up(std::size_t level, Time now);

  store::Store& store_;
  WorkerPool& workers_;
  std::uint64_t damaged_ = 0;
};

}  // namespace taffrail::history
