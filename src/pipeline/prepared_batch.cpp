#include "pipeline/prepared_batch.hpp"

#include <utility>

#include "model/json.hpp"

namespace taffrail {

PickedBatch prepare(Batch raw, std::size_t context, LineContext& before, const RecordFilter& filter) {
  auto prepared = std::make_shared<PreparedBatch>();
  prepared->batch = std::move(raw);
  Batch& batch = prepared->batch;
  for (Record& record : batch.records) {
    const text::LineInfo info = before.classifier.classify(batch.text(record), record.time, record.stream);
    record.level = info.level;
    record.kind = info.kind;
    record.continues = info.continues;
    text::Level& head_level = before.head_levels[record.stream == text::StdStream::out ? 0 : 1];
    if (!info.continues) head_level = info.level;
    record.head_level = head_level;
  }
  if (context > 0)
    batch.records.erase(batch.records.begin(), batch.records.begin() + static_cast<std::ptrdiff_t>(context));
  PickedBatch picked{nullptr, pick(batch, filter)};
  if (!filter) {
    // An object is its text and about 220 bytes around it (a 64-digit id among them).
    prepared->json.reserve(batch.bytes.size() + batch.bytes.size() / 16 + batch.records.size() * 224);
  }
  prepared->json_ends.reserve(batch.records.size());
  auto wanted = picked.picks.begin();
  for (std::uint32_t i = 0; i < batch.records.size(); ++i) {
    if (wanted != picked.picks.end() && *wanted == i) {
      append_json(prepared->json, batch, batch.records[i]);
      prepared->json += '\n';
      ++wanted;
    }
    prepared->json_ends.push_back(static_cast<std::uint32_t>(prepared->json.size()));
  }
  picked.batch = std::move(prepared);
  return picked;
}

std::vector<std::uint32_t> pick(const Batch& batch, const RecordFilter& filter) {
  std::vector<std::uint32_t> picks;
  picks.reserve(filter ? 0 : batch.records.size());
  for (std::uint32_t i = 0; i < batch.records.size(); ++i)
    if (!filter || filter(batch, batch.records[i])) picks.push_back(i);
  return picks;
}

}  // namespace taffrail
