#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "expr/value.hpp"

namespace taffrail::history {

/// A value of an answer, which owns what it holds; `monostate` is none. Numbers are finite, and those that are whole
/// and below 2^53 integers, whatever they came as: a field that is 200 in one line and 200.0 in another is one value.
using Scalar = std::variant<std::monostate, bool, std::int64_t, double, Time, std::string>;

/// Longer texts end here, with "…": a group's key may be a whole line.
inline constexpr std::size_t most_scalar_bytes = 512;

/// A value of the language. Durations, lists and maps become their texts; a failed one becomes none.
[[nodiscard]] Scalar to_scalar(expr::Value value);
/// A number as a Scalar has it; none where it is not finite.
[[nodiscard]] Scalar to_scalar(double number);
/// As an expression sees it; lives as long as the scalar.
[[nodiscard]] expr::Value to_value(const Scalar& scalar);

/// What aggregates of numbers take for one: a number, a text that is one (fields of logfmt lines are texts), a
/// duration in seconds.
[[nodiscard]] std::optional<double> number_of(expr::Value value);

/// None, false, true, numbers, times, texts by their bytes.
[[nodiscard]] std::weak_ordering compare(const Scalar& one, const Scalar& other);

/// Appends a scalar to a group's key: equal keys are equal groups.
void append_key(std::string& key, const Scalar& scalar);
/// The same as `append_key(key, to_scalar(value))`, without a copy of a text.
void append_key(std::string& key, expr::Value value);
/// Takes the first scalar off a key that `append_key` wrote.
[[nodiscard]] Scalar take_from_key(std::string_view& key);

}  // namespace taffrail::history
