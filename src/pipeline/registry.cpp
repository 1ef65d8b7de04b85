#include "pipeline/registry.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/turn.hpp"
#include "pipeline/container_bounds.hpp"

namespace taffrail {
namespace {

/// The shortest prefix of an id that is taken for one: shorter ones are more likely names.
constexpr std::size_t min_prefix = 4;
/// Of the containers that an ambiguous id may mean, so many are named.
constexpr std::size_t max_named = 5;

std::string names_of(const std::vector<const Container*>& containers) {
  std::string names;
  for (std::size_t i = 0; i < containers.size() && i < max_named; ++i)
    names += (names.empty() ? "" : ", ") + containers[i]->id.full();
  return containers.size() > max_named ? names + ", …" : names;
}

}  // namespace

void Registry::changed() {
  ++version_;
  snapshot_.reset();
  with_removed_.reset();
}

void Registry::host_changed(Host host) {
  bound(host);
  const auto at = hosts_.find(host.id);
  if (at != hosts_.end() && at->second == host) return;
  if (at == hosts_.end() && hosts_.size() >= max_hosts) {
    refuse(host.id);
    return;
  }
  Host& known = hosts_[host.id];
  known = std::move(host);
  changed();
  host_names_.reset();
  observers_.each([&known](RegistryObserver* observer) { observer->on_host(known); });
}

void Registry::host_removed(const HostId& id) {
  listed_.erase(id);
  if (hosts_.erase(id) == 0) return;
  changed();
  host_names_.reset();
  observers_.each([&id](RegistryObserver* observer) { observer->on_host_gone(id); });
}

Task<> Registry::containers_listed(HostId host, std::vector<Container> containers) {
  struct UnderWay {
    std::map<HostId, std::set<ContainerId>>& all;
    std::map<HostId, std::set<ContainerId>>::iterator own;
    ~UnderWay() { all.erase(own); }
  };
  [[maybe_unused]] const auto [own, alone] = newer_.try_emplace(host);
  assert(alone);
  const UnderWay under_way{newer_, own};
  const std::set<ContainerId>& newer = own->second;
  Turn turn;
  std::set<ContainerId> listed;
  for (Container& container : containers) {
    co_await yield_if_due(turn);
    listed.insert(container.id);
    if (!newer.contains(container.id)) take(std::move(container));
  }
  // Each look begins behind the last container looked at, for in between any may go.
  for (const ContainerIndex::ById* all : {&std::as_const(others_), &containers_.all()}) {
    ContainerId last(host, {});
    for (auto at = all->lower_bound(last); at != all->end() && at->first.host() == host; at = all->upper_bound(last)) {
      last = at->first;
      if (!listed.contains(last) && !newer.contains(last)) remove(last);
      co_await yield_if_due(turn);
    }
  }
  listed_.insert(std::move(host));
}

/// What a list that is being taken up says of this container is out of date.
void Registry::note_newer(const ContainerId& id) {
  const auto newer = newer_.find(id.host());
  if (newer != newer_.end() && newer->second.size() < max_containers_of_host) newer->second.insert(id);
}

void Registry::container_changed(Container container) {
  note_newer(container.id);
  take(std::move(container));
}

void Registry::take(Container container) {
  bound(container);
  const Container* known = find(container.id);
  if (known && *known == container) return;
  put(std::make_shared<const Container>(std::move(container)));
}

void Registry::refuse(const HostId& host) {
  if (refused_++ == 0)
    spdlog::warn("the host '{}' tells of more containers than are kept; the others are left out", host.str());
}

void Registry::add_queues(QueueLevels& levels) const {
  levels.add("host_containers", 0, max_containers_of_host);
  levels.add("host_container_bytes", 0, max_bytes_of_host);
  for (const auto& [host, held] : held_) {
    levels.add("host_containers", held.containers, max_containers_of_host);
    levels.add("host_container_bytes", held.bytes, max_bytes_of_host);
  }
}

bool Registry::take_room(const Container& container, const Container* before) {
  if (!before && held_.size() >= max_hosts && !held_.contains(container.host)) return false;
  Held& held = held_[container.host];
  const std::size_t bytes = held.bytes - (before ? weight_of(*before) : 0) + weight_of(container);
  if (bytes > max_bytes_of_host || (!before && held.containers >= max_containers_of_host)) return false;
  held.bytes = bytes;
  if (!before) ++held.containers;
  return true;
}

void Registry::give_room(const Container& container) {
  const auto held = held_.find(container.host);
  held->second.bytes -= weight_of(container);
  if (--held->second.containers == 0) held_.erase(held);
}

void Registry::put(ContainerPtr container) {
  const ContainerId& id = container->id;
  const auto other = others_.find(id);
  const Container* was = find(id);
  if (other != others_.end()) was = other->second.get();
  if (!take_room(*container, was)) {
    refuse(id.host());
    return;
  }
  if (!admitted(*container)) {
    others_.insert_or_assign(id, container);
    erase(id);
    return;
  }
  others_.erase(id);
  drop_removed(id);
  const ContainerPtr before = containers_.put(container);
  changed();
  observers_.each([&](RegistryObserver* observer) { observer->on_container(container, before); });
}

bool Registry::admitted(const Container& container) const {
  return !admission_ || admission_(container, find_host(container.host));
}

Task<> Registry::admit(Admission admission) {
  admission_ = std::move(admission);
  Turn turn;
  // Each look begins behind the last container looked at, for in between any may go.
  for (const ContainerIndex::ById* all : {&containers_.all(), &std::as_const(others_)}) {
    std::optional<ContainerId> last;
    for (auto at = all->begin(); at != all->end(); at = all->upper_bound(*last)) {
      last = at->first;
      const ContainerPtr container = at->second;
      if (admitted(*container) != (all == &containers_.all())) put(container);
      co_await yield_if_due(turn);
    }
  }
}

void Registry::container_removed(const ContainerId& id) {
  note_newer(id);
  remove(id);
}

void Registry::remove(const ContainerId& id) {
  const auto other = others_.find(id);
  if (other == others_.end()) return erase(id);
  give_room(*other->second);
  others_.erase(other);
}

void Registry::erase(const ContainerId& id) {
  const ContainerPtr was = containers_.erase(id);
  if (!was) return;
  Container gone = *was;
  // One that is only no longer admitted stands among the others now, and still counts.
  if (!others_.contains(gone.id)) give_room(gone);
  changed();
  gone.state = ContainerState::removed;
  if (remembers_ && remembers_(gone.id)) put_removed(std::make_shared<const Container>(gone));
  observers_.each([&gone](RegistryObserver* observer) { observer->on_gone(gone); });
}

void Registry::put_removed(const ContainerPtr& container) {
  removed_.put(container);
  changed();
}

bool Registry::drop_removed(const ContainerId& id) {
  if (!removed_.erase(id)) return false;
  changed();
  return true;
}

void Registry::keep_removed(const ContainerPtr& container) {
  if (containers_.contains(container->id) || !admitted(*container)) return;
  const ContainerPtr known = removed_.find(container->id);
  if (known && *known == *container) return;
  put_removed(container);
  observers_.each([&](RegistryObserver* observer) { observer->on_removed(container->id, container); });
}

void Registry::forget_removed(const ContainerId& id) {
  if (!drop_removed(id)) return;
  observers_.each([&](RegistryObserver* observer) { observer->on_removed(id, nullptr); });
}

std::shared_ptr<const Registry::Containers> Registry::with_removed() const {
  const ContainerIndex::ById& removed = removed_.all();
  if (removed.empty()) return snapshot();
  if (!with_removed_) {
    auto all = std::make_shared<Containers>();
    all->reserve(containers().size() + removed.size());
    const auto add = [&](const auto& entry) { all->push_back(entry.second); };
    auto gone = removed.begin();
    for (const auto& entry : containers()) {
      for (; gone != removed.end() && gone->first < entry.first; ++gone) add(*gone);
      add(entry);
    }
    std::for_each(gone, removed.end(), add);
    with_removed_ = std::move(all);
  }
  return with_removed_;
}

void Registry::container_event(ContainerEvent event) {
  // Of a container that does not exist for this server nothing is told; its destruction is heard before it goes.
  if (!containers_.contains(event.container)) return;
  if (on_event_.empty()) return;
  bound(event);
  const auto shared = std::make_shared<const ContainerEvent>(std::move(event));
  on_event_.each([&shared](const OnEvent& heard) { heard(shared); });
}

void Registry::disk_measured(const HostId& host, const HostDisk& disk) {
  const Host* known = find_host(host);
  if (!known) return;
  observers_.each([&](RegistryObserver* observer) { observer->on_disk(*known, disk); });
}

std::shared_ptr<const Registry::Containers> Registry::snapshot() const {
  if (!snapshot_) {
    auto all = std::make_shared<Containers>();
    all->reserve(containers().size());
    for (const auto& [id, container] : containers()) all->push_back(container);
    snapshot_ = std::move(all);
  }
  return snapshot_;
}

std::shared_ptr<const Registry::HostNames> Registry::host_names() const {
  if (!host_names_) {
    auto names = std::make_shared<HostNames>();
    for (const auto& [id, host] : hosts_) names->emplace(id, host.name);
    host_names_ = std::move(names);
  }
  return host_names_;
}

const Host* Registry::find_host(const HostId& id) const {
  const auto at = hosts_.find(id);
  return at == hosts_.end() ? nullptr : &at->second;
}

bool Registry::ambiguous(const ContainerId& id) const {
  return std::ranges::any_of(held_, [&](const auto& held) {
    return held.first != id.host() && containers_.contains(ContainerId(held.first, id.str()));
  });
}

/// By whole id, by name, or by the beginning of an id; nothing where there is none. Errors as those of `resolve`.
Result<std::optional<ContainerId>> Registry::resolve_in(const ContainerIndex& containers, const ContainerId& asked,
                                                        std::string_view name, const ContainerIndex::Sees& sees) {
  const auto exact = containers.of_id(asked, true, sees, max_named);
  if (exact.size() > 1)
    return fail(ErrorCode::conflict, "containers of several hosts have the id '" + std::string(name) +
                                         "'; name one of them by its host: " + names_of(exact));
  if (!exact.empty()) return exact.front()->id;
  if (const Container* container = containers.named(name, sees)) return container->id;
  if (asked.str().size() < min_prefix) return std::nullopt;
  const auto begun = containers.of_id(asked, false, sees, max_named);
  if (begun.size() > 1)
    return fail(ErrorCode::invalid_argument,
                "several containers' ids begin with '" + std::string(name) + "'; give more of it: " + names_of(begun));
  return begun.empty() ? std::nullopt : std::optional(begun.front()->id);
}

Result<ContainerId> Registry::resolve(std::string_view name, const ContainerIndex::Sees& sees) const {
  // (A name may have a slash too, a file's has: then no host is called like what is before it.)
  const ContainerId asked = ContainerId::parse(name);
  for (const ContainerIndex* containers : {&containers_, &removed_}) {
    auto found = resolve_in(*containers, asked, name, sees);
    if (!found) return forward(found);
    if (*found) return **found;
  }
  return fail(ErrorCode::not_found, "no container has the id or name '" + std::string(name) + "'");
}

}  // namespace taffrail
