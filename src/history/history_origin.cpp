#include "history/history_origin.hpp"

#include <span>
#include <utility>

namespace taffrail::history {
namespace {

/// A line has so many bytes at most.
constexpr std::size_t longest_line = 256UZ << 10;

/// Whether what is stored is all that there is: the source has nothing of it any more. That it gives no answer now is
/// an error as ever, for whoever is owed all lines must not go on behind a hole.
bool is_only_stored(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::unsupported;
}

}  // namespace

class HistoryOrigin::Rest final : public StoredReader::Rest {
 public:
  Rest(HistoryOrigin& origin, ContainerId id) : origin_(origin), id_(std::move(id)) {}

  [[nodiscard]] Place stored() const override {
    const StoredLog* log = origin_.catalogue_.find(id_);
    return log ? log->read_to() : Place{};
  }
  Task<Result<std::unique_ptr<LogReader>>> open(LogQuery query) override {
    const Container* container = origin_.registry_.find(id_);
    const Host* host = container ? origin_.registry_.find_host(container->host) : nullptr;
    // An engine that is known to be away would be waited for.
    if (!host || (host->state == HostState::unreachable && !query.owed)) co_return nullptr;
    auto opened = co_await origin_.sources_.open_log(id_, std::move(query));
    if (!opened && is_only_stored(opened.error())) co_return nullptr;
    co_return opened;
  }

 private:
  HistoryOrigin& origin_;
  ContainerId id_;
};

Task<Result<std::unique_ptr<LogReader>>> HistoryOrigin::open_log(ContainerId id, LogQuery query) {
  const StoredLog* log = catalogue_.find(id);
  if (!log || (query.after && query.after->seq >= log->last.seq)) {
    auto opened = co_await sources_.open_log(std::move(id), std::move(query));
    if (!opened && log && is_only_stored(opened.error()))
      co_return std::make_unique<ChunksReader>(std::vector<LogChunk>());
    co_return opened;
  }
  // What is asked for ends within what is stored.
  const Place stored = log->read_to();
  const bool stored_only = (query.before && query.before->seq <= stored.seq) || (query.to && *query.to < stored.time);
  if (query.tail) {
    auto opened = co_await open_tail(std::move(id), std::move(query), log->key, stored_only);
    co_return opened;
  }
  std::unique_ptr<Rest> rest;
  if (!stored_only) rest = std::make_unique<Rest>(*this, id);
  co_return std::make_unique<StoredReader>(lines_, log->key, std::move(id), std::move(query), std::move(rest));
}

/// The last lines: what the source has behind the stored ones, and of these what is left to be had.
Task<Result<std::unique_ptr<LogReader>>> HistoryOrigin::open_tail(ContainerId id, LogQuery query, LogKey log,
                                                                  bool stored_only) {
  std::vector<LogChunk> newest;
  if (!stored_only) {
    Rest rest(*this, id);
    const Place stored = rest.stored();
    LogQuery behind = query;
    behind.after = Cursor{stored.seq, stored.time, id};
    auto opened = co_await rest.open(std::move(behind));
    if (!opened) co_return forward(opened);
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    while (*opened) {
      auto chunk = co_await (*opened)->next();
      if (!chunk && !is_only_stored(chunk.error())) co_return forward(chunk);
      if (!chunk || !*chunk) break;
      // Lines before them that only inform the classifier count for nothing: there may be more of them than are wanted.
      for (const Record& line : std::span((*chunk)->batch.records).subspan((*chunk)->context)) {
        ++lines;
        bytes += line.size;
      }
      newest.push_back(std::move(**chunk));
    }
    // Where the next line may have been too long, what is stored before it would leave a hole.
    if (lines >= *query.tail || (lines > 0 && query.tail_bytes && bytes + longest_line >= *query.tail_bytes))
      co_return std::make_unique<ChunksReader>(std::move(newest));
    *query.tail -= lines;
    if (query.tail_bytes) *query.tail_bytes -= bytes;
    // What is being stored at this moment was read just now.
    if (lines > 0 && (!query.before || query.before->seq > stored.seq + 1))
      query.before = Cursor{stored.seq + 1, stored.time, id};
  }
  auto pieces = co_await StoredReader::tail(lines_, log, std::move(id), std::move(query), newest.empty());
  if (!pieces) co_return forward(pieces);
  for (LogChunk& chunk : newest) pieces->push_back(std::move(chunk));
  co_return std::make_unique<ChunksReader>(std::move(*pieces));
}

ContainerPtr HistoryOrigin::find_gone(const ContainerId& id) const {
  const StoredLog* log = catalogue_.find(id);
  return log ? log->container : sources_.find_gone(id);
}

}  // namespace taffrail::history
