#include "pipeline/log_stream.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <utility>

#include "base/backoff.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"
#include "pipeline/log_origin.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// What a removed container's reader has to read the lines it wrote last.
constexpr auto last_lines_time = 1s;

/// Where looks bring half of this in bytes, they are worth it: the next one is made at once.
constexpr std::size_t much = 32UZ << 10;

/// At multiples of this logs are looked at again, so that one waking of the owner and of the workers serves many.
using LooksTogether = std::chrono::duration<std::int64_t, std::deci>;

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

LogStream::LogStream(const Executor& executor, WorkerPool& workers, RingMemory& memory, Container container,
                     Source& source, PipelineMetrics& metrics)
    : workers_(workers),
      container_(std::move(container)),
      source_(source),
      metrics_(metrics),
      lines_(metrics.lines(source.kind())),
      bytes_(metrics.bytes(source.kind())),
      look_again_(executor),
      ring_(executor, memory, [this] { look_again_.cancel(); }),
      changed_(executor),
      viewed_(executor) {}

Task<> LogStream::run() {
  Backoff backoff(250ms, 15s, std::hash<ContainerId>{}(container_.id));
  while (!gone_) {
    const std::uint64_t version = container_version_;
    const std::uint64_t lines_before = ring_.end().tally.lines;
    LogQuery query;
    query.follow = true;
    // At first only the last line, to begin behind it: what stands before it is the followers' backlog. After that
    // everything since the last line; a log that was empty has none and is read from its beginning.
    if (last_)
      query.after = last_;
    else if (!opened_)
      query.tail = 1;
    auto ended = co_await first_of(read_until_broken(std::move(query)), until_gone());
    if (gone_) break;
    auto broken = std::get<0>(std::move(ended));
    if (ring_.end().tally.lines != lines_before) backoff.reset();
    if (!broken && !container_.is_running()) {
      set_state(LogState::What::waiting, "the container is not running");
    } else if (!broken) {
      // The engine closed a running container's log: it restarts, or its end is not heard of yet.
      co_await first_of(changed_.wait(), sleep_for(backoff.next()));
      continue;
    } else if (broken->code == ErrorCode::unsupported) {
      set_state(LogState::What::unreadable, broken->detail);
    } else {
      set_state(LogState::What::waiting, broken->detail);
      co_await first_of(changed_.wait(), sleep_for(backoff.next()));
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
  auto reader = co_await open_within(open_limit, source_, container_.id, std::move(query));
  if (!reader) {
    // A viewer's own reading fails in the same way and says so; one that succeeds later is not kept from it.
    if (!opened_ && reader.error().code == ErrorCode::unsupported) opened_ = true;
    co_return std::move(reader.error());
  }
  const Counted counted(metrics_.readers);
  while (!gone_) {
    auto chunk = co_await (*reader)->next();
    if (!chunk) co_return std::move(chunk.error());
    const SteadyTime looked = std::chrono::steady_clock::now();
    const bool ended = !chunk->has_value();
    if (!ended) lately_ = lately_ / 2 + (*chunk)->batch.bytes.size();
    // What a container wrote before it stopped is read at once, and so is the first line after a quiet time.
    const bool brought_little = opened_ && container_.is_running() && !ended && (*chunk)->at_end &&
                                (*chunk)->batch.records.size() > (*chunk)->context && lately_ < much;
    // Opened with a tail of one, which is the line that was there.
    if (!ended && !opened_ && (*chunk)->batch.records.size() > (*chunk)->context) {
      opened_behind_ = Cursor::of((*chunk)->batch.records[(*chunk)->context], container_.id);
      ring_.begin_with(opened_behind_->seq);
    }
    if (!ended) co_await publish(std::move(**chunk));
    if (!opened_) {
      opened_ = true;
      ring_.notify_followers();
    }
    if (ended) co_return std::nullopt;
    set_state(LogState::What::following, "");
    if (brought_little && (*reader)->can_wait()) co_await gather(looked);
  }
  co_return std::nullopt;
}

Task<> LogStream::gather(SteadyTime looked) {
  const std::uint64_t version = container_version_;
  for (;;) {
    const Duration patience = ring_.patience();
    if (gone_ || version != container_version_ || patience == Duration{}) co_return;
    const auto until = std::chrono::ceil<LooksTogether>(looked + patience);
    if (until <= std::chrono::steady_clock::now()) co_return;
    look_again_.expires_at(until);
    const auto [woken] = co_await look_again_.async_wait(as_result);
    (void)woken;  // whether by time or by a change, the question is asked anew
  }
}

Task<> LogStream::publish(LogChunk chunk) {
  if (chunk.batch.records.size() <= chunk.context && !chunk.gap) co_return;
  const auto work = [&] { classify(chunk.batch, chunk.context, context_); };
  co_await workers_.run_sized(chunk.batch.bytes.size(), work);
  // The log waits for those who are owed every line: it is a file, and can.
  while (!ring_.has_room()) {
    ring_.notify_followers();
    co_await ring_.moved().wait();
  }
  const Batch& batch = chunk.batch;
  if (!batch.records.empty()) last_ = Cursor::of(batch.records.back(), container_.id);
  lines_.Increment(static_cast<double>(batch.records.size()));
  bytes_.Increment(static_cast<double>(batch.bytes.size()));
  if (chunk.gap) metrics_.count_gap("reader", *chunk.gap);
  ring_.push(std::make_shared<const ClassifiedBatch>(std::move(chunk.batch)), std::move(chunk.gap));
}

Task<Result<BatchPtr>> LogStream::view(std::uint64_t index, FilterPtr filter, WorkerPool& filter_workers,
                                       FilterBudget& budget) {
  const LogRing::EntryPtr entry = ring_.entry(index);  // held, for the ring may drop it meanwhile
  if (entry->batch->empty()) co_return BatchPtr();
  if (filter) {
    auto& views = entry->views;
    const auto known = std::ranges::find_if(
        views, [&](const auto& view) { return view->filter == filter || view->filter->key() == filter->key(); });
    std::shared_ptr<LogRing::View> view;
    if (known != views.end()) {
      view = *known;
      while (!view->ready) co_await viewed_.wait();
    } else {
      view = std::make_shared<LogRing::View>(LogRing::View{filter, nullptr});
      views.push_back(view);
      const auto work = [&] { return filter_lines(entry->batch->batch(), *filter); };
      Filtered filtered;
      if (filter->is_cheap())
        filtered = co_await workers_.run_sized(entry->batch->batch().bytes.size(), work);
      else
        filtered = co_await filter_workers.run(work);
      budget.charge(filtered.took);
      view->exhausted = filtered.exhausted;
      if (filtered.all)
        view->batch = entry->batch;
      else if (!filtered.batch.records.empty() && !filtered.exhausted)
        view->batch = std::make_shared<const ClassifiedBatch>(std::move(filtered.batch));
      view->ready = true;
      viewed_.notify();
    }
    if (view->exhausted) co_return std::unexpected(filter_too_dear());
    if (!view->batch) co_return BatchPtr();
    co_await ClassifiedBatch::rendered(workers_, view->batch);
    ring_.recount(index);
    co_return view->batch;
  }
  co_await ClassifiedBatch::rendered(workers_, entry->batch);
  ring_.recount(index);
  co_return entry->batch;
}

Error filter_too_dear() {
  return Error{ErrorCode::too_large,
               fmt::format("the filter takes too long: more than {} ms for some thousand lines, or {:.0f} % of a "
                           "processor all the time; make it simpler, or put what is cheap first (level == \"error\" "
                           "and …)",
                           std::chrono::duration_cast<std::chrono::milliseconds>(FilterBudget::per_batch).count(),
                           FilterBudget::share * 100)};
}

void LogStream::container_changed(const Container& container) {
  const bool woke = container.state != container_.state || container.log_driver != container_.log_driver;
  container_ = container;
  if (!woke) return;
  ++container_version_;
  changed_.notify();
  look_again_.cancel();
}

void LogStream::container_gone() {
  gone_ = true;
  changed_.notify();
  look_again_.cancel();
}

LogState LogStream::state() const { return LogState{container_.id, what_, reason_}; }

void LogStream::set_state(LogState::What what, std::string reason) {
  if (what_ == what && reason_ == reason) return;
  what_ = what;
  reason_ = std::move(reason);
  ++state_version_;
  ring_.notify_followers();
}

}  // namespace taffrail
