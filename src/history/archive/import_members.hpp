#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/time_format.hpp"

namespace taffrail::history {

// Members of the objects of an export; nothing where they are missing or of another kind.

[[nodiscard]] inline std::optional<std::string_view> text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

[[nodiscard]] inline std::optional<Time> time_of(const boost::json::object& object, std::string_view key) {
  const auto text = text_of(object, key);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

[[nodiscard]] inline std::optional<std::int64_t> integer_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::nullopt;
  boost::system::error_code inexact;
  const auto number = value->to_number<std::int64_t>(inexact);
  return inexact ? std::nullopt : std::optional(number);
}

/// What is wrong with a line of an export.
[[nodiscard]] inline Result<> wrong(std::string_view what) {
  return fail(ErrorCode::invalid_argument, std::string(what));
}

}  // namespace taffrail::history
