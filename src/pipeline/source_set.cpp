#include "pipeline/source_set.hpp"

namespace taffrail {

bool SourceSet::claim(const HostId& host, const Source& source) {
  if (!source.owns(host)) return false;
  const auto at = owners_.find(host);
  if (at != owners_.end() && at->second != &source && at->second->owns(host)) return false;
  // What the source owned before under another id is its no more.
  std::erase_if(owners_, [&](const auto& owner) { return owner.second == &source && owner.first != host; });
  owners_.insert_or_assign(host, &source);
  return true;
}

Source* SourceSet::of(const HostId& host) const {
  const auto at = owners_.find(host);
  for (const auto& source : sources_)
    if (at == owners_.end() ? source->owns(host) : source.get() == at->second) return source.get();
  return nullptr;
}

}  // namespace taffrail
