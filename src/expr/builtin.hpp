#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "expr/context.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

/// What the checker knows of a builtin's result.
enum class Returns : std::uint8_t {
  any,
  boolean,
  integer,
  floating,
  string,
  time,
  duration,
  zone,
  bytes,
  array,    ///< of anything
  strings,  ///< an array of strings
  map,
  groups,         ///< a map of arrays
  same_as_first,  ///< the type of the first argument
  element_of_first,
  array_of_predicate,
};

/// The loops over an array that evaluate a predicate for each item.
enum class Loop : std::uint8_t {
  none,
  all,
  any,
  none_of,
  one,
  filter,
  map,
  count,
  sum,
  find,
  find_index,
  find_last,
  find_last_index,
  group_by,
  sort_by,
  reduce,
};

using BuiltinFunction = Value (*)(Context& context, std::uint32_t at, std::span<const Value> arguments);

/// One function of the language. The 15 that take a predicate have no `function`: the evaluators run their loops.
struct Builtin {
  std::string_view name;
  /// A letter for each parameter: s string, i int, n number, a array, m map, l anything with a length, e number,
  /// duration or an array of numbers, p predicate,
  /// * anything. What follows '?' may be left out; '+' at the end: any number more of the last.
  std::string_view parameters;
  Returns returns = Returns::any;
  BuiltinFunction function = nullptr;
  std::string_view signature;  ///< for completions: "trim(text, characters?) string"
  std::string_view help;       ///< one sentence
  std::uint8_t min_arguments = 0;
  std::uint8_t max_arguments = 0;  ///< 255: any number
  Loop loop = Loop::none;

  [[nodiscard]] bool takes_predicate() const { return loop != Loop::none; }
};

/// The function called `name`, or null.
[[nodiscard]] const Builtin* find_builtin(std::string_view name);
/// All functions, by name.
[[nodiscard]] std::span<const Builtin> all_builtins();

/// Calls a method of a time, a duration or a time zone: `.Hour()`, `.Format("2006-01-02")`.
[[nodiscard]] Value call_method(Context& context, std::uint32_t at, Value self, std::string_view name,
                                std::span<const Value> arguments);
/// Whether values of a kind (time, duration or zone) have a method of that name.
[[nodiscard]] bool is_method(Kind kind, std::string_view name);
[[nodiscard]] std::span<const std::string_view> method_names();

// The builtins by family; builtin.cpp has the table.
namespace builtins {
Value len(Context&, std::uint32_t, std::span<const Value>);
Value type(Context&, std::uint32_t, std::span<const Value>);
Value get(Context&, std::uint32_t, std::span<const Value>);
Value to_int(Context&, std::uint32_t, std::span<const Value>);
Value to_float(Context&, std::uint32_t, std::span<const Value>);
Value to_string(Context&, std::uint32_t, std::span<const Value>);
Value to_json(Context&, std::uint32_t, std::span<const Value>);
Value from_json(Context&, std::uint32_t, std::span<const Value>);
Value to_base64(Context&, std::uint32_t, std::span<const Value>);
Value from_base64(Context&, std::uint32_t, std::span<const Value>);

Value abs(Context&, std::uint32_t, std::span<const Value>);
Value ceil(Context&, std::uint32_t, std::span<const Value>);
Value floor(Context&, std::uint32_t, std::span<const Value>);
Value round(Context&, std::uint32_t, std::span<const Value>);
Value max(Context&, std::uint32_t, std::span<const Value>);
Value min(Context&, std::uint32_t, std::span<const Value>);
Value mean(Context&, std::uint32_t, std::span<const Value>);
Value median(Context&, std::uint32_t, std::span<const Value>);
Value bitand_(Context&, std::uint32_t, std::span<const Value>);
Value bitor_(Context&, std::uint32_t, std::span<const Value>);
Value bitxor(Context&, std::uint32_t, std::span<const Value>);
Value bitnand(Context&, std::uint32_t, std::span<const Value>);
Value bitnot(Context&, std::uint32_t, std::span<const Value>);
Value bitshl(Context&, std::uint32_t, std::span<const Value>);
Value bitshr(Context&, std::uint32_t, std::span<const Value>);
Value bitushr(Context&, std::uint32_t, std::span<const Value>);

Value trim(Context&, std::uint32_t, std::span<const Value>);
Value trim_prefix(Context&, std::uint32_t, std::span<const Value>);
Value trim_suffix(Context&, std::uint32_t, std::span<const Value>);
Value upper(Context&, std::uint32_t, std::span<const Value>);
Value lower(Context&, std::uint32_t, std::span<const Value>);
Value split(Context&, std::uint32_t, std::span<const Value>);
Value split_after(Context&, std::uint32_t, std::span<const Value>);
Value replace(Context&, std::uint32_t, std::span<const Value>);
Value repeat(Context&, std::uint32_t, std::span<const Value>);
Value join(Context&, std::uint32_t, std::span<const Value>);
Value index_of(Context&, std::uint32_t, std::span<const Value>);
Value last_index_of(Context&, std::uint32_t, std::span<const Value>);
Value has_prefix(Context&, std::uint32_t, std::span<const Value>);
Value has_suffix(Context&, std::uint32_t, std::span<const Value>);

Value first(Context&, std::uint32_t, std::span<const Value>);
Value last(Context&, std::uint32_t, std::span<const Value>);
Value take(Context&, std::uint32_t, std::span<const Value>);
Value reverse(Context&, std::uint32_t, std::span<const Value>);
Value uniq(Context&, std::uint32_t, std::span<const Value>);
Value concat(Context&, std::uint32_t, std::span<const Value>);
Value flatten(Context&, std::uint32_t, std::span<const Value>);
Value sort(Context&, std::uint32_t, std::span<const Value>);
Value keys(Context&, std::uint32_t, std::span<const Value>);
Value values(Context&, std::uint32_t, std::span<const Value>);
Value to_pairs(Context&, std::uint32_t, std::span<const Value>);
Value from_pairs(Context&, std::uint32_t, std::span<const Value>);

Value now(Context&, std::uint32_t, std::span<const Value>);
Value duration(Context&, std::uint32_t, std::span<const Value>);
Value date(Context&, std::uint32_t, std::span<const Value>);
Value timezone(Context&, std::uint32_t, std::span<const Value>);

/// Sorts `items` by their keys, stably. @param order nil, "asc" or "desc"
Value sort_by_keys(Context&, std::uint32_t at, std::span<Value> items, std::span<const Value> keys, Value order);
}  // namespace builtins

}  // namespace taffrail::expr
