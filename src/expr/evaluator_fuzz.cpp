// Holds the compiled evaluator against the tree walker over arbitrary expressions, and the parser's reading of a
// printed constant against its value. Input: the source of an expression.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "expr/checker.hpp"
#include "expr/format.hpp"
#include "expr/json_variables.hpp"
#include "expr/parser.hpp"
#include "expr/program.hpp"
#include "expr/walker.hpp"

using namespace taffrail::expr;

namespace {

constexpr std::string_view json =
    R"({"ok": true, "i": 1, "str": "str", "f64": 0.5, "array": [1, 2, 3, 4, 5], "none": null,
        "user": {"name": "Ada", "age": 36.5, "tags": ["x", "y"], "inner": {"deep": [true, null]}}})";

struct Clock final : taffrail::Clock {
  [[nodiscard]] taffrail::Time now() const override { return taffrail::Time(std::chrono::seconds(1'700'000'000)); }
  [[nodiscard]] taffrail::SteadyTime steady_now() const override { return {}; }
};

std::string describe(Value value, const Context& context, std::string_view source) {
  if (!value.failed()) return to_json(value) + " " + std::string(type_name(value));
  const ExprError error = context.error(source);
  return error.message + " at " + std::to_string(error.offset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto variables = JsonVariables::open(json).value();
  static const Clock clock;
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  Limits limits = Limits::for_conditions();
  limits.steps = 20'000;
  const auto program = Program::compile(source, variables->environment());
  auto tree = parse(source);
  const bool checked = tree && check(**tree, variables->environment(), Purpose::value);
  if (checked != program.has_value()) std::abort();
  if (!checked) return 0;
  Context fast(limits, &clock);
  const std::string fast_answer = describe((*program)->run(*variables, fast), fast, source);
  limits.steps *= 20;  // the walker takes a step for each node, the compiled form for each call
  Context slow(limits, &clock);
  const std::string slow_answer = describe(walk(**tree, variables->environment(), *variables, slow), slow, source);
  const auto out_of_budget = [](const std::string& answer) {
    return answer.find("budget exceeded") != std::string::npos;
  };
  if (fast_answer != slow_answer && !out_of_budget(fast_answer) && !out_of_budget(slow_answer)) {
    std::fprintf(stderr, "compiled: %s\nwalked: %s\n", fast_answer.c_str(), slow_answer.c_str());
    std::abort();
  }
  return 0;
}
