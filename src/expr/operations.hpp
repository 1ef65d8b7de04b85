#pragma once

#include <cstdint>
#include <string_view>

#include "expr/context.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

// What the operators do to values, in one place for every evaluator. `at` is the rune offset that a failure names; a
// function that fails says so to the Context and returns Value::error().

enum class Comparison : std::uint8_t { less, less_equal, greater, greater_equal };

/// Equality of the language: numbers by value (1 == 1.0), arrays element by element, maps strictly. Takes a step for
/// each element, because arrays may hold one array many times over.
[[nodiscard]] Value equal(Context& context, std::uint32_t at, Value a, Value b);
/// Numbers, strings (by bytes), times and durations have an order; a mixture of numbers too.
[[nodiscard]] Value compare(Context& context, std::uint32_t at, Comparison op, Value a, Value b);
/// Order for sorting: -1, 0, 1; fails as compare does. @param failed set when the two have no order
[[nodiscard]] int order(Value a, Value b, bool& failed);

[[nodiscard]] Value add(Context& context, std::uint32_t at, Value a, Value b);
[[nodiscard]] Value subtract(Context& context, std::uint32_t at, Value a, Value b);
[[nodiscard]] Value multiply(Context& context, std::uint32_t at, Value a, Value b);
[[nodiscard]] Value divide(Context& context, std::uint32_t at, Value a, Value b);
[[nodiscard]] Value modulo(Context& context, std::uint32_t at, Value a, Value b);
[[nodiscard]] Value power(Context& context, std::uint32_t at, Value a, Value b);
[[nodiscard]] Value negate(Context& context, std::uint32_t at, Value a);
[[nodiscard]] Value range(Context& context, std::uint32_t at, Value a, Value b);

enum class TextTest : std::uint8_t { contains, starts_with, ends_with };
/// False when either side is nil; fails when one is not a string.
[[nodiscard]] Value test_text(Context& context, std::uint32_t at, TextTest test, Value text, Value part);
/// Unanchored search. @param compiled the pattern when it is a literal, else null
[[nodiscard]] Value matches(Context& context, std::uint32_t at, Value text, Value pattern, const re2::RE2* compiled);
[[nodiscard]] bool search_regex(const re2::RE2& regex, std::string_view text);

[[nodiscard]] Value is_in(Context& context, std::uint32_t at, Value needle, Value haystack);
/// Reads an index or a count: an integer, or a float cut to one. False after failing.
[[nodiscard]] bool to_index(Context& context, std::uint32_t at, Value key, std::int64_t& index);
/// `from[key]` and `from.key`.
[[nodiscard]] Value fetch(Context& context, std::uint32_t at, Value from, Value key);
/// Like fetch, but nil where there is nothing: `get(v, key)`.
[[nodiscard]] Value get_or_nil(Value from, Value key);
/// `from[low:high]`; ends beyond the value are moved inside. Strings are cut by bytes.
[[nodiscard]] Value slice(Context& context, std::uint32_t at, Value from, const Value* low, const Value* high);

/// The ordered levels: trace 0 … fatal 5. -1 for a text that is no level (so "unknown", too).
[[nodiscard]] int level_rank(std::string_view level);
/// `level >= "warn"`; false when either side is not a level.
[[nodiscard]] Value compare_levels(Context& context, std::uint32_t at, Comparison op, Value a, Value b);

// Access to arrays that may still be JSON text.
[[nodiscard]] bool is_list(Value value);
[[nodiscard]] std::size_t list_size(Value list);
[[nodiscard]] Value list_at(Value list, std::size_t i);
[[nodiscard]] bool is_map(Value value);
/// Members of any kind of map, in a Map of the arena; error past the memory limit.
[[nodiscard]] Value settle_map(Context& context, std::uint32_t at, Value map);

}  // namespace taffrail::expr
