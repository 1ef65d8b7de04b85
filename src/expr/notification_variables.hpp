#pragma once

#include <cstdint>
#include <string_view>

#include "expr/event_variables.hpp"
#include "expr/log_variables.hpp"
#include "expr/metric_variables.hpp"

namespace taffrail::expr {

/// What a notification tells: the container, the rule, and the one of line, sample and event that made it.
struct NotificationFields {
  std::string_view id{};
  std::string_view type{};    ///< "log", "metric" or "event"
  std::string_view detail{};  ///< one line for people
  Time time{};
  const ContainerFields* container = nullptr;
  const LogVariables* log = nullptr;
  const MetricVariables* metric = nullptr;
  const EventVariables* event = nullptr;
  std::int64_t rule_id = 0;
  std::string_view rule_name{};
  std::string_view rule_condition{};
  std::string_view group{};  ///< the values of the alert's group, as a JSON array
};

/// Variables of Environment::notification(), which templates see. What does not belong to a notification's type is nil.
class NotificationVariables final : public Variables {
 public:
  /// The fields must outlive this.
  explicit NotificationVariables(const NotificationFields& fields) : fields_(fields) {}
  [[nodiscard]] Value get(std::size_t slot) const override;

 private:
  const NotificationFields& fields_;
};

}  // namespace taffrail::expr
