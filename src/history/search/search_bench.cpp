// What searches over stored blocks cost, store and workers included, beside a scan of the same lines in memory by the
// same filter. CPU time is that of all threads.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "history/search/bench_material.hpp"
#include "history/search/histogram.hpp"
#include "history/search/history_search.hpp"

namespace {

using namespace taffrail;
using namespace taffrail::history;

void search(benchmark::State& state, const std::string& typed, std::size_t limit = HistorySearch::max_limit) {
  Material& all = material();
  const std::string text = typed == "needle" ? all.needle : typed;
  std::uint64_t found = 0;
  for (auto _ : state) {
    SearchRequest request{.query = query_of(text)};
    request.limit = limit;
    HistorySearch search(*all.store, all.workers, std::move(request));
    all.run([&]() -> Task<> {
      while (true) {
        auto items = co_await search.next();
        if (!items) std::abort();
        if (items->empty()) co_return;
      }
    }());
    found = search.end().matched;
  }
  report(state, found);
}

void histogram(benchmark::State& state, const std::string& typed) {
  Material& all = material();
  std::uint64_t found = 0;
  for (auto _ : state) {
    HistogramRequest request{.query = query_of(typed)};
    all.run([&]() -> Task<> {
      auto counted = co_await count_lines(*all.store, all.workers, std::move(request));
      if (!counted) std::abort();
      found = 0;
      for (const std::uint64_t count : counted->total) found += count;
    }());
  }
  report(state, found);
}

/// The filter over all lines, as they lie in memory.
void scan(benchmark::State& state, const std::string& typed) {
  const Material& all = material();
  const LineQuery query = query_of(typed == "needle" ? all.needle : typed);
  std::uint64_t found = 0;
  for (auto _ : state) {
    found = 0;
    for (const Batch& batch : all.batches)
      for (const Record& record : batch.records) found += query.logs.front().filter->wants(batch, record) ? 1 : 0;
  }
  report(state, found);
}

BENCHMARK_CAPTURE(search, needle_found, "needle")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(scan, needle_found, "needle")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, needle_absent, "0123456789012345")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, eight_digits_absent, "text contains \"91827364\"")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, word_absent, "nosuchthing")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, word_newest_200, "timed out", 200)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, newest_200, "", 200)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(histogram, word, "\"timed out\"")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(scan, word, "\"timed out\"")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, regex_with_literals, "text matches \"conn.*timed? ?out.*9[0-9]{4}\"")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(scan, regex_with_literals, "text matches \"conn.*timed? ?out.*9[0-9]{4}\"")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(search, regex_without_literals, "text matches \"[0-9]{9}x\"")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(scan, regex_without_literals, "text matches \"[0-9]{9}x\"")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(histogram, all, "")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(histogram, level, "level >= \"warn\"")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
