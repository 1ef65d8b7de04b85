#include "pipeline/container_index.hpp"

#include <utility>

namespace taffrail {

ContainerPtr ContainerIndex::find(const ContainerId& id) const {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : at->second;
}

ContainerPtr ContainerIndex::put(ContainerPtr container) {
  const ContainerId& id = container->id;
  ContainerPtr before = erase(id);
  by_name_[container->name].insert(id);
  all_.emplace(id, std::move(container));
  return before;
}

ContainerPtr ContainerIndex::erase(const ContainerId& id) {
  const auto at = all_.find(id);
  if (at == all_.end()) return nullptr;
  ContainerPtr was = std::move(at->second);
  all_.erase(at);
  const auto named = by_name_.find(was->name);
  named->second.erase(was->id);
  if (named->second.empty()) by_name_.erase(named);
  return was;
}

ContainerIndex::Found ContainerIndex::of_id(const ContainerId& id, bool whole, const Sees& sees,
                                            std::size_t most) const {
  Found found;
  for (auto first = all_.begin(); first != all_.end() && found.size() <= most;) {
    const HostId host = first->first.host();
    // Behind all that are of this host.
    first = all_.lower_bound(ContainerId(HostId(host.str() + '\0'), ""));
    if (!id.host().empty() && host != id.host()) continue;
    for (auto at = all_.lower_bound(ContainerId(host, id.str())); at != first && found.size() <= most; ++at) {
      const std::string& other = at->first.str();
      if (whole ? other != id.str() : !other.starts_with(id.str())) break;
      if (!sees || sees(*at->second)) found.push_back(at->second.get());
    }
  }
  return found;
}

const Container* ContainerIndex::named(std::string_view name, const Sees& sees) const {
  const auto at = by_name_.find(name);
  if (at == by_name_.end()) return nullptr;
  const Container* best = nullptr;
  for (const ContainerId& id : at->second) {
    const Container* container = all_.find(id)->second.get();
    if (sees && !sees(*container)) continue;
    if (!best || std::pair(container->is_running(), container->created) > std::pair(best->is_running(), best->created))
      best = container;
  }
  return best;
}

}  // namespace taffrail
