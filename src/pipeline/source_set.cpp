#include "pipeline/source_set.hpp"

namespace taffrail {

bool SourceSet::may_claim(const HostId& host, const Source& source) const {
  const auto at = owners_.find(host);
  return at == owners_.end() || at->second == &source || !at->second->owns(host);
}

bool SourceSet::claim(const HostId& host, const Source& source) {
  if (!source.owns(host) || !may_claim(host, source)) return false;
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
