#pragma once

#include <functional>
#include <list>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "model/container.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Hears of every change of the registry, at once, on the owner thread. Must not change the registry from within.
class RegistryObserver {
 public:
  virtual ~RegistryObserver() = default;
  virtual void on_host(const Host& host) = 0;
  /// The host is none any more; its containers went before it.
  virtual void on_host_gone(const HostId& id) { (void)id; }
  /// A container is new (to this server) or different.
  virtual void on_container(const Container& container, bool is_new) = 0;
  virtual void on_gone(const Container& container) = 0;
  virtual void on_event(const ContainerEvent& event) = 0;
};

/// Every host and container that the sources tell of. The one place that knows what exists.
class Registry final : public SourceSink {
 public:
  /// Decides which containers exist for this server (`--containers EXPR`); empty: all.
  using Admission = std::function<bool(const Container&, const Host*)>;

  explicit Registry(Admission admission = {}) : admission_(std::move(admission)) {}

  /// Decides anew: those that are no longer admitted are gone, those that now are have come.
  void admit(Admission admission);

  void host_changed(Host host) override;
  void host_removed(const HostId& id) override;
  void containers_listed(const HostId& host, std::vector<Container> containers) override;
  void container_changed(Container container) override;
  void container_removed(const ContainerId& id) override;
  void container_event(ContainerEvent event) override;

  [[nodiscard]] const std::map<HostId, Host>& hosts() const { return hosts_; }
  [[nodiscard]] const std::map<ContainerId, Container>& containers() const { return containers_; }
  /// True once the host's containers have been listed.
  [[nodiscard]] bool listed(const HostId& id) const { return listed_.contains(id); }
  [[nodiscard]] const Host* find_host(const HostId& id) const;
  [[nodiscard]] const Container* find(const ContainerId& id) const;
  /// The container that a person names: by id, by a unique prefix of an id (at least 4 characters), or by name (the
  /// running or else the newest one, where several hosts or generations share it). Errors: not_found, and
  /// invalid_argument for an ambiguous prefix.
  /// @param sees which containers exist for whom asks; empty: all
  [[nodiscard]] Result<ContainerId> resolve(std::string_view name,
                                            const std::function<bool(const Container&)>& sees = {}) const;

  /// `observer` must stay until `remove_observer`.
  void add_observer(RegistryObserver& observer) { observers_.push_back(&observer); }
  void remove_observer(RegistryObserver& observer) { observers_.remove(&observer); }

 private:
  void put(Container container);
  [[nodiscard]] bool admitted(const Container& container) const;
  void erase(std::map<ContainerId, Container>::iterator at);

  Admission admission_;
  std::map<HostId, Host> hosts_;
  std::map<ContainerId, Container> containers_;
  std::map<ContainerId, Container> others_;  // that exist, but not for this server
  std::set<HostId> listed_;
  std::list<RegistryObserver*> observers_;
};

}  // namespace taffrail
