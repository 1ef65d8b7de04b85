#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace taffrail::alert {

/// What tells one server from another.
struct Origin {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< in lower case, an IPv6 address in brackets
  std::uint16_t port = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// The server of an address that a notification may be sent to: http or https, with a host, without a user (who would
/// be seen by everybody who sees the address) or a fragment, of at most 4 KiB. Error: invalid_argument that says what
/// is wrong, without the address, which may be a secret.
[[nodiscard]] Result<Origin> check_url(std::string_view url);

}  // namespace taffrail::alert
