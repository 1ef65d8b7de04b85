#pragma once

#include <string_view>

#include "expr/container_variables.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// One event of a container's life.
struct EventFields {
  std::string_view name{};      ///< start, stop, die, restart, health_status, oom, kill …
  std::string_view actor_id{};  ///< 12 characters
  Time time{};
  const MapSource* attributes = nullptr;  ///< the engine's attributes, and `healthStatus`
  const ContainerFields* container = nullptr;
};

/// Variables of Environment::event() over one event.
class EventVariables final : public Variables {
 public:
  /// The fields must outlive this.
  explicit EventVariables(const EventFields& fields) : fields_(fields) {}
  [[nodiscard]] Value get(std::size_t slot) const override;

  enum Slot : std::size_t { name, actor_id, attributes, timestamp, container_first };

 private:
  const EventFields& fields_;
};

}  // namespace taffrail::expr
