#include "pipeline/log_read.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "pipeline/log_backlog.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_follow.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {

std::string_view to_string(LogState::What what) {
  switch (what) {
    case LogState::What::following: return "following";
    case LogState::What::waiting: return "waiting";
    case LogState::What::ended: return "ended";
    case LogState::What::unreadable: return "unreadable";
  }
  return "ended";
}

class LogRead::Impl {
 public:
  explicit Impl(LogContextPtr context) : context_(std::move(context)) {
    if (context_->request.follow) follow_ = std::make_unique<LogFollow>(context_);
  }
  ~Impl() {
    context_->closed = true;
    context_->wake.notify();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Task<Result<std::vector<LogItem>>> next() {
    std::vector<LogItem> items;
    while (items.empty() && !done_) {
      const std::uint64_t left =
          context_->request.limit.value_or(std::numeric_limits<std::uint64_t>::max()) - delivered_;
      Result<> step;
      if (left == 0) {
        truncated_ = true;
        done_ = true;
      } else if (!backlog_) {
        step = co_await begin();
      } else if (!backlog_->done()) {
        step = co_await backlog_->next(items, left);
        if (backlog_->done()) context_->room.reset();
      } else if (!follow_) {
        done_ = true;
      } else if (!live_) {
        live_ = true;
        follow_->start(*backlog_);
        items.emplace_back(LogCaughtUp{});
      } else {
        step = co_await follow_->next(items, left);
        done_ = items.empty();
      }
      if (!step) co_return forward(step);
    }
    note_delivery(items);
    co_return items;
  }

  [[nodiscard]] const std::optional<Cursor>& cursor() const { return cursor_; }
  [[nodiscard]] bool truncated() const { return truncated_; }

 private:
  /// Where the backlog is, and where it ends.
  Task<Result<>> begin() {
    std::vector<BacklogPart> parts;
    if (follow_) {
      auto taken = co_await follow_->take_places();
      if (!taken) co_return forward(taken);
      parts = std::move(*taken);
    } else {
      for (const ContainerId& id : context_->request.containers) {
        ContainerPtr container = context_->pipeline.registry().find_shared(id);
        if (!container) container = context_->pipeline.origin().find_gone(id);
        if (container) parts.push_back({std::move(container), std::nullopt});
      }
    }
    backlog_ = std::make_unique<LogBacklog>(context_, std::move(parts));
    co_return Result<>();
  }

  void note_delivery(const std::vector<LogItem>& items) {
    const LogLines* last = nullptr;
    for (const LogItem& item : items) {
      const auto* lines = std::get_if<LogLines>(&item);
      if (!lines) continue;
      delivered_ += lines->size();
      last = lines;
    }
    if (last) cursor_ = Cursor::of(last->end(), context_->is_alone() ? ContainerId() : last->batch->batch().container);
  }

  LogContextPtr context_;
  std::unique_ptr<LogFollow> follow_;
  std::unique_ptr<LogBacklog> backlog_;
  std::uint64_t delivered_ = 0;
  std::optional<Cursor> cursor_;
  bool live_ = false;
  bool done_ = false;
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
  if (pipeline.memory().reads() >= MemoryBudget::max_reads)
    return fail(ErrorCode::unavailable,
                "too many logs are being read at once; try again when one of the readers has left");
  std::ranges::sort(request.containers);
  const auto twice = std::ranges::unique(request.containers);
  request.containers.erase(twice.begin(), twice.end());
  MemoryBudget& memory = pipeline.memory();
  const std::size_t room = LogContext::room_for(request.containers.size(), memory);
  if (room > 0 && memory.reads() > 0 && memory.held() + room > memory.for_reads())
    return fail(ErrorCode::unavailable,
                "too many logs are being read at once; ask for fewer containers, or try again when others have what "
                "they asked for");
  auto context = std::make_shared<LogContext>(pipeline, std::move(request));
  if (room > 0) {
    context->room_bytes = room;
    context->room.emplace(memory, room);
  }
  return std::unique_ptr<LogRead>(new LogRead(std::make_unique<Impl>(std::move(context))));
}

LogRead::LogRead(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogRead::~LogRead() = default;

Task<Result<std::vector<LogItem>>> LogRead::next() { return impl_->next(); }
std::optional<Cursor> LogRead::cursor() const { return impl_->cursor(); }
bool LogRead::truncated() const { return impl_->truncated(); }

}  // namespace taffrail
