#include "source/docker/cgroup_meters.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

#include "base/timeout.hpp"

namespace taffrail::docker {
namespace {

/// Between two lines of the log about readings that fail.
constexpr Duration say_again = std::chrono::minutes(1);
constexpr std::size_t descriptors = cgroup::CgroupReader::most_descriptors;

}  // namespace

CgroupMeters::CgroupMeters(const Executor& executor, const Clock& clock, const std::string& host_root,
                           cgroup::DescriptorBudget& budget, Duration limit)
    : clock_(clock),
      roots_(cgroup::Roots::under(host_root)),
      budget_(budget),
      limit_(limit),
      turn_ended_(executor),
      tasks_(executor, [](std::string_view what) { spdlog::error("docker: {}", what); }) {}

CgroupMeters::~CgroupMeters() {
  for (auto& [id, meter] : meters_)
    if (meter.budgeted) budget_.give_back(descriptors);
}

Task<CgroupMeters::Readings> CgroupMeters::read(std::vector<Wanted> wanted,
                                                std::function<bool(const Wanted&)> still_runs) {
  Readings all;
  for (std::size_t from = 0; from < wanted.size() && !stopped_; from += turn_size) {
    if (under_way_) {
      give_up(wanted.size() - from);
      break;
    }
    const std::size_t to = std::min(from + turn_size, wanted.size());
    auto turn = std::make_shared<Turn>();
    turn->still_runs = still_runs;
    prepare(*turn, wanted.begin() + static_cast<std::ptrdiff_t>(from),
            wanted.begin() + static_cast<std::ptrdiff_t>(to));
    give_room(*turn);
    under_way_ = true;
    tasks_.spawn("read control groups", work(turn));
    auto waiting = end_of(turn);
    auto ended = co_await with_timeout(limit_, "cgroup files", std::move(waiting));
    if (!ended) {
      give_up(wanted.size() - from);
      break;
    }
    std::ranges::move(turn->found.counters, std::back_inserter(all.counters));
    std::ranges::move(turn->found.unreadable, std::back_inserter(all.unreadable));
  }
  co_return all;
}

/// Takes what is known of these containers out of `meters_`: the worker owns it meanwhile.
void CgroupMeters::prepare(Turn& turn, std::vector<Wanted>::iterator from, std::vector<Wanted>::iterator to) {
  turn.readings.reserve(static_cast<std::size_t>(to - from));
  for (; from != to; ++from) {
    Reading& reading = turn.readings.emplace_back(Reading{std::move(*from), std::nullopt, std::nullopt, std::nullopt});
    const auto known = meters_.find(reading.wanted.id);
    if (known == meters_.end()) continue;
    if (known->second.pid == reading.wanted.pid)
      reading.meter = std::move(known->second);
    else if (known->second.budgeted)
      budget_.give_back(descriptors);
    meters_.erase(known);
  }
}

/// Hands out the budget: to whom there is room for; and to those that are watched, from those that are not.
void CgroupMeters::give_room(Turn& turn) {
  const SteadyTime now = clock_.steady_now();
  std::optional<std::vector<Meter*>> idle;  // looked for once, when there is no room
  for (Reading& reading : turn.readings) {
    if (!reading.meter) reading.meter = Meter{reading.wanted.pid, nullptr, false, false, {}};
    Meter& meter = *reading.meter;
    const bool watched = meter.asked != SteadyTime{} && now - meter.asked <= hot;
    meter.asked = now;
    if (meter.budgeted) continue;
    meter.budgeted = budget_.take(descriptors);
    if (meter.budgeted || !watched) continue;
    if (!idle) {
      idle.emplace();
      for (auto& [id, other] : meters_)
        if (other.budgeted && now - other.asked > hot) idle->push_back(&other);
    }
    if (idle->empty()) continue;
    Meter& loser = *idle->back();
    idle->pop_back();
    if (loser.reader) loser.reader->close();
    loser.budgeted = false;
    meter.budgeted = true;
  }
}

Task<> CgroupMeters::work(std::shared_ptr<Turn> turn) {
  co_await worker_.run([&] {
    for (Reading& reading : turn->readings) take(reading);
  });
  store(*turn);
  turn->ended = true;
  under_way_ = false;
  turn_ended_.notify();
}

Task<Result<>> CgroupMeters::end_of(std::shared_ptr<Turn> turn) {
  while (!turn->ended) co_await turn_ended_.wait();
  co_return Result<>();
}

/// On the worker.
void CgroupMeters::take(Reading& reading) const {
  Meter& meter = *reading.meter;
  if (!meter.looked) {
    auto opened = cgroup::CgroupReader::open(roots_, reading.wanted.id.str(), reading.wanted.pid);
    if (!opened && opened.error().code == ErrorCode::unavailable) {
      reading.failed = std::move(opened.error());
      return;
    }
    meter.looked = true;
    if (opened) meter.reader = std::move(*opened);
  }
  if (!meter.reader) return;
  // Where that fails it is read without: whatever is wrong, that says so.
  if (meter.budgeted && !meter.reader->is_open()) meter.reader->keep_open();
  auto counters = meter.reader->read(clock_.now(), clock_.steady_now());
  if (counters)
    reading.counters = *counters;
  else
    reading.failed = std::move(counters.error());
}

/// The run may have ended, or been started anew, while the worker read.
void CgroupMeters::store(Turn& turn) {
  for (Reading& reading : turn.readings) {
    Meter& meter = *reading.meter;
    if (meter.budgeted && (!meter.reader || !meter.reader->is_open())) {
      meter.budgeted = false;
      budget_.give_back(descriptors);
    }
    if (reading.failed) {
      ++failures_;
      say(reading.failed->detail);
    } else if (!meter.reader) {
      turn.found.unreadable.push_back(reading.wanted.id);
    }
    if (reading.counters) turn.found.counters.emplace_back(reading.wanted.id, *reading.counters);
    if (!stopped_ && meter.looked && turn.still_runs(reading.wanted))
      meters_.insert_or_assign(reading.wanted.id, std::move(meter));
    else if (meter.budgeted)
      budget_.give_back(descriptors);
  }
}

void CgroupMeters::give_up(std::size_t containers) {
  failures_ += containers;
  say("reading cgroup files takes too long; metrics are left out");
}

void CgroupMeters::say(const std::string& what) {
  const SteadyTime now = clock_.steady_now();
  if (said_ != SteadyTime{} && now - said_ < say_again) return;
  said_ = now;
  spdlog::warn("docker: metrics: {}", what);
}

void CgroupMeters::forget(const ContainerId& id) {
  const auto known = meters_.find(id);
  if (known == meters_.end()) return;
  if (known->second.budgeted) budget_.give_back(descriptors);
  meters_.erase(known);
}

Task<> CgroupMeters::stop() {
  stopped_ = true;
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace taffrail::docker
