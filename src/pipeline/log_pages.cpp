#include "pipeline/log_pages.hpp"

#include <algorithm>
#include <utility>

namespace taffrail {
namespace {

/// A page of more bytes than this is followed by smaller ones: lines may be 256 KiB each.
constexpr std::size_t heavy_page_bytes = 4UZ * 1024 * 1024;

Cursor cursor_of(const ContainerId& id, const Record& record) { return Cursor{record.seq, record.time, id}; }

}  // namespace

Task<LogPiece> LogPages::prepare_chunk(LogChunk chunk, LineContext& before) {
  PickedBatch prepared = co_await workers_.run_sized(
      chunk.batch.bytes.size(), [&] { return prepare(std::move(chunk.batch), chunk.context, before, filter_); });
  LogPiece piece{std::move(prepared.batch), std::move(prepared.picks), std::move(chunk.gap)};
  if (!piece.batch->batch.records.empty()) {
    const Record& last = piece.batch->batch.records.back();
    if (!newest_ || newest_->seq < last.seq) newest_ = cursor_of(id_, last);
  }
  co_return piece;
}

ForwardPages::ForwardPages(WorkerPool& workers, Source& source, ContainerId id, LogQuery query, RecordFilter filter)
    : LogPages(workers, source, std::move(id), std::move(query), std::move(filter)) {}

Task<Result<std::optional<LogPiece>>> ForwardPages::next() {
  if (!reader_) {
    auto opened = co_await source_.open_log(id_, query_);
    if (!opened) co_return forward(opened);
    reader_ = std::move(*opened);
  }
  auto chunk = co_await reader_->next();
  if (!chunk) {
    reader_.reset();
    if (newest_) query_.after = newest_;
    co_return forward(chunk);
  }
  if (!*chunk) co_return std::nullopt;
  co_return co_await prepare_chunk(std::move(**chunk), context_);
}

BackwardPages::BackwardPages(WorkerPool& workers, Source& source, ContainerId id, LogQuery query, RecordFilter filter,
                             PageLines lines)
    : LogPages(workers, source, std::move(id), std::move(query), std::move(filter)),
      page_lines_(std::clamp(lines.expected, std::uint64_t{1}, lines.largest)),
      largest_(lines.largest) {}

Task<Result<std::optional<LogPiece>>> BackwardPages::next() {
  while (page_.empty() && !at_start_) {
    auto read = co_await read_page();
    if (!read) co_return forward(read);
  }
  if (page_.empty()) co_return std::nullopt;
  LogPiece piece = std::move(page_.back());
  page_.pop_back();
  co_return piece;
}

Task<Result<void>> BackwardPages::read_page() {
  LogQuery query = query_;
  query.tail = page_lines_;
  auto reader = co_await source_.open_log(id_, std::move(query));
  if (!reader) co_return forward(reader);
  LineContext before;
  std::uint64_t lines = 0;
  std::size_t bytes = 0;
  std::optional<Cursor> oldest;
  for (;;) {
    auto chunk = co_await (*reader)->next();
    if (!chunk) {
      page_.clear();  // a page is read whole or again
      co_return forward(chunk);
    }
    if (!*chunk) break;
    LogPiece piece = co_await prepare_chunk(std::move(**chunk), before);
    const Batch& batch = piece.batch->batch;
    lines += batch.records.size();
    bytes += batch.bytes.size();
    if (!batch.records.empty() && !oldest) oldest = cursor_of(id_, batch.records.front());
    std::ranges::reverse(piece.picks);
    if (!batch.records.empty() || piece.gap) page_.push_back(std::move(piece));
  }
  if (lines < page_lines_ || !oldest) at_start_ = true;
  if (oldest) query_.before = oldest;
  query_.until.reset();  // the cursor is the tighter bound from here on
  page_lines_ =
      bytes > heavy_page_bytes ? std::max<std::uint64_t>(1, page_lines_ / 8) : std::min(largest_, page_lines_ * 4);
  co_return Result<void>();
}

}  // namespace taffrail
