#pragma once

#include <string>
#include <string_view>

#include "alert/notification.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// The object that a webhook without a template is sent: the reference's notification object, its keys in its order, so
/// that receivers which were written for it go on working, and beside them `rule`, `alert` and `link`.
[[nodiscard]] std::string webhook_body(const Notification& notification);

struct RenderedBody {
  std::string text;
  bool json = false;
};
/// A template over Environment::notification(), filled in: what the notification does not have, and what fails, is
/// empty. Errors: invalid_argument where the template no longer compiles, or gives nothing but blanks; too_large.
[[nodiscard]] Result<RenderedBody> rendered_body(std::string_view source, const Notification& notification);

}  // namespace taffrail::alert
