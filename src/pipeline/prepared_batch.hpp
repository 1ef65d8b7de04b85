#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/record.hpp"
#include "text/line.hpp"

namespace taffrail {

/// A batch as every consumer receives it: classified, and its records rendered as JSON once for all viewers. Immutable
/// once shared.
struct PreparedBatch {
  Batch batch;
  std::string json;  ///< the JSON object of each record, each followed by a newline; nothing of one that nobody wants
  std::vector<std::uint32_t> json_ends;  ///< where what stands of the i-th record ends

  /// The NDJSON lines of the records [first, last).
  [[nodiscard]] std::string_view ndjson(std::size_t first, std::size_t last) const {
    const std::size_t begin = first == 0 ? 0 : json_ends[first - 1];
    return std::string_view(json).substr(begin, last == 0 ? 0 : json_ends[last - 1] - begin);
  }
  [[nodiscard]] std::size_t memory() const {
    return batch.bytes.capacity() + batch.records.capacity() * sizeof(Record) + json.capacity() +
           json_ends.capacity() * sizeof(std::uint32_t);
  }
};

using BatchPtr = std::shared_ptr<const PreparedBatch>;

/// Whether a viewer wants a record. Pure, and called on workers; empty means all.
using RecordFilter = std::function<bool(const Batch&, const Record&)>;

/// What classifying a line needs to know of those before it; goes on from batch to batch of one reader.
struct LineContext {
  text::LineClassifier classifier;
  std::array<text::Level, 2> head_levels{};  ///< of the last head line of each std stream
};

/// A batch for one viewer: the records it wants, ascending. Only those are rendered.
struct PickedBatch {
  BatchPtr batch;
  std::vector<std::uint32_t> picks;
};

/// Classifies the lines of `raw` in order, drops its first `context` records (they only inform the classifier), and
/// renders those that `filter` wants. Pure but for `before`.
[[nodiscard]] PickedBatch prepare(Batch raw, std::size_t context, LineContext& before, const RecordFilter& filter);

/// The indices of the records that `filter` wants, ascending.
[[nodiscard]] std::vector<std::uint32_t> pick(const Batch& batch, const RecordFilter& filter);

}  // namespace taffrail
