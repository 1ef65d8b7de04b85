#include "history/metric/metric_history.hpp"

#include <algorithm>
#include <deque>
#include <ranges>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/race.hpp"
#include "base/second.hpp"
#include "base/turn.hpp"
#include "history/metric/kept_age.hpp"
#include "history/metric/metric_salvage.hpp"
#include "history/metric/metric_schema.hpp"
#include "store/salvage_order.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// Series whose points are read at a time: some milliseconds of a worker.
constexpr std::size_t series_at_once = 32;

}  // namespace

/// What is to be written in one transaction. It owns all of it: the writer may have it when nobody waits any more.
struct MetricHistory::Waiting {
  std::vector<std::pair<SeriesKey, ContainerId>> series;
  std::deque<MetricFrame> frames;
  std::size_t frame_bytes = 0;
  std::deque<std::pair<SeriesKey, EventPtr>> events;

  [[nodiscard]] bool empty() const { return series.empty() && frames.empty() && events.empty(); }

  Result<> run(store::Transaction& transaction) const {
    Result<> done;
    for (const auto& [key, id] : series)
      if (done)
        done = transaction.run("INSERT INTO series(id, host, container) VALUES (?1, ?2, ?3)", key, id.host().str(),
                               id.str());
    for (const MetricFrame& frame : frames)
      if (done) done = insert_frame(transaction, frame);
    for (const auto& [key, event] : events)
      if (done) done = insert_event(transaction, key, *event);
    return done;
  }
};

Result<std::unique_ptr<store::Store>> MetricHistory::open_store(const Executor& owner,
                                                                const std::filesystem::path& directory) {
  store::StoreOptions wanted;
  wanted.file.path = directory / "metrics.db";
  wanted.file.migrations = metric_schema;
  auto opened = store::Store::open(owner, std::move(wanted));
  if (!opened || !(*opened)->opened().set_aside) return opened;
  const std::filesystem::path& damaged = *(*opened)->opened().set_aside;
  spdlog::error("metrics.db was damaged ({}) and stands in {} now; it begins anew with what can be read of it",
                (*opened)->opened().damage, damaged.string());
  if (auto ordered = store::order_salvage(directory / "metrics.db", damaged); !ordered)
    spdlog::error("what can be read of it is not taken over: {}", ordered.error().detail);
  return opened;
}

MetricHistory::MetricHistory(Pipeline& pipeline, std::unique_ptr<store::Store> store, const MetricRetention& retention,
                             const TaskGroup::Report& report)
    : pipeline_(pipeline),
      clock_(pipeline.clock()),
      store_(std::move(store)),
      upkeep_(*store_, pipeline.workers()),
      retention_(retention),
      waiting_(std::make_shared<Waiting>()),
      event_came_(pipeline.executor()),
      written_(pipeline.executor()),
      tidied_(pipeline.executor()),
      past_(pipeline, [this](ContainerId id, ContainerPast past) { return keep_past(std::move(id), std::move(past)); }),
      tasks_(pipeline.executor(), report) {}

void MetricHistory::start() { tasks_.spawn("metric history", run()); }

Task<> MetricHistory::stop() {
  on_sample_.reset();
  on_event_.reset();
  if (ready_) {
    auto written = co_await flush(true);
    if (!written) spdlog::error("the last metrics and events could not be stored: {}", written.error().detail);
  }
  tasks_.cancel();
  co_await tasks_.join();
  co_await store_->close();
}

Result<MetricHistory::Loaded> MetricHistory::load(store::Snapshot& snapshot) {
  Loaded loaded;
  auto row = snapshot.query("SELECT id, host, container FROM series");
  if (!row) return forward(row);
  for (;;) {
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) break;
    loaded.series.emplace_back(row->integer(0), ContainerId(HostId(row->text(1)), std::string(row->text(2))));
  }
  auto last = number(snapshot, "SELECT seq FROM sqlite_sequence WHERE name = 'series'");
  if (!last) return forward(last);
  loaded.next = *last + 1;
  // What is older than these stands in coarser blocks, whose windows end in the future.
  for (const auto& [sql, length] :
       {std::pair("SELECT max(window) FROM block WHERE level = 0", metric_levels.front().window),
        std::pair("SELECT max(step) FROM frame", finest_step)}) {
    auto step = number(snapshot, sql);
    if (!step) return forward(step);
    if (*step == 0) continue;
    loaded.until = std::max(loaded.until, begin_of(*step, length));
    loaded.age = std::max(loaded.age.value_or(Time::min()), begin_of(*step + 1, length));
  }
  auto kept = read_age(snapshot);
  if (!kept) return forward(kept);
  if (*kept) loaded.age = *kept;
  return loaded;
}

Task<> MetricHistory::run() {
  co_await salvage_metrics_as_ordered(*store_, pipeline_.workers());
  auto loaded = co_await store_->read(pipeline_.workers(), [](store::Snapshot& snapshot) { return load(snapshot); });
  if (!loaded) {
    spdlog::error("metrics.db cannot be read: {}; metrics and events are not stored until the next start",
                  loaded.error().detail);
    co_return;
  }
  for (auto& [key, id] : loaded->series) keys_.emplace(std::move(id), key);
  next_key_ = loaded->next;
  age_clock_.emplace(clock_, loaded->age);
  ready_ = true;
  tidied_window_ = step_of(clock_.now(), metric_levels.front().window);
  on_sample_ = pipeline_.sampler().on_sample([this](const Sampler::Sampled& sampled) { hear(sampled); });
  on_event_ = pipeline_.registry().on_event([this](const EventPtr& event) { hear(event); });
  tasks_.spawn("past of metrics", past_.run([this, until = loaded->until](const ContainerId& id) {
    return keys_.contains(id) ? until : Time::min();
  }));
  SteadyTime due = whole_second(std::chrono::steady_clock::now(), interval);
  for (;;) {
    // An event is written within a second or so, samples with the next ten of them.
    co_await first_of(event_came_.wait(), sleep_until(due));
    if (std::chrono::steady_clock::now() < due && samples_.size() < most_samples / 2) co_await sleep_to_second(1s);
    if (std::chrono::steady_clock::now() >= due) due = whole_second(std::chrono::steady_clock::now(), interval);
    auto written = co_await flush();
    const std::int64_t window = step_of(clock_.now(), metric_levels.front().window);
    if (!written || window == tidied_window_) continue;
    tidied_window_ = window;
    auto tidied = co_await tidy();
    // What fails now is tried again in ten minutes.
    if (!tidied) spdlog::warn("the history of metrics could not be tidied: {}", tidied.error().detail);
  }
}

// --- what comes

SeriesKey MetricHistory::key_of(const ContainerId& id) {
  const auto [at, fresh] = keys_.try_emplace(id, next_key_);
  if (fresh) {
    ++next_key_;
    waiting_->series.emplace_back(at->second, id);
  }
  return at->second;
}

void MetricHistory::hear(const Sampler::Sampled& sampled) {
  if (samples_.size() >= most_samples) {
    ++state_.lost;
    return;
  }
  samples_.push_back({key_of(sampled.container->id), sampled.sample});
  if (samples_.size() == most_samples / 2) event_came_.notify();
}

void MetricHistory::hear(const EventPtr& event) {
  auto& events = waiting_->events;
  if (events.size() >= most_waiting_events) {
    events.pop_front();
    ++state_.lost;
  }
  events.emplace_back(key_of(event->container), event);
  event_came_.notify();
}

/// Keeps what a container went through before the first sample of it came.
Task<Result<>> MetricHistory::keep_past(ContainerId id, ContainerPast past) {
  const SeriesKey key = key_of(id);
  for (ContainerEvent& event : past.events) hear(std::make_shared<const ContainerEvent>(std::move(event)));
  auto written = co_await flush();
  if (!written) co_return written;
  auto move = co_await store_->read(pipeline_.workers(), [key, &past](store::Snapshot& snapshot) {
    return plan_samples(snapshot, key, past.samples);
  });
  if (!move) co_return forward(move);
  auto done = co_await upkeep_.carry_out_later(std::move(*move));
  state_.damaged += upkeep_.take_damaged();
  co_return done;
}

// --- writing

Task<Result<>> MetricHistory::flush(bool all) {
  while (writing_) co_await written_.wait();
  writing_ = true;
  // In a task of its own: whoever waits for it may be cancelled in the middle.
  tasks_.spawn("store metrics", write_waiting(all));
  while (writing_) co_await written_.wait();
  co_return outcome_;
}

Task<> MetricHistory::write_waiting(bool all) {
  // The step that is under way is written when it is over, so that it is one.
  const std::int64_t now = step_of(clock_.now(), finest_step);
  auto samples = std::make_shared<std::vector<KeyedSample>>(std::exchange(samples_, {}));
  auto batch = std::exchange(waiting_, std::make_shared<Waiting>());
  std::vector<KeyedSample> later;
  if (!samples->empty()) {
    auto frames = co_await pipeline_.workers().run([&] {
      if (!all) {
        const auto under_way = std::ranges::partition(
            *samples, [now](const KeyedSample& one) { return step_of(one.sample.time(), finest_step) != now; });
        later.assign(under_way.begin(), under_way.end());
        samples->erase(under_way.begin(), under_way.end());
      }
      return make_frames(*samples);
    });
    samples_.insert(samples_.begin(), later.begin(), later.end());
    for (MetricFrame& frame : frames) {
      batch->frame_bytes += frame.bytes.size();
      batch->frames.push_back(std::move(frame));
    }
  }
  Result<> written;
  if (!batch->empty()) written = co_await write(batch);
  if (!written) {
    if (!state_.failing_since) {
      state_.failing_since = clock_.now();
      spdlog::error("metrics and events cannot be stored: {}; the newest wait for better times",
                    written.error().detail);
    }
    state_.failure = written.error().detail;
    take_back(batch);
  } else if (!batch->empty() && std::exchange(state_.failing_since, std::nullopt)) {
    spdlog::info("metrics and events are stored again");
  }
  outcome_ = std::move(written);
  writing_ = false;
  written_.notify();
}

Task<Result<>> MetricHistory::write(std::shared_ptr<Waiting> batch) {
  auto written = co_await store_->write(
      [batch](store::Transaction& transaction) -> Result<bool> {
        if (auto done = batch->run(transaction); !done) return forward(done);
        return true;
      },
      batch->frame_bytes);
  if (!written) co_return forward(written);
  co_return Result<>();
}

/// Puts what could not be written before what came meanwhile. Of too much the oldest goes.
void MetricHistory::take_back(const std::shared_ptr<Waiting>& batch) {
  const auto late = std::exchange(waiting_, batch);
  std::ranges::move(late->series, std::back_inserter(batch->series));
  std::ranges::move(late->events, std::back_inserter(batch->events));
  while (batch->frame_bytes > most_frame_bytes) {
    batch->frame_bytes -= batch->frames.front().bytes.size();
    batch->frames.pop_front();
    ++state_.lost;
  }
  while (batch->events.size() > most_waiting_events) {
    batch->events.pop_front();
    ++state_.lost;
  }
}

// --- tidying

Task<Result<>> MetricHistory::tidy() {
  // What one has planned another must not have done meanwhile.
  while (tidying_) co_await tidied_.wait();
  tidying_ = true;
  auto done = co_await tidy_all();
  tidying_ = false;
  tidied_.notify();
  co_return done;
}

Task<Result<>> MetricHistory::tidy_all() {
  // What is made coarser is as lost as what is deleted.
  const Time now = age_clock_->now();
  static_assert(metric_levels.front().window <= keep_age_every);  // how often this is done
  auto done = co_await upkeep_.make_coarser(clock_.now(), now);
  state_.damaged += upkeep_.take_damaged();
  if (done) done = co_await forget_unremembered();
  if (done) {
    auto bytes = co_await upkeep_.drop(retention_, now);
    if (!bytes) co_return forward(bytes);
    state_.bytes = *bytes;
  }
  if (done)
    done = co_await store_->write([now](store::Transaction& transaction) { return write_age(transaction, now); });
  co_return done;
}

Task<Result<>> MetricHistory::forget_unremembered() {
  std::vector<ContainerId> all;
  all.reserve(keys_.size());
  for (const auto& [id, key] : keys_) all.push_back(id);
  std::vector<ContainerId> gone;
  Turn turn;
  const Registry& registry = pipeline_.registry();
  for (const ContainerId& id : all) {
    co_await yield_if_due(turn);
    // Of a host that was not asked yet nobody knows.
    if (registry.find(id) || registry.find_removed(id) || !registry.listed(id.host())) {
      unremembered_.erase(id);
      continue;
    }
    const SteadyTime since = unremembered_.try_emplace(id, clock_.steady_now()).first->second;
    if (clock_.steady_now() - since >= unremembered_time) gone.push_back(id);
  }
  Result<> done;
  if (!gone.empty()) done = co_await erase(gone);
  co_return done;
}

Task<Result<>> MetricHistory::erase(std::vector<ContainerId> containers) {
  std::vector<SeriesKey> keys;
  for (const ContainerId& id : containers)
    if (const auto key = keys_.find(id); key != keys_.end()) keys.push_back(key->second);
  auto done = co_await store_->write([keys](store::Transaction& transaction) -> Result<bool> {
    for (const SeriesKey key : keys) {
      auto erased = transaction.run("DELETE FROM block WHERE series = ?1", key);
      if (erased) erased = transaction.run("DELETE FROM event WHERE series = ?1", key);
      // What frames have of it goes with them.
      if (erased) erased = transaction.run("DELETE FROM series WHERE id = ?1", key);
      if (!erased) return forward(erased);
    }
    return true;
  });
  if (!done) co_return forward(done);
  for (const ContainerId& id : containers) {
    keys_.erase(id);
    unremembered_.erase(id);
  }
  co_return Result<>();
}

Task<Result<>> MetricHistory::forget(ContainerId id) {
  // So that nothing of it waits to be written.
  auto written = co_await flush(true);
  if (!written) co_return written;
  auto done = co_await erase({std::move(id)});
  co_return done;
}

// --- reading

Task<Result<std::vector<MetricSteps>>> MetricHistory::points(std::vector<MetricRange> ranges, Duration step) {
  std::vector<SeriesKey> series;
  series.reserve(ranges.size());
  // A block goes when all of it is too old.
  const Time oldest = retention_.age && age_clock_ ? moved(age_clock_->now(), -*retention_.age) : Time::min();
  for (MetricRange& range : ranges) {
    range.since = std::max(range.since, oldest);
    const auto key = keys_.find(range.container);
    series.push_back(key == keys_.end() ? 0 : key->second);
  }
  struct Read {
    std::vector<MetricSteps> steps;
    std::size_t damaged = 0;
  };
  std::vector<MetricSteps> all;
  while (all.size() < series.size()) {
    auto some = co_await store_->read(pipeline_.workers(), [&, from = all.size()](store::Snapshot& snapshot) {
      Result<Read> read{std::in_place};
      for (std::size_t i = from; i < std::min(series.size(), from + series_at_once); ++i) {
        MetricSteps& steps = read->steps.emplace_back(step);
        if (series[i] == 0 || ranges[i].since >= ranges[i].until) continue;
        auto done = read_points(snapshot, series[i], ranges[i].since, ranges[i].until, steps, read->damaged);
        if (!done) return Result<Read>(forward(done));
      }
      return read;
    });
    if (!some) co_return forward(some);
    state_.damaged += some->damaged;
    std::ranges::move(some->steps, std::back_inserter(all));
  }
  co_return all;
}

Task<Result<std::vector<StoredEvent>>> MetricHistory::events(EventQuery query) {
  if (!waiting_->events.empty() || writing_) {
    auto written = co_await flush();
    // What cannot be stored is told by `state`; what is stored is given all the same.
    (void)written;
  }
  std::unordered_map<SeriesKey, ContainerId> series;
  if (query.containers) {
    for (const ContainerId& id : *query.containers)
      if (const auto key = keys_.find(id); key != keys_.end()) series.emplace(key->second, id);
  } else {
    for (const auto& [id, key] : keys_) series.emplace(key, id);
  }
  auto events = co_await store_->read(pipeline_.workers(),
                                      [&](store::Snapshot& snapshot) { return read_events(snapshot, query, series); });
  co_return events;
}

Task<Result<std::vector<ContainerEvent>>> MetricHistory::past_events(std::vector<ContainerId> containers, Time since,
                                                                     std::size_t most) {
  auto stored =
      co_await events({.containers = std::move(containers), .since = since, .descending = true, .limit = most});
  if (!stored) co_return forward(stored);
  std::vector<ContainerEvent> oldest_first;
  oldest_first.reserve(stored->size());
  for (StoredEvent& one : std::views::reverse(*stored)) oldest_first.push_back(std::move(one.event));
  co_return oldest_first;
}

Task<Result<std::vector<StatSample>>> MetricHistory::past_samples(ContainerId container, Time since, Time until) {
  std::vector<MetricRange> ranges;
  ranges.push_back({std::move(container), since, until});
  auto steps = co_await points(std::move(ranges), interval);
  if (!steps) co_return forward(steps);
  co_return co_await pipeline_.workers().run([&] {
    Result<std::vector<StatSample>> samples{std::in_place};
    for (const MetricPoint& point : steps->front().points()) samples->push_back(point.sample(interval));
    return samples;
  });
}

void MetricHistory::add_queues(QueueLevels& levels) const {
  levels.add("metric_samples", samples_.size(), most_samples);
  levels.add("metric_frame_bytes", waiting_->frame_bytes, most_frame_bytes);
  levels.add("metric_events", waiting_->events.size(), most_waiting_events);
}

}  // namespace taffrail::history
