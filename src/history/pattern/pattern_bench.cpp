// What the patterns of stored lines cost, store and workers included. The lines are those of
// history/search/search_bench.cpp; CPU time is that of all threads.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <utility>

#include "history/pattern/clusters.hpp"
#include "history/pattern/line_form.hpp"
#include "history/pattern/patterns.hpp"
#include "history/search/bench_material.hpp"

namespace {

using namespace taffrail;
using namespace taffrail::history;

LineQuery all_lines() {
  LineQuery query;
  query.logs.push_back({.log = 1, .container = ContainerId("c"), .filter = nullptr});
  return query;
}

void report(benchmark::State& state, std::uint64_t found) {
  state.counters["found"] = static_cast<double>(found);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(material().bytes));
}

void forms(benchmark::State& state) {
  Material& all = material();
  std::uint64_t found = 0;
  for (auto _ : state) {
    all.run([&]() -> Task<> {
      const LineQuery query = all_lines();
      auto counted = co_await count_forms(*all.store, all.workers, query, SteadyTime::max());
      if (!counted) std::abort();
      found = (*counted)->counts.size();
    }());
  }
  report(state, found);
}

void patterns(benchmark::State& state) {
  Material& all = material();
  std::uint64_t found = 0;
  for (auto _ : state) {
    all.run([&]() -> Task<> {
      auto answer = co_await find_patterns(*all.store, all.workers, {.query = all_lines()});
      if (!answer) std::abort();
      found = answer->found;
    }());
  }
  report(state, found);
}

/// The second half against the first.
void comparison(benchmark::State& state) {
  Material& all = material();
  const Time middle = all.batches[all.batches.size() / 2].records.front().time;
  std::uint64_t found = 0;
  for (auto _ : state) {
    all.run([&]() -> Task<> {
      ComparisonRequest request{.query = all_lines(), .base = all_lines()};
      request.query.since = middle;
      request.base.until = middle;
      auto answer = co_await compare_patterns(*all.store, all.workers, std::move(request));
      if (!answer) std::abort();
      found = answer->found;
    }());
  }
  report(state, found);
}

/// Every line by itself, as those of plain blocks are.
void forms_of_lines(benchmark::State& state) {
  const Material& all = material();
  FormMaker maker;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    for (const Batch& batch : all.batches)
      for (const Record& record : batch.records) bytes += maker.of_line(batch.text(record)).size();
  }
  benchmark::DoNotOptimize(bytes);
  report(state, all.lines);
}

BENCHMARK(forms)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK(patterns)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK(comparison)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK(forms_of_lines)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
