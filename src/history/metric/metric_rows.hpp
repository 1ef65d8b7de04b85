#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/metric/metric_level.hpp"
#include "history/metric/metric_point.hpp"
#include "model/container.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// The row of a container in metrics.db. Never given twice.
using SeriesKey = std::int64_t;

/// The row of a container, which is made where there is none.
[[nodiscard]] Result<SeriesKey> put_series(store::Transaction& transaction, const ContainerId& id);

/// Whether there is such a level, and all points lie within this window of it.
[[nodiscard]] bool lie_within(const std::vector<MetricPoint>& points, std::size_t level, std::int64_t window);

/// A sample, and whose it is.
struct KeyedSample {
  SeriesKey series = 0;
  PackedSample sample;
};

/// What came of up to 1,024 series in one step: written every ten seconds, and made into blocks later. The keys stand
/// in the place of steps.
struct MetricFrame {
  /// Series of a chunk. A chunk is what is unpacked at a time: of one series' question, or of its blocks' making.
  static constexpr SeriesKey chunk_size = 1024;
  std::int64_t chunk = 0;
  std::int64_t step = 0;
  std::string bytes;
};

/// Makes frames of samples, one of each step and chunk. For a worker.
[[nodiscard]] std::vector<MetricFrame> make_frames(const std::vector<KeyedSample>& samples);
[[nodiscard]] Result<> insert_frame(store::Transaction& transaction, const MetricFrame& frame);

/// A block as it is to be written.
struct EncodedMetrics {
  SeriesKey series = 0;
  std::size_t level = 0;
  std::int64_t window = 0;
  std::string bytes;
};

/// What is written in place of what else.
struct MetricMove {
  std::vector<EncodedMetrics> blocks;
  std::vector<std::int64_t> frames;  ///< rows that go
  std::vector<std::int64_t> gone;    ///< rows of `block` that go
  std::size_t damaged = 0;           ///< frames and blocks that could not be read
  [[nodiscard]] bool empty() const { return frames.empty() && gone.empty(); }
};

/// What makes blocks of one chunk's frames whose steps lie in other windows than this one. Frames of this window, too,
/// where there are twice as many as a window has steps.
[[nodiscard]] Result<MetricMove> plan_blocks(store::Snapshot& snapshot, std::int64_t chunk, std::int64_t now_window);
/// What adds samples of one series, of any age, to its blocks.
[[nodiscard]] Result<MetricMove> plan_samples(store::Snapshot& snapshot, SeriesKey series,
                                              const std::vector<StatSample>& samples);
/// What adds points of a level to the block that a series has in a window, or may have.
[[nodiscard]] Result<MetricMove> plan_points(store::Snapshot& snapshot, SeriesKey series, std::size_t level,
                                             std::int64_t window, const std::vector<MetricPoint>& points);
/// The chunks that have such frames.
[[nodiscard]] Result<std::vector<std::int64_t>> chunks_to_plan(store::Snapshot& snapshot, std::int64_t now_window);

/// What moves a series' points of `level` up to `window` to the level above.
[[nodiscard]] Result<MetricMove> plan_roll_up(store::Snapshot& snapshot, SeriesKey series, std::size_t level,
                                              std::int64_t window);
/// The series that have a block of `level` that is not behind `window`, from `after` on, at most so many.
[[nodiscard]] Result<std::vector<SeriesKey>> series_to_roll(store::Snapshot& snapshot, std::size_t level,
                                                            std::int64_t window, SeriesKey after, std::size_t most);

/// Writes it. Blocks of series that were forgotten meanwhile are left out.
[[nodiscard]] Result<> carry_out(store::Transaction& transaction, const MetricMove& move);

/// Adds the points of a series that lie in [since, until) to `steps`, the coarse ones first. What is damaged is passed
/// over and counted.
[[nodiscard]] Result<> read_points(store::Snapshot& snapshot, SeriesKey series, Time since, Time until,
                                   MetricSteps& steps, std::size_t& damaged);

/// The number that a query gives: the first column of its first row, 0 where there is none.
[[nodiscard]] Result<std::int64_t> number(store::Snapshot& snapshot, std::string_view sql);

}  // namespace taffrail::history
