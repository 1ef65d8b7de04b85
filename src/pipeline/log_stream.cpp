#include "pipeline/log_stream.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <functional>
#include <utility>

#include "base/backoff.hpp"
#include "base/timeout.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// What a removed container's reader has to read the lines it wrote last.
constexpr auto last_lines_time = 1s;

/// A gauge that counts one while this lives.
class Counted {
 public:
  explicit Counted(prometheus::Gauge& gauge) : gauge_(gauge) { gauge_.Increment(); }
  ~Counted() { gauge_.Decrement(); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  prometheus::Gauge& gauge_;
};

}  // namespace

LogStream::LogStream(const Executor& executor, WorkerPool& workers, Container container, Source& source,
                     PipelineMetrics& metrics)
    : workers_(workers),
      container_(std::move(container)),
      source_(source),
      metrics_(metrics),
      lines_(metrics.lines(source.kind())),
      bytes_(metrics.bytes(source.kind())),
      changed_(executor) {}

Task<> LogStream::run() {
  using namespace asio::experimental::awaitable_operators;
  Backoff backoff(250ms, 15s, std::hash<ContainerId>{}(container_.id));
  while (!gone_) {
    const std::uint64_t version = container_version_;
    const std::uint64_t lines_before = total_.lines;
    LogQuery query;
    query.follow = true;
    // At first only the last line, as an anchor: what stands before it is the viewers' backlog. After that everything
    // since the anchor; a log that was empty has none and is read from its beginning.
    if (last_)
      query.after = last_;
    else if (!opened_)
      query.tail = 1;
    auto ended = co_await (read_until_broken(std::move(query)) || until_gone());
    if (gone_) break;
    auto broken = std::get<0>(std::move(ended));
    if (total_.lines != lines_before) backoff.reset();
    if (!broken && !container_.is_running()) {
      set_state(LogState::What::waiting, "the container is not running");
    } else if (!broken) {
      // The engine closed a running container's log: it restarts, or its end is not heard of yet.
      co_await (changed_.wait() || sleep_for(backoff.next()));
      continue;
    } else if (broken->code == ErrorCode::unsupported) {
      set_state(LogState::What::unreadable, broken->detail);
    } else {
      set_state(LogState::What::waiting, broken->detail);
      co_await (changed_.wait() || sleep_for(backoff.next()));
      continue;
    }
    while (!gone_ && version == container_version_) co_await changed_.wait();
  }
  opened_ = true;
  set_state(LogState::What::ended, "the container was removed");
}

Task<> LogStream::until_gone() {
  while (!gone_) co_await changed_.wait();
  co_await sleep_for(last_lines_time);
}

Task<std::optional<Error>> LogStream::read_until_broken(LogQuery query) {
  auto reader = co_await source_.open_log(container_.id, std::move(query));
  if (!reader) {
    // A viewer's own reading fails in the same way and says so; one that succeeds later is not kept from it.
    if (!opened_ && reader.error().code == ErrorCode::unsupported) opened_ = true;
    co_return std::move(reader.error());
  }
  const Counted counted(metrics_.readers);
  while (!gone_) {
    auto chunk = co_await (*reader)->next();
    if (!chunk) co_return std::move(chunk.error());
    const bool ended = !chunk->has_value();
    if (!ended) co_await publish(std::move(**chunk));
    if (!opened_) {
      opened_ = true;
      notify_viewers();
    }
    if (ended) co_return std::nullopt;
    set_state(LogState::What::following, "");
  }
  co_return std::nullopt;
}

Task<> LogStream::publish(LogChunk chunk) {
  if (chunk.batch.records.size() <= chunk.context && !chunk.gap) co_return;
  BatchPtr batch = co_await workers_.run_sized(
      chunk.batch.bytes.size(), [&] { return prepare(std::move(chunk.batch), chunk.context, context_, {}).batch; });
  if (!batch->batch.records.empty()) {
    const Record& last = batch->batch.records.back();
    last_ = Cursor{last.seq, last.time, container_.id};
  }
  const std::uint64_t count = batch->batch.records.size();
  lines_.Increment(static_cast<double>(count));
  bytes_.Increment(static_cast<double>(batch->batch.bytes.size()));
  held_bytes_ += batch->memory();
  const bool lost = chunk.gap.has_value();
  if (lost) metrics_.count_gap("reader", *chunk.gap);
  const Place before = std::exchange(total_, Place{total_.lines + count, total_.losses + (lost ? 1 : 0)});
  entries_.push_back(Entry{std::move(batch), std::move(chunk.gap), before, Mark{last_ ? last_->seq : 0, total_}});
  while (entries_.size() > 1 && (held_bytes_ > ring_bytes || entries_.size() > ring_batches)) drop_oldest();
  notify_viewers();
}

void LogStream::drop_oldest() {
  const Entry& oldest = entries_.front();
  held_bytes_ -= oldest.batch->memory();
  last_dropped_ = oldest.end.last;
  dropped_.push_back(oldest.end);
  if (dropped_.size() > dropped_marks) dropped_.pop_front();
  entries_.pop_front();
  ++first_index_;
}

std::optional<LogStream::Mark> LogStream::mark_among(Seq first, Seq last) const {
  std::optional<Mark> mark;
  const auto held = [](const Entry& entry) { return entry.end.last; };
  if (const auto dropped = std::ranges::lower_bound(dropped_, first, {}, &Mark::last); dropped != dropped_.end())
    mark = *dropped;
  else if (const auto entry = std::ranges::lower_bound(entries_, first, {}, held); entry != entries_.end())
    mark = entry->end;
  return mark && mark->last <= last ? mark : std::nullopt;
}

void LogStream::container_changed(const Container& container) {
  const bool woke = container.state != container_.state || container.log_driver != container_.log_driver;
  container_ = container;
  if (!woke) return;
  ++container_version_;
  changed_.notify();
}

void LogStream::container_gone() {
  gone_ = true;
  changed_.notify();
}

void LogStream::add_queues(QueueLevels& levels) const {
  levels.add("log_ring_bytes", held_bytes_, ring_bytes);
  levels.add("log_ring_batches", entries_.size(), ring_batches);
  for (const Viewer& viewer : viewers_) {
    if (*viewer.next == not_in_ring) continue;
    const std::uint64_t behind = end_index() - std::max(*viewer.next, first_index_);
    levels.add("viewer_batches", static_cast<std::size_t>(behind), ring_batches);
  }
}

LogState LogStream::state() const { return LogState{container_.id, what_, reason_}; }

void LogStream::set_state(LogState::What what, std::string reason) {
  if (what_ == what && reason_ == reason) return;
  what_ = what;
  reason_ = std::move(reason);
  ++state_version_;
  notify_viewers();
}

void LogStream::notify_viewers() {
  for (const Viewer& viewer : viewers_) viewer.flag->notify();
}

}  // namespace taffrail
