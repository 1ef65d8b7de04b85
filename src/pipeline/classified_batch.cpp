#include "pipeline/classified_batch.hpp"

#include <algorithm>
#include <ctime>
#include <span>
#include <utility>

#include "model/json.hpp"

namespace taffrail {
namespace {

/// The time that this thread has run. The clock is a system call of some 200 ns, so it is asked once for several lines.
Duration thread_time() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + Duration(spent.tv_nsec);
}
/// As many lines of the longest evaluations that are allowed go 20 ms beyond the budget.
constexpr std::size_t lines_between_looks = 8;

void append_record(Batch& to, const Batch& from, const Record& record) {
  Record copy = record;
  copy.offset = static_cast<std::uint32_t>(to.bytes.size());
  to.bytes += from.text(record);
  to.records.push_back(copy);
}

}  // namespace

ClassifiedBatch::Rendering ClassifiedBatch::render(const Batch& batch) {
  Rendering made;
  // An object is its text and about 220 bytes around it (a 64-digit id among them).
  made.json.reserve(batch.bytes.size() + batch.bytes.size() / 16 + batch.records.size() * 224);
  made.ends.reserve(batch.records.size());
  for (const Record& record : batch.records) {
    append_json(made.json, batch, record);
    made.json += '\n';
    made.ends.push_back(static_cast<std::uint32_t>(made.json.size()));
  }
  return made;
}

void ClassifiedBatch::render() { rendering_ = render(batch_); }

Task<> ClassifiedBatch::rendered(WorkerPool& workers, BatchPtr batch) {
  while (!batch->rendering_ && batch->rendering_now_) co_await batch->rendering_now_->wait();
  if (batch->rendering_) co_return;
  batch->rendering_now_ = std::make_unique<SignalFlag>(co_await asio::this_coro::executor);
  // Others may wait for this, so it must come to its end even when whoever asked first has left. The work itself does:
  // a worker's result is waited for whatever happens; only then a cancelled task ends.
  Rendering made = co_await workers.run_sized(batch->batch_.bytes.size(), [&batch] { return render(batch->batch_); });
  batch->rendering_ = std::move(made);
  const auto waiting = std::move(batch->rendering_now_);
  waiting->notify();
}

std::string_view ClassifiedBatch::ndjson(std::size_t first, std::size_t last) const {
  if (first == last) return {};
  const std::size_t begin = first == 0 ? 0 : rendering_->ends[first - 1];
  return std::string_view(rendering_->json).substr(begin, rendering_->ends[last - 1] - begin);
}

void ClassifiedBatch::prefetch(std::size_t i, std::ptrdiff_t ahead) const {
  constexpr std::size_t cache_line = 64;
  constexpr std::size_t most_bytes = 512;  // of a longer line the processor sees by itself that it is read on
  if (const std::size_t beside = i + static_cast<std::size_t>(ahead); beside < batch_.records.size()) {
    __builtin_prefetch(&batch_.records[beside].seq);
    __builtin_prefetch(&batch_.records[beside].place_time);
  }
  const std::size_t begin = i == 0 ? 0 : rendering_->ends[i - 1];
  const std::size_t bytes = std::min(rendering_->ends[i] - begin, most_bytes);
  for (std::size_t at = 0; at < bytes; at += cache_line) __builtin_prefetch(rendering_->json.data() + begin + at);
}

std::size_t ClassifiedBatch::memory() const {
  std::size_t bytes = batch_.bytes.capacity() + batch_.records.capacity() * sizeof(Record);
  if (rendering_) bytes += rendering_->json.capacity() + rendering_->ends.capacity() * sizeof(std::uint32_t);
  return bytes;
}

void classify(Batch& raw, std::size_t context, LineContext& before) {
  for (Record& record : raw.records) {
    const text::LineInfo info = before.classifier.classify(raw.text(record), record.time, record.stream);
    record.level = info.level;
    record.kind = info.kind;
    record.continues = info.continues;
    text::Level& head_level = before.head_levels[record.stream == text::StdStream::out ? 0 : 1];
    if (!info.continues) head_level = info.level;
    record.head_level = head_level;
  }
  if (context == 0) return;
  // Their room goes with them: sixty lines of 250 KB before one that somebody reads are 15 MB, and the ring of each of
  // thousands of logs begins with one line.
  raw.records = std::vector<Record>(raw.records.begin() + static_cast<std::ptrdiff_t>(context), raw.records.end());
  const std::uint32_t begin =
      raw.records.empty() ? static_cast<std::uint32_t>(raw.bytes.size()) : raw.records.front().offset;
  raw.bytes = std::string(raw.bytes, begin);
  for (Record& record : raw.records) record.offset -= begin;
}

Filtered filter_lines(const Batch& batch, const LineFilter& filter) {
  Filtered filtered;
  filtered.batch.container = batch.container;
  const bool measured = !filter.is_cheap();
  const Duration begun = measured ? thread_time() : Duration();
  std::size_t first_unwanted = batch.records.size();
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const Record& record = batch.records[i];
    if (measured && i % lines_between_looks == lines_between_looks - 1 &&
        thread_time() - begun > FilterBudget::per_batch) {
      filtered.exhausted = true;
      break;
    }
    const bool wanted = filter.wants(batch, record);
    if (first_unwanted == batch.records.size()) {
      if (wanted) continue;
      // Up to here everything was wanted, and nothing was copied.
      for (first_unwanted = i; const Record& before : std::span(batch.records).first(i))
        append_record(filtered.batch, batch, before);
    } else if (wanted) {
      append_record(filtered.batch, batch, record);
    }
  }
  filtered.all = !filtered.exhausted && first_unwanted == batch.records.size();
  if (measured) filtered.took = thread_time() - begun;
  return filtered;
}

}  // namespace taffrail
