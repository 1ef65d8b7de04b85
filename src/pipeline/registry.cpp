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
  for (auto* all : {&others_, &containers_}) {
    ContainerId last(host, {});
    for (auto at = all->lower_bound(last); at != all->end() && at->first.host() == host; at = all->upper_bound(last)) {
      last = at->first;
      if (!listed.contains(last) && !newer.contains(last)) all == &others_ ? erase_other(at) : erase(at);
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
  const auto known = containers_.find(container.id);
  if (known != containers_.end() && *known->second == container) return;
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
  const auto known = containers_.find(id);
  const auto other = others_.find(id);
  const Container* was = known != containers_.end() ? known->second.get() : nullptr;
  if (other != others_.end()) was = other->second.get();
  if (!take_room(*container, was)) {
    refuse(id.host());
    return;
  }
  if (!admitted(*container)) {
    others_.insert_or_assign(id, container);
    if (known != containers_.end()) erase(known);
    return;
  }
  others_.erase(id);
  drop_removed(id);
  ContainerPtr& place = containers_[id];
  const ContainerPtr before = std::exchange(place, container);
  if (before) unindex(*before);
  index(*container);
  changed();
  observers_.each([&](RegistryObserver* observer) { observer->on_container(container, before); });
}

void Registry::index(const Container& container) { by_name_[container.name].insert(container.id); }

void Registry::unindex(const Container& container) {
  const auto at = by_name_.find(container.name);
  if (at == by_name_.end()) return;
  at->second.erase(container.id);
  if (at->second.empty()) by_name_.erase(at);
}

bool Registry::admitted(const Container& container) const {
  return !admission_ || admission_(container, find_host(container.host));
}

Task<> Registry::admit(Admission admission) {
  admission_ = std::move(admission);
  Turn turn;
  // Each look begins behind the last container looked at, for in between any may go.
  for (const auto* all : {&containers_, &others_}) {
    std::optional<ContainerId> last;
    for (auto at = all->begin(); at != all->end(); at = all->upper_bound(*last)) {
      last = at->first;
      const ContainerPtr container = at->second;
      if (admitted(*container) != (all == &containers_)) put(container);
      co_await yield_if_due(turn);
    }
  }
}

void Registry::container_removed(const ContainerId& id) {
  note_newer(id);
  if (const auto other = others_.find(id); other != others_.end())
    erase_other(other);
  else if (const auto at = containers_.find(id); at != containers_.end())
    erase(at);
}

void Registry::erase_other(std::map<ContainerId, ContainerPtr>::iterator at) {
  give_room(*at->second);
  others_.erase(at);
}

void Registry::erase(std::map<ContainerId, ContainerPtr>::iterator at) {
  Container gone = *at->second;
  unindex(gone);
  // One that is only no longer admitted stands among the others now, and still counts.
  if (!others_.contains(gone.id)) give_room(gone);
  containers_.erase(at);
  changed();
  gone.state = ContainerState::removed;
  if (remembers_ && remembers_(gone.id)) put_removed(std::make_shared<const Container>(gone));
  observers_.each([&gone](RegistryObserver* observer) { observer->on_gone(gone); });
}

void Registry::put_removed(const ContainerPtr& container) {
  drop_removed(container->id);
  removed_.emplace(container->id, container);
  removed_by_name_[container->name].insert(container->id);
  changed();
}

bool Registry::drop_removed(const ContainerId& id) {
  const auto at = removed_.find(id);
  if (at == removed_.end()) return false;
  const auto named = removed_by_name_.find(at->second->name);
  named->second.erase(id);
  if (named->second.empty()) removed_by_name_.erase(named);
  removed_.erase(at);
  changed();
  return true;
}

void Registry::keep_removed(const ContainerPtr& container) {
  if (containers_.contains(container->id) || !admitted(*container)) return;
  const auto known = removed_.find(container->id);
  if (known != removed_.end() && *known->second == *container) return;
  put_removed(container);
  observers_.each([&](RegistryObserver* observer) { observer->on_removed(container->id, container); });
}

void Registry::forget_removed(const ContainerId& id) {
  if (!drop_removed(id)) return;
  observers_.each([&](RegistryObserver* observer) { observer->on_removed(id, nullptr); });
}

ContainerPtr Registry::find_removed(const ContainerId& id) const {
  const auto at = removed_.find(id);
  return at == removed_.end() ? nullptr : at->second;
}

std::shared_ptr<const Registry::Containers> Registry::with_removed() const {
  if (removed_.empty()) return snapshot();
  if (!with_removed_) {
    auto all = std::make_shared<Containers>();
    all->reserve(containers_.size() + removed_.size());
    const auto add = [&](const auto& entry) { all->push_back(entry.second); };
    auto gone = removed_.begin();
    for (const auto& entry : containers_) {
      for (; gone != removed_.end() && gone->first < entry.first; ++gone) add(*gone);
      add(entry);
    }
    std::for_each(gone, removed_.end(), add);
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
    all->reserve(containers_.size());
    for (const auto& [id, container] : containers_) all->push_back(container);
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

const Container* Registry::find(const ContainerId& id) const {
  const auto at = containers_.find(id);
  return at == containers_.end() ? nullptr : at->second.get();
}

ContainerPtr Registry::find_shared(const ContainerId& id) const {
  const auto at = containers_.find(id);
  return at == containers_.end() ? nullptr : at->second;
}

bool Registry::ambiguous(const ContainerId& id) const {
  return std::ranges::any_of(held_, [&](const auto& held) {
    return held.first != id.host() && containers_.contains(ContainerId(held.first, id.str()));
  });
}

/// @param id of one host, or, where it says none, of any
/// @param whole the id is not just the beginning of one
Registry::Found Registry::of_id(const ContainerId& id, bool whole, const Sees& sees) const {
  Found found;
  for (const auto& [host, held] : held_) {
    if (!id.host().empty() && host != id.host()) continue;
    for (auto at = containers_.lower_bound(ContainerId(host, id.str()));
         at != containers_.end() && at->first.host() == host; ++at) {
      const std::string& other = at->first.str();
      if (whole ? other != id.str() : !other.starts_with(id.str())) break;
      if (!sees || sees(*at->second)) found.push_back(at->second.get());
      if (found.size() > max_named) return found;
    }
  }
  return found;
}

const Container* Registry::named(std::string_view name, const Sees& sees) const {
  const auto at = by_name_.find(name);
  if (at == by_name_.end()) return nullptr;
  const Container* best = nullptr;
  for (const ContainerId& id : at->second) {
    const Container* container = find(id);
    if (sees && !sees(*container)) continue;
    if (!best || std::pair(container->is_running(), container->created) > std::pair(best->is_running(), best->created))
      best = container;
  }
  return best;
}

/// Of those that are remembered: by whole id, by name (the newest), or by the only id that begins so.
const Container* Registry::removed_named(const ContainerId& asked, std::string_view name, const Sees& sees) const {
  const Container* by_id = nullptr;
  const Container* newest = nullptr;
  std::size_t begun = 0;
  const Container* begins = nullptr;
  for (const auto& [id, container] : removed_) {
    if ((!asked.host().empty() && id.host() != asked.host()) || !id.str().starts_with(asked.str())) continue;
    if (sees && !sees(*container)) continue;
    if (id.str() == asked.str()) by_id = container.get();
    ++begun;
    begins = container.get();
  }
  if (by_id) return by_id;
  if (const auto at = removed_by_name_.find(name); at != removed_by_name_.end()) {
    for (const ContainerId& id : at->second) {
      const Container* container = removed_.at(id).get();
      if ((!sees || sees(*container)) && (!newest || container->created > newest->created)) newest = container;
    }
  }
  if (newest) return newest;
  return begun == 1 && asked.str().size() >= min_prefix ? begins : nullptr;
}

Result<ContainerId> Registry::resolve(std::string_view name, const Sees& sees) const {
  // A name may have a slash too (a file's has), so what is before it has to be a host.
  ContainerId asked = ContainerId::parse(name);
  if (!asked.host().empty() && !held_.contains(asked.host())) asked = ContainerId(name);
  const Found exact = of_id(asked, true, sees);
  if (exact.size() > 1)
    return fail(ErrorCode::conflict, "containers of several hosts have the id '" + std::string(name) +
                                         "'; name one of them by its host: " + names_of(exact));
  if (!exact.empty()) return exact.front()->id;
  if (const Container* container = named(name, sees)) return container->id;
  if (asked.str().size() >= min_prefix) {
    const Found begun = of_id(asked, false, sees);
    if (begun.size() > 1)
      return fail(ErrorCode::invalid_argument, "several containers' ids begin with '" + std::string(name) +
                                                   "'; give more of it: " + names_of(begun));
    if (!begun.empty()) return begun.front()->id;
  }
  if (const Container* gone = removed_named(asked, name, sees)) return gone->id;
  return fail(ErrorCode::not_found, "no container has the id or name '" + std::string(name) + "'");
}

}  // namespace taffrail
