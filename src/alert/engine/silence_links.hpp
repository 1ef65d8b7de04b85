#pragma once

#include <string>
#include <string_view>

#include "alert/destination/secret_box.hpp"
#include "alert/notification.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// Links in notifications by which whoever was sent one may silence the group that it tells of, and nothing else. A
/// link is an address of the page with a token: the alert's number and when the link expires, signed with a key that is
/// derived from the server's own for this purpose alone.
class SilenceLinks {
 public:
  static constexpr Duration valid_for = std::chrono::days(7);

  /// @param public_url of the page, without a slash at its end; empty: there are no links
  SilenceLinks(const SecretBox& box, std::string public_url) : box_(box), public_url_(std::move(public_url)) {}

  /// Empty where there are none.
  [[nodiscard]] std::string link(AlertId alert, Time now) const;
  /// The alert that a token is for. Errors, with what to do: not_found for what `link` did not make, or has expired.
  [[nodiscard]] Result<AlertId> alert_of(std::string_view token, Time now) const;

 private:
  SecretBox box_;
  std::string public_url_;
};

/// An expression over notifications that is true for those of one group of one rule.
[[nodiscard]] std::string filter_for(const Notification& notification);

}  // namespace taffrail::alert
