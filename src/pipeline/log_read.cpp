#include "pipeline/log_read.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <utility>

#include "base/timeout.hpp"
#include "pipeline/log_lane.hpp"
#include "pipeline/log_newcomers.hpp"
#include "pipeline/log_order.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {
namespace {

/// Lines in one answer of next(): enough to fill a large frame, few enough that the owner thread stays responsive.
constexpr std::size_t max_lines_per_answer = 8192;
/// Bytes of batches that an answer of next(), or a tail that is being collected, may hold. There may be hundreds of
/// viewers who read nothing of what they asked for, and a line may have 256 KiB.
constexpr std::size_t max_held_bytes = 1024UZ * 1024;

/// Counts the lines in items and the memory of their batches as they are added.
class Holding {
 public:
  /// Takes note of the items from the one of this number on.
  void add(const std::vector<LogItem>& items, std::size_t from) {
    for (std::size_t i = from; i < items.size(); ++i) {
      const auto* taken = std::get_if<LogLines>(&items[i]);
      if (!taken) continue;
      lines_ += taken->picks.size();
      if (taken->batch.get() != newest_) bytes_ += taken->batch->memory();
      newest_ = taken->batch.get();
    }
  }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::uint64_t lines_ = 0;
  std::size_t bytes_ = 0;
  const PreparedBatch* newest_ = nullptr;  // lines of one batch mostly come together: it counts once
};

}  // namespace

std::string_view to_string(LogState::What what) {
  switch (what) {
    case LogState::What::following: return "following";
    case LogState::What::waiting: return "waiting";
    case LogState::What::ended: return "ended";
    case LogState::What::unreadable: return "unreadable";
  }
  return "ended";
}

/// A read goes through up to three stages, each of which delivers from the lanes (one per container): a tail is
/// collected backwards and delivered at once; a backlog is merged in the direction asked for; then the live rings are
/// followed. Containers that join have their backlog read in the last stage, lane by lane, for lines of theirs that are
/// older than what was delivered already cannot be put in order any more.
class LogRead::Impl {
 public:
  Impl(Pipeline& pipeline, LogRequest request)
      : pipeline_(pipeline), request_(std::move(request)), begun_(pipeline.clock().now()), wake_(pipeline.executor()) {
    for (const ContainerId& id : request_.containers) open_lane(id, std::nullopt);
    if (request_.follow && request_.joins)
      newcomers_.emplace(pipeline_.registry(), request_.joins, request_.containers, wake_);
    stage_ = request_.tail && !request_.descending ? Stage::tail : Stage::backlog;
  }

  Task<Result<std::vector<LogItem>>> next() {
    std::vector<LogItem> items;
    while (items.empty() && stage_ != Stage::done) {
      if (request_.limit && delivered_ >= *request_.limit) {
        truncated_ = true;
        stage_ = Stage::done;
        break;
      }
      Result<void> step;
      switch (stage_) {
        case Stage::tail: step = co_await collect_tail(items); break;
        case Stage::backlog: step = co_await merge_backlog(items); break;
        case Stage::live: step = co_await follow(items); break;
        case Stage::done: break;
      }
      if (!step) co_return forward(step);
    }
    note_delivery(items);
    co_return items;
  }

  [[nodiscard]] const std::optional<Cursor>& cursor() const { return cursor_; }
  [[nodiscard]] bool truncated() const { return truncated_; }

 private:
  enum class Stage : std::uint8_t { tail, backlog, live, done };

  bool open_lane(const ContainerId& id, std::optional<Time> since) {
    const Container* container = pipeline_.registry().find(id);
    Source* source = container ? pipeline_.sources().of(*container) : nullptr;
    if (!source) return false;
    lanes_.push_back(std::make_unique<LogLane>(pipeline_, *container, *source, request_, page_lines(), wake_, since));
    return true;
  }

  /// Of a read of one container alone the source's error is the read's.
  [[nodiscard]] bool is_alone() const { return request_.containers.size() == 1 && !newcomers_; }

  /// How many lines a lane is likely asked for, so that a tail of 100 over 50 containers does not read 5000 lines, and
  /// its part of what one read may hold in pages, however slowly its viewer takes them.
  [[nodiscard]] BackwardPages::PageLines page_lines() const {
    const std::uint64_t lanes = std::max(request_.containers.size(), 1UZ);
    BackwardPages::PageLines lines;
    lines.largest = std::max(BackwardPages::largest_page / lanes, BackwardPages::first_page);
    const auto wanted = request_.tail ? request_.tail : request_.limit;
    if (wanted && lanes == 1 && !request_.filter_of)
      lines.expected = *wanted;
    else if (wanted)
      lines.expected = std::max<std::uint64_t>(16, 2 * *wanted / lanes);
    return lines;
  }

  /// Reads pages until the first line of the merge is known: it is at hand, and no lane that still looks for one stands
  /// before it. The lane that is furthest behind reads next, so that a rare line of one container does not send the
  /// others to the far end of their logs. Errors only when there is a single lane.
  Task<Result<void>> fill(std::vector<LogItem>& items) {
    for (;;) {
      const LogLane* best = first_two().first;
      LogLane* behind = searching();
      if (!behind || (best && best->precedes(best->front(), behind->front()))) co_return Result<void>();
      auto advanced = co_await behind->advance(items);
      if (advanced) continue;
      if (is_alone()) co_return forward(advanced);
      drop(*behind, advanced.error(), items);
    }
  }

  /// Of the lanes that look for their next line, the one that stands first in the direction of the read; nullptr: none.
  [[nodiscard]] LogLane* searching() const {
    LogLane* first = nullptr;
    for (const auto& lane : lanes_)
      if (lane->must_advance() && (!first || lane->precedes(lane->front(), first->front()))) first = lane.get();
    return first;
  }

  /// One of several containers cannot be read: the viewer is told, and the others go on. One that was removed before
  /// anything could be read of it has nothing that could be missed.
  void drop(LogLane& lane, const Error& why, std::vector<LogItem>& items) const {
    const bool exists = pipeline_.registry().find(lane.id()) != nullptr;
    const auto* last = items.empty() ? nullptr : std::get_if<LogState>(&items.back());
    if (exists && !(last && last->container == lane.id() && last->what == LogState::What::unreadable))
      items.emplace_back(LogState{lane.id(), LogState::What::unreadable, why.detail});
    lane.give_up();
  }

  /// The lane whose line is next, and the one after it; nullptr where there is none.
  [[nodiscard]] std::pair<LogLane*, LogLane*> first_two() const {
    LogLane* best = nullptr;
    LogLane* second = nullptr;
    for (const auto& lane : lanes_) {
      if (!lane->has_line()) continue;
      if (!best || lane->comes_before(*best)) {
        second = best;
        best = lane.get();
      } else if (!second || lane->comes_before(*second)) {
        second = lane.get();
      }
    }
    return {best, second};
  }

  /// Moves the next run of lines in merged order into `items`; false when every lane is at its end.
  Task<Result<bool>> merge_step(std::vector<LogItem>& items, std::uint64_t most) {
    auto filled = co_await fill(items);
    if (!filled) co_return forward(filled);
    const auto [best, second] = first_two();
    if (!best) co_return false;
    const LogLane* behind = searching();
    items.emplace_back(best->take_while_before(second, behind ? std::optional(behind->front()) : std::nullopt, most));
    co_return true;
  }

  Task<Result<void>> merge_backlog(std::vector<LogItem>& items) {
    Holding held;
    while (held.lines() < max_lines_per_answer && held.bytes() < max_held_bytes) {
      std::uint64_t most = max_lines_per_answer - held.lines();
      if (request_.limit) most = std::min(most, *request_.limit - delivered_ - held.lines());
      if (tail_end_) most = std::min(most, *tail_end_ - delivered_ - held.lines());
      if (most == 0) break;
      const std::size_t before = items.size();
      auto more = co_await merge_step(items, most);
      if (!more) co_return forward(more);
      held.add(items, before);
      if (!*more) {
        end_backlog(items);
        co_return Result<void>();
      }
    }
    if (tail_end_ && delivered_ + held.lines() >= *tail_end_) end_backlog(items);
    co_return Result<void>();
  }

  /// Reads backwards until there are as many lines as asked for, then delivers them in order.
  Task<Result<void>> collect_tail(std::vector<LogItem>& items) {
    const std::uint64_t wanted = std::min(*request_.tail, request_.limit.value_or(*request_.tail));
    std::vector<LogItem> collected;
    if (wanted == 0) {
      // A live reading joins behind the last line there is.
      for (const auto& lane : lanes_) {
        auto anchored = co_await lane->anchor();
        if (!anchored && is_alone()) co_return forward(anchored);
        if (!anchored) drop(*lane, anchored.error(), collected);
      }
    }
    Holding held;
    while (held.lines() < wanted) {
      if (held.bytes() >= max_held_bytes) co_return co_await find_tail(wanted, held.lines());
      const std::size_t before = collected.size();
      auto more = co_await merge_step(collected, wanted - held.lines());
      if (!more) co_return forward(more);
      if (!*more) break;
      held.add(collected, before);
    }
    std::ranges::reverse(collected);
    for (LogItem& item : collected) {
      if (auto* lines = std::get_if<LogLines>(&item)) std::ranges::reverse(lines->picks);
      items.push_back(std::move(item));
    }
    end_backlog(items);
    co_return Result<void>();
  }

  /// A tail that is too long to be held: goes on counting to the line before its first one and holds nothing, then has
  /// everything behind that line read forwards.
  Task<Result<void>> find_tail(std::uint64_t wanted, std::uint64_t counted) {
    std::optional<Cursor> oldest;
    while (counted <= wanted) {
      std::vector<LogItem> step;
      auto more = co_await merge_step(step, wanted + 1 - counted);
      if (!more) co_return forward(more);
      if (!*more) break;
      for (const LogItem& item : step) {
        const auto* taken = std::get_if<LogLines>(&item);
        if (!taken || taken->picks.empty()) continue;
        counted += taken->picks.size();
        oldest = cursor_at(*taken);
      }
    }
    if (counted > wanted) {
      request_.cursor = std::move(oldest);
    } else if (oldest && request_.follow) {
      // A following read looks back only so far (max_follow_scan), so this need not be the log's first: it begins with
      // the oldest line that was met, at a place on the timeline that is no container's.
      request_.cursor = Cursor{oldest->seq - 1, oldest->time, ContainerId("-")};
    }
    request_.tail.reset();
    if (!request_.follow) tail_end_ = wanted;  // what is written meanwhile is not part of it
    lanes_.clear();
    for (const ContainerId& id : request_.containers) open_lane(id, std::nullopt);
    stage_ = Stage::backlog;
    co_return Result<void>();
  }

  void end_backlog(std::vector<LogItem>& items) {
    stage_ = request_.follow ? Stage::live : Stage::done;
    if (!request_.follow) return;
    for (const auto& lane : lanes_) lane->go_live();
    items.emplace_back(LogCaughtUp{});
  }

  /// Opens a lane for everybody who has come.
  void take_up_newcomers(std::vector<LogItem>& items) {
    while (auto newcomer = newcomers_ ? newcomers_->next() : std::nullopt) {
      if (lanes_.size() >= max_containers) {
        items.emplace_back(LogState{newcomer->id, LogState::What::unreadable,
                                    "this read has " + std::to_string(max_containers) + " containers already"});
        continue;
      }
      const bool whole = newcomer->is_new || !request_.tail;
      if (open_lane(newcomer->id, whole ? std::nullopt : std::optional(begun_))) lanes_.back()->go_live();
    }
  }

  /// Lets go of lanes that give nothing more, so that a read that is open for days holds what there is now.
  void drop_ended_lanes() {
    std::erase_if(lanes_, [](const auto& lane) { return lane->ended(); });
  }

  Task<Result<void>> follow(std::vector<LogItem>& items) {
    using namespace asio::experimental::awaitable_operators;
    for (;;) {
      take_up_newcomers(items);
      for (const auto& lane : lanes_) {
        auto pulled = co_await lane->pull_live(items);
        if (!pulled && is_alone()) co_return forward(pulled);
        if (!pulled) drop(*lane, pulled.error(), items);
      }
      // What arrived in the same moment from several containers is put in order; lines of different moments are not
      // held back for that.
      std::size_t lines = 0;
      while (lines < max_lines_per_answer) {
        const auto [best, second] = first_two();
        if (!best) break;
        const std::uint64_t most = request_.limit ? *request_.limit - delivered_ - lines : max_lines_per_answer;
        if (most == 0) break;
        LogLines taken = best->take_while_before(second, std::nullopt, most);
        lines += taken.picks.size();
        items.emplace_back(std::move(taken));
      }
      drop_ended_lanes();
      if (!items.empty()) co_return Result<void>();
      if (lanes_.empty() && !newcomers_) {
        stage_ = Stage::done;
        co_return Result<void>();
      }
      bool news = newcomers_ && newcomers_->waiting();
      bool retry = false;
      for (const auto& lane : lanes_) {
        news = news || lane->has_news();
        retry = retry || lane->must_retry();
      }
      if (news) continue;
      if (retry)
        co_await (wake_.wait() || sleep_for(std::chrono::seconds(1)));
      else
        co_await wake_.wait();
    }
  }

  /// The place of the last of these lines, of which there is one at least.
  [[nodiscard]] Cursor cursor_at(const LogLines& lines) const {
    const Batch& batch = lines.batch->batch;
    const Record& last = batch.records[lines.picks.back()];
    return Cursor{last.seq, last.time, is_alone() ? ContainerId() : batch.container};
  }

  void note_delivery(const std::vector<LogItem>& items) {
    for (const LogItem& item : items) {
      const auto* lines = std::get_if<LogLines>(&item);
      if (!lines || lines->picks.empty()) continue;
      delivered_ += lines->picks.size();
      cursor_ = cursor_at(*lines);
    }
  }

  Pipeline& pipeline_;
  LogRequest request_;
  Time begun_;
  SignalFlag wake_;
  std::optional<LogNewcomers> newcomers_;  // of a read that others may join
  std::vector<std::unique_ptr<LogLane>> lanes_;
  Stage stage_ = Stage::backlog;
  std::uint64_t delivered_ = 0;
  std::optional<std::uint64_t> tail_end_;  // a tail that is read forwards ends with this many lines
  std::optional<Cursor> cursor_;
  bool truncated_ = false;
};

Result<std::unique_ptr<LogRead>> LogRead::open(Pipeline& pipeline, LogRequest request) {
  const auto refuse = [](std::string why) { return fail(ErrorCode::invalid_argument, std::move(why)); };
  if (request.containers.size() > max_containers)
    return refuse("more than " + std::to_string(max_containers) + " containers in one read; narrow the selection");
  if (request.tail && *request.tail > max_tail)
    return refuse("tail is at most " + std::to_string(max_tail) + "; page with limit and cursor for more");
  if (request.tail && request.descending) return refuse("tail goes with order=asc; with order=desc give limit");
  if (request.follow && request.descending) return refuse("follow goes with order=asc");
  if (request.follow && (request.until || request.until_cursor))
    return refuse("follow has no end: leave out until and until_cursor");
  std::ranges::sort(request.containers);
  const auto twice = std::ranges::unique(request.containers);
  request.containers.erase(twice.begin(), twice.end());
  return std::unique_ptr<LogRead>(new LogRead(std::make_unique<Impl>(pipeline, std::move(request))));
}

LogRead::LogRead(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogRead::~LogRead() = default;

Task<Result<std::vector<LogItem>>> LogRead::next() { return impl_->next(); }
std::optional<Cursor> LogRead::cursor() const { return impl_->cursor(); }
bool LogRead::truncated() const { return impl_->truncated(); }

}  // namespace taffrail
