// What queries over stored blocks cost, store and workers included. CPU time is that of all threads.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "history/query/history_query.hpp"
#include "history/search/bench_material.hpp"

namespace {

using namespace taffrail;
using namespace taffrail::history;

void query(benchmark::State& state, const std::string& source) {
  Material& all = material();
  auto parsed = parse_pipe(source);
  if (!parsed) std::abort();
  const auto pipe = std::make_shared<const Pipe>(std::move(*parsed));
  const expr::Required required = expr::required(pipe->condition.empty() ? "true" : pipe->condition);
  Container container;
  container.id = ContainerId("c");
  container.name = "c";
  const auto view = std::make_shared<const ContainerView>(std::move(container), nullptr);
  std::uint64_t found = 0;
  for (auto _ : state) {
    QueryRequest request{.pipe = pipe, .lines = query_of(pipe->condition), .containers = {view}, .now = Time::max()};
    // As the interface does it.
    if (required.suffices && required.all.empty()) request.lines.logs.front().filter = nullptr;
    all.run([&]() -> Task<> {
      auto answer = co_await run_query(*all.store, all.workers, std::move(request));
      if (!answer || !answer->complete) std::abort();
      found = answer->lines;
      state.counters["groups"] = static_cast<double>(answer->groups);
    }());
  }
  report(state, found);
}

void query_all(benchmark::State& state) { query(state, "count() by level, bucket(time, \"1m\")"); }
void query_levels(benchmark::State& state) { query(state, "level >= \"warn\" | count() by container.name"); }
void query_streams(benchmark::State& state) { query(state, "count() by stream"); }
void query_word(benchmark::State& state) { query(state, "\"timed out\" | count()"); }
void query_word_by_time(benchmark::State& state) {
  query(state, "\"timed out\" | count() by level, bucket(time, \"1m\")");
}
void query_fields(benchmark::State& state) {
  query(state, "kind == \"json\" | count(), avg(fields?.ms) by fields?.status");
}
void query_quantile(benchmark::State& state) { query(state, "quantile(len(text), 0.99) by level"); }
void query_distinct(benchmark::State& state) { query(state, "count_distinct(text)"); }

BENCHMARK(query_all)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_levels)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_streams)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_word)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_word_by_time)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_fields)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_quantile)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(query_distinct)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
