#include "pipeline/source_gate.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace taffrail {
namespace {

/// Hosts about which a source that speaks for others is logged: enough to see what it does.
constexpr std::size_t max_said = 16;

}  // namespace

bool SourceGate::speaks_for(const HostId& host) {
  if (sources_.claim(host, source_)) return true;
  ++refused_;
  if (said_.size() >= max_said || !said_.insert(host).second) return false;
  spdlog::warn("{}: a source of this kind tells of the host '{}', which is not its own; ignored", source_.kind(),
               host.str());
  return false;
}

bool SourceGate::is_whole(const Container& container) {
  if (container.id.host() == container.host && !container.id.empty()) return true;
  ++refused_;
  spdlog::debug("{}: a container without an id, or with one of another host; ignored", source_.kind());
  return false;
}

void SourceGate::host_changed(Host host) {
  if (speaks_for(host.id)) registry_.host_changed(std::move(host));
}

void SourceGate::host_removed(const HostId& id) {
  if (!speaks_for(id)) return;
  sources_.release(id);
  registry_.host_removed(id);
}

Task<> SourceGate::containers_listed(HostId host, std::vector<Container> containers) {
  if (!speaks_for(host)) co_return;
  std::erase_if(containers, [&](const Container& container) { return container.host != host || !is_whole(container); });
  co_await registry_.containers_listed(std::move(host), std::move(containers));
}

void SourceGate::container_changed(Container container) {
  if (speaks_for(container.host) && is_whole(container)) registry_.container_changed(std::move(container));
}

void SourceGate::container_removed(const ContainerId& id) {
  if (speaks_for(id.host())) registry_.container_removed(id);
}

void SourceGate::container_event(ContainerEvent event) {
  if (speaks_for(event.host) && event.container.host() == event.host) registry_.container_event(std::move(event));
}

void SourceGate::container_sampled(const ContainerId& id, const StatCounters& counters) {
  if (speaks_for(id.host())) sampler_.take(id, counters);
}

void SourceGate::disk_measured(const HostId& host, const HostDisk& disk) {
  if (speaks_for(host)) registry_.disk_measured(host, disk);
}

}  // namespace taffrail
