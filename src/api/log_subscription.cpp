#include "api/log_subscription.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/problem.hpp"
#include "model/json.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {
namespace {

std::string head(std::string_view type, std::uint64_t sub) {
  return R"({"type":")" + std::string(type) + R"(","sub":)" + std::to_string(sub);
}

}  // namespace

LogSubscription::LogSubscription(Services& services, std::uint64_t sub, LogRequest request, std::uint64_t credit,
                                 SignalFlag& wake)
    : services_(services),
      sub_(sub),
      wake_(wake),
      credit_(credit),
      moved_(services.pipeline.executor()),
      tasks_(services.pipeline.executor(), services.report) {
  tasks_.spawn("log subscription", run(std::move(request)));
}

void LogSubscription::add_queues(QueueLevels& levels) const {
  levels.add("live_log_bytes", credit_.on_the_way(), credit_.window());
}

Task<> LogSubscription::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

bool LogSubscription::grant(std::uint64_t bytes) {
  credit_.grant(bytes);
  moved_.notify();
  return true;
}

bool LogSubscription::take(std::string& message) {
  if (staged_.empty()) return false;
  message.swap(staged_);
  moved_.notify();
  return true;
}

Task<> LogSubscription::run(LogRequest request) {
  auto read = LogRead::open(services_.pipeline, std::move(request));
  Result<std::vector<LogItem>> items;
  if (!read) items = forward(read);
  while (items) {
    while (!credit_.worth_a_frame()) co_await moved_.wait();
    items = co_await (*read)->next();
    if (!items || items->empty()) break;
    for (const LogItem& item : *items) co_await deliver(item);
    co_await flush();
  }
  std::string last = head(items ? "closed" : "error", sub_);
  if (!items) {
    last += R"(,"error":)";
    append_json(last, refuse(std::move(items.error())).error());
  }
  last += '}';
  co_await stage(std::move(last), false);
  ended_ = true;
}

Task<> LogSubscription::deliver(const LogItem& item) {
  if (const auto* lines = std::get_if<LogLines>(&item)) {
    co_await add_lines(*lines);
  } else if (const auto* gap = std::get_if<Gap>(&item)) {
    std::string entry;
    append_json(entry, *gap);
    co_await add_entry(entry);
  } else if (const auto* state = std::get_if<LogState>(&item)) {
    co_await flush();
    std::string message = head("state", sub_) + R"(,"container":)";
    text::append_json_string(message, state->container.str());
    message += R"(,"state":)";
    text::append_json_string(message, to_string(state->what));
    if (!state->reason.empty()) {
      message += R"(,"reason":)";
      text::append_json_string(message, state->reason);
    }
    message += '}';
    co_await stage(std::move(message), false);
  } else {
    co_await flush();
    tell_live_ = true;
    co_await flush();
  }
}

Task<> LogSubscription::add_lines(const LogLines& lines) {
  const ClassifiedBatch& batch = *lines.batch;
  for (std::size_t i = lines.first; i < lines.last;) {
    const std::size_t end = frame_.empty() ? i : fitting_run(batch, i, lines.last);
    if (end > i) {
      // The run as it was rendered, its newlines turned into the commas of the list.
      const std::size_t at = frame_.size() + 1;
      const std::size_t skipped = i == 0 ? 0 : batch.ndjson_end(i - 1);
      frame_ += ',';
      frame_ += batch.ndjson(i, end);
      for (std::size_t k = i; k < end; ++k) frame_[at + batch.ndjson_end(k) - skipped - 1] = ',';
      frame_.pop_back();
      i = end;
    } else {
      std::string_view entry = batch.ndjson(i, i + 1);
      entry.remove_suffix(1);  // the newline
      co_await add_entry(entry);
      ++i;
    }
  }
}

std::size_t LogSubscription::fitting_run(const ClassifiedBatch& batch, std::size_t first, std::size_t last) const {
  const std::size_t begin = first == 0 ? 0 : batch.ndjson_end(first - 1);
  const std::size_t room = cut_at_ > frame_.size() ? cut_at_ - frame_.size() : 0;
  std::size_t end = first;
  while (end < last && batch.ndjson_end(end) - begin <= room) ++end;
  return end;
}

Task<> LogSubscription::add_entry(std::string_view entry) {
  if (!frame_.empty() && frame_.size() + entry.size() + 1 > cut_at_) co_await flush();
  if (frame_.empty()) {
    while (!credit_.worth_a_frame()) co_await moved_.wait();
    constexpr std::size_t tail_bytes = 2;  // what flush() adds to a frame of lines
    cut_at_ = credit_.frame_bytes() - std::min(credit_.frame_bytes(), tail_bytes);
    frame_.reserve(log_frame_bytes);
    frame_ += head("logs", sub_);
    frame_ += R"(,"entries":[)";
  } else {
    frame_ += ',';
  }
  frame_ += entry;
}

Task<> LogSubscription::flush() {
  if (frame_.empty() && !tell_live_) co_return;
  if (frame_.empty()) frame_ = head("logs", sub_) + R"(,"entries":[)";
  frame_ += std::exchange(tell_live_, false) ? R"(],"live":true})" : "]}";
  co_await stage(std::exchange(frame_, {}), true);
}

Task<> LogSubscription::stage(std::string message, bool spends_credit) {
  while (!staged_.empty() || (spends_credit && !credit_.allows(message.size()))) co_await moved_.wait();
  if (spends_credit) credit_.spend(message.size());
  staged_ = std::move(message);
  wake_.notify();
}

}  // namespace taffrail::api
