// Dates, durations and the methods of both.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "expr/builtin.hpp"
#include "expr/format.hpp"
#include "expr/operations.hpp"
#include "expr/time_layout.hpp"

namespace taffrail::expr {
namespace {

// Tried in this order when no layout is given.
constexpr std::array<std::string_view, 7> known_layouts = {"2006-01-02",
                                                           "15:04:05",
                                                           "2006-01-02 15:04:05",
                                                           "2006-01-02T15:04:05Z07:00",
                                                           "02 Jan 06 15:04 MST",
                                                           "Monday, 02-Jan-06 15:04:05 MST",
                                                           "Mon, 02 Jan 2006 15:04:05 MST"};

constexpr std::array<std::string_view, 35> methods = {
    "Abs",   "Add",        "AddDate",     "After",     "Before",   "Compare",      "Day",          "Equal",  "Format",
    "Hour",  "Hours",      "In",          "IsZero",    "Local",    "Microseconds", "Milliseconds", "Minute", "Minutes",
    "Month", "Nanosecond", "Nanoseconds", "Round",     "Second",   "Seconds",      "String",       "Sub",    "Truncate",
    "UTC",   "Unix",       "UnixMicro",   "UnixMilli", "UnixNano", "Weekday",      "Year",         "YearDay"};

static_assert(std::ranges::is_sorted(methods));

constexpr Instant zero_time{-62135596800, 0};  // January 1st of year 1, what Go calls the zero time

Value integer(std::int64_t value) { return Value(value); }

// Rounds to a multiple of `unit`, halves away from zero; toward zero when `cut`.
std::int64_t to_multiple(std::int64_t value, std::int64_t unit, bool cut) {
  if (unit <= 0) return value;
  const std::int64_t rest = value % unit;
  if (cut) return value - rest;
  const std::int64_t magnitude = rest < 0 ? -rest : rest;
  if (magnitude < unit - magnitude) return value - rest;
  std::int64_t result = 0;
  const std::int64_t step = value < 0 ? -unit : unit;
  return __builtin_add_overflow(value - rest, step, &result) ? value : result;
}

class Call {
 public:
  Call(Context& context, std::uint32_t at, Value self, std::string_view name, std::span<const Value> args)
      : context_(context), at_(at), self_(self), name_(name), args_(args) {}

  Value duration() {
    const std::int64_t n = self_.as_int();
    const auto as = [&](double unit) { return Value(static_cast<double>(n) / unit); };
    if (name_ == "Round" || name_ == "Truncate") {
      if (!takes({Kind::duration})) return Value::error();
      return Value::duration(to_multiple(n, args_[0].as_int(), name_ == "Truncate"));
    }
    if (!takes({})) return Value::error();
    if (name_ == "Hours") return as(3.6e12);
    if (name_ == "Minutes") return as(6e10);
    if (name_ == "Seconds") return as(1e9);
    if (name_ == "Milliseconds") return integer(n / 1'000'000);
    if (name_ == "Microseconds") return integer(n / 1000);
    if (name_ == "Nanoseconds") return integer(n);
    if (name_ == "String") return context_.make_string(at_, to_text(self_));
    if (name_ == "Abs") {
      constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
      return Value::duration(n == lowest ? std::numeric_limits<std::int64_t>::max() : n < 0 ? -n : n);
    }
    return unknown();
  }

  Value time() {
    const Instant t = self_.as_instant();
    if (name_ == "Format") {
      if (!takes({Kind::string})) return Value::error();
      if (!context_.step(at_, args_[0].as_string().size())) return Value::error();
      return context_.make_string(at_, format_time(t, self_.zone_id(), args_[0].as_string()));
    }
    if (name_ == "Add") return takes({Kind::duration}) ? add(context_, at_, self_, args_[0]) : Value::error();
    if (name_ == "Sub") return takes({Kind::time}) ? subtract(context_, at_, self_, args_[0]) : Value::error();
    if (name_ == "After" || name_ == "Before" || name_ == "Equal" || name_ == "Compare") {
      if (!takes({Kind::time})) return Value::error();
      const Instant other = args_[0].as_instant();
      if (name_ == "Compare") return integer(t < other ? -1 : other < t ? 1 : 0);
      return Value(name_ == "After" ? t > other : name_ == "Before" ? t < other : t == other);
    }
    if (name_ == "In") return takes({Kind::zone}) ? Value::time(t, args_[0].zone_id()) : Value::error();
    if (name_ == "AddDate") return takes({Kind::integer, Kind::integer, Kind::integer}) ? add_date() : Value::error();
    if (name_ == "Truncate" || name_ == "Round") return takes({Kind::duration}) ? rounded() : Value::error();
    if (!takes({})) return Value::error();
    return part(t);
  }

 private:
  Value unknown() { return context_.fail(at_, "type %T has no method %v", self_, Value(name_)); }

  bool takes(std::initializer_list<Kind> kinds) {
    if (args_.size() != kinds.size()) {
      context_.fail(at_, "method %v takes a different number of arguments than %v", Value(name_),
                    integer(static_cast<std::int64_t>(args_.size())));
      return false;
    }
    std::size_t i = 0;
    for (const Kind kind : kinds) {
      if (!args_[i].is(kind)) {
        context_.fail(at_, "method %v does not take %T", Value(name_), args_[i]);
        return false;
      }
      ++i;
    }
    return true;
  }

  Value add_date() {
    constexpr std::int64_t far = 100'000'000;  // years, months or days; further out nothing can be printed
    for (const Value& arg : args_) {
      if (arg.as_int() > far || arg.as_int() < -far) return context_.fail(at_, "date out of range");
    }
    const Civil c = to_civil(self_.as_instant(), self_.zone_id());
    if (c.year > far || c.year < -far) return context_.fail(at_, "date out of range");
    const std::int64_t seconds = std::int64_t{c.hour} * 3600 + std::int64_t{c.minute} * 60 + c.second;
    return Value::time(
        from_civil(c.year + args_[0].as_int(), std::int64_t{c.month} + args_[1].as_int(),
                   std::int64_t{c.day} + args_[2].as_int(), seconds, self_.as_instant().nanoseconds, self_.zone_id()),
        self_.zone_id());
  }

  // To a multiple of a duration since the zero time.
  Value rounded() {
    const std::int64_t unit = args_[0].as_int();
    if (unit <= 0) return self_;
    const Instant t = self_.as_instant();
    const __int128 since = (static_cast<__int128>(t.seconds) - zero_time.seconds) * 1'000'000'000 + t.nanoseconds;
    auto rest = static_cast<std::int64_t>(since % unit);
    if (rest < 0) rest += unit;
    const bool up = name_ == "Round" && rest >= unit - rest;
    return add(context_, at_, self_, Value::duration(up ? unit - rest : -rest));
  }

  Value part(Instant t) {
    // Unix times wrap beyond the years that their unit reaches, as in Go.
    const auto unix_in = [&](std::uint64_t unit) {
      return integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(t.seconds) * unit +
                                               t.nanoseconds / (1'000'000'000 / unit)));
    };
    if (name_ == "Unix") return integer(t.seconds);
    if (name_ == "UnixMilli") return unix_in(1000);
    if (name_ == "UnixMicro") return unix_in(1'000'000);
    if (name_ == "UnixNano") return unix_in(1'000'000'000);
    if (name_ == "Nanosecond") return integer(t.nanoseconds);
    if (name_ == "IsZero") return Value(t == zero_time);
    if (name_ == "UTC" || name_ == "Local") return Value::time(t, utc_zone);
    if (name_ == "String") return context_.make_string(at_, to_text(self_));
    const Civil c = to_civil(t, self_.zone_id());
    if (name_ == "Year") return integer(c.year);
    if (name_ == "Month") return integer(c.month);
    if (name_ == "Day") return integer(c.day);
    if (name_ == "Hour") return integer(c.hour);
    if (name_ == "Minute") return integer(c.minute);
    if (name_ == "Second") return integer(c.second);
    if (name_ == "Weekday") return integer(c.weekday);
    if (name_ == "YearDay") return integer(c.year_day);
    return unknown();
  }

  Context& context_;
  std::uint32_t at_;
  Value self_;
  std::string_view name_;
  std::span<const Value> args_;
};

}  // namespace

bool is_method(Kind kind, std::string_view name) {
  if (kind == Kind::zone) return name == "String";
  constexpr std::array<std::string_view, 3> of_both = {"Round", "String", "Truncate"};
  constexpr std::array<std::string_view, 7> of_durations = {"Abs",     "Hours",       "Microseconds", "Milliseconds",
                                                            "Minutes", "Nanoseconds", "Seconds"};
  const bool of_duration = std::ranges::find(of_durations, name) != of_durations.end();
  if (std::ranges::find(of_both, name) != of_both.end()) return true;
  return kind == Kind::duration ? of_duration : !of_duration && std::ranges::binary_search(methods, name);
}
std::span<const std::string_view> method_names() { return methods; }

Value call_method(Context& context, std::uint32_t at, Value self, std::string_view name,
                  std::span<const Value> arguments) {
  Call call(context, at, self, name, arguments);
  if (self.is(Kind::time)) return call.time();
  if (self.is(Kind::duration)) return call.duration();
  if (self.is(Kind::zone) && name == "String" && arguments.empty()) return context.make_string(at, to_text(self));
  if (self.is(Kind::nil)) return context.fail(at, "cannot call method %v of <nil>", Value(name));
  return context.fail(at, "type %T has no method %v", self, Value(name));
}

namespace builtins {

Value now(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (args.empty()) return Value::time(context.now());
  if (!args[0].is(Kind::zone)) return context.fail(at, "now takes a time zone, not %T", args[0]);
  return Value::time(Instant::from(context.now()), args[0].zone_id());
}

Value duration(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!args[0].is(Kind::string)) return context.fail(at, "duration takes a string, not %T", args[0]);
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  const auto parsed = parse_go_duration(args[0].as_string());
  if (!parsed) return context.fail(at, "invalid duration \"%v\"", args[0]);
  return Value::duration(*parsed);
}

Value timezone(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!args[0].is(Kind::string)) return context.fail(at, "timezone takes a string, not %T", args[0]);
  constexpr std::uint64_t look_up_steps = 400;  // a name that is not known yet is looked for in the file system
  if (!context.step(at, look_up_steps)) return Value::error();
  const auto zone = find_zone(args[0].as_string());
  if (!zone) return context.fail(at, "unknown time zone %v", args[0]);
  return Value::zone(*zone);
}

Value date(Context& context, std::uint32_t at, std::span<const Value> args) {
  // A time zone may stand first; the others are strings.
  ZoneId zone = utc_zone;
  if (args[0].is(Kind::zone)) {
    zone = args[0].zone_id();
    args = args.subspan(1);
  }
  if (args.empty()) return context.fail(at, "date takes a string");
  for (const Value& arg : args) {
    if (!arg.is(Kind::string)) return context.fail(at, "date takes strings, not %T", arg);
  }
  const std::string_view text = args[0].as_string();
  if (!context.step(at, text.size() + (args.size() > 1 ? args[1].as_string().size() : 0))) return Value::error();
  if (args.size() > 2) {
    const auto named = find_zone(args[2].as_string());
    if (!named) return context.fail(at, "unknown time zone %v", args[2]);
    zone = *named;
  }
  if (args.size() > 1) {
    const auto parsed = parse_time(args[1].as_string(), text, zone);
    return parsed ? *parsed : context.fail(at, "cannot read \"%v\" as a date like \"%v\"", args[0], args[1]);
  }
  for (const std::string_view layout : known_layouts) {
    if (const auto parsed = parse_time(layout, text, zone)) return *parsed;
  }
  return context.fail(at, "invalid date %v", args[0]);
}

}  // namespace builtins
}  // namespace taffrail::expr
