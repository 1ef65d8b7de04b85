#pragma once

#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/signal_flag.hpp"
#include "pipeline/registry.hpp"

namespace taffrail {

/// Finds the containers that a following read has to take up while it is open: those that come to fulfil its condition.
/// One that was taken up stays until it is removed, whatever becomes of the condition meanwhile; one that comes back
/// after its removal is another one.
class LogNewcomers final : private RegistryObserver {
 public:
  struct Newcomer {
    ContainerId id;
    /// It did not exist when the read began, so all its lines are new; else it has only come to fulfil the condition,
    /// or its engine could not be reached before.
    bool is_new = false;
  };

  /// @param wanted the condition; asked at every change of a container that was not taken up
  /// @param taken the containers that the read begins with
  /// @param wake notified when there is somebody to take up; it and `registry` outlive this
  LogNewcomers(Registry& registry, std::function<bool(const Container&)> wanted, std::vector<ContainerId> taken,
               SignalFlag& wake);
  LogNewcomers(const LogNewcomers&) = delete;
  LogNewcomers& operator=(const LogNewcomers&) = delete;

  /// Takes up the next one, if there is one.
  [[nodiscard]] std::optional<Newcomer> next();

 private:
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;

  Registry& registry_;
  std::function<bool(const Container&)> wanted_;
  SignalFlag& wake_;
  // Each is bounded by the containers there are: a removed one leaves them.
  std::set<ContainerId> taken_;
  std::set<ContainerId> new_;  // since the read began, taken up or not
  std::set<ContainerId> waiting_;
  Subscription observing_;
};

}  // namespace taffrail
