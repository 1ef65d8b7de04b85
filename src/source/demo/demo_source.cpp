#include "source/demo/demo_source.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/timeout.hpp"
#include "source/demo/dice.hpp"
#include "source/demo/reader.hpp"

namespace taffrail {

using namespace std::chrono_literals;
using demo::hash;
using demo::Phase;
using demo::Second;
using demo::Service;
using std::chrono::floor;
using std::chrono::seconds;

namespace {

/// Changes of which this much was missed (the machine slept) are not told one by one.
constexpr seconds catch_up = 600s;
/// The wall clock may be set while we wait.
constexpr Duration longest_wait = 1s;

std::string hex_id(std::uint64_t key) {
  return fmt::format("{:016x}{:016x}{:016x}{:016x}", hash({key, 1}), hash({key, 2}), hash({key, 3}), hash({key, 4}));
}

}  // namespace

struct DemoSource::Member {
  ContainerId id;
  std::string name;
  demo::DemoLog log;
  demo::DemoMeter meter;
  Phase phase;  // the last one told
};

DemoSource::DemoSource(const Clock& clock, WorkerPool& workers, DemoOptions options)
    : clock_(clock), workers_(workers) {
  host_.id = HostId(fmt::format("demo-{}", options.seed));
  host_.name = "demo";
  host_.kind = "demo";
  host_.state = HostState::connected;
  host_.detail = "made-up services";
  host_.cpus = 8;
  host_.memory = std::uint64_t{16} << 30;
  const Second created = floor<std::chrono::days>(clock.now()) - std::chrono::days(3);
  std::uint64_t number = 0;
  for (const Service& service : demo::services()) {
    const std::uint64_t key = hash({options.seed, number++});
    std::string name =
        service.project.empty() ? std::string(service.name) : fmt::format("{}-{}-1", service.project, service.name);
    const demo::DemoLog log(service, key, options.rate, created);
    members_.push_back(
        {ContainerId(host_.id, hex_id(key)), std::move(name), log, demo::DemoMeter(log, options.rate), {}});
    members_.back().phase = phase_now(members_.back());
  }
}

DemoSource::~DemoSource() = default;

Phase DemoSource::phase_now(const Member& member) const {
  return member.log.phase(std::max(floor<seconds>(clock_.now()), member.log.created()));
}

DemoSource::Member* DemoSource::find(const ContainerId& id) {
  const auto found = std::ranges::find(members_, id, &Member::id);
  return found == members_.end() ? nullptr : &*found;
}

Container DemoSource::describe(const Member& member, const Phase& phase) const {
  const Service& service = member.log.service();
  Container container;
  container.id = member.id;
  container.host = host_.id;
  container.name = member.name;
  container.image = service.image;
  container.command = service.command;
  container.state = phase.state;
  container.health = phase.health;
  container.restarts = demo::restarts(service.life, member.log.created(), phase);
  container.created = member.log.created();
  container.started = phase.run_begin;
  if (phase.state == ContainerState::exited || phase.state == ContainerState::restarting) {
    container.finished = phase.run_end;
    container.exit_code = phase.exit_code;
    container.oom_killed = phase.oom;
  }
  container.labels["org.opencontainers.image.title"] = service.image.substr(0, service.image.find(':'));
  container.service = service.project.empty() ? "" : service.name;
  container.project = service.project;
  if (!service.port.empty()) container.ports.emplace_back(service.port);
  container.tty = false;
  container.log_driver = "demo";
  container.cpu_limit = service.cpu_limit;
  if (service.memory_limit_mb) container.memory_limit = std::uint64_t{*service.memory_limit_mb} << 20;
  return container;
}

std::vector<Container> DemoSource::list() {
  std::vector<Container> containers;
  for (Member& member : members_) {
    member.phase = phase_now(member);
    containers.push_back(describe(member, member.phase));
  }
  return containers;
}

/// Tells what lies between two phases of one service, as an engine would.
void DemoSource::tell(const Member& member, const Phase& before, const Phase& after, SourceSink& sink) const {
  ContainerEvent event;
  event.container = member.id;
  event.host = host_.id;
  event.time = after.begin;
  event.attributes = {{"name", member.name}, {"image", std::string(member.log.service().image)}};
  const auto send = [&](std::string action, const auto&... attribute) {
    ContainerEvent copy = event;
    copy.action = std::move(action);
    (copy.attributes.insert(attribute), ...);
    sink.container_event(std::move(copy));
  };
  const bool ran = before.state == ContainerState::running;
  const bool runs = after.state == ContainerState::running;
  sink.container_changed(describe(member, after));
  if (ran && after.state == ContainerState::paused) {
    send("pause");
  } else if (ran && !runs) {
    if (after.oom) send("oom");
    send("die", std::pair<const std::string, std::string>("exitCode", std::to_string(after.exit_code.value_or(0))));
  } else if (!ran && runs) {
    send("start");
  }
  if (ran && runs && before.health != after.health)
    send("health_status", std::pair<const std::string, std::string>("health", to_string(after.health)));
}

void DemoSource::advance(Member& member, SourceSink& sink) {
  const Second now = floor<seconds>(clock_.now());
  while (member.phase.end <= now) {
    const Phase before = member.phase;
    member.phase = member.log.phase(before.end);
    tell(member, before, member.phase, sink);
  }
}

Task<> DemoSource::run(SourceSink& sink) {
  sink.host_changed(host_);
  co_await sink.containers_listed(host_.id, list());
  Time told = clock_.now();
  for (;;) {
    Time next = Time::max();
    for (const Member& member : members_) next = std::min<Time>(next, member.phase.end);
    const Duration wait = std::clamp<Duration>(next - clock_.now(), 1ms, longest_wait);
    co_await sleep_for(wait);
    const Time now = clock_.now();
    // After a long sleep of the machine, or when the clock was set back, the present state is all that counts.
    if (now - told > catch_up || now < told)
      co_await sink.containers_listed(host_.id, list());
    else
      for (Member& member : members_) advance(member, sink);
    told = now;
  }
}

Task<Result<Container>> DemoSource::inspect(ContainerId id) {
  const Member* member = find(id);
  if (!member) co_return fail(ErrorCode::not_found, "no made-up container has the id " + id.str());
  co_return describe(*member, phase_now(*member));
}

Task<Result<std::unique_ptr<LogReader>>> DemoSource::open_log(ContainerId id, LogQuery query) {
  const Member* member = find(id);
  if (!member) co_return fail(ErrorCode::not_found, "no made-up container has the id " + id.str());
  co_return std::make_unique<demo::DemoReader>(clock_, workers_, member->log, std::move(id), std::move(query));
}

Task<std::vector<std::pair<ContainerId, StatCounters>>> DemoSource::read_stats(std::vector<ContainerId> ids) {
  std::vector<std::pair<ContainerId, StatCounters>> readings;
  const Time now = clock_.now();
  for (ContainerId& id : ids) {
    Member* member = find(id);
    if (!member) continue;
    auto reading = member->meter.read(now);
    if (!reading) continue;
    reading->steady = clock_.steady_now();
    readings.emplace_back(std::move(id), *reading);
  }
  co_return readings;
}

}  // namespace taffrail
