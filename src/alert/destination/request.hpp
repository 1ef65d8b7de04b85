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

/// Takes out of what others say to us whatever we have told them in confidence.
class Redaction {
 public:
  /// Shorter ones than this are no secrets, and stand in many words.
  static constexpr std::size_t shortest = 4;
  void add(std::string_view secret);
  /// `text` with "***" for each secret, also where it stands percent-encoded.
  [[nodiscard]] std::string apply(std::string text) const;

 private:
  std::vector<std::string> secrets_;
};

/// An HTTP request, ready to be sent.
struct Request {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  ///< checked: no line end can be smuggled in
  std::string body;
};

/// The settings of a destination with its secrets open and the standards filled in; with `username` there is `basic`,
/// both in base64 as HTTP wants them. `redaction` gets the secrets. Errors: what `SecretReader::read` says, with the
/// key; invalid_argument for a reference that gives what the field may not hold.
[[nodiscard]] Result<Values> values_of(const Service& service, const Destination& destination,
                                       const SecretReader& secrets, Redaction& redaction);

/// What an HTTP service is sent. Errors: invalid_argument for what will not go better another time (a template that
/// gives nothing, a header that may not be); what `SecretReader::read` says.
/// @param user_agent "taffrail/1.2.3"
/// @param redaction gets the secrets of its headers
/// @param now for the signature
[[nodiscard]] Result<Request> request_of(const Service& service, const Destination& destination, const Values& values,
                                         const SecretReader& secrets, const Notification& notification,
                                         std::string_view user_agent, Time now, Redaction& redaction);

/// Whether people may set this header: a token, and none of those that say where a request ends or belong to its
/// delivery; no control characters in its value. Error: invalid_argument.
[[nodiscard]] Result<> check_header(std::string_view name, std::string_view value);

}  // namespace taffrail::alert
