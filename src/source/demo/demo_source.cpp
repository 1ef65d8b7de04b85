#include "source/demo/demo_source.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
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
  std::size_t number;  // of its service
  ContainerId id;
  std::string name;
  std::string image;
  demo::DemoLog log;
  demo::DemoMeter meter;
  Phase phase;  // the last one told

  [[nodiscard]] bool is_deployed() const { return log.service().life == demo::Life::deployed; }
  [[nodiscard]] ContainerEvent event(std::string action, Time time) const;
  void add_changes(const Phase& before, const Phase& after, std::vector<ContainerEvent>& events) const;
  [[nodiscard]] std::vector<ContainerEvent> events_in(Second since, Time until) const;
};

ContainerEvent DemoSource::Member::event(std::string action, Time time) const {
  ContainerEvent event;
  event.container = id;
  event.host = id.host();
  event.time = time;
  event.action = std::move(action);
  event.attributes = {{"name", name}, {"image", image}};
  return event;
}

/// Adds what lies between two phases, as an engine would tell it.
void DemoSource::Member::add_changes(const Phase& before, const Phase& after,
                                     std::vector<ContainerEvent>& events) const {
  const auto add = [&](std::string action, const auto&... attribute) {
    ContainerEvent made = event(std::move(action), after.begin);
    (made.attributes.insert(attribute), ...);
    events.push_back(std::move(made));
  };
  const bool ran = before.state == ContainerState::running;
  const bool runs = after.state == ContainerState::running;
  if (ran && after.state == ContainerState::paused) {
    add("pause");
  } else if (ran && !runs) {
    if (after.oom) add("oom");
    add("die", std::pair<const std::string, std::string>("exitCode", std::to_string(after.exit_code.value_or(0))));
  } else if (!ran && runs) {
    add("start");
  }
  if (ran && runs && before.health != after.health)
    add("health_status", std::pair<const std::string, std::string>("health", to_string(after.health)));
}

/// What happened to it in [since, until), oldest first.
std::vector<ContainerEvent> DemoSource::Member::events_in(Second since, Time until) const {
  std::vector<ContainerEvent> events;
  if (log.created() >= since && log.created() < until)
    for (const char* action : {"create", "start"}) events.push_back(event(action, log.created()));
  for (Phase before = log.phase(std::max(since, log.created())); before.end < until;) {
    const Phase after = log.phase(before.end);
    add_changes(before, after, events);
    before = after;
  }
  return events;
}

DemoSource::DemoSource(const Clock& clock, WorkerPool& workers, DemoOptions options)
    : clock_(clock),
      workers_(workers),
      options_(options),
      created_(floor<std::chrono::days>(clock.now()) - std::chrono::days(3)) {
  host_.id = HostId(fmt::format("demo-{}", options.seed));
  host_.name = "demo";
  host_.kind = "demo";
  host_.state = HostState::connected;
  host_.detail = "made-up services";
  host_.cpus = 8;
  host_.memory = std::uint64_t{16} << 30;
  const Second now = floor<seconds>(clock.now());
  for (std::size_t number = 0; number < demo::services().size(); ++number) members_.push_back(make_member(number, now));
}

/// The container of a service at that time.
DemoSource::Member DemoSource::make_member(std::size_t number, Second now) const {
  const Service& service = demo::services()[number];
  std::uint64_t key = hash({options_.seed, number});
  Second created = created_;
  std::string image(service.image);
  if (service.life == demo::Life::deployed) {
    const demo::Incident deploy = demo::last_incident(options_.seed, now);
    key = hash({key, static_cast<std::uint64_t>(deploy.number)});
    created = deploy.begin;
    image += fmt::format(".{}", deploy.patch());
  }
  std::string name =
      service.project.empty() ? std::string(service.name) : fmt::format("{}-{}-1", service.project, service.name);
  const demo::DemoLog log(service, key, options_.rate, created, options_.seed);
  const Phase phase = log.phase(std::max(now, created));
  return {number,
          ContainerId(host_.id, hex_id(key)),
          std::move(name),
          std::move(image),
          log,
          demo::DemoMeter(log, options_.rate),
          phase};
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
  container.image = member.image;
  container.command = service.command;
  container.state = phase.state;
  container.health = phase.health;
  container.restarts = member.log.restarts(phase);
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
    if (member.is_deployed()) member = make_member(member.number, floor<seconds>(clock_.now()));
    member.phase = phase_now(member);
    containers.push_back(describe(member, member.phase));
  }
  return containers;
}

/// Another deploy: a new container in its place.
void DemoSource::replace(Member& member, SourceSink& sink) const {
  const Second at = member.phase.begin;
  sink.container_event(member.event("destroy", at));
  sink.container_removed(member.id);
  member = make_member(member.number, at);
  sink.container_changed(describe(member, member.phase));
  for (const char* action : {"create", "start"}) sink.container_event(member.event(action, at));
}

void DemoSource::advance(Member& member, SourceSink& sink) {
  const Second now = floor<seconds>(clock_.now());
  while (member.phase.end <= now) {
    const Phase before = member.phase;
    member.phase = member.log.phase(before.end);
    std::vector<ContainerEvent> events;
    member.add_changes(before, member.phase, events);
    sink.container_changed(describe(member, member.phase));
    for (ContainerEvent& event : events) sink.container_event(std::move(event));
    if (member.is_deployed() && member.phase.state == ContainerState::exited) replace(member, sink);
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

Task<Result<ContainerSetup>> DemoSource::setup_of(ContainerId id) {
  const Member* member = find(id);
  if (!member) co_return fail(ErrorCode::not_found, "no made-up container has the id " + id.str());
  const Service& service = member->log.service();
  ContainerSetup setup;
  std::istringstream words{std::string(service.command)};
  for (std::string word; words >> word;) setup.command.push_back(word);
  setup.hostname = member->name;
  setup.restart_policy = "unless-stopped";
  const std::string network = service.project.empty() ? "bridge" : std::string(service.project) + "_default";
  setup.networks.push_back({.name = network, .address = "", .aliases = {std::string(service.name)}});
  setup.mounts.push_back(
      {.type = "volume", .source = member->name + "-data", .destination = "/data", .read_only = false});
  setup.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                       {"SERVICE_NAME", std::string(service.name)},
                       {"API_TOKEN", "not-a-real-token"}};
  co_return setup;
}

Task<Result<ContainerPast>> DemoSource::past_of(ContainerId id, Time since, Time until, Duration step) {
  const Member* found = find(id);
  if (!found) co_return fail(ErrorCode::not_found, "no made-up container has the id " + id.str());
  since = std::max<Time>(since, found->log.created());
  const Member member = *found;  // which may be another by the time this is done
  ContainerPast past = co_await workers_.run([&] {
    ContainerPast made;
    made.events = member.events_in(floor<seconds>(since), until);
    demo::DemoMeter meter(member.log, options_.rate);
    std::optional<StatCounters> before;
    for (Time at = since; at < until; at += step) {
      auto now = meter.read(at);
      if (now) {
        now->steady = SteadyTime(at - Time(member.log.created()));
        if (before) made.samples.push_back(difference(*before, *now));
      }
      before = std::move(now);
    }
    return made;
  });
  co_return past;
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
