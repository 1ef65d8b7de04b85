#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alert/destination/secret_value.hpp"
#include "alert/destination/sender.hpp"
#include "alert/destination/service.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// An HTTP request, ready to be sent.
struct Request {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  ///< checked: no line end can be smuggled in
  std::string body;
};

/// The settings of a destination with its secrets open and the standards filled in; with `username` there is `basic`,
/// both in base64 as HTTP wants them. Errors: what `SecretReader::read` says, with the key; invalid_argument for a
/// reference that gives what the field may not hold.
[[nodiscard]] Result<Values> values_of(const Service& service, const Destination& destination,
                                       const SecretReader& secrets);

/// What an HTTP service is sent. Errors: invalid_argument for what will not go better another time (a template that
/// gives nothing, a header that may not be); what `SecretReader::read` says.
/// @param user_agent "taffrail/1.2.3"
/// @param now for the signature
[[nodiscard]] Result<Request> request_of(const Service& service, const Destination& destination, const Values& values,
                                         const SecretReader& secrets, const Notification& notification,
                                         std::string_view user_agent, Time now);

/// Whether people may set this header: a token, and none of those that say where a request ends or belong to its
/// delivery; no control characters in its value. Error: invalid_argument.
[[nodiscard]] Result<> check_header(std::string_view name, std::string_view value);

}  // namespace taffrail::alert
