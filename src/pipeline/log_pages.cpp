#include "pipeline/log_pages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/timeout.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {
namespace {

/// A line may have so many bytes; a page that is smaller by more than that ended at the log's beginning.
constexpr std::size_t longest_line = 256UZ << 10;

/// A batch that counts as held by reads while it lives.
struct PieceBatch : ClassifiedBatch {
  using ClassifiedBatch::ClassifiedBatch;
  std::optional<MemoryBudget::Held> held;
};

}  // namespace

bool is_transient(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
    case ErrorCode::io:
    case ErrorCode::protocol:
    case ErrorCode::end_of_stream: return true;
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
    case ErrorCode::permission_denied:
    case ErrorCode::too_large:
    case ErrorCode::no_space:
    case ErrorCode::damaged:
    case ErrorCode::cancelled:
    case ErrorCode::internal: return false;
  }
  return false;
}

Task<Result<LogPiece>> LogPages::prepare(LogChunk chunk, LineContext& before) {
  LogPiece piece;
  piece.gap = std::move(chunk.gap);
  Filtered filtered;
  std::shared_ptr<PieceBatch> batch;
  const auto work = [&] {
    if (!chunk.classified) classify(chunk.batch, chunk.context, before);
    const auto& records = chunk.batch.records;
    piece.lines = records.size();
    if (!records.empty()) {
      piece.first = records.front().place();
      piece.last = records.back().place();
    }
    if (work_.keep_seqs) std::ranges::transform(records, std::back_inserter(piece.seqs), &Record::seq);
    if (filter_) filtered = filter_lines(chunk.batch, *filter_);
    batch = std::make_shared<PieceBatch>(!filter_ || filtered.all ? std::move(chunk.batch) : std::move(filtered.batch));
    if (work_.render) batch->render();
  };
  if (filter_ && !filter_->is_cheap())
    co_await work_.filter_workers.run(work);
  else
    co_await work_.workers.run_sized(chunk.batch.bytes.size(), work);
  if (work_.memory) batch->held.emplace(*work_.memory, batch->memory());
  piece.batch = std::move(batch);
  if (piece.lines > 0 && (!newest_ || newest_->seq < piece.last.seq))
    newest_ = Cursor{piece.last.seq, piece.last.time, id_};
  if (filtered.exhausted) co_return std::unexpected(filter_too_dear());
  if (filter_ && work_.budget) {
    work_.budget->charge(filtered.took);
    const Duration debt = work_.budget->debt();
    if (debt > Duration::zero()) co_await sleep_for(debt);
  }
  co_return piece;
}

Task<Result<std::optional<LogPiece>>> ForwardPages::next() {
  if (!reader_) {
    auto opened = co_await origin_.open_log(id_, query_);
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
  auto piece = co_await prepare(std::move(**chunk), context_);
  if (!piece) co_return forward(piece);
  co_return std::move(*piece);
}

BackwardPages::BackwardPages(PageWork work, LogOrigin& origin, ContainerId id, LogQuery query, FilterPtr filter,
                             std::uint64_t expected, std::size_t page_bytes)
    : LogPages(work, origin, std::move(id), std::move(query), std::move(filter)),
      page_lines_(std::clamp(expected, std::uint64_t{1}, largest_page)),
      page_bytes_(page_bytes) {}

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

Task<Result<>> BackwardPages::read_page() {
  LogQuery query = query_;
  query.tail = page_lines_;
  query.tail_bytes = page_bytes_;
  auto reader = co_await origin_.open_log(id_, std::move(query));
  if (!reader) co_return forward(reader);
  LineContext before;
  std::uint64_t lines = 0;
  std::size_t bytes = 0;
  std::optional<Place> oldest;
  for (;;) {
    auto chunk = co_await (*reader)->next();
    if (!chunk) {
      page_.clear();  // a page is read whole or again
      co_return forward(chunk);
    }
    if (!*chunk) break;
    bytes += (*chunk)->batch.bytes.size();
    auto piece = co_await prepare(std::move(**chunk), before);
    if (!piece) {
      page_.clear();
      co_return forward(piece);
    }
    lines += piece->lines;
    if (piece->lines > 0 && !oldest) oldest = piece->first;
    if (piece->lines > 0 || piece->gap) page_.push_back(std::move(*piece));
  }
  at_start_ = !oldest || (lines < page_lines_ && bytes + longest_line < page_bytes_);
  if (oldest) query_.before = Cursor{oldest->seq, oldest->time, id_};
  page_lines_ = std::min(largest_page, page_lines_ * 4);
  co_return Result<>();
}

}  // namespace taffrail
