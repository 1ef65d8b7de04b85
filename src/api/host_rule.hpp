#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taffrail::api {

/// Which Host headers a server answers to: addresses, names that no page on the web can have (see below), and the
/// configured ones. Against DNS rebinding, where a page's own name resolves to this machine: its requests are
/// same-origin to the browser and tell themselves by nothing but that name.
///
/// Not on the web are names of one label ("nas") and those below domains that are reserved for local use: `localhost`
/// (RFC 6761), `local` (RFC 6762), `home.arpa` (RFC 8375), `internal` (ICANN, 2024).
class HostRule {
 public:
  /// @param names whole names of hosts, with or without a port, which does not count
  explicit HostRule(const std::vector<std::string>& names);

  /// @param host the value of a Host header, which net has checked to be one
  [[nodiscard]] bool admits(std::string_view host) const;

  /// Whether this is the name of a host, without a port.
  [[nodiscard]] static bool is_name(std::string_view text);

 private:
  std::vector<std::string> names_;  // in lower case, without a port
};

}  // namespace taffrail::api
