#include "expr/operations.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <re2/re2.h>
#include <simdjson.h>
#include <string>

#include "expr/json_node.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

constexpr unsigned deepest = 200;  // values nest as deep as `reduce` wraps them; comparing recurses

std::int64_t wrap_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t wrap_subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t wrap_multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

bool both(Value a, Value b, Kind kind) { return a.is(kind) && b.is(kind); }

// Whether two values are equal. Arrays and maps cost steps, and fail when those run out.
class Equality {
 public:
  Equality(Context& context, std::uint32_t at) : context_(context), at_(at) {}
  [[nodiscard]] bool failed() const { return failed_; }

  /// @param strict whether 1 and 1.0 differ, as they do inside maps: {a: 1} is not {a: 1.0}
  bool test(Value a, Value b, bool strict, unsigned depth) {
    if (a.kind() == b.kind()) {
      switch (a.kind()) {
        case Kind::nil: return true;
        case Kind::boolean:
        case Kind::integer:
        case Kind::duration:
        case Kind::zone: return a.as_int() == b.as_int();
        case Kind::floating: return a.as_double() == b.as_double();
        case Kind::string:
        case Kind::bytes: return test_text(a.as_string(), b.as_string());
        case Kind::time: return a.as_instant() == b.as_instant();
        default: break;
      }
    }
    if (a.is_number() && b.is_number()) return !strict && a.number() == b.number();
    if (is_list(a) && is_list(b)) return test_lists(a, b, strict, depth);
    if (is_map(a) && is_map(b)) return test_maps(a, b, depth);
    return a.is_nil() && b.is_nil();
  }

 private:
  bool enter(std::size_t size, unsigned depth) {
    if (failed_) return false;
    if (depth > deepest)
      context_.fail(at_, "values are nested too deep to compare");
    else if (context_.step(at_, size))
      return true;
    failed_ = true;
    return false;
  }

  bool test_text(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    if (context_.scan(at_, a.size())) return a == b;
    failed_ = true;
    return false;
  }

  bool test_lists(Value a, Value b, bool strict, unsigned depth) {
    const std::size_t size = list_size(a);
    if (size != list_size(b) || !enter(size, depth)) return false;
    for (std::size_t i = 0; i < size; ++i) {
      if (!test(list_at(a, i), list_at(b, i), strict, depth + 1)) return false;
    }
    return true;
  }

  static std::size_t map_size(Value v) {
    if (v.is(Kind::map)) return v.as_map().entries().size();
    return v.is(Kind::object) ? v.as_object().size() : v.as_json().size();
  }

  bool same_member(Value key, Value value, Value map, unsigned depth) {
    if (map.is(Kind::map)) {
      const Value* other = map.as_map().find(key);
      return other != nullptr && test(value, *other, true, depth + 1);
    }
    if (!key.is(Kind::string)) return false;
    if (map.is(Kind::object)) {
      const MapSource& source = map.as_object();
      return source.contains(key.as_string()) && test(value, source.find(key.as_string()), true, depth + 1);
    }
    const Value* other = map.as_json().find(key.as_string());
    return other != nullptr && test(value, *other, true, depth + 1);
  }

  bool test_maps(Value a, Value b, unsigned depth) {
    // Maps of others are searched from one end to the other for every key.
    const std::size_t size = map_size(a);
    if (size != map_size(b) || !enter(b.is(Kind::map) ? size : size + size * size / 8, depth)) return false;
    if (a.is(Kind::map)) {
      return std::ranges::all_of(a.as_map().entries(),
                                 [&](const Map::Entry& e) { return same_member(e.key, e.value, b, depth); });
    }
    if (a.is(Kind::object)) {
      bool all = true;
      a.as_object().each(
          [&](std::string_view key, Value value) { all = all && same_member(Value(key), value, b, depth); });
      return all;
    }
    const JsonNode& node = a.as_json();
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (!same_member(Value(node.key(i)), *node.find(node.key(i)), b, depth)) return false;
    }
    return true;
  }

  Context& context_;
  std::uint32_t at_;
  bool failed_ = false;
};

template <class T>
bool holds(Comparison op, const T& a, const T& b) {
  switch (op) {
    case Comparison::less: return a < b;
    case Comparison::less_equal: return a <= b;
    case Comparison::greater: return a > b;
    case Comparison::greater_equal: return a >= b;
  }
  return false;
}

const char* comparison_failure(Comparison op) {
  switch (op) {
    case Comparison::less: return "invalid operation: %T < %T";
    case Comparison::less_equal: return "invalid operation: %T <= %T";
    case Comparison::greater: return "invalid operation: %T > %T";
    case Comparison::greater_equal: return "invalid operation: %T >= %T";
  }
  return "";
}

// Clamps like Go's Time.Sub: a difference too large for a duration is the largest one.
std::int64_t between(Instant a, Instant b) {
  const __int128 difference = (static_cast<__int128>(a.seconds) - b.seconds) * 1'000'000'000 +
                              (static_cast<std::int64_t>(a.nanoseconds) - static_cast<std::int64_t>(b.nanoseconds));
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  return difference < low ? low : difference > high ? high : static_cast<std::int64_t>(difference);
}

Instant shifted(Instant t, std::int64_t nanoseconds) {
  std::int64_t seconds = nanoseconds / 1'000'000'000;
  std::int64_t rest = nanoseconds % 1'000'000'000 + t.nanoseconds;
  if (rest < 0) {
    rest += 1'000'000'000;
    --seconds;
  } else if (rest >= 1'000'000'000) {
    rest -= 1'000'000'000;
    ++seconds;
  }
  return {wrap_add(t.seconds, seconds), static_cast<std::uint32_t>(rest)};
}

// What Go's conversion of a double to int64 gives on amd64: the smallest integer when it does not fit.
std::int64_t truncate(double value) {
  if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0))
    return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

// Whole powers by squaring and the rest by exp and log: the products round the way users of the reference see them.
double go_power(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (y == 0.5) return std::sqrt(x);
  if (y == -0.5) return 1 / std::sqrt(x);
  const double magnitude = std::abs(y);
  if (!std::isfinite(x) || !std::isfinite(y) || x == 0 || magnitude >= 4503599627370496.0) return std::pow(x, y);
  double whole = 0;
  double fraction = std::modf(magnitude, &whole);
  if (fraction != 0 && x < 0) return std::numeric_limits<double>::quiet_NaN();
  double result = 1;
  if (fraction != 0) {
    if (fraction > 0.5) {
      fraction -= 1;
      whole += 1;
    }
    result = std::exp(fraction * std::log(x));
  }
  double factor = x;
  for (auto n = static_cast<std::uint64_t>(whole); n != 0; n >>= 1U) {
    if ((n & 1U) != 0) result *= factor;
    factor *= factor;
  }
  if (y < 0) result = 1 / result;
  // Squaring leaves the range of a double before the power does.
  return std::isnormal(result) ? result : std::pow(x, y);
}

}  // namespace

bool to_index(Context& context, std::uint32_t at, Value key, std::int64_t& index) {
  if (key.is(Kind::integer)) {
    index = key.as_int();
  } else if (key.is(Kind::floating)) {
    index = truncate(key.as_double());
  } else {
    context.fail(at, "invalid operation: int(%T)", key);
    return false;
  }
  return true;
}

bool is_list(Value value) {
  return value.is(Kind::array) || value.is(Kind::bytes) || (value.is(Kind::json) && value.as_json().is_array());
}
std::size_t list_size(Value list) {
  if (list.is(Kind::bytes)) return list.as_string().size();
  return list.is(Kind::array) ? list.as_array().size() : list.as_json().size();
}
Value list_at(Value list, std::size_t i) {
  if (list.is(Kind::bytes)) return Value(std::int64_t{static_cast<unsigned char>(list.as_string()[i])});
  return list.is(Kind::array) ? list.as_array()[i] : list.as_json().at(i);
}
bool is_map(Value value) {
  return value.is(Kind::map) || value.is(Kind::object) || (value.is(Kind::json) && !value.as_json().is_array());
}

Value settle_map(Context& context, std::uint32_t at, Value map) {
  if (map.is(Kind::map)) return map;
  MapBuilder builder(context.arena());
  bool good = true;
  if (map.is(Kind::object)) {
    // The source's strings outlive the evaluation; only the entries are new.
    map.as_object().each([&](std::string_view key, Value value) { good = good && builder.set(Value(key), value); });
  } else {
    const JsonNode& node = map.as_json();
    for (std::size_t i = 0; i < node.size() && good; ++i) good = builder.set(Value(node.key(i)), node.at(i));
  }
  const Map* made = good ? builder.finish(map.is(Kind::object) ? map.as_object().missing() : Value()) : nullptr;
  return made == nullptr ? context.out_of_memory(at) : Value::map(*made);
}

Value equal(Context& context, std::uint32_t at, Value a, Value b) {
  Equality equality(context, at);
  const bool same = equality.test(a, b, false, 0);
  return equality.failed() ? Value::error() : Value(same);
}

Value compare(Context& context, std::uint32_t at, Comparison op, Value a, Value b) {
  if (both(a, b, Kind::integer) || both(a, b, Kind::duration)) return Value(holds(op, a.as_int(), b.as_int()));
  if (a.is_number() && b.is_number()) return Value(holds(op, a.number(), b.number()));
  if (both(a, b, Kind::string)) {
    if (!context.scan(at, std::min(a.as_string().size(), b.as_string().size()))) return Value::error();
    return Value(holds(op, a.as_string(), b.as_string()));
  }
  if (both(a, b, Kind::time)) return Value(holds(op, a.as_instant(), b.as_instant()));
  return context.fail(at, comparison_failure(op), a, b);
}

int order(Value a, Value b, bool& failed) {
  const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (both(a, b, Kind::integer) || both(a, b, Kind::duration)) return sign(a.as_int(), b.as_int());
  if (a.is_number() && b.is_number()) return sign(a.number(), b.number());
  if (both(a, b, Kind::string)) return sign(a.as_string(), b.as_string());
  if (both(a, b, Kind::time)) return sign(a.as_instant(), b.as_instant());
  failed = true;
  return 0;
}

Value add(Context& context, std::uint32_t at, Value a, Value b) {
  if (both(a, b, Kind::integer)) return Value(wrap_add(a.as_int(), b.as_int()));
  if (a.is_number() && b.is_number()) return Value(a.number() + b.number());
  if (both(a, b, Kind::string)) {
    const std::string_view x = a.as_string();
    const std::string_view y = b.as_string();
    auto* room = static_cast<char*>(context.arena().allocate(x.size() + y.size(), 1));
    if (room == nullptr || x.size() + y.size() > std::numeric_limits<std::uint32_t>::max())
      return context.out_of_memory(at);
    std::copy(x.begin(), x.end(), room);
    std::copy(y.begin(), y.end(), room + x.size());
    return Value(std::string_view(room, x.size() + y.size()));
  }
  if (both(a, b, Kind::duration)) return Value::duration(wrap_add(a.as_int(), b.as_int()));
  if (a.is(Kind::time) && b.is(Kind::duration)) return Value::time(shifted(a.as_instant(), b.as_int()), a.zone_id());
  if (a.is(Kind::duration) && b.is(Kind::time)) return Value::time(shifted(b.as_instant(), a.as_int()), b.zone_id());
  return context.fail(at, "invalid operation: %T + %T", a, b);
}

Value subtract(Context& context, std::uint32_t at, Value a, Value b) {
  if (both(a, b, Kind::integer)) return Value(wrap_subtract(a.as_int(), b.as_int()));
  if (a.is_number() && b.is_number()) return Value(a.number() - b.number());
  if (both(a, b, Kind::duration)) return Value::duration(wrap_subtract(a.as_int(), b.as_int()));
  if (both(a, b, Kind::time)) return Value::duration(between(a.as_instant(), b.as_instant()));
  if (a.is(Kind::time) && b.is(Kind::duration))
    return Value::time(shifted(a.as_instant(), wrap_subtract(0, b.as_int())), a.zone_id());
  return context.fail(at, "invalid operation: %T - %T", a, b);
}

Value multiply(Context& context, std::uint32_t at, Value a, Value b) {
  if (both(a, b, Kind::integer)) return Value(wrap_multiply(a.as_int(), b.as_int()));
  if (a.is_number() && b.is_number()) return Value(a.number() * b.number());
  if (b.is(Kind::duration) && !a.is(Kind::duration)) std::swap(a, b);
  if (a.is(Kind::duration)) {
    if (b.is(Kind::integer) || b.is(Kind::duration)) return Value::duration(wrap_multiply(a.as_int(), b.as_int()));
    // Nanoseconds, and no duration any more, as the reference has it.
    if (b.is(Kind::floating)) return Value(static_cast<double>(a.as_int()) * b.as_double());
  }
  return context.fail(at, "invalid operation: %T * %T", a, b);
}

Value divide(Context& context, std::uint32_t at, Value a, Value b) {
  if (a.is_number() && b.is_number()) return Value(a.number() / b.number());
  return context.fail(at, "invalid operation: %T / %T", a, b);
}

Value modulo(Context& context, std::uint32_t at, Value a, Value b) {
  if (!both(a, b, Kind::integer)) return context.fail(at, "invalid operation: %T %% %T", a, b);
  if (b.as_int() == 0) return context.fail(at, "integer divide by zero");
  if (b.as_int() == -1) return Value(0);  // the smallest integer would trap
  return Value(a.as_int() % b.as_int());
}

Value power(Context& context, std::uint32_t at, Value a, Value b) {
  if (a.is_number() && b.is_number()) return Value(go_power(a.number(), b.number()));
  return context.fail(at, "invalid operation: %T ** %T", a, b);
}

Value negate(Context& context, std::uint32_t at, Value a) {
  if (a.is(Kind::integer)) return Value(wrap_subtract(0, a.as_int()));
  if (a.is(Kind::floating)) return Value(-a.as_double());
  if (a.is(Kind::duration)) return Value::duration(wrap_subtract(0, a.as_int()));
  return context.fail(at, "invalid operation: - %T", a);
}

Value range(Context& context, std::uint32_t at, Value a, Value b) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  if (!to_index(context, at, a, low) || !to_index(context, at, b, high)) return Value::error();
  if (high < low) return Value::empty_array();
  const auto count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  // 0 is the whole of int64.
  if (count == 0 || count >= context.limits().growth) return context.out_of_memory(at);
  if (!context.step(at, count / 8)) return Value::error();
  Value* room = context.make_elements(at, count);
  if (room == nullptr) return Value::error();
  for (std::uint64_t i = 0; i < count; ++i) room[i] = Value(wrap_add(low, static_cast<std::int64_t>(i)));
  return Value::array({room, count});
}

Value test_text(Context& context, std::uint32_t at, TextTest test, Value text, Value part) {
  if (both(text, part, Kind::string)) {
    const std::string_view t = text.as_string();
    const std::string_view p = part.as_string();
    if (!context.scan(at, test == TextTest::contains ? t.size() : std::min(t.size(), p.size()))) return Value::error();
    switch (test) {
      case TextTest::contains: return Value(p.empty() || ::memmem(t.data(), t.size(), p.data(), p.size()) != nullptr);
      case TextTest::starts_with: return Value(t.starts_with(p));
      case TextTest::ends_with: return Value(t.ends_with(p));
    }
  }
  if (text.is_nil() || part.is_nil()) return Value(false);
  const Value wrong = text.is(Kind::string) ? part : text;
  switch (test) {
    case TextTest::contains: return context.fail(at, "contains takes strings, not %T", wrong);
    case TextTest::starts_with: return context.fail(at, "startsWith takes strings, not %T", wrong);
    case TextTest::ends_with: return context.fail(at, "endsWith takes strings, not %T", wrong);
  }
  return Value::error();
}

bool search_regex(const re2::RE2& regex, std::string_view text) {
  const auto found_in = [&regex](std::string_view t) {
    return regex.Match(re2::StringPiece(t.data(), t.size()), 0, t.size(), re2::RE2::UNANCHORED, nullptr, 0);
  };
  if (found_in(text)) return true;
  // To RE2 a byte that is not UTF-8 is no character, so `.` does not match it; to the reference it is U+FFFD. A line in
  // Latin-1 is to be found there and here.
  if (simdjson::validate_utf8(text.data(), text.size())) return false;
  std::string readable;
  readable.reserve(text.size() * 2);
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    append_rune(readable, rune.value);
    text.remove_prefix(rune.size);
  }
  return found_in(readable);
}

Value matches(Context& context, std::uint32_t at, Value text, Value pattern, const re2::RE2* compiled) {
  if (text.is_nil() || pattern.is_nil()) return Value(false);
  if (!text.is(Kind::string) && !text.is(Kind::bytes)) return context.fail(at, "matches takes strings, not %T", text);
  if (!pattern.is(Kind::string)) return context.fail(at, "matches takes strings, not %T", pattern);
  if (compiled == nullptr) compiled = context.regex(at, pattern.as_string());
  if (compiled == nullptr) return Value::error();
  // A program with many states may run without its automaton, which is slower by its size.
  const auto slowness = 1 + static_cast<std::size_t>(std::max(0, compiled->ProgramSize())) / 512;
  if (!context.read_through(at, text.as_string().size() * slowness)) return Value::error();
  return Value(search_regex(*compiled, text.as_string()));
}

Value is_in(Context& context, std::uint32_t at, Value needle, Value haystack) {
  if (haystack.is_nil()) return Value(false);
  if (is_list(haystack)) {
    const std::size_t size = list_size(haystack);
    if (!context.step(at, size / 8)) return Value::error();
    for (std::size_t i = 0; i < size; ++i) {
      const Value same = equal(context, at, needle, list_at(haystack, i));
      if (same.failed() || same.as_bool()) return same;
    }
    return Value(false);
  }
  if (needle.is(Kind::string) && !context.read_through(at, needle.as_string().size())) return Value::error();
  switch (haystack.kind()) {
    case Kind::map: return Value(is_hashable(needle) && haystack.as_map().find(needle) != nullptr);
    case Kind::object: return Value(needle.is(Kind::string) && haystack.as_object().contains(needle.as_string()));
    case Kind::json: return Value(needle.is(Kind::string) && haystack.as_json().find(needle.as_string()) != nullptr);
    default: return context.fail(at, "operator \"in\" not defined on %T", haystack);
  }
}

Value fetch(Context& context, std::uint32_t at, Value from, Value key) {
  if (key.is(Kind::string) && !context.read_through(at, key.as_string().size())) return Value::error();
  switch (from.kind()) {
    case Kind::json:
      if (!from.as_json().is_array()) {
        if (!key.is(Kind::string)) return context.fail(at, "cannot use %T as a key of a map", key);
        const Value* found = from.as_json().find(key.as_string());
        return found == nullptr ? Value() : *found;
      }
      break;
    case Kind::object:
      if (!key.is(Kind::string)) return context.fail(at, "cannot use %T as a key of a map", key);
      return from.as_object().find(key.as_string());
    case Kind::map: {
      if (!is_hashable(key)) return context.fail(at, "cannot use %T as a key of a map", key);
      const Value* found = from.as_map().find(key);
      return found == nullptr ? from.as_map().zero() : *found;
    }
    case Kind::array:
    case Kind::string:
    case Kind::bytes: break;
    case Kind::nil: return context.fail(at, "cannot fetch %v from <nil>", key);
    default: return context.fail(at, "cannot fetch %v from %T", key, from);
  }
  std::int64_t index = 0;
  if (!to_index(context, at, key, index)) return Value::error();
  const auto size = static_cast<std::int64_t>(is_list(from) ? list_size(from) : from.as_string().size());
  const std::int64_t place = index < 0 ? size + index : index;
  if (place < 0 || place >= size)
    return context.fail(at, "index out of range: %v (array length is %v)", Value(index), Value(size));
  const auto i = static_cast<std::size_t>(place);
  if (is_list(from)) return list_at(from, i);
  return Value(std::int64_t{static_cast<unsigned char>(from.as_string()[i])});
}

Value get_or_nil(Value from, Value key) {
  switch (from.kind()) {
    case Kind::map: {
      const Value* found = is_hashable(key) ? from.as_map().find(key) : nullptr;
      return found == nullptr ? Value() : *found;
    }
    case Kind::object:
      if (!key.is(Kind::string) || !from.as_object().contains(key.as_string())) return {};
      return from.as_object().find(key.as_string());
    case Kind::json:
      if (!from.as_json().is_array()) {
        const Value* found = key.is(Kind::string) ? from.as_json().find(key.as_string()) : nullptr;
        return found == nullptr ? Value() : *found;
      }
      break;
    case Kind::array:
    case Kind::string:
    case Kind::bytes: break;
    default: return {};
  }
  if (!key.is_number()) return {};
  const std::int64_t index = key.is(Kind::integer) ? key.as_int() : truncate(key.as_double());
  const auto size = static_cast<std::int64_t>(is_list(from) ? list_size(from) : from.as_string().size());
  const std::int64_t place = index < 0 ? size + index : index;
  if (place < 0 || place >= size) return {};
  const auto i = static_cast<std::size_t>(place);
  if (is_list(from)) return list_at(from, i);
  return Value(std::int64_t{static_cast<unsigned char>(from.as_string()[i])});
}

Value slice(Context& context, std::uint32_t at, Value from, const Value* low, const Value* high) {
  const bool list = is_list(from);
  if (!list && !from.is(Kind::string) && !from.is(Kind::bytes)) return context.fail(at, "cannot slice %v", from);
  const auto size = static_cast<std::int64_t>(list ? list_size(from) : from.as_string().size());
  std::int64_t a = 0;
  std::int64_t b = size;
  if (low != nullptr && !to_index(context, at, *low, a)) return Value::error();
  if (high != nullptr && !to_index(context, at, *high, b)) return Value::error();
  const auto inside = [size](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? size + i : i, 0, size); };
  b = inside(b);
  a = std::min(inside(a), b);
  const auto start = static_cast<std::size_t>(a);
  const auto count = static_cast<std::size_t>(b - a);
  if (from.is(Kind::string)) return Value(from.as_string().substr(start, count));
  if (from.is(Kind::bytes)) return Value::bytes(from.as_string().substr(start, count));
  if (from.is(Kind::array)) return Value::array(from.as_array().subspan(start, count));
  Value* room = context.make_elements(at, count);
  if (room == nullptr) return Value::error();
  for (std::size_t i = 0; i < count; ++i) room[i] = list_at(from, start + i);
  return Value::array({room, count});
}

int level_rank(std::string_view level) {
  constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warn", "error", "fatal"};
  const auto found = std::ranges::find(levels, level);
  return found == levels.end() ? -1 : static_cast<int>(found - levels.begin());
}

Value compare_levels(Context& context, std::uint32_t at, Comparison op, Value a, Value b) {
  if (!both(a, b, Kind::string)) return context.fail(at, comparison_failure(op), a, b);
  const int x = level_rank(a.as_string());
  const int y = level_rank(b.as_string());
  return Value(x >= 0 && y >= 0 && holds(op, x, y));
}

}  // namespace taffrail::expr
