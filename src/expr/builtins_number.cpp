// Numbers: rounding, extremes, averages and bits.

#include <algorithm>
#include <cmath>
#include <vector>

#include "expr/builtin.hpp"
#include "expr/operations.hpp"

namespace taffrail::expr::builtins {
namespace {

Value rounded(Context& context, std::uint32_t at, std::span<const Value> args, double (*f)(double),
              const char* failure) {
  if (!args[0].is_number()) return context.fail(at, failure, args[0]);
  return Value(f(args[0].number()));
}

// The numbers of the arguments and of the arrays among them, as deep as they nest; durations only among the arguments
// themselves, as in the reference. False after failing.
bool collect(Context& context, std::uint32_t at, std::span<const Value> args, const char* failure,
             std::vector<Value>& numbers, unsigned depth = 0) {
  constexpr unsigned deepest = 100;
  if (depth > deepest) {
    context.fail(at, "arrays are nested too deep");
    return false;
  }
  for (const Value& arg : args) {
    if (arg.is_number() || (arg.is(Kind::duration) && depth == 0)) {
      numbers.push_back(arg);
    } else if (is_list(arg)) {
      for (std::size_t i = 0; i < list_size(arg); ++i) {
        const Value item = list_at(arg, i);
        if (!context.step(at) || !collect(context, at, {&item, 1}, failure, numbers, depth + 1)) return false;
      }
    } else {
      context.fail(at, failure, arg);
      return false;
    }
  }
  return true;
}

double as_double(Value number) {
  return number.is(Kind::duration) ? static_cast<double>(number.as_int()) : number.number();
}

Value extreme(Context& context, std::uint32_t at, std::span<const Value> args, int wanted, const char* failure) {
  // A single argument that is neither number nor array is handed back, as in the reference.
  if (args.size() == 1 && !args[0].is_number() && !is_list(args[0])) return args[0];
  std::vector<Value> numbers;
  if (!collect(context, at, args, failure, numbers)) return Value::error();
  if (numbers.empty()) return {};
  Value best = numbers.front();
  bool failed = false;
  for (const Value& number : numbers) {
    if (order(number, best, failed) == wanted) best = number;
    if (failed) return context.fail(at, "invalid operation: %T < %T", number, best);
  }
  return best;
}

bool integers(Context& context, std::uint32_t at, std::span<const Value> args, const char* failure) {
  for (const Value& arg : args) {
    if (!arg.is(Kind::integer)) {
      context.fail(at, failure, arg);
      return false;
    }
  }
  return true;
}

template <class F>
Value bits(Context& context, std::uint32_t at, std::span<const Value> args, const char* failure, F combine) {
  if (!integers(context, at, args, failure)) return Value::error();
  return Value(static_cast<std::int64_t>(
      combine(static_cast<std::uint64_t>(args[0].as_int()), static_cast<std::uint64_t>(args[1].as_int()))));
}

template <class F>
Value shift(Context& context, std::uint32_t at, std::span<const Value> args, const char* failure, F move) {
  if (!integers(context, at, args, failure)) return Value::error();
  if (args[1].as_int() < 0) return context.fail(at, "invalid operation: negative shift count %v (type int)", args[1]);
  return Value(static_cast<std::int64_t>(move(args[0].as_int(), std::min<std::int64_t>(args[1].as_int(), 64))));
}

}  // namespace

Value abs(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (args[0].is(Kind::integer)) return args[0].as_int() < 0 ? negate(context, at, args[0]) : args[0];
  if (args[0].is(Kind::floating)) return Value(args[0].as_double() < 0 ? -args[0].as_double() : args[0].as_double());
  return context.fail(at, "invalid argument for abs (type %T)", args[0]);
}

Value ceil(Context& c, std::uint32_t at, std::span<const Value> args) {
  return rounded(c, at, args, std::ceil, "invalid argument for ceil (type %T)");
}
Value floor(Context& c, std::uint32_t at, std::span<const Value> args) {
  return rounded(c, at, args, std::floor, "invalid argument for floor (type %T)");
}
Value round(Context& c, std::uint32_t at, std::span<const Value> args) {
  return rounded(c, at, args, std::round, "invalid argument for round (type %T)");
}

Value max(Context& c, std::uint32_t at, std::span<const Value> args) {
  return extreme(c, at, args, 1, "invalid argument for max (type %T)");
}
Value min(Context& c, std::uint32_t at, std::span<const Value> args) {
  return extreme(c, at, args, -1, "invalid argument for min (type %T)");
}

Value mean(Context& context, std::uint32_t at, std::span<const Value> args) {
  std::vector<Value> numbers;
  if (!collect(context, at, args, "invalid argument for mean (type %T)", numbers)) return Value::error();
  if (numbers.empty()) return Value(0.0);
  double total = 0;
  for (const Value& number : numbers) total += as_double(number);
  return Value(total / static_cast<double>(numbers.size()));
}

Value median(Context& context, std::uint32_t at, std::span<const Value> args) {
  std::vector<Value> numbers;
  if (!collect(context, at, args, "invalid argument for median (type %T)", numbers)) return Value::error();
  if (numbers.empty()) return Value(0.0);
  std::vector<double> sorted;
  sorted.reserve(numbers.size());
  for (const Value& number : numbers) sorted.push_back(as_double(number));
  // NaN before everything: an order that sorting can rely on, and the reference's.
  std::ranges::sort(sorted, [](double a, double b) { return a < b || (std::isnan(a) && !std::isnan(b)); });
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return Value(sorted[middle]);
  return Value((sorted[middle - 1] + sorted[middle]) / 2);
}

Value bitand_(Context& c, std::uint32_t at, std::span<const Value> args) {
  return bits(c, at, args, "bitand takes integers, not %T", [](auto a, auto b) { return a & b; });
}
Value bitor_(Context& c, std::uint32_t at, std::span<const Value> args) {
  return bits(c, at, args, "bitor takes integers, not %T", [](auto a, auto b) { return a | b; });
}
Value bitxor(Context& c, std::uint32_t at, std::span<const Value> args) {
  return bits(c, at, args, "bitxor takes integers, not %T", [](auto a, auto b) { return a ^ b; });
}
Value bitnand(Context& c, std::uint32_t at, std::span<const Value> args) {
  return bits(c, at, args, "bitnand takes integers, not %T", [](auto a, auto b) { return a & ~b; });
}

Value bitnot(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!integers(context, at, args, "bitnot takes integers, not %T")) return Value::error();
  return Value(~args[0].as_int());
}

Value bitshl(Context& c, std::uint32_t at, std::span<const Value> args) {
  return shift(c, at, args, "bitshl takes integers, not %T", [](std::int64_t a, std::int64_t n) {
    return n > 63 ? std::uint64_t{0} : static_cast<std::uint64_t>(a) << n;
  });
}
Value bitshr(Context& c, std::uint32_t at, std::span<const Value> args) {
  return shift(c, at, args, "bitshr takes integers, not %T",
               [](std::int64_t a, std::int64_t n) { return a >> std::min<std::int64_t>(n, 63); });
}
Value bitushr(Context& c, std::uint32_t at, std::span<const Value> args) {
  return shift(c, at, args, "bitushr takes integers, not %T", [](std::int64_t a, std::int64_t n) {
    return n > 63 ? std::uint64_t{0} : static_cast<std::uint64_t>(a) >> n;
  });
}

}  // namespace taffrail::expr::builtins
