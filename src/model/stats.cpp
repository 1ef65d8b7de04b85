#include "model/stats.hpp"

namespace taffrail {
namespace {

/// How much a total grew. One that went down was reset, and has grown by what it shows.
std::optional<double> growth(std::optional<std::uint64_t> before, std::optional<std::uint64_t> now) {
  if (!before || !now) return std::nullopt;
  return static_cast<double>(*now >= *before ? *now - *before : *now);
}

}  // namespace

StatSample difference(const StatCounters& before, const StatCounters& now) {
  StatSample sample;
  sample.time = now.time;
  sample.memory = now.memory;
  sample.memory_limit = now.memory_limit;
  sample.swap = now.swap;
  sample.pids = now.pids;
  sample.oom_kills = now.oom_kills;
  const double nanoseconds = static_cast<double>((now.time - before.time).count());
  if (nanoseconds <= 0) return sample;
  // Nanoseconds used per nanosecond passed: cores, or a ratio.
  const auto share = [&](auto member) {
    auto grown = growth(before.*member, now.*member);
    if (grown) *grown /= nanoseconds;
    return grown;
  };
  const auto per_second = [&](auto member) {
    auto grown = growth(before.*member, now.*member);
    if (grown) *grown /= nanoseconds / 1e9;
    return grown;
  };
  sample.cpu = share(&StatCounters::cpu_ns);
  sample.cpu_throttled = share(&StatCounters::throttled_ns);
  sample.cpu_pressure = share(&StatCounters::cpu_pressure_ns);
  sample.memory_pressure = share(&StatCounters::memory_pressure_ns);
  sample.io_pressure = share(&StatCounters::io_pressure_ns);
  sample.net_rx = per_second(&StatCounters::net_rx);
  sample.net_tx = per_second(&StatCounters::net_tx);
  sample.block_read = per_second(&StatCounters::block_read);
  sample.block_write = per_second(&StatCounters::block_write);
  return sample;
}

}  // namespace taffrail
