#include "pipeline/registry.hpp"

#include <set>
#include <utility>

namespace taffrail {
namespace {

/// The shortest prefix of an id that is taken for one: shorter ones are more likely names.
constexpr std::size_t min_prefix = 4;

}  // namespace

void Registry::host_changed(Host host) {
  Host& known = hosts_[host.id];
  if (known == host) return;
  known = std::move(host);
  for (RegistryObserver* observer : observers_) observer->on_host(known);
}

void Registry::host_removed(const HostId& id) {
  listed_.erase(id);
  if (hosts_.erase(id) == 0) return;
  for (RegistryObserver* observer : observers_) observer->on_host_gone(id);
}

void Registry::containers_listed(const HostId& host, std::vector<Container> containers) {
  std::set<ContainerId> listed;
  for (Container& container : containers) {
    listed.insert(container.id);
    put(std::move(container));
  }
  std::erase_if(others_, [&](const auto& other) { return other.second.host == host && !listed.contains(other.first); });
  for (auto it = containers_.begin(); it != containers_.end();) {
    const auto next = std::next(it);
    if (it->second.host == host && !listed.contains(it->first)) erase(it);
    it = next;
  }
  listed_.insert(host);
}

void Registry::container_changed(Container container) { put(std::move(container)); }

void Registry::put(Container container) {
  const auto known = containers_.find(container.id);
  if (!admitted(container)) {
    if (known != containers_.end()) erase(known);
    others_.insert_or_assign(container.id, std::move(container));
    return;
  }
  others_.erase(container.id);
  if (known != containers_.end() && known->second == container) return;
  const bool is_new = known == containers_.end();
  const auto at = is_new ? containers_.try_emplace(container.id).first : known;
  at->second = std::move(container);
  for (RegistryObserver* observer : observers_) observer->on_container(at->second, is_new);
}

bool Registry::admitted(const Container& container) const {
  return !admission_ || admission_(container, find_host(container.host));
}

void Registry::admit(Admission admission) {
  admission_ = std::move(admission);
  std::vector<Container> all;
  for (const auto& [id, container] : containers_)
    if (!admitted(container)) all.push_back(container);
  for (const auto& [id, container] : others_)
    if (admitted(container)) all.push_back(container);
  for (Container& container : all) put(std::move(container));
}

void Registry::container_removed(const ContainerId& id) {
  others_.erase(id);
  const auto at = containers_.find(id);
  if (at != containers_.end()) erase(at);
}

void Registry::erase(std::map<ContainerId, Container>::iterator at) {
  Container gone = std::move(at->second);
  containers_.erase(at);
  gone.state = ContainerState::removed;
  for (RegistryObserver* observer : observers_) observer->on_gone(gone);
}

void Registry::container_event(ContainerEvent event) {
  // Of a container that does not exist for this server nothing is told; its destruction is heard before it goes.
  if (!containers_.contains(event.container)) return;
  for (RegistryObserver* observer : observers_) observer->on_event(event);
}

const Host* Registry::find_host(const HostId& id) const {
  const auto at = hosts_.find(id);
  return at == hosts_.end() ? nullptr : &at->second;
}

const Container* Registry::find(const ContainerId& id) const {
  const auto at = containers_.find(id);
  return at == containers_.end() ? nullptr : &at->second;
}

Result<ContainerId> Registry::resolve(std::string_view name, const std::function<bool(const Container&)>& sees) const {
  const auto seen = [&sees](const Container& container) { return !sees || sees(container); };
  ContainerId exact(name);
  if (const Container* found = find(exact); found && seen(*found)) return exact;
  const Container* named = nullptr;
  for (const auto& [id, container] : containers_) {
    if (container.name != name || !seen(container)) continue;
    if (!named || std::pair(container.is_running(), container.created) > std::pair(named->is_running(), named->created))
      named = &container;
  }
  if (named) return named->id;
  if (name.size() >= min_prefix) {
    const Container* prefixed = nullptr;
    for (auto at = containers_.lower_bound(exact); at != containers_.end() && at->first.str().starts_with(name); ++at) {
      if (!seen(at->second)) continue;
      if (prefixed)
        return fail(ErrorCode::invalid_argument,
                    "several containers' ids begin with '" + std::string(name) + "'; give more of it");
      prefixed = &at->second;
    }
    if (prefixed) return prefixed->id;
  }
  return fail(ErrorCode::not_found, "no container has the id or name '" + std::string(name) + "'");
}

}  // namespace taffrail
