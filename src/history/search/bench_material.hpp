#pragma once

// What the benches of searches and queries share: lines in blocks of 4 MiB, in a database and in memory. They are made
// up as in history/block/block_bench.cpp; TAFFRAIL_BENCH_LINES names a file of lines to take instead, and
// TAFFRAIL_BENCH_MB how many are made up.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/temporary_folder.hpp"
#include "base/worker_pool.hpp"
#include "expr/required.hpp"
#include "expr/search.hpp"
#include "history/block/block_fixture.hpp"
#include "history/history_schema.hpp"
#include "history/search/condition_filter.hpp"
#include "history/search/line_query.hpp"
#include "pipeline/classified_batch.hpp"
#include "store/store.hpp"

namespace taffrail::history {

inline std::size_t made_up_bytes() {
  const char* text = std::getenv("TAFFRAIL_BENCH_MB");
  return (text != nullptr ? std::strtoull(text, nullptr, 10) : 48) << 20U;
}

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
    for (const Record& record : middle.records) take_needle(middle.text(record));
  }
  /// The longest token with a digit, which is likely to be there once.
  void take_needle(std::string_view line) {
    const auto is_token = [](char c) { return ascii::is_alphanumeric(c); };
    for (auto begin = std::ranges::find_if(line, is_token); begin != line.end();) {
      const auto end = std::find_if_not(begin, line.end(), is_token);
      const std::string_view token(begin, end);
      if (token.size() > needle.size() && token.size() <= 64 && std::ranges::any_of(token, ascii::is_digit))
        needle = token;
      begin = std::find_if(end, line.end(), is_token);
    }
  }
  void make_lines() {
    LineMaker make(1);
    const std::size_t most = made_up_bytes();
    std::ifstream file;
    if (const char* path = std::getenv("TAFFRAIL_BENCH_LINES")) file.open(path);
    std::string line;
    const auto next = [&] {
      if (file.is_open()) return static_cast<bool>(std::getline(file, line));
      line = make.service_line();
      return bytes < most;
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

inline Material& material() {
  static Material made;
  return made;
}

inline LineQuery query_of(const std::string& typed) {
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

inline void report(benchmark::State& state, std::uint64_t found) {
  state.counters["found"] = static_cast<double>(found);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(material().bytes));
}

}  // namespace taffrail::history
