#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/queue_levels.hpp"
#include "base/subscription.hpp"
#include "model/container.hpp"
#include "pipeline/container_index.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Hears of every change of the registry, at once, on the owner thread. Must not change the registry from within.
class RegistryObserver {
 public:
  virtual ~RegistryObserver() = default;
  virtual void on_host(const Host& host) { (void)host; }
  /// The host is none any more; its containers went before it.
  virtual void on_host_gone(const HostId& id) { (void)id; }
  /// How full a host's disk is now; no change of the registry.
  virtual void on_disk(const Host& host, const HostDisk& disk) {
    (void)host;
    (void)disk;
  }
  /// A container is new (to this server) or different. @param before as it was; null: new
  virtual void on_container(const ContainerPtr& container, const ContainerPtr& before) = 0;
  /// @param container as it was, but removed
  virtual void on_gone(const Container& container) = 0;
  /// A container that is gone is remembered from now on, or (null) no longer.
  virtual void on_removed(const ContainerId& id, const ContainerPtr& container) {
    (void)id;
    (void)container;
  }
};

/// Every host and container that the sources tell of. The one place that knows what exists.
///
/// Containers are immutable and shared: whoever works on many of them (on a worker, in turns) takes `snapshot()` and is
/// not touched by what changes meanwhile.
class Registry final : public SourceSink {
 public:
  /// Hosts; containers of one host, admitted or not; and the memory that these take. It bounds what an engine that
  /// makes them up can cost: 30,000 containers with long labels come to about 50 MB. Further ones are left out and
  /// counted.
  static constexpr std::size_t max_hosts = 1000;
  static constexpr std::size_t max_containers_of_host = 50'000;
  static constexpr std::size_t max_bytes_of_host = 96UZ * 1024 * 1024;

  /// Decides which containers exist for this server (`--containers EXPR`); empty: all.
  using Admission = std::function<bool(const Container&, const Host*)>;
  /// In order of host and id.
  using Containers = std::vector<ContainerPtr>;
  using HostNames = std::map<HostId, std::string>;

  explicit Registry(Admission admission = {}) : admission_(std::move(admission)) {}

  /// Decides anew: those that are no longer admitted are gone, those that now are have come. In turns; what is told
  /// meanwhile is judged anew at once.
  Task<> admit(Admission admission);

  void host_changed(Host host) override;
  void host_removed(const HostId& id) override;
  Task<> containers_listed(HostId host, std::vector<Container> containers) override;
  void container_changed(Container container) override;
  void container_removed(const ContainerId& id) override;
  void container_event(ContainerEvent event) override;
  void disk_measured(const HostId& host, const HostDisk& disk) override;

  [[nodiscard]] const std::map<HostId, Host>& hosts() const { return hosts_; }
  [[nodiscard]] const ContainerIndex::ById& containers() const { return containers_.all(); }
  /// All containers as they are now. Made once for each version.
  [[nodiscard]] std::shared_ptr<const Containers> snapshot() const;
  /// The names of all hosts as they are now, for work on a snapshot.
  [[nodiscard]] std::shared_ptr<const HostNames> host_names() const;
  /// Remembers a container that is gone, because somebody has lines of it: it can be named and is listed by
  /// `with_removed`, and nothing else is told of it. When it comes back it is an ordinary one again.
  void keep_removed(const ContainerPtr& container);
  void forget_removed(const ContainerId& id);
  [[nodiscard]] ContainerPtr find_removed(const ContainerId& id) const { return removed_.find(id); }
  /// Asked when a container goes: whether it is to be remembered, from the same moment on.
  void set_remembers(std::function<bool(const ContainerId&)> remembers) { remembers_ = std::move(remembers); }
  /// `snapshot`, and those that are remembered.
  [[nodiscard]] std::shared_ptr<const Containers> with_removed() const;
  /// Rises with every change of hosts and containers.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// True once the host's containers have been listed.
  [[nodiscard]] bool listed(const HostId& id) const { return listed_.contains(id); }
  [[nodiscard]] const Host* find_host(const HostId& id) const;
  [[nodiscard]] const Container* find(const ContainerId& id) const { return containers_.find(id).get(); }
  [[nodiscard]] ContainerPtr find_shared(const ContainerId& id) const { return containers_.find(id); }
  /// Whether containers of several hosts have this one's id, so that it takes the host to name it.
  [[nodiscard]] bool ambiguous(const ContainerId& id) const;
  /// Containers and hosts that were left out because there were too many.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  /// Adds how near the fullest host is to its bounds.
  void add_queues(QueueLevels& levels) const;

  /// The container that a person names: by id, by a unique prefix of an id (at least 4 characters), by `HOST/ID`, where
  /// HOST is the id of a host and ID an id or a prefix, or by name (the running or else the newest one, where several
  /// hosts or generations share it); where none does, one that is remembered. Errors: not_found, conflict for an id
  /// that several hosts' containers have (the message names them), and invalid_argument for an ambiguous prefix.
  /// @param sees which containers exist for whom asks; empty: all
  [[nodiscard]] Result<ContainerId> resolve(std::string_view name, const ContainerIndex::Sees& sees = {}) const;

  /// `observer` hears of changes while the subscription lives.
  [[nodiscard]] Subscription observe(RegistryObserver& observer) { return observers_.add(&observer); }
  /// What happens to the containers that exist for this server.
  using OnEvent = std::function<void(const EventPtr&)>;
  [[nodiscard]] Subscription on_event(OnEvent heard) { return on_event_.add(std::move(heard)); }

 private:
  /// What the containers of one host take.
  struct Held {
    std::size_t containers = 0;
    std::size_t bytes = 0;
  };

  void put(ContainerPtr container);
  void put_removed(const ContainerPtr& container);
  bool drop_removed(const ContainerId& id);
  void note_newer(const ContainerId& id);
  void take(Container container);
  [[nodiscard]] bool admitted(const Container& container) const;
  [[nodiscard]] bool take_room(const Container& container, const Container* before);
  void give_room(const Container& container);
  void refuse(const HostId& host);
  void erase(const ContainerId& id);
  [[nodiscard]] static Result<std::optional<ContainerId>> resolve_in(const ContainerIndex& containers,
                                                                     const ContainerId& asked, std::string_view name,
                                                                     const ContainerIndex::Sees& sees);
  void remove(const ContainerId& id);
  void changed();

  Admission admission_;
  std::map<HostId, Host> hosts_;
  ContainerIndex containers_;
  ContainerIndex::ById others_;  // that exist, but not for this server
  ContainerIndex removed_;       // that are gone, and remembered
  std::function<bool(const ContainerId&)> remembers_;
  std::map<HostId, Held> held_;  // by both; no entry for none
  std::set<HostId> listed_;
  /// Of the hosts whose list is being taken up: the containers of which something newer was told meanwhile.
  std::map<HostId, std::set<ContainerId>> newer_;
  std::uint64_t version_ = 0;
  std::uint64_t refused_ = 0;
  mutable std::shared_ptr<const Containers> snapshot_;      // null: not made yet
  mutable std::shared_ptr<const Containers> with_removed_;  // likewise
  mutable std::shared_ptr<const HostNames> host_names_;     // null: not made yet
  Observers<RegistryObserver*> observers_;
  Observers<OnEvent> on_event_;
};

}  // namespace taffrail
