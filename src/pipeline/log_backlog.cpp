#include "pipeline/log_backlog.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace taffrail {
namespace {

/// Lines in one answer: enough to fill a large frame, few enough that the owner thread stays responsive.
constexpr std::uint64_t lines_per_answer = 4096;
/// Bytes of an answer, as JSON: what is sent at once.
constexpr std::size_t bytes_per_answer = 256UZ * 1024;
/// Bytes of lines that one lane holds, however few there are: two thousand lines of a kilobyte are as fast as more.
constexpr std::size_t most_lane_bytes = 2048UZ * 1024;
/// Bytes of a tail, as JSON, that is held; a longer one is looked through twice.
constexpr std::size_t most_held_tail = 1024UZ * 1024;
/// Lines a following read looks through per container for the wanted lines of its tail before it goes live without
/// them; a viewer pages further back by cursor.
constexpr std::uint64_t max_follow_scan = 100'000;

Cursor cursor_of(const LogLines& lines) { return Cursor::of(lines.end(), lines.batch->batch().container); }

}  // namespace

LogBacklog::LogBacklog(LogContextPtr context, std::vector<BacklogPart> parts)
    : context_(std::move(context)), parts_(std::move(parts)) {
  const LogRequest& request = context_->request;
  if (request.tail) tail_ = std::min(*request.tail, request.limit.value_or(*request.tail));
  done_ = tail_ == 0U && !request.follow;
  // A tail goes up to the log's end, which may be ahead of what its stream has published.
  if (tail_)
    for (BacklogPart& part : parts_) part.ceiling.reset();
  merge_ = make_merge(tail_ || request.descending, std::nullopt);
  if (tail_ && request.follow) merge_->set_scan_limit(max_follow_scan);
}

std::unique_ptr<LogMerge> LogBacklog::make_merge(bool backward, const std::optional<Cursor>& after) const {
  const LogRequest& request = context_->request;
  const std::size_t lanes = std::max<std::size_t>(parts_.size(), 1);
  BacklogLane::Plan plan;
  plan.backward = backward;
  plan.after = after;
  plan.only_end = tail_ == 0U;
  plan.bytes = std::min(context_->piece_bytes() / (lanes + LogMerge::read_ahead(lanes)), most_lane_bytes);
  // So that a tail of 100 over 50 containers does not read 5,000 lines.
  const auto wanted = tail_ ? tail_ : request.limit;
  if (wanted && lanes == 1 && !request.filter_of)
    plan.expected = *wanted;
  else if (wanted)
    plan.expected = std::max<std::uint64_t>(16, 2 * *wanted / lanes);
  std::vector<std::shared_ptr<BacklogLane>> made;
  made.reserve(parts_.size());
  for (const BacklogPart& part : parts_) {
    plan.ceiling = part.ceiling;
    made.push_back(std::make_shared<BacklogLane>(context_, *part.container, plan));
  }
  return std::make_unique<LogMerge>(context_, std::move(made));
}

Task<Result<>> LogBacklog::next(std::vector<LogItem>& items, std::uint64_t most) {
  if (done_) co_return Result<>();
  Result<> step;
  if (tail_)
    step = co_await collect_tail(items);
  else
    step = co_await merge(items, most);
  co_return step;
}

Task<Result<>> LogBacklog::merge(std::vector<LogItem>& items, std::uint64_t most) {
  most = std::min(most, lines_per_answer);
  LogMerge::Amount taken;
  const std::size_t most_bytes = std::min(context_->share() / 4, bytes_per_answer);
  while (taken.lines < most && taken.bytes < most_bytes) {
    auto more = co_await merge_->next(items, {.lines = most - taken.lines, .bytes = most_bytes - taken.bytes});
    if (!more) co_return forward(more);
    if (!*more) {
      done_ = true;
      remember_newest();
      break;
    }
    taken.lines += (*more)->lines;
    taken.bytes += (*more)->bytes;
  }
  co_return Result<>();
}

Task<Result<>> LogBacklog::collect_tail(std::vector<LogItem>& items) {
  const std::uint64_t wanted = *tail_;
  if (wanted == 0) {
    // Nothing of it is given, but what is live begins behind it. The first line is known once every lane has one.
    std::vector<LogItem> ends;
    auto found = co_await merge_->next(ends, {.lines = 1, .bytes = 1});
    if (!found) co_return forward(found);
    done_ = true;
    remember_newest();
    std::ranges::copy_if(ends, std::back_inserter(items),
                         [](const LogItem& item) { return std::holds_alternative<LogState>(item); });
    co_return Result<>();
  }
  const std::size_t most_bytes = std::min(context_->share() / 4, most_held_tail);
  std::vector<LogItem> collected;
  LogMerge::Amount taken;
  while (taken.lines < wanted) {
    auto more = co_await merge_->next(collected, {.lines = wanted - taken.lines, .bytes = most_bytes - taken.bytes});
    if (!more) co_return forward(more);
    if (!*more) break;
    taken.lines += (*more)->lines;
    taken.bytes += (*more)->bytes;
    if (taken.bytes < most_bytes || taken.lines == wanted) continue;
    auto oldest = cursor_of(std::get<LogLines>(collected.back()));
    collected.clear();
    auto counted = co_await count_tail(wanted, taken.lines, std::move(oldest));
    co_return counted;
  }
  std::ranges::reverse(collected);
  for (LogItem& item : collected) {
    if (auto* run = std::get_if<LogLines>(&item)) run->descending = false;
    items.push_back(std::move(item));
  }
  done_ = true;
  remember_newest();
  co_return Result<>();
}

Task<Result<>> LogBacklog::count_tail(std::uint64_t wanted, std::uint64_t counted, std::optional<Cursor> oldest) {
  bool more_than_wanted = false;
  while (!more_than_wanted) {
    std::vector<LogItem> step;
    auto more = co_await merge_->next(step, {.lines = wanted + 1 - counted, .bytes = bytes_per_answer});
    if (!more) co_return forward(more);
    if (!*more) break;
    counted += (*more)->lines;
    oldest = cursor_of(std::get<LogLines>(step.back()));
    more_than_wanted = counted > wanted;
  }
  remember_newest();
  // What is written meanwhile is not part of it.
  for (BacklogPart& part : parts_)
    if (const auto newest = this->newest(part.container->id); !part.ceiling) part.ceiling = newest ? newest->seq : 0;
  if (!more_than_wanted && context_->request.follow && oldest) {
    // A following read looks back only so far, so this need not be the log's first line: it begins with that.
    oldest->seq -= 1;
  } else if (!more_than_wanted) {
    oldest.reset();
  }
  tail_.reset();
  merge_ = make_merge(false, oldest);
  co_return Result<>();
}

void LogBacklog::remember_newest() {
  for (const auto& lane : merge_->lanes())
    if (const auto newest = lane->newest()) newest_.push_back(*newest);
  merge_.reset();
}

bool LogBacklog::has(const ContainerId& id) const {
  return std::ranges::any_of(parts_, [&](const BacklogPart& part) { return part.container->id == id; });
}

std::optional<Cursor> LogBacklog::newest(const ContainerId& id) const {
  std::optional<Cursor> found;
  for (const Cursor& cursor : newest_)
    if (cursor.container == id && (!found || found->seq < cursor.seq)) found = cursor;
  return found;
}

}  // namespace taffrail
