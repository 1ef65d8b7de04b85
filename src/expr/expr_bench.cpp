// What one condition costs over one line. Targets: text 60 ns, JSON field 400 ns including finding it, regex 500 ns.

#include <benchmark/benchmark.h>

#include <string>

#include "expr/condition.hpp"
#include "expr/log_variables.hpp"
#include "expr/program.hpp"

namespace {

using namespace taffrail::expr;

constexpr std::string_view text_line =
    "2026-11-21T09:10:05Z 10.0.3.17 GET /api/v1/orders/82731?expand=items 200 1532 12.7ms user-agent=\"curl/8.5\" "
    "upstream=orders-2";
constexpr std::string_view json_line =
    R"({"ts":"2026-11-21T09:10:05.123Z","level":"info","logger":"http.access","msg":"request completed","method":"GET","path":"/api/v1/orders/82731","query":"expand=items","remote":"10.0.3.17","user":{"id":4711,"name":"ada"},"duration_ms":12.7,"bytes":1532,"trace":"4f2a9be0c1d24e77a8b3","status":503,"retries":0})";

void run(benchmark::State& state, std::string_view source, LineKind kind) {
  const auto condition = Condition::compile(source, Environment::log());
  if (!condition) return state.SkipWithError(condition.error().detail.c_str());
  LogVariables line;
  LogFields fields{
      .text = kind == LineKind::json ? json_line : text_line, .level = "info", .stream = "stdout", .kind = kind};
  bool failed = false;
  for (auto _ : state) {
    line.set(fields);
    benchmark::DoNotOptimize(condition->test(line, failed));
  }
  if (failed) state.SkipWithError("the condition failed");
}

void level_equals(benchmark::State& state) { run(state, "level == \"error\"", LineKind::text); }
BENCHMARK(level_equals);
void level_at_least(benchmark::State& state) { run(state, "level >= \"warn\"", LineKind::text); }
BENCHMARK(level_at_least);
void message_contains(benchmark::State& state) { run(state, "message contains \"timeout\"", LineKind::text); }
BENCHMARK(message_contains);
void search_word(benchmark::State& state) { run(state, "lower(text) contains \"timeout\"", LineKind::text); }
BENCHMARK(search_word);
void four_terms(benchmark::State& state) {
  run(state,
      "level != \"debug\" and (message contains \"refused\" or message startsWith \"FATAL\" or stream == \"stderr\")",
      LineKind::text);
}
BENCHMARK(four_terms);
void json_number(benchmark::State& state) { run(state, "message.status >= 500", LineKind::json); }
BENCHMARK(json_number);
void json_nested(benchmark::State& state) { run(state, "message.user?.id == 4711", LineKind::json); }
BENCHMARK(json_nested);
void json_missing(benchmark::State& state) { run(state, "fields?.error != nil", LineKind::json); }
BENCHMARK(json_missing);
void regex(benchmark::State& state) {
  run(state, "message matches \"(?i)(timeout|refused|unreachable)\"", LineKind::text);
}
BENCHMARK(regex);
void type_mismatch(benchmark::State& state) {
  const auto condition = Condition::compile("message.status >= 500", Environment::log());
  LogVariables line;
  bool failed = false;
  for (auto _ : state) {
    line.set({.text = text_line, .level = "info"});
    benchmark::DoNotOptimize(condition->test(line, failed));
  }
}
BENCHMARK(type_mismatch);
void compile_rule(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(Condition::compile(
        "level >= \"warn\" and message contains \"timeout\" and container.service in [\"api\", \"web\"]",
        Environment::log()));
  }
}
BENCHMARK(compile_rule);

}  // namespace
