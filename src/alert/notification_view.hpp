#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alert/notification.hpp"
#include "alert/sample_facts.hpp"
#include "expr/event_variables.hpp"
#include "expr/log_variables.hpp"
#include "expr/notification_variables.hpp"
#include "expr/value.hpp"
#include "model/variables/logfmt_fields.hpp"

namespace taffrail::alert {

/// The values of a group as a JSON array: `["api","error"]`.
[[nodiscard]] std::string group_text(const std::vector<std::pair<std::string, std::string>>& group);

/// A notification as expressions and templates see it, from the outbox as well as fresh. It must outlive this.
class NotificationView {
 public:
  explicit NotificationView(const Notification& notification);
  NotificationView(const NotificationView&) = delete;
  NotificationView& operator=(const NotificationView&) = delete;

  [[nodiscard]] const expr::NotificationVariables& variables() const { return variables_; }

 private:
  using Texts = std::map<std::string, std::string>;
  void set(const ContainerFacts& container);
  void set(const LineFacts& line);
  void set(const EventFacts& event);

  expr::StringMapSource<Texts> labels_;
  expr::ContainerFields container_;
  LogfmtFields logfmt_;
  expr::LogVariables log_;
  std::optional<SampleView> sample_;
  Texts texts_;
  expr::StringMapSource<Texts> attributes_;
  expr::EventFields event_fields_;
  std::optional<expr::EventVariables> event_;
  std::string group_;
  expr::NotificationFields fields_;
  expr::NotificationVariables variables_;
};

}  // namespace taffrail::alert
