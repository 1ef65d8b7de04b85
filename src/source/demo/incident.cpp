#include "source/demo/incident.hpp"

#include <algorithm>
#include <cmath>

#include "source/demo/dice.hpp"

namespace taffrail::demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr seconds period = 20min;
/// Whoever waits for orders gives up then.
constexpr std::uint32_t patience_ms = 3000;
/// Bounds the lines of a second.
constexpr double most_requests = 2000;

// What a hash is for; apart from those of a log.
enum Use : std::uint64_t { use_times = 101, use_count, use_request, use_phase };

std::uint64_t number_of(Second second) { return static_cast<std::uint64_t>(second.time_since_epoch().count()); }

double part(Second second, Second begin, Second end) {
  return static_cast<double>((second - begin).count()) / static_cast<double>((end - begin).count());
}

/// Where the twenty minutes begin, so that worlds differ.
seconds phase_of(std::uint64_t seed) { return seconds(Dice(hash({seed, use_phase})).below(1200)); }

Incident incident_number(std::uint64_t seed, std::int64_t number) {
  Dice dice(hash({seed, use_times, static_cast<std::uint64_t>(number)}));
  Incident incident;
  incident.number = number;
  incident.begin = Second(phase_of(seed) + number * period) + 2min + seconds(dice.below(600));
  incident.first_kill = incident.begin + seconds(dice.between(165, 190));
  incident.first_restart = incident.first_kill + 5s;
  incident.second_kill = incident.first_restart + seconds(dice.between(70, 85));
  incident.second_restart = incident.second_kill + 6s;
  incident.rollback = incident.second_restart + 25s;
  incident.over = incident.rollback + 20s;
  return incident;
}

/// How full the new version's memory is, from 0 to 1, which is also how slow it is.
double fill_at(const Incident& incident, Second second) {
  if (second < incident.first_kill) return part(second, incident.begin, incident.first_kill);
  if (second < incident.second_kill) return 0.4 + 0.6 * part(second, incident.first_restart, incident.second_kill);
  if (second < incident.rollback) return 0.5 + 0.3 * part(second, incident.second_restart, incident.rollback);
  return 0.5 - 0.5 * part(second, incident.rollback, incident.over);
}

bool is_down(const Incident& incident, Second second) {
  return (incident.first_kill <= second && second < incident.first_restart) ||
         (incident.second_kill <= second && second < incident.second_restart);
}

}  // namespace

Incident incident_of(std::uint64_t seed, Second second) {
  return incident_number(seed, (second.time_since_epoch() - phase_of(seed)) / period);
}

Incident next_incident(std::uint64_t seed, const Incident& incident) {
  return incident_number(seed, incident.number + 1);
}

Incident last_incident(std::uint64_t seed, Second second) {
  const Incident incident = incident_of(seed, second);
  return incident.begin <= second ? incident : incident_number(seed, incident.number - 1);
}

std::uint32_t requests_in(std::uint64_t seed, double rate, Second second) {
  const Incident incident = incident_of(seed, second);
  if (second < incident.begin || second >= incident.over) return 0;
  Dice dice(hash({seed, use_count, number_of(second)}));
  const double expected = rate * (1 + 2.5 * unit(dice.next()));
  return static_cast<std::uint32_t>(std::min(std::floor(expected + unit(dice.next())), most_requests));
}

Request request_of(std::uint64_t seed, Second second, std::uint32_t number) {
  const Incident incident = incident_of(seed, second);
  Dice dice(hash({seed, use_request, number_of(second), number}));
  const double fill = fill_at(incident, second);
  Request request;
  request.id = dice.next();
  request.order = dice.between(100000, 999999);
  request.heap_mb = static_cast<std::uint32_t>(120 + 340 * fill) + dice.below(12);
  request.refused = is_down(incident, second);
  const double answer_ms = 30 * std::exp(5 * fill) * (0.4 + 1.2 * unit(dice.next()));
  request.failed = request.refused || answer_ms >= patience_ms;
  if (request.refused)
    request.duration_ms = dice.between(1, 4);
  else
    request.duration_ms = request.failed ? patience_ms + dice.below(40) : static_cast<std::uint32_t>(answer_ms);
  return request;
}

}  // namespace taffrail::demo
