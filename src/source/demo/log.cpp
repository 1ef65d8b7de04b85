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

/// The part of a second that each of its events has, in microseconds: the lines of one lie in it.
std::uint32_t slot_of(const DemoLog::Agenda& agenda) { return 1'000'000 / agenda.events; }

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

/// How many of an incident's requests it tells of in a second.
std::uint32_t DemoLog::requests(Second second) const {
  const Share& share = service_->requests;
  if (!share.write) return 0;
  // What is deployed hears of none before and after it has the traffic.
  if (service_->life == Life::deployed && !incident_of(seed_, second).is_on(second)) return 0;
  return (requests_in(seed_, rate_, second - share.late) + share.every - 1) / share.every;
}

std::uint32_t DemoLog::events(Second second) const {
  const std::uint32_t asked = requests(second);
  if (service_->life == Life::standing_by && incident_of(seed_, second).is_on(second)) return asked;
  Dice dice(hash({key_, use_count, number(second)}));
  const double expected = service_->rate * rate_ * load(second);
  const double spread = 0.5 + unit(dice.next());
  const double drawn = std::floor(expected * spread + unit(dice.next()));
  return static_cast<std::uint32_t>(std::min(drawn + asked, static_cast<double>(max_events_per_second - 3)));
}

DemoLog::Agenda DemoLog::agenda(Second second) const {
  const Phase now = phase(second);
  Agenda agenda{.second = second};
  if (!now.logs()) return agenda;
  agenda.begins = service_->start && second == now.run_begin;
  // What the OOM killer ends says nothing more.
  agenda.ends = service_->end && second + 1s == now.run_end && !now.oom;
  if (service_->news) {
    const Incident incident = incident_of(seed_, second);
    agenda.news = second == incident.begin || second == incident.rollback;
  }
  const std::uint32_t all = events(second);
  agenda.requests = std::min(requests(second), all);
  agenda.events = all + agenda.begins + agenda.news + agenda.ends;
  agenda.trouble = now.health == Health::unhealthy || load(second) >= 6;
  return agenda;
}

Dice DemoLog::dice_of(const Agenda& agenda, std::uint32_t event) const {
  return Dice(hash({key_, use_event, number(agenda.second), event}));
}

Time DemoLog::begin_of(const Agenda& agenda, std::uint32_t event, Dice& dice) {
  const std::uint32_t slot = slot_of(agenda);
  const auto jitter = std::chrono::microseconds(dice.below(slot - Pen::max_lines - 1));
  const auto nanoseconds = std::chrono::nanoseconds(dice.below(1000));
  return Time(agenda.second) + std::chrono::microseconds(event * slot) + jitter + nanoseconds;
}

std::uint32_t DemoLog::event_at(const Agenda& agenda, Time time) {
  if (agenda.events == 0 || time <= Time(agenda.second)) return 0;
  const auto slots = (time - Time(agenda.second)) / std::chrono::microseconds(slot_of(agenda));
  return static_cast<std::uint32_t>(std::min<std::int64_t>(slots, agenda.events));
}

Time DemoLog::time_of(const Agenda& agenda, std::uint32_t event) const {
  Dice dice = dice_of(agenda, event);
  return begin_of(agenda, event, dice);
}

void DemoLog::say(const Agenda& agenda, std::uint32_t event, Pen& pen) const {
  if (agenda.ends && event + 1 == agenda.events) return service_->end(pen);
  if (agenda.begins && event == 0) return service_->start(pen);
  std::uint32_t at = event - agenda.begins;
  if (agenda.news && at == 0) return service_->news(pen, incident_of(seed_, agenda.second));
  at -= agenda.news;
  if (at >= agenda.requests) return service_->event(pen);
  const Share& share = service_->requests;
  share.write(pen, request_of(seed_, agenda.second - share.late, at * share.every));
}

void DemoLog::write(const Agenda& agenda, std::uint32_t event, Batch& batch) const {
  const std::size_t before = batch.records.size();
  Dice dice = dice_of(agenda, event);
  const Time begin = begin_of(agenda, event, dice);
  Pen pen(batch, begin, dice, agenda.trouble, incident_of(seed_, created_).patch());
  say(agenda, event, pen);
  for (std::size_t i = before; i < batch.records.size(); ++i)
    batch.records[i].seq = Sequencer::first_of(batch.records[i].time);
}

}  // namespace taffrail::demo
