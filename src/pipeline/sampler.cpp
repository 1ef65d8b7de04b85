#include "pipeline/sampler.hpp"

#include <algorithm>
#include <functional>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/race.hpp"
#include "base/second.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {
namespace {

/// Rounds between two samples of a container that nobody watches.
constexpr std::uint64_t idle_rounds = Sampler::idle_interval / Sampler::watched_interval;

using Readings = std::vector<std::pair<ContainerId, StatCounters>>;

Task<Result<Readings>> as_result_of(Task<Readings> reading) {
  Readings readings = co_await std::move(reading);
  co_return readings;
}

}  // namespace

Sampler::Watch::Watch(Sampler& sampler, std::optional<std::set<ContainerId>> containers)
    : sampler_(sampler), containers_(std::move(containers)) {
  if (!containers_)
    ++sampler_.watches_of_all_;
  else
    for (const ContainerId& id : *containers_) ++sampler_.watches_[id];
}

Sampler::Watch::~Watch() {
  if (!containers_) {
    --sampler_.watches_of_all_;
    return;
  }
  for (const ContainerId& id : *containers_)
    if (const auto at = sampler_.watches_.find(id); --at->second == 0) sampler_.watches_.erase(at);
}

Sampler::Sampler(const Executor& executor, Registry& registry, SourceSet& sources, const Clock& clock,
                 TaskGroup::Report report)
    : registry_(registry),
      sources_(sources),
      clock_(clock),
      answered_(executor),
      observing_(registry.observe(*this)),
      tasks_(executor, std::move(report)) {}

Task<> Sampler::run() {
  for (;;) {
    // What a suspended machine missed is not made up for.
    const SteadyTime next = whole_second(std::chrono::steady_clock::now(), watched_interval);
    co_await first_of(ask_all(), sleep_until(next));
    ++round_;
    on_round_.each([](const OnRound& heard) { heard(); });
    co_await sleep_until(next);
  }
}

Task<> Sampler::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

/// Asks every source that is not being asked, and waits for their answers.
Task<> Sampler::ask_all() {
  std::vector<const Source*> now;
  for (const auto& source : sources_.all()) {
    if (!asked_.insert(source.get()).second) continue;
    now.push_back(source.get());
    tasks_.spawn("metrics of " + source->kind(), ask(*source));
  }
  const auto is_owing = [this](const Source* source) { return asked_.contains(source); };
  while (std::ranges::any_of(now, is_owing)) co_await answered_.wait();
}

Task<> Sampler::ask(Source& source) {
  struct Asked {
    Sampler& sampler;
    const Source* source;
    ~Asked() {
      sampler.asked_.erase(source);
      sampler.answered_.notify();
    }
  };
  const Asked asked{*this, &source};
  std::vector<ContainerId> due = co_await due_of(source);
  if (due.empty()) co_return;
  auto readings =
      co_await with_timeout(source_patience, "metrics of " + source.kind(), as_result_of(source.read_stats(due)));
  if (!readings) {
    spdlog::debug("{}", readings.error().detail);
    co_return;
  }
  Turn turn;
  for (const auto& [id, counters] : *readings) {
    co_await yield_if_due(turn);
    take(id, counters);
  }
}

/// The running containers of a source that it is time to read.
Task<std::vector<ContainerId>> Sampler::due_of(const Source& source) {
  std::vector<ContainerId> due;
  Turn turn;
  for (auto at = running_.begin(); at != running_.end();) {
    if (sources_.of(at->host()) != &source) {
      // They stand in order of host, so those of another source are passed over host by host.
      at = running_.lower_bound(ContainerId(HostId(at->host().str() + '\0'), {}));
      continue;
    }
    if (is_due(*at)) due.push_back(*at);
    if (turn.due()) {
      const ContainerId last = *at;  // which may go meanwhile
      co_await next_turn(turn);
      at = running_.upper_bound(last);
    } else {
      ++at;
    }
  }
  co_return due;
}

bool Sampler::is_due(const ContainerId& id) const {
  if (watched(id)) return true;
  // The second sample follows the first at once: a rate needs two.
  const auto meter = meters_.find(id);
  const bool is_new = meter == meters_.end() || meter->second.samples.empty();
  return is_new || is_idle_turn(round_, std::hash<ContainerId>{}(id), running_.size());
}

bool Sampler::is_idle_turn(std::uint64_t round, std::size_t hash, std::size_t running) {
  constexpr std::size_t taken_together = 100;
  const std::size_t turns = std::clamp<std::size_t>(running / taken_together, 1, idle_rounds);
  return round % idle_rounds == hash % turns;
}

bool Sampler::watched(const ContainerId& id) const { return watches_of_all_ > 0 || watches_.contains(id); }

void Sampler::take(const ContainerId& id, StatCounters counters) {
  ContainerPtr container = registry_.find_shared(id);
  if (!container) return;  // removed while it was read
  if (counters.steady == SteadyTime{}) counters.steady = clock_.steady_now();
  Meter& meter = meters_[id];
  // A reading that a source gives again (its stream has not moved on) is no new sample.
  if (meter.before && counters.steady <= meter.before->steady) return;
  if (meter.before) {
    const PackedSample sample(difference(*meter.before, counters));
    keep(meter, sample);
    meter.last = ++number_;
    if (!on_sample_.empty()) {
      const Sampled sampled{std::move(container), meter.last, sample, counters.mounts};
      on_sample_.each([&sampled](const OnSample& heard) { heard(sampled); });
    }
  }
  meter.before = std::move(counters);
}

void Sampler::keep(Meter& meter, const PackedSample& sample) const {
  const std::size_t share = std::clamp(max_samples / meters_.size(), least_kept, ring_size);
  Ring<PackedSample>& ring = meter.samples;
  if (share < ring.capacity() || (share > ring.capacity() && ring.size() == ring.capacity())) {
    Ring<PackedSample> fitting(share);
    for (std::size_t i = ring.size() > share ? ring.size() - share : 0; i < ring.size(); ++i) fitting.push(ring[i]);
    ring = std::move(fitting);
  }
  ring.push(sample);
}

void Sampler::on_container(const ContainerPtr& container, const ContainerPtr&) {
  // The totals of a stopped container's next run start from nothing.
  if (container->state == ContainerState::running) {
    running_.insert(container->id);
    return;
  }
  running_.erase(container->id);
  const auto at = meters_.find(container->id);
  if (at != meters_.end()) at->second.before.reset();
}

void Sampler::on_gone(const Container& container) {
  running_.erase(container.id);
  meters_.erase(container.id);
}

std::optional<LatestSample> Sampler::latest(const ContainerId& id) const {
  const auto at = meters_.find(id);
  if (at == meters_.end() || at->second.samples.empty()) return std::nullopt;
  // A container that does not run uses nothing: its last sample is history, not its present state.
  if (!at->second.before) return std::nullopt;
  return LatestSample{at->second.samples.back(), at->second.before->mounts};
}

Sampler::Series Sampler::series(const ContainerId& id, std::size_t most) const {
  Series series;
  const auto at = meters_.find(id);
  if (at == meters_.end()) return series;
  const Ring<PackedSample>& ring = at->second.samples;
  const std::size_t first = ring.size() > most ? ring.size() - most : 0;
  series.samples.reserve(ring.size() - first);
  for (std::size_t i = first; i < ring.size(); ++i) series.samples.push_back(ring[i]);
  series.last = at->second.last;
  if (at->second.before) series.mounts = at->second.before->mounts;
  return series;
}

std::size_t Sampler::kept(const ContainerId& id) const {
  const auto at = meters_.find(id);
  return at == meters_.end() ? 0 : at->second.samples.size();
}

void Sampler::add_queues(QueueLevels& levels) const {
  // The fullest is the one that has been watched longest: all are as full as that, or emptier.
  std::size_t fullest = 0;
  for (const auto& [id, meter] : meters_) {
    fullest = std::max(fullest, meter.samples.size());
    if (fullest == ring_size) break;
  }
  levels.add("stat_samples", fullest, ring_size);
}

}  // namespace taffrail
