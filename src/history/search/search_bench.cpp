// What searches over stored blocks cost, store and workers included, beside a scan of the same lines in memory by the
// same filter. The lines are made up as in history/block/block_bench.cpp; TAFFRAIL_BENCH_LINES names a file of lines to
// take instead. CPU time is that of all threads.

#include <benchmark/benchmark.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_folder.hpp"
#include "base/worker_pool.hpp"
#include "expr/required.hpp"
#include "expr/search.hpp"
#include "history/block/block_fixture.hpp"
#include "history/history_schema.hpp"
#include "history/search/condition_filter.hpp"
#include "history/search/histogram.hpp"
#include "history/search/history_search.hpp"
#include "pipeline/classified_batch.hpp"

namespace {

using namespace taffrail;
using namespace taffrail::history;

constexpr std::size_t made_up_bytes = std::size_t{48} << 20;

/// Lines of one container in blocks of 4 MiB, in a database and in memory.
struct Material {
  TemporaryFolder folder;
  asio::io_context io;
  // A worker may let go of the last piece of work when the next run has begun already, which would end that.
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  WorkerPool workers{2};
  std::unique_ptr<store::Store> store;
  std::vector<Batch> batches;
  std::size_t lines = 0;
  std::size_t bytes = 0;
  std::string needle;

  Material() {
    store::StoreOptions options;
    options.file.path = folder.path() / "history.db";
    options.file.migrations = history_schema;
    auto opened = store::Store::open(io.get_executor(), std::move(options));
    if (!opened) std::abort();
    store = std::move(*opened);
    make_lines();
    RowWriter writer(6);
    for (const Batch& batch : batches) {
      auto row = writer.templates(batch);
      if (!row) std::abort();
      run([this, &row]() -> Task<> {
        auto key = co_await store->write(
            [row = std::move(*row)](store::Transaction& transaction) { return insert_block(transaction, 1, row); });
        if (!key) std::abort();
      }());
    }
    const Batch& middle = batches[batches.size() / 2];
    for (const Record& record : middle.records) {
      const std::string_view line = middle.text(record);
      const std::size_t trace = line.find("trace=");
      if (trace != std::string_view::npos) needle = line.substr(trace + 6, 32);
    }
  }
  void make_lines() {
    LineMaker make(1);
    std::ifstream file;
    if (const char* path = std::getenv("TAFFRAIL_BENCH_LINES")) file.open(path);
    std::string line;
    const auto next = [&] {
      if (file.is_open()) return static_cast<bool>(std::getline(file, line));
      line = make.service_line();
      return bytes < made_up_bytes;
    };
    Time time{Duration{first_time}};
    LineContext context;
    Seq seq = 0;
    Batch batch;
    const auto cut = [&] {
      classify(batch, 0, context);
      batches.push_back(std::exchange(batch, {}));
    };
    while (next()) {
      const double drawn = static_cast<double>(make.below(1U << 30) + 1) / (1U << 30);
      time += Duration{static_cast<std::int64_t>(-std::log(drawn) * 3e6)};
      batch.append(time, text::StdStream::out, line, false);
      batch.records.back().seq = seq = std::max(seq + 1, tick_of(time));
      ++lines;
      bytes += line.size();
      if (batch.bytes.size() >= target_block_bytes) cut();
    }
    if (!batch.records.empty()) cut();
  }
  void run(Task<> task) {
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown) {
      failure = thrown;
      io.stop();
    });
    io.run();
    io.restart();
    if (failure) std::rethrow_exception(failure);
  }
};

Material& material() {
  static Material made;
  return made;
}

LineQuery query_of(const std::string& typed) {
  LineQuery query;
  FilterPtr filter;
  if (!typed.empty()) {
    const auto search = expr::read_search(typed, expr::Environment::log());
    if (!search) std::abort();
    auto condition = expr::Condition::compile(search->expression, expr::Environment::log());
    if (!condition) std::abort();
    filter = std::make_shared<ConditionFilter>(*condition);
    query.require(expr::required(search->expression));
  }
  query.logs.push_back({.log = 1, .container = ContainerId("c"), .filter = std::move(filter)});
  return query;
}

void report(benchmark::State& state, std::uint64_t found) {
  state.counters["found"] = static_cast<double>(found);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(material().bytes));
}

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
