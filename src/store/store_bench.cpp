// What a transaction costs: small rows (an alert's state), written by 1, 10 or 1,000 tasks at a time, and blocks of
// history.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/task_group.hpp"
#include "base/temporary_folder.hpp"
#include "store/store.hpp"

namespace taffrail::store {
namespace {

constexpr Migration schema[] = {{"rows", "CREATE TABLE r(id INTEGER PRIMARY KEY, data BLOB NOT NULL)"}};

/// `range(0)` tasks write rows of `range(1)` bytes one after the other until `per_round` are written.
void write_rows(benchmark::State& state) {
  constexpr std::int64_t per_round = 10'000;
  const auto tasks = state.range(0);
  const std::vector<std::byte> data(static_cast<std::size_t>(state.range(1)), std::byte{'x'});
  const std::int64_t rows = std::min<std::int64_t>(per_round, (std::int64_t{64} << 20) / state.range(1));
  const TemporaryFolder folder;
  asio::io_context io;
  StoreOptions options;
  options.file.path = folder.path() / "bench.db";
  options.file.migrations = schema;
  auto opened = Store::open(io.get_executor(), std::move(options));
  if (!opened) return state.SkipWithError(opened.error().detail.c_str());
  Store& store = **opened;
  std::vector<double> latencies;  // seconds
  bool failed = false;
  for (auto round : state) {
    (void)round;
    std::int64_t left = rows;
    TaskGroup group(io.get_executor(), [&](std::string_view) { failed = true; });
    for (std::int64_t i = 0; i < tasks; ++i) {
      group.spawn(
          "write",
          [](Store& s, std::int64_t& remaining, std::vector<double>& times, Bytes bytes, bool& any_failed) -> Task<> {
            while (remaining-- > 0) {
              const auto start = std::chrono::steady_clock::now();
              auto done = co_await s.write(
                  [bytes](Transaction& t) { return t.run("INSERT INTO r(data) VALUES (?1)", bytes); }, bytes.size());
              any_failed |= !done;
              times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
            }
          }(store, left, latencies, data, failed));
    }
    io.run();
    io.restart();
  }
  if (failed) state.SkipWithError("a transaction failed");
  const WriterFigures figures = store.figures();
  asio::co_spawn(io, store.close(), [](const std::exception_ptr&) {});
  io.run();
  if (latencies.empty()) return;
  std::ranges::sort(latencies);
  const auto at = [&](double share) {
    return latencies[static_cast<std::size_t>(static_cast<double>(latencies.size() - 1) * share)];
  };
  state.counters["transactions/s"] =
      benchmark::Counter(static_cast<double>(latencies.size()), benchmark::Counter::kIsRate);
  state.counters["commits/s"] = benchmark::Counter(static_cast<double>(figures.commits), benchmark::Counter::kIsRate);
  state.counters["p50_us"] = at(0.5) * 1e6;
  state.counters["p99_us"] = at(0.99) * 1e6;
  state.SetBytesProcessed(static_cast<std::int64_t>(latencies.size()) * state.range(1));
}
BENCHMARK(write_rows)
    ->ArgNames({"tasks", "bytes"})
    ->Args({1, 100})
    ->Args({10, 100})
    ->Args({1000, 100})
    ->Args({10, 256 << 10})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace taffrail::store
