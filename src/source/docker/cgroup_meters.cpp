#include "source/docker/cgroup_meters.hpp"

namespace taffrail::docker {

Task<CgroupMeters::Readings> CgroupMeters::read(std::vector<Wanted> wanted,
                                                std::function<bool(const Wanted&)> still_runs) {
  std::vector<Reading> readings;
  readings.reserve(wanted.size());
  for (Wanted& one : wanted) {
    Reading& reading = readings.emplace_back(Reading{std::move(one), std::nullopt, std::nullopt});
    const auto meter = meters_.find(reading.wanted.id);
    if (meter == meters_.end()) continue;
    if (meter->second.pid == reading.wanted.pid) reading.meter = std::move(meter->second);
    meters_.erase(meter);
  }
  if (!readings.empty())
    co_await workers_.run([&] {
      for (Reading& reading : readings) take(reading);
    });
  Readings all;
  for (Reading& reading : readings) {
    if (!reading.meter->reader) all.unreadable.push_back(reading.wanted.id);
    if (reading.counters) all.counters.emplace_back(reading.wanted.id, *reading.counters);
    // It may have ended, or been started anew, while the worker read.
    if (still_runs(reading.wanted)) meters_.insert_or_assign(reading.wanted.id, std::move(*reading.meter));
  }
  co_return all;
}

/// On a worker.
void CgroupMeters::take(Reading& reading) const {
  if (!reading.meter) {
    reading.meter = Meter{reading.wanted.pid, nullptr};
    auto opened = cgroup::CgroupReader::open(roots_, reading.wanted.id.str(), reading.wanted.pid);
    if (opened) reading.meter->reader = std::move(*opened);
  }
  if (reading.meter->reader) {
    reading.counters = reading.meter->reader->read(clock_.now());
    if (reading.counters) reading.counters->steady = clock_.steady_now();
  }
}

}  // namespace taffrail::docker
