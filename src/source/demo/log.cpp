#include "source/demo/log.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "source/sequencer.hpp"

namespace taffrail::demo {
namespace {

using namespace std::chrono_literals;

/// Leaves each event 50 µs of its second, room for its Pen::max_lines lines.
constexpr std::uint32_t max_events_per_second = 20'000;

// What a hash is for, so that two uses of one second differ.
enum Use : std::uint64_t { use_mood = 1, use_burst, use_count, use_event };

std::uint64_t number(Second second) { return static_cast<std::uint64_t>(second.time_since_epoch().count()); }

}  // namespace

double DemoLog::load(Second second) const {
  const std::uint64_t at = number(second);
  const double day = static_cast<double>(at % 86'400) / 86'400;
  double load = 0.85 + 0.35 * std::sin(2 * std::numbers::pi * (day - 0.375));  // least at 3 h, most at 15 h UTC
  // The minute's mood, gliding from one minute to the next.
  const double here = unit(hash({key_, use_mood, at / 60}));
  const double there = unit(hash({key_, use_mood, at / 60 + 1}));
  const double part = static_cast<double>(at % 60) / 60;
  load *= 0.6 + 0.8 * (here + (there - here) * part);
  if (service_->bursts) {
    Dice dice(hash({key_, use_burst, at / 300}));
    const bool any = dice.chance(0.4);
    const std::uint32_t begin = dice.below(270);
    const std::uint32_t length = dice.between(6, 25);
    const double strength = 8 + 8 * unit(dice.next());
    const std::uint64_t second_of_window = at % 300;
    if (any && second_of_window >= begin && second_of_window < begin + length) load = std::max(load, 1.0) * strength;
  }
  return load;
}

std::uint32_t DemoLog::events(Second second) const {
  Dice dice(hash({key_, use_count, number(second)}));
  const double expected = service_->rate * rate_ * load(second);
  const double spread = 0.5 + unit(dice.next());
  const double drawn = std::floor(expected * spread + unit(dice.next()));
  return static_cast<std::uint32_t>(std::min(drawn, static_cast<double>(max_events_per_second - 2)));
}

void DemoLog::write(Second second, Batch& batch) const {
  const Phase now = phase(second);
  if (!now.logs()) return;
  const bool first = service_->start && second == now.run_begin;
  // What the OOM killer ends says nothing more.
  const bool last = service_->end && second + 1s == now.run_end && !now.oom;
  const std::uint32_t count = events(second) + first + last;
  if (count == 0) return;
  const bool trouble = now.health == Health::unhealthy || load(second) >= 6;
  const std::size_t before = batch.records.size();
  const std::uint32_t slot = 1'000'000 / count;
  for (std::uint32_t i = 0; i < count; ++i) {
    Dice dice(hash({key_, use_event, number(second), i}));
    const auto jitter = std::chrono::microseconds(dice.below(slot - Pen::max_lines - 1));
    const auto nanoseconds = std::chrono::nanoseconds(dice.below(1000));
    Pen pen(batch, Time(second) + std::chrono::microseconds(i * slot) + jitter + nanoseconds, dice, trouble);
    if (first && i == 0)
      service_->start(pen);
    else if (last && i + 1 == count)
      service_->end(pen);
    else
      service_->event(pen);
  }
  for (std::size_t i = before; i < batch.records.size(); ++i)
    batch.records[i].seq = Sequencer::first_of(batch.records[i].time);
}

}  // namespace taffrail::demo
