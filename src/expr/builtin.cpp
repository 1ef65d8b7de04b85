#include "expr/builtin.hpp"

#include <algorithm>
#include <array>

namespace taffrail::expr {
namespace {

constexpr Loop loop_of(std::string_view name) {
  constexpr std::array<std::string_view, 16> names = {
      "",    "all",  "any",       "none",     "one",           "filter",  "map",    "count",
      "sum", "find", "findIndex", "findLast", "findLastIndex", "groupBy", "sortBy", "reduce"};
  return static_cast<Loop>(std::ranges::find(names, name) - names.begin());
}

// Completes an entry: how many arguments its parameters ask for, and which loop has no function.
constexpr Builtin completed(Builtin b) {
  if (b.function == nullptr) b.loop = loop_of(b.name);
  bool optional = false;
  for (const char c : b.parameters) {
    if (c == '?') {
      optional = true;
    } else if (c == '+') {
      b.max_arguments = 255;
    } else {
      b.max_arguments++;
      if (!optional) b.min_arguments++;
    }
  }
  return b;
}

constexpr auto make_table() {
  using R = Returns;
  std::array table = {
      Builtin{"abs", "n", R::same_as_first, builtins::abs, "abs(number) number", "The number without its sign."},
      Builtin{"all", "ap", R::boolean, nullptr, "all(array, predicate) bool",
              "Whether every item satisfies the predicate."},
      Builtin{"any", "ap", R::boolean, nullptr, "any(array, predicate) bool",
              "Whether at least one item satisfies the predicate."},
      Builtin{"bitand", "ii", R::integer, builtins::bitand_, "bitand(a, b) int", "Bitwise and."},
      Builtin{"bitnand", "ii", R::integer, builtins::bitnand, "bitnand(a, b) int", "The bits of a that b has not."},
      Builtin{"bitnot", "i", R::integer, builtins::bitnot, "bitnot(a) int", "Every bit turned over."},
      Builtin{"bitor", "ii", R::integer, builtins::bitor_, "bitor(a, b) int", "Bitwise or."},
      Builtin{"bitshl", "ii", R::integer, builtins::bitshl, "bitshl(a, count) int", "Bits moved left."},
      Builtin{"bitshr", "ii", R::integer, builtins::bitshr, "bitshr(a, count) int",
              "Bits moved right, keeping the sign."},
      Builtin{"bitushr", "ii", R::integer, builtins::bitushr, "bitushr(a, count) int",
              "Bits moved right, filling with zeros."},
      Builtin{"bitxor", "ii", R::integer, builtins::bitxor, "bitxor(a, b) int", "Bitwise exclusive or."},
      Builtin{"ceil", "n", R::floating, builtins::ceil, "ceil(number) float", "Rounds up."},
      Builtin{"concat", "a?a+", R::array, builtins::concat, "concat(array, array…) array",
              "The items of all arrays in one."},
      Builtin{"count", "a?p", R::integer, nullptr, "count(array, predicate?) int",
              "How many items satisfy the predicate, or are true."},
      Builtin{"date", "*?**", R::time, builtins::date, "date(text, layout?, timezone?) time",
              "Reads a date; the layout shows how January 2nd 2006, 15:04:05 would be written."},
      Builtin{"duration", "s", R::duration, builtins::duration, "duration(text) duration",
              "Reads a length of time such as \"1h30m\"."},
      Builtin{"filter", "ap", R::same_as_first, nullptr, "filter(array, predicate) array",
              "The items that satisfy the predicate."},
      Builtin{"find", "ap", R::element_of_first, nullptr, "find(array, predicate) any",
              "The first item that satisfies the predicate, or nil."},
      Builtin{"findIndex", "ap", R::any, nullptr, "findIndex(array, predicate) int",
              "The place of the first item that satisfies the predicate, or nil."},
      Builtin{"findLast", "ap", R::element_of_first, nullptr, "findLast(array, predicate) any",
              "The last item that satisfies the predicate, or nil."},
      Builtin{"findLastIndex", "ap", R::any, nullptr, "findLastIndex(array, predicate) int",
              "The place of the last item that satisfies the predicate, or nil."},
      Builtin{"first", "a", R::element_of_first, builtins::first, "first(array) any", "The first item, or nil."},
      Builtin{"flatten", "a", R::array, builtins::flatten, "flatten(array) array",
              "The items of nested arrays in one array."},
      Builtin{"float", "*", R::floating, builtins::to_float, "float(value) float",
              "A number, or a text that shows one, as a float."},
      Builtin{"floor", "n", R::floating, builtins::floor, "floor(number) float", "Rounds down."},
      Builtin{"fromBase64", "s", R::string, builtins::from_base64, "fromBase64(text) string", "Undoes toBase64."},
      Builtin{"fromJSON", "s", R::any, builtins::from_json, "fromJSON(text) any",
              "The value that a JSON text describes."},
      Builtin{"fromPairs", "a", R::map, builtins::from_pairs, "fromPairs(array) map", "A map of [key, value] pairs."},
      Builtin{"get", "**", R::any, builtins::get, "get(value, key) any", "The item under a key or index, or nil."},
      Builtin{"groupBy", "ap", R::groups, nullptr, "groupBy(array, key) map",
              "The items in arrays by what the predicate gives for them."},
      Builtin{"hasPrefix", "ss", R::boolean, builtins::has_prefix, "hasPrefix(text, prefix) bool",
              "Whether the text starts so."},
      Builtin{"hasSuffix", "ss", R::boolean, builtins::has_suffix, "hasSuffix(text, suffix) bool",
              "Whether the text ends so."},
      Builtin{"indexOf", "ss", R::integer, builtins::index_of, "indexOf(text, part) int",
              "The byte at which the part starts first, or -1."},
      Builtin{"int", "*", R::integer, builtins::to_int, "int(value) int",
              "A number cut to an integer, or a text that shows one."},
      Builtin{"join", "a?s", R::string, builtins::join, "join(array, separator?) string",
              "The texts of an array in one."},
      Builtin{"keys", "m", R::array, builtins::keys, "keys(map) array", "The keys of a map, sorted."},
      Builtin{"last", "a", R::element_of_first, builtins::last, "last(array) any", "The last item, or nil."},
      Builtin{"lastIndexOf", "ss", R::integer, builtins::last_index_of, "lastIndexOf(text, part) int",
              "The byte at which the part starts last, or -1."},
      Builtin{"len", "l", R::integer, builtins::len, "len(value) int",
              "How many items, entries or characters there are."},
      Builtin{"lower", "s", R::string, builtins::lower, "lower(text) string", "The text in small letters."},
      Builtin{"map", "ap", R::array_of_predicate, nullptr, "map(array, predicate) array",
              "What the predicate gives for every item."},
      Builtin{"max", "e?e+", R::any, builtins::max, "max(number…) number",
              "The largest of numbers or arrays of numbers."},
      Builtin{"mean", "e?e+", R::any, builtins::mean, "mean(number…) float",
              "The average of numbers or arrays of numbers."},
      Builtin{"median", "e?e+", R::any, builtins::median, "median(number…) float",
              "The middle of numbers or arrays of numbers."},
      Builtin{"min", "e?e+", R::any, builtins::min, "min(number…) number",
              "The smallest of numbers or arrays of numbers."},
      Builtin{"none", "ap", R::boolean, nullptr, "none(array, predicate) bool",
              "Whether no item satisfies the predicate."},
      Builtin{"now", "?*", R::time, builtins::now, "now() time", "The present time."},
      Builtin{"one", "ap", R::boolean, nullptr, "one(array, predicate) bool",
              "Whether exactly one item satisfies the predicate."},
      Builtin{"reduce", "ap?*", R::any, nullptr, "reduce(array, predicate, initial?) any",
              "Folds the array; #acc is the result so far."},
      Builtin{"repeat", "si", R::string, builtins::repeat, "repeat(text, count) string",
              "The text several times over."},
      Builtin{"replace", "sss?i", R::string, builtins::replace, "replace(text, old, new, count?) string",
              "The text with one part put for another."},
      Builtin{"reverse", "a", R::array, builtins::reverse, "reverse(array) array", "The items from last to first."},
      Builtin{"round", "n", R::floating, builtins::round, "round(number) float",
              "Rounds to the nearest integer, halves away from zero."},
      Builtin{"sort", "a?s", R::array, builtins::sort, "sort(array, order?) array",
              "The items in order, \"asc\" or \"desc\"."},
      Builtin{"sortBy", "ap?s", R::same_as_first, nullptr, "sortBy(array, key, order?) array",
              "The items in the order of what the predicate gives."},
      Builtin{"split", "ss?i", R::strings, builtins::split, "split(text, separator, count?) array",
              "The parts between separators."},
      Builtin{"splitAfter", "ss?i", R::strings, builtins::split_after, "splitAfter(text, separator, count?) array",
              "The parts, each with its separator."},
      Builtin{"string", "*", R::string, builtins::to_string, "string(value) string", "The value as text."},
      Builtin{"sum", "a?p", R::any, nullptr, "sum(array, predicate?) number",
              "The items, or what the predicate gives for them, added up."},
      Builtin{"take", "ai", R::array, builtins::take, "take(array, count) array", "The first items."},
      Builtin{"timezone", "s", R::zone, builtins::timezone, "timezone(name) timezone",
              "The time zone of that name, such as \"Europe/Zurich\"."},
      Builtin{"toBase64", "s", R::string, builtins::to_base64, "toBase64(text) string", "The text in base64."},
      Builtin{"toJSON", "*", R::string, builtins::to_json, "toJSON(value) string", "The value as JSON text."},
      Builtin{"toPairs", "m", R::array, builtins::to_pairs, "toPairs(map) array",
              "The entries of a map as [key, value], sorted by key."},
      Builtin{"trim", "s?s", R::string, builtins::trim, "trim(text, characters?) string",
              "The text without white space, or those characters, at its ends."},
      Builtin{"trimPrefix", "s?s", R::string, builtins::trim_prefix, "trimPrefix(text, prefix?) string",
              "The text without the prefix, a space unless given."},
      Builtin{"trimSuffix", "s?s", R::string, builtins::trim_suffix, "trimSuffix(text, suffix?) string",
              "The text without the suffix, a space unless given."},
      Builtin{"type", "*", R::string, builtins::type, "type(value) string", "The name of the value's type."},
      Builtin{"uniq", "a", R::array, builtins::uniq, "uniq(array) array", "The items without repetitions."},
      Builtin{"upper", "s", R::string, builtins::upper, "upper(text) string", "The text in capital letters."},
      Builtin{"values", "m", R::array, builtins::values, "values(map) array",
              "The values of a map in the order of its keys."},
  };
  for (Builtin& b : table) b = completed(b);
  return table;
}

constexpr auto table = make_table();
static_assert(table.size() == 71);
static_assert(std::ranges::is_sorted(table, {}, &Builtin::name));

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  const auto found = std::ranges::lower_bound(table, name, {}, &Builtin::name);
  return found != table.end() && found->name == name ? &*found : nullptr;
}

std::span<const Builtin> all_builtins() { return table; }

}  // namespace taffrail::expr
