#include "api/containers_subscription.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "api/live_limits.hpp"
#include "base/timeout.hpp"
#include "model/json.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {

namespace {

template <class Ids>
void put_ids(std::string& message, std::string_view key, const Ids& ids) {
  message += R"(,")";
  message += key;
  message += R"(":[)";
  for (const auto& id : ids) {
    if (message.back() != '[') message += ',';
    text::append_json_string(message, id.str());
  }
  message += ']';
}

}  // namespace

ContainersSubscription::ContainersSubscription(Services& services, const Viewer& viewer, std::uint64_t sub,
                                               SignalFlag& wake)
    : services_(services),
      viewer_(viewer),
      sub_(sub),
      wake_(wake),
      moved_(services.pipeline.executor()),
      tasks_(services.pipeline.executor(), services.report) {
  services_.pipeline.registry().add_observer(*this);
  tasks_.spawn("pace of a containers subscription", pace());
  wake_.notify();
}

ContainersSubscription::~ContainersSubscription() { services_.pipeline.registry().remove_observer(*this); }

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

void ContainersSubscription::on_container(const Container& container, bool) {
  if (!viewer_.sees(container)) return forget(container.id);
  told_.insert(container.id);
  gone_.erase(container.id);
  changed_.insert(container.id);
  moved_.notify();
}

void ContainersSubscription::on_gone(const Container& container) { forget(container.id); }

void ContainersSubscription::forget(const ContainerId& id) {
  changed_.erase(id);
  if (told_.erase(id) == 0) return;
  gone_.insert(id);
  moved_.notify();
}

void ContainersSubscription::on_event(const ContainerEvent& event) {
  if (!viewer_.find(services_.registry(), event.container)) return;
  if (events_.size() == max_events) {
    events_.pop_front();
    services_.metrics.events_dropped.Increment();
  }
  events_.push_back(event);
  moved_.notify();
}

Task<> ContainersSubscription::pace() {
  while (true) {
    while (!has_changes()) co_await moved_.wait();
    ready_ = true;
    wake_.notify();
    while (ready_) co_await moved_.wait();
    co_await sleep_for(coalesce);
  }
}

bool ContainersSubscription::take(std::string& message) {
  if (!snapshot_sent_) {
    put_snapshot(message);
    snapshot_sent_ = true;
    return true;
  }
  if (!ready_) return false;
  if (!hosts_.empty() || !hosts_gone_.empty() || !changed_.empty() || !gone_.empty())
    put_changes(message);  // before the events, which speak of these containers
  else if (!events_.empty())
    put_event(message);
  if (!has_changes()) {
    ready_ = false;
    moved_.notify();
  }
  return !message.empty();
}

void ContainersSubscription::put_snapshot(std::string& message) {
  // What changed before this is in it; events tell of moments and stay.
  hosts_.clear();
  hosts_gone_.clear();
  changed_.clear();
  gone_.clear();
  told_.clear();
  for (const Container* container : viewer_.containers(services_.registry())) told_.insert(container->id);
  message = R"({"type":"containers","sub":)" + std::to_string(sub_) + R"(,"snapshot":true,"hosts":[)";
  for (const auto& [id, host] : services_.registry().hosts()) {
    if (message.back() != '[') message += ',';
    append_json(message, host);
  }
  message += "],\"containers\":[";
  put_containers(message, told_);
  message += "]}";
}

void ContainersSubscription::put_changes(std::string& message) {
  message = R"({"type":"containers","sub":)" + std::to_string(sub_);
  if (!hosts_.empty()) {
    message += R"(,"hosts":[)";
    for (const HostId& id : std::exchange(hosts_, {}))
      if (const Host* host = services_.registry().find_host(id)) {
        if (message.back() != '[') message += ',';
        append_json(message, *host);
      }
    message += ']';
  }
  if (!changed_.empty()) {
    message += R"(,"containers":[)";
    put_containers(message, std::exchange(changed_, {}));
    message += ']';
  }
  if (!gone_.empty()) put_ids(message, "gone", std::exchange(gone_, {}));
  if (!hosts_gone_.empty()) put_ids(message, "hosts_gone", std::exchange(hosts_gone_, {}));
  message += '}';
}

void ContainersSubscription::put_containers(std::string& message, const std::set<ContainerId>& ids) {
  for (const ContainerId& id : ids) {
    const Container* container = viewer_.find(services_.registry(), id);
    if (!container) continue;
    if (message.back() != '[') message += ',';
    const std::optional<StatSample> stats = services_.pipeline.sampler().latest(id);
    append_json(message, *container, stats ? &*stats : nullptr);
  }
}

void ContainersSubscription::put_event(std::string& message) {
  message = R"({"type":"event","sub":)" + std::to_string(sub_) + R"(,"event":)";
  append_json(message, events_.front());
  message += '}';
  events_.pop_front();
}

}  // namespace taffrail::api
