#include "api/containers_subscription.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "api/container_list.hpp"
#include "api/live_limits.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "model/json.hpp"

namespace taffrail::api {
namespace {

/// Changed containers that are written at a time.
constexpr std::size_t changes_at_once = 1000;

struct Changed {
  ContainerPtr container;
  std::optional<LatestSample> newest;
};

/// On a worker.
void append_containers(text::JsonWriter& json, const std::vector<Changed>& changed) {
  json.key("containers").begin_array();
  for (const Changed& one : changed) append_json(json.next(), *one.container, one.newest ? &*one.newest : nullptr);
  json.end_array();
}

}  // namespace

ContainersSubscription::ContainersSubscription(Services& services, const Caller& caller, std::uint64_t sub,
                                               SignalFlag& wake)
    : services_(services),
      caller_(caller),
      sub_(sub),
      moved_(services.pipeline.executor()),
      stage_(services.pipeline.executor(), wake),
      observing_(services.pipeline.registry().observe(*this)),
      hearing_(services.pipeline.registry().on_event([this](const EventPtr& event) { hear(event); })),
      tasks_(services.pipeline.executor(), services.report) {
  tasks_.spawn("containers subscription", run());
}

void ContainersSubscription::add_queues(QueueLevels& levels) const {
  levels.add("live_events", events_.size(), max_events);
}

Task<> ContainersSubscription::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void ContainersSubscription::on_host(const Host& host) {
  hosts_.insert(host.id);
  hosts_gone_.erase(host.id);
  moved_.notify();
}

void ContainersSubscription::on_host_gone(const HostId& id) {
  hosts_.erase(id);
  hosts_gone_.insert(id);
  moved_.notify();
}

void ContainersSubscription::on_container(const ContainerPtr& container, const ContainerPtr& before) {
  if (!caller_.sees(*container)) {
    if (before && caller_.sees(*before)) forget(container->id);
    return;
  }
  gone_.erase(container->id);
  changed_.insert(container->id);
  moved_.notify();
}

void ContainersSubscription::on_gone(const Container& container) {
  if (!caller_.sees(container)) return;
  if (const ContainerPtr removed = services_.registry().find_removed(container.id))
    on_container(removed, nullptr);
  else
    forget(container.id);
}

void ContainersSubscription::on_removed(const ContainerId& id, const ContainerPtr& container) {
  if (container)
    on_container(container, nullptr);
  else if (!services_.registry().find(id))
    forget(id);
}

void ContainersSubscription::forget(const ContainerId& id) {
  changed_.erase(id);
  gone_.insert(id);
  moved_.notify();
}

void ContainersSubscription::hear(const EventPtr& event) {
  if (!caller_.find(services_.registry(), event->container)) return;
  if (events_.size() == max_events) {
    events_.pop_front();
    services_.metrics.events_dropped.Increment();
  }
  events_.push_back(event);
  moved_.notify();
}

std::string ContainersSubscription::head() const { return R"({"type":"containers","sub":)" + std::to_string(sub_); }

Task<> ContainersSubscription::run() {
  co_await tell_snapshot();
  for (;;) {
    while (!has_changes() && events_.empty()) co_await moved_.wait();
    // What comes while the page takes nothing gathers.
    co_await stage_.clear();
    co_await tell_changes();
    co_await tell_events();  // of these containers
    co_await stage_.clear();
    co_await sleep_for(coalesce);
  }
}

Task<> ContainersSubscription::tell_snapshot() {
  // What changed before this is in it; events tell of moments and stay.
  hosts_.clear();
  hosts_gone_.clear();
  changed_.clear();
  gone_.clear();
  const std::shared_ptr<ContainerList> list = services_.lists.now();
  std::string message = head();
  message += R"(,"snapshot":true,"hosts":[)";
  for (const auto& [id, host] : services_.registry().hosts()) {
    if (message.back() != '[') message += ',';
    append_json(message, host);
  }
  message += R"(],"containers":[)";
  const ContainerList::Rendered* rendered = co_await list->rendered();
  const Registry::Containers& all = *list->containers();
  Turn turn;
  bool begun = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    co_await yield_if_due(turn);
    if (!caller_.sees(*all[i])) continue;
    if (begun && message.size() >= live_part_bytes) {
      message += R"(],"more":true})";
      co_await stage_.put(std::exchange(message, head() + R"(,"containers":[)"));
      begun = false;
    }
    if (std::exchange(begun, true)) message += ',';
    message += rendered->object(i);
  }
  message += "]}";
  co_await stage_.put(std::move(message));
}

Task<> ContainersSubscription::tell_changes() {
  // What comes while these are told is told after the next pause.
  for (std::size_t due = changed_.size(); has_changes();) {
    std::string message;
    text::JsonWriter json(message);
    json.begin_object().member("type", "containers").member("sub", sub_);
    if (!hosts_.empty()) {
      json.key("hosts").begin_array();
      for (const HostId& id : std::exchange(hosts_, {}))
        if (const Host* host = services_.registry().find_host(id)) append_json(json.next(), *host);
      json.end_array();
    }
    std::vector<Changed> changed;
    for (std::size_t room = changes_at_once; room > 0 && !changed_.empty(); --room) {
      const ContainerId id = *changed_.begin();
      changed_.erase(changed_.begin());
      ContainerPtr container = services_.registry().find_shared(id);
      if (!container) container = services_.registry().find_removed(id);
      if (container && caller_.sees(*container))
        changed.push_back({std::move(container), services_.pipeline.sampler().latest(id)});
    }
    if (!gone_.empty()) {
      json.key("gone").begin_array();
      for (const ContainerId& id : std::exchange(gone_, {}))
        json.value(services_.registry().ambiguous(id) ? id.full() : id.str());
      json.end_array();
    }
    if (!hosts_gone_.empty()) {
      json.key("hosts_gone").begin_array();
      for (const HostId& id : std::exchange(hosts_gone_, {})) json.value(id.str());
      json.end_array();
    }
    if (!changed.empty())
      co_await services_.pipeline.workers().run([&json, &changed] { append_containers(json, changed); });
    json.end_object();
    co_await stage_.put(std::move(message));
    if (due <= changes_at_once) break;
    due -= changes_at_once;
  }
}

Task<> ContainersSubscription::tell_events() {
  while (!events_.empty() && !has_changes()) {
    const EventPtr event = std::move(events_.front());
    events_.pop_front();
    std::string message = R"({"type":"event","sub":)" + std::to_string(sub_) + R"(,"event":)";
    append_json(message, *event);
    message += '}';
    co_await stage_.put(std::move(message));
  }
}

}  // namespace taffrail::api
