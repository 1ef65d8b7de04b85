#include "source/demo/meter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace taffrail::demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::floor;
using std::chrono::seconds;

/// Longer stretches are counted by the mean, so that a first reading after three days costs nothing.
constexpr seconds exactly = 600s;

std::uint64_t whole(double value) { return value <= 0 ? 0 : static_cast<std::uint64_t>(value); }

}  // namespace

void DemoMeter::count_up_to(Second second, const Phase& phase) {
  if (phase.run_begin != run_begin_) {
    run_begin_ = counted_ = phase.run_begin;
    events_ = 0;
  }
  if (second - counted_ > exactly) {
    const Second from = second - exactly;
    events_ += log_.mean_events() * static_cast<double>((from - counted_).count());
    counted_ = from;
  }
  for (; counted_ < second; counted_ += 1s) events_ += log_.events(counted_);
}

std::optional<StatCounters> DemoMeter::read(Time now) {
  const Second second = std::max(floor<seconds>(now), log_.created());
  const Phase phase = log_.phase(second);
  if (phase.state != ContainerState::running && phase.state != ContainerState::paused) return std::nullopt;
  const bool running = phase.state == ContainerState::running;
  const Second until = running ? second : phase.begin;
  count_up_to(until, phase);
  const double part = running ? std::chrono::duration<double>(now - Time(second)).count() : 0;
  // Rates of events are scaled back, so that `rate` makes a log chattier and not a machine slower.
  const double events = (events_ + part * (running ? log_.events(second) : 0)) / rate_;
  const double age = std::chrono::duration<double>(Time(until) - Time(phase.run_begin)).count() + part;

  const Service& service = log_.service();
  const Appetite& appetite = service.appetite;
  constexpr double mib = 1 << 20;
  constexpr double kib = 1 << 10;
  StatCounters counters;
  counters.time = now;
  const double cpu = appetite.idle_cores * age * 1e9 + events * appetite.cpu_ms * 1e6;
  counters.cpu_ns = whole(cpu);
  if (service.cpu_limit) counters.throttled_ns = whole(events * appetite.cpu_ms * 1e4);

  // A slow breath, the load, and for a run that ends by the OOM killer the way there.
  const double breath = 0.5 + 0.5 * std::sin(2 * std::numbers::pi * std::fmod(age, 97) / 97);
  const double busy = running ? std::min(log_.load(second) / 6, 1.0) : 0;
  double memory = appetite.memory_mb * mib * (1 + appetite.memory_swing * (0.5 * breath + 0.5 * busy));
  if (service.memory_limit_mb) {
    const double limit = *service.memory_limit_mb * mib;
    counters.memory_limit = whole(limit);
    if (phase.oom) {
      const double run = std::chrono::duration<double>(phase.run_end - phase.run_begin).count();
      memory += (limit - memory) * std::pow(std::min(age / run, 1.0), 3);
    }
    memory = std::min(memory, limit);
  }
  counters.memory = whole(memory);
  counters.swap = 0;
  counters.pids = appetite.pids;
  counters.net_rx = whole(events * appetite.net_kb * kib * 0.4);
  counters.net_tx = whole(events * appetite.net_kb * kib);
  counters.block_read = whole(events * appetite.disk_kb * kib * 0.1);
  counters.block_write = whole(events * appetite.disk_kb * kib);
  counters.oom_kills = 0;
  counters.cpu_pressure_ns = whole(cpu * 0.02);
  counters.memory_pressure_ns = whole(phase.oom ? age * 2e7 : 0);
  counters.io_pressure_ns = whole(events * appetite.disk_kb * 2e3);
  return counters;
}

}  // namespace taffrail::demo
