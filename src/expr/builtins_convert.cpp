// len, type, get, int, float, string, JSON and base64.

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <simdjson.h>

#include "base/ascii.hpp"
#include "expr/base64.hpp"
#include "expr/builtin.hpp"
#include "expr/format.hpp"
#include "expr/json_node.hpp"
#include "expr/json_value.hpp"
#include "expr/operations.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr::builtins {
namespace {

// strconv.Atoi: a sign and digits, nothing else.
bool parse_int(std::string_view text, std::int64_t& value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && code == std::errc() && end == text.data() + text.size();
}

// A number in any notation of Go: decimal or hexadecimal with a binary exponent, with `_` between digits, or infinity
// or NaN in letters of any case. What is too small becomes 0, what is too large is no number.
bool parse_float(std::string_view text, double& value) {
  const bool negative = text.starts_with('-');
  const bool has_sign = negative || text.starts_with('+');
  if (has_sign) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  const auto is_digit_of_base = [hexadecimal](char c) {
    return hexadecimal ? ascii::hex_value(c) >= 0 : ascii::is_digit(c);
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain.push_back(text[i]);
      continue;
    }
    const bool between =
        (i == 0 ? hexadecimal : is_digit_of_base(text[i - 1])) && i + 1 < text.size() && is_digit_of_base(text[i + 1]);
    if (!between) return false;
  }
  if (plain.empty() || (has_sign && (plain[0] | 0x20) == 'n')) return false;
  const bool is_number = is_digit_of_base(plain[0]) || plain[0] == '.';
  const bool is_name = !hexadecimal && ((plain[0] | 0x20) == 'i' || (plain[0] | 0x20) == 'n');
  if ((!is_number && !is_name) || plain.find('(') != std::string::npos) return false;
  if (hexadecimal && plain.find_first_of("pP") == std::string::npos) return false;
  const auto [end, code] = std::from_chars(plain.data(), plain.data() + plain.size(), value,
                                           hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (end != plain.data() + plain.size()) return false;
  if (code == std::errc::result_out_of_range) {
    value = std::strtod((hexadecimal ? "0x" + plain : plain).c_str(), nullptr);
    if (value > 1) return false;
  } else if (code != std::errc()) {
    return false;
  }
  if (negative) value = -value;
  return true;
}

// How long a printed value may get: a third of the memory, because it is put together outside of it.
std::size_t longest_text(const Context& context) { return context.limits().memory / 3; }

}  // namespace

Value len(Context& context, std::uint32_t at, std::span<const Value> args) {
  const Value v = args[0];
  const auto size = [](std::size_t n) { return Value(static_cast<std::int64_t>(n)); };
  switch (v.kind()) {
    case Kind::string:
      if (!context.read_through(at, v.as_string().size())) return Value::error();
      return size(rune_count(v.as_string()));
    case Kind::bytes: return size(v.as_string().size());
    case Kind::array: return size(v.as_array().size());
    case Kind::map: return size(v.as_map().entries().size());
    case Kind::object: return size(v.as_object().size());
    case Kind::json: return size(v.as_json().size());
    default: return context.fail(at, "invalid argument for len (type %T)", v);
  }
}

Value type(Context&, std::uint32_t, std::span<const Value> args) { return Value(type_name(args[0])); }

Value get(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (args[1].is(Kind::string) && !context.read_through(at, args[1].as_string().size())) return Value::error();
  return get_or_nil(args[0], args[1]);
}

Value to_int(Context& context, std::uint32_t at, std::span<const Value> args) {
  const Value v = args[0];
  switch (v.kind()) {
    case Kind::integer: return v;
    case Kind::duration: return Value(v.as_int());
    case Kind::floating: {
      const double d = v.as_double();
      const bool fits = d >= -9223372036854775808.0 && d < 9223372036854775808.0;
      return Value(fits ? static_cast<std::int64_t>(d) : std::numeric_limits<std::int64_t>::min());
    }
    case Kind::string: {
      std::int64_t value = 0;
      if (!context.read_through(at, v.as_string().size())) return Value::error();
      if (parse_int(v.as_string(), value)) return Value(value);
      return context.fail(at, "invalid operation: int(%v)", v);
    }
    default: return context.fail(at, "invalid operation: int(%T)", v);
  }
}

Value to_float(Context& context, std::uint32_t at, std::span<const Value> args) {
  const Value v = args[0];
  if (v.is_number()) return Value(v.number());
  if (v.is(Kind::duration)) return Value(static_cast<double>(v.as_int()));
  if (v.is(Kind::string)) {
    double value = 0;
    if (!context.step(at, v.as_string().size() / 16)) return Value::error();
    if (parse_float(v.as_string(), value)) return Value(value);
    return context.fail(at, "invalid operation: float(%v)", v);
  }
  return context.fail(at, "invalid operation: float(%T)", v);
}

Value to_string(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (args[0].is(Kind::string)) return args[0];
  std::string text;
  if (!append_text(text, args[0], longest_text(context))) return context.out_of_memory(at);
  if (!context.step(at, text.size() / 16)) return Value::error();
  return context.make_string(at, text);
}

Value to_json(Context& context, std::uint32_t at, std::span<const Value> args) {
  JsonOptions options;
  options.style = JsonStyle::go;
  options.pretty = true;
  options.escape_html = true;
  options.strict = true;
  options.limit = longest_text(context);
  std::string text;
  std::string error = append_json(text, args[0], options);
  if (!error.empty()) return context.fail_text(at, std::move(error));
  if (!context.step(at, text.size() / 16)) return Value::error();
  return context.make_string(at, text);
}

Value from_json(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!args[0].is(Kind::string)) return context.fail(at, "fromJSON takes a string, not %T", args[0]);
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  std::string error;
  const auto value = json_value(context.arena(), args[0].as_string(), NumberStyle::floats, error);
  if (!value) return error.empty() ? context.out_of_memory(at) : context.fail_text(at, std::move(error));
  return *value;
}

Value to_base64(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!args[0].is(Kind::string) && !args[0].is(Kind::bytes))
    return context.fail(at, "toBase64 takes a string, not %T", args[0]);
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  return context.make_string(at, expr::to_base64(args[0].as_string()));
}

Value from_base64(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!args[0].is(Kind::string)) return context.fail(at, "fromBase64 takes a string, not %T", args[0]);
  if (!context.step(at, args[0].as_string().size() / 4)) return Value::error();
  const auto bytes = expr::from_base64(args[0].as_string());
  if (!bytes) return context.fail(at, "illegal base64 data");
  return context.make_string(at, *bytes);
}

}  // namespace taffrail::expr::builtins
