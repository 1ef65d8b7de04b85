#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/signal_flag.hpp"
#include "base/worker_pool.hpp"
#include "model/record.hpp"
#include "pipeline/line_filter.hpp"
#include "text/line.hpp"

namespace taffrail {

class ClassifiedBatch;
using BatchPtr = std::shared_ptr<const ClassifiedBatch>;

/// A batch as every consumer receives it: its records' level, kind and head are set, once for all. What only viewers
/// need, the records as JSON, is made when the first of them asks, once for all of them.
class ClassifiedBatch {
 public:
  explicit ClassifiedBatch(Batch classified) : batch_(std::move(classified)) {}

  [[nodiscard]] const Batch& batch() const { return batch_; }
  [[nodiscard]] bool empty() const { return batch_.records.empty(); }

  /// Renders the records, before the batch is shared.
  void render();
  /// Sees to it that the batch is rendered, on a worker where it is large; for the owner thread. Of several who ask
  /// meanwhile the first has it done.
  static Task<> rendered(WorkerPool& workers, BatchPtr batch);
  [[nodiscard]] bool is_rendered() const { return rendering_.has_value(); }
  /// The NDJSON lines of the records [first, last) of a rendered batch.
  [[nodiscard]] std::string_view ndjson(std::size_t first, std::size_t last) const;
  /// Where the i-th record's line ends in ndjson(0, …) of a rendered batch.
  [[nodiscard]] std::size_t ndjson_end(std::size_t i) const { return rendering_->ends[i]; }

  /// Begins to bring the line of a record of a rendered batch from memory into the processor's cache, and the record
  /// behind it (`ahead` 1) or before it (-1). A merge of many logs comes back to each after it went through all others,
  /// and would wait for memory at each line.
  void prefetch(std::size_t i, std::ptrdiff_t ahead) const;

  /// Bytes that it holds now.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Rendering {
    std::string json;                 // the JSON object of each record, each followed by a newline
    std::vector<std::uint32_t> ends;  // where that of the i-th record ends
  };
  static Rendering render(const Batch& batch);

  Batch batch_;
  // Made late, on demand, and never changed then. Only the owner thread looks at these two.
  mutable std::optional<Rendering> rendering_;
  mutable std::unique_ptr<SignalFlag> rendering_now_;
};

/// What classifying a line needs to know of those before it; goes on from batch to batch of one reader.
struct LineContext {
  text::LineClassifier classifier;
  std::array<text::Level, 2> head_levels{};  ///< of the last head line of each std stream
};

/// Sets level, kind and head of the lines of `raw` in order, and drops its first `context` records, which only inform
/// the classifier. Pure but for `before`.
void classify(Batch& raw, std::size_t context, LineContext& before);

/// The lines that a filter wants.
struct Filtered {
  Batch batch;             ///< those lines
  Duration took{};         ///< CPU time
  bool all = false;        ///< it wants every line, so `batch` was left empty
  bool exhausted = false;  ///< the budget for a batch ended before its lines did
};
/// @param filter not null
[[nodiscard]] Filtered filter_lines(const Batch& batch, const LineFilter& filter);

}  // namespace taffrail
