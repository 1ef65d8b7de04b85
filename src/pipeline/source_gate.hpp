#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "pipeline/registry.hpp"
#include "pipeline/sampler.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {

/// What one source tells, on its way into the pipeline. It can speak for its own host only: what it says of others is
/// ignored, counted and logged once for each, so that an engine that lies, or one that has the id of another, changes
/// nothing of theirs.
class SourceGate final : public SourceSink {
 public:
  /// @param source, sources, registry, sampler outlive this
  SourceGate(const Source& source, SourceSet& sources, Registry& registry, Sampler& sampler)
      : source_(source), sources_(sources), registry_(registry), sampler_(sampler) {}

  [[nodiscard]] bool may_be_host(const HostId& id) const override { return sources_.may_claim(id, source_); }
  void host_changed(Host host) override;
  void host_removed(const HostId& id) override;
  Task<> containers_listed(HostId host, std::vector<Container> containers) override;
  void container_changed(Container container) override;
  void container_removed(const ContainerId& id) override;
  void container_event(ContainerEvent event) override;
  void container_sampled(const ContainerId& id, const StatCounters& counters) override;
  void disk_measured(const HostId& host, const HostDisk& disk) override;

  /// What was ignored.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  [[nodiscard]] bool speaks_for(const HostId& host);
  [[nodiscard]] bool is_whole(const Container& container);

  const Source& source_;
  SourceSet& sources_;
  Registry& registry_;
  Sampler& sampler_;
  std::uint64_t refused_ = 0;
  std::set<HostId> said_;  // of which it was logged; at most max_said
};

}  // namespace taffrail
