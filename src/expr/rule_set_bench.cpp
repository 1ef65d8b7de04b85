// What a line costs against a thousand mixed rules of which few match. Target: 2 µs a line; building under 1 s.

#include <benchmark/benchmark.h>

#include <fmt/format.h>
#include <string>
#include <vector>

#include "expr/rule_set.hpp"

namespace {

using namespace taffrail::expr;

struct Line {
  std::string_view text;
  std::string_view level;
  LineKind kind = LineKind::text;
};

// Lines as services write them.
constexpr Line lines[] = {
    {"10.0.3.17 - - [21/Nov/2026:09:10:05 +0000] \"GET /api/v1/orders/82731?expand=items HTTP/1.1\" 200 1532 \"-\" "
     "\"curl/8.5\"",
     "info"},
    {"2026-11-21 09:10:05.123 UTC [71] LOG:  checkpoint complete: wrote 128 buffers (0.8%); 0 WAL file(s) added, 0 "
     "removed, 1 recycled",
     "info"},
    {"[2026-11-21 09:10:06,001] INFO [GroupCoordinator 1]: Stabilized group order-workers generation 17 "
     "(__consumer_offsets-3)",
     "info"},
    {"1:M 21 Nov 2026 09:10:06.412 * 100 changes in 300 seconds. Saving...", "info"},
    {"time=\"2026-11-21T09:10:07Z\" level=warning msg=\"slow request\" route=/checkout duration=2.31s user=4711",
     "warn"},
    {R"({"ts":"2026-11-21T09:10:07.321Z","level":"info","logger":"http.access","msg":"request completed","method":"GET","path":"/api/v1/orders/82731","remote":"10.0.3.17","duration_ms":12.7,"bytes":1532,"status":200})",
     "info", LineKind::json},
    {R"({"ts":"2026-11-21T09:10:08.004Z","level":"error","logger":"payments","msg":"charge failed","error":"connection reset by peer","order":82731,"attempt":2,"status":502})",
     "error", LineKind::json},
    {"java.lang.IllegalStateException: pool is closed", "error"},
    {"\tat com.example.shop.OrderService.place(OrderService.java:214)", "unknown"},
    {"nginx: [warn] 3451#3451: *918 an upstream response is buffered to a temporary file "
     "/var/cache/nginx/proxy_temp/1/00/0000000001",
     "warn"},
    {"DEBUG cache miss key=session:9f31c0 shard=3 took=0.4ms", "debug"},
    {"GET /healthz 200 0.3ms", "info"},
};

std::vector<Condition> rules(int count) {
  std::vector<Condition> out;
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    std::string source;
    switch (i % 10) {
      case 0: source = fmt::format("message contains \"ERR-{}\"", n); break;
      case 1: source = fmt::format("level >= \"error\" and message contains \"tenant-{} \"", n); break;
      case 2: source = fmt::format("message matches \"(?i)(timeout|refused|unreachable).*host-{}\\\\b\"", n); break;
      case 3: source = fmt::format("message.status >= 500 and message.path startsWith \"/svc{}/\"", n); break;
      case 4:
        source = fmt::format(
            "container.name == \"worker-{}\" and (text contains \"OOM {}\" or text contains \"killed {}\")", n, n, n);
        break;
      case 5: source = fmt::format("lower(text) contains \"disk{} full\"", n); break;
      case 6: source = fmt::format("message matches \"user=u{}[0-9]+ denied\"", n); break;
      case 7: source = fmt::format("fields?.code in [\"E{}\", \"F{}\"]", n, n); break;
      case 8: source = fmt::format("level == \"fatal\" and container.service == \"svc-{}\"", n); break;
      default:
        source = fmt::format(
            "text contains \"payment\" and text contains \"failed\" and text contains \"shop-{}\" and level != "
            "\"debug\"",
            n);
        break;
    }
    out.push_back(Condition::compile(source, Environment::log()).value());
  }
  // And a few that do match.
  for (const char* source : {"level >= \"error\"", "message.status >= 500", "text contains \"slow request\"",
                             "text matches \"[0-9]{6}#\""}) {
    out.push_back(Condition::compile(source, Environment::log()).value());
  }
  return out;
}

// What a team writes that gives every service the same five alerts: rules with parts in common, many of which a line
// could make true as far as its text goes.
std::vector<Condition> alike_rules(int count) {
  std::vector<Condition> out;
  for (int i = 0; i < count; ++i) {
    const std::string service = fmt::format("container.service == \"svc-{}\"", i / 5);
    std::string source;
    switch (i % 5) {
      case 0: source = "message.status >= 500 and " + service; break;
      case 1: source = "text matches \"(?i)(timeout|refused|reset|fail(ed|ure))\" and " + service; break;
      case 2: source = "level >= \"error\" and not (lower(text) contains \"pool is closed\") and " + service; break;
      case 3: source = "(fields?.duration_ms ?? 0) > 1000 and " + service; break;
      default: source = "any(split(text, \" \"), # startsWith \"/var/cache\") and " + service; break;
    }
    out.push_back(Condition::compile(source, Environment::log()).value());
  }
  return out;
}

// A condition each for a thousand values of one field.
std::vector<Condition> number_rules(int count) {
  std::vector<Condition> out;
  for (int i = 0; i < count; ++i)
    out.push_back(Condition::compile(fmt::format("fields?.status == {}", 700 + i), Environment::log()).value());
  return out;
}

void match(benchmark::State& state, std::vector<Condition> made) {
  const auto set = RuleSet::build(std::move(made)).value();
  RuleSet::State matcher(*set);
  ContainerFields container{.name = "shop-api-1", .service = "api"};
  LogVariables line;
  std::size_t i = 0;
  std::size_t evaluated = 0;
  std::size_t matched = 0;
  for (auto _ : state) {
    const Line& l = lines[i++ % std::size(lines)];
    line.set({.text = l.text, .level = l.level, .stream = "stdout", .kind = l.kind, .container = &container});
    set->match(line, matcher);
    evaluated += matcher.evaluated;
    matched += matcher.matched.size();
  }
  state.counters["evaluated/line"] = static_cast<double>(evaluated) / static_cast<double>(i);
  state.counters["matched/line"] = static_cast<double>(matched) / static_cast<double>(i);
}
void thousand_rules(benchmark::State& state) { match(state, rules(static_cast<int>(state.range(0)))); }
BENCHMARK(thousand_rules)->Arg(50)->Arg(1000);
void rules_with_parts_in_common(benchmark::State& state) {
  match(state, alike_rules(static_cast<int>(state.range(0))));
}
BENCHMARK(rules_with_parts_in_common)->Arg(50)->Arg(1000);

void rules_that_compare_one_number(benchmark::State& state) {
  match(state, number_rules(static_cast<int>(state.range(0))));
}
BENCHMARK(rules_that_compare_one_number)->Arg(1)->Arg(1000);

void build_thousand_rules(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(RuleSet::build(rules(1000)));
}
BENCHMARK(build_thousand_rules)->Unit(benchmark::kMillisecond);

}  // namespace
