#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace taffrail::net {

/// One query parameter, decoded. `a=` and `a` both have an empty value.
struct QueryParameter {
  std::string name;
  std::string value;
};

/// A request target in parts.
struct RequestTarget {
  /// The path's segments, decoded one by one, so an encoded slash stays in its segment: "/api/v1/x%2Fy" is
  /// {"api", "v1", "x/y"}; "/" is {}; "/a/" is {"a", ""}. Never "." or "..", which are refused.
  std::vector<std::string> segments;
  /// The path as sent, still encoded: "/api/v1/x%2Fy".
  std::string path;
  /// In the order sent, repeated names included. `+` is a blank.
  std::vector<QueryParameter> query;

  /// The first value of this name.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Reads the target of a request: origin form (`/path?query`), or absolute form (`http://host/path?query`), whose host
/// is dropped. Errors: invalid_argument for anything else: a URL without a host or with a user, bad percent encoding, a
/// NUL or invalid UTF-8 once decoded, a fragment, dot segments.
[[nodiscard]] Result<RequestTarget> parse_target(std::string_view target);

/// Percent-encodes all but RFC 3986 unreserved characters: for one path segment or one query name or value.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace taffrail::net
