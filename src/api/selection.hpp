#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/container_filter.hpp"
#include "api/exchange.hpp"
#include "api/problem.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::api {

/// The containers that a request is about: those that its viewer sees and that the expression in a parameter selects;
/// without the parameter all that they see. Copies share the expression; none may outlive the exchange.
class Selection {
 public:
  [[nodiscard]] static Answer<Selection> read(const Exchange& exchange, const Registry& registry,
                                              std::string_view parameter);

  /// Whether it holds this container as it is now.
  [[nodiscard]] bool holds(const Container& container) const;
  /// Those that exist now, in order of id. Valid until the registry changes.
  [[nodiscard]] std::vector<const Container*> containers() const;

 private:
  Selection(const Viewer& viewer, const Registry& registry, std::optional<ContainerFilter> filter)
      : viewer_(&viewer), registry_(&registry), filter_(std::move(filter)) {}

  const Viewer* viewer_;
  const Registry* registry_;
  std::optional<ContainerFilter> filter_;
};

}  // namespace taffrail::api
