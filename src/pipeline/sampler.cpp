#include "pipeline/sampler.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "base/timeout.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {
namespace {

/// Rounds between two samples of a container that nobody watches.
constexpr std::uint64_t idle_rounds = Sampler::idle_interval / Sampler::watched_interval;

template <class Number>
float to_float(const std::optional<Number>& value) {
  return value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
}

template <class Number>
std::optional<Number> from_float(float value) {
  if (std::isnan(value)) return std::nullopt;
  return static_cast<Number>(value);
}

}  // namespace

Sampler::Watch::Watch(Sampler& sampler, std::optional<std::set<ContainerId>> containers, SignalFlag& tick)
    : sampler_(sampler), containers_(std::move(containers)), tick_(tick) {
  self_ = sampler_.watches_.insert(sampler_.watches_.end(), this);
}

Sampler::Watch::~Watch() { sampler_.watches_.erase(self_); }

Sampler::Sampler(Registry& registry, SourceSet& sources) : registry_(registry), sources_(sources) {
  registry_.add_observer(*this);
}

Sampler::~Sampler() { registry_.remove_observer(*this); }

Task<> Sampler::run() {
  const Executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  auto due = std::chrono::steady_clock::now();
  for (;;) {
    co_await sample_due();
    ++round_;
    for (Watch* watch : watches_) watch->tick_.notify();
    // Ticks keep to the second they began on; what a slow round or a suspended machine missed is not made up for.
    due += watched_interval;
    const auto now = std::chrono::steady_clock::now();
    if (due < now) due = now;
    timer.expires_at(due);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

bool Sampler::watched(const ContainerId& id) const {
  for (const Watch* watch : watches_)
    if (watch->wants(id)) return true;
  return false;
}

Task<> Sampler::sample_due() {
  std::unordered_map<Source*, std::vector<ContainerId>> due;
  for (const ContainerId& id : running_) {
    // Unwatched containers take turns, so that ten thousand of them do not all fall on one second. The second sample
    // follows the first at once: a rate needs two.
    const auto series = series_.find(id);
    const bool new_one = series == series_.end() || series->second.samples.empty();
    const bool turn = (round_ + std::hash<ContainerId>{}(id)) % idle_rounds == 0;
    if (!turn && !new_one && !watched(id)) continue;
    const Container* container = registry_.find(id);
    if (Source* source = container ? sources_.of(*container) : nullptr) due[source].push_back(id);
  }
  for (auto& [source, ids] : due) {
    auto readings = co_await source->read_stats(std::move(ids));
    for (auto& [id, counters] : readings) {
      if (!registry_.find(id)) continue;  // removed while it was read
      Series& series = series_[id];
      // A reading that a source gives again (its stream has not moved on) is no new sample.
      if (series.before && counters.time <= series.before->time) continue;
      if (series.before) {
        series.samples.push(pack(difference(*series.before, counters)));
        series.round = round_ + 1;
      }
      series.before = counters;
    }
  }
}

void Sampler::on_container(const Container& container, bool) {
  // The totals of a stopped container's next run start from nothing.
  if (container.state == ContainerState::running) {
    running_.insert(container.id);
    return;
  }
  running_.erase(container.id);
  const auto at = series_.find(container.id);
  if (at != series_.end()) at->second.before.reset();
}

void Sampler::on_gone(const Container& container) {
  running_.erase(container.id);
  series_.erase(container.id);
}

std::optional<StatSample> Sampler::latest(const ContainerId& id) const {
  const auto at = series_.find(id);
  if (at == series_.end() || at->second.samples.empty()) return std::nullopt;
  // A container that does not run uses nothing: its last sample is history, not its present state.
  if (!at->second.before) return std::nullopt;
  return unpack(at->second.samples.back());
}

std::vector<StatSample> Sampler::series(const ContainerId& id) const {
  std::vector<StatSample> samples;
  const auto at = series_.find(id);
  if (at == series_.end()) return samples;
  samples.reserve(at->second.samples.size());
  for (std::size_t i = 0; i < at->second.samples.size(); ++i) samples.push_back(unpack(at->second.samples[i]));
  return samples;
}

std::uint64_t Sampler::latest_round(const ContainerId& id) const {
  const auto at = series_.find(id);
  return at == series_.end() ? 0 : at->second.round;
}

void Sampler::add_queues(QueueLevels& levels) const {
  levels.add("stat_samples", 0, ring_size);
  for (const auto& [id, series] : series_) levels.add("stat_samples", series.samples.size(), ring_size);
}

Sampler::Packed Sampler::pack(const StatSample& s) {
  return Packed{
      s.time.time_since_epoch().count(),
      {to_float(s.cpu), to_float(s.cpu_throttled), to_float(s.memory), to_float(s.memory_limit), to_float(s.swap),
       to_float(s.pids), to_float(s.net_rx), to_float(s.net_tx), to_float(s.block_read), to_float(s.block_write),
       to_float(s.oom_kills), to_float(s.cpu_pressure), to_float(s.memory_pressure), to_float(s.io_pressure)}};
}

StatSample Sampler::unpack(const Packed& p) {
  const auto& v = p.values;
  return StatSample{Time(std::chrono::nanoseconds(p.time_ns)),
                    from_float<double>(v[0]),
                    from_float<double>(v[1]),
                    from_float<std::uint64_t>(v[2]),
                    from_float<std::uint64_t>(v[3]),
                    from_float<std::uint64_t>(v[4]),
                    from_float<std::uint64_t>(v[5]),
                    from_float<double>(v[6]),
                    from_float<double>(v[7]),
                    from_float<double>(v[8]),
                    from_float<double>(v[9]),
                    from_float<std::uint64_t>(v[10]),
                    from_float<double>(v[11]),
                    from_float<double>(v[12]),
                    from_float<double>(v[13])};
}

}  // namespace taffrail
