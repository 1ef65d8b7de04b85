#include <benchmark/benchmark.h>

#include <fmt/format.h>
#include <functional>

#include "base/task_group.hpp"
#include "base/time_format.hpp"
#include "source/logfile/log_file_reader.hpp"
#include "source/logfile/test_folder.hpp"

namespace taffrail::logfile {
namespace {

constexpr int line_count = 1'000'000;

/// A log of a million lines of about 92 bytes, made once for each form.
class BenchLog {
 public:
  explicit BenchLog(const std::function<std::string(int, const std::string&)>& line) {
    std::string text;
    for (int i = 0; i < line_count; ++i)
      text += line(i, to_rfc3339(Time(std::chrono::seconds(1'795'252'205)) + std::chrono::milliseconds(i))) + '\n';
    folder_.append("app.log", text);
    LogOptions options;
    options.path = folder_ / "app.log";
    log_ = std::make_shared<Log>(options);
  }

  void read(benchmark::State& state, const LogQuery& query) {
    std::int64_t lines = 0;
    std::size_t bytes = 0;
    for (auto _ : state)
      run(context_, [](BenchLog& log, LogQuery asked, std::int64_t& count, std::size_t& size) -> Task<> {
        auto reader = co_await LogFileReader::open({log.workers_, log.clock_, nullptr}, log.log_, ContainerId("x"),
                                                   std::move(asked));
        if (!reader) throw std::runtime_error(reader.error().detail);
        for (;;) {
          auto chunk = co_await (*reader)->next();
          if (!chunk) throw std::runtime_error(chunk.error().detail);
          if (!*chunk) break;
          count += static_cast<std::int64_t>((*chunk)->batch.records.size());
          size += (*chunk)->batch.bytes.size() + (*chunk)->batch.records.size();
        }
      }(*this, query, lines, bytes));
    state.SetItemsProcessed(lines);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  }

 private:
  TestFolder folder_;
  std::shared_ptr<Log> log_;
  SystemClock clock_;
  WorkerPool workers_{1};
  asio::io_context context_;
};

BenchLog& stamped() {
  static BenchLog log([](int i, const std::string& time) {
    return fmt::format("{} INFO an ordinary line of a service, request={} path=/api/v1/x", time, i);
  });
  return log;
}
BenchLog& json() {
  static BenchLog log([](int i, const std::string& time) {
    return fmt::format(R"({{"level":"info","msg":"an ordinary line","request":{},"time":"{}"}})", i, time);
  });
  return log;
}
BenchLog& timeless() {
  static BenchLog log([](int i, const std::string&) {
    return fmt::format("an ordinary line of a service that states no time, but says that it is number {}, in words", i);
  });
  return log;
}

/// Everything from the beginning: the rate at which a reader catches up.
void read_stamped(benchmark::State& state) { stamped().read(state, {}); }
void read_json(benchmark::State& state) { json().read(state, {}); }
void read_timeless(benchmark::State& state) { timeless().read(state, {}); }
BENCHMARK(read_stamped)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(read_json)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(read_timeless)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

/// The last 500 lines: what opening a log costs.
void tail_500(benchmark::State& state) {
  LogQuery query;
  query.tail = 500;
  stamped().read(state, query);
}
BENCHMARK(tail_500)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();

/// From the writing of a line to its delivery by a reader that waits for it.
void follow_a_line(benchmark::State& state) {
  const TestFolder folder;
  folder.append("app.log", "one\n");
  std::ofstream writer(folder / "app.log", std::ios::app | std::ios::binary);
  LogOptions options;
  options.path = folder / "app.log";
  const auto log = std::make_shared<Log>(options);
  const SystemClock clock;
  WorkerPool workers(1);
  asio::io_context context;
  const auto inotify = Inotify::open(context.get_executor()).value();
  TaskGroup group(context.get_executor(), [](std::string_view text) { throw std::runtime_error(std::string(text)); });
  group.spawn("inotify", inotify->run());
  run(context, [&]() -> Task<> {
    LogQuery query;
    query.follow = true;
    query.tail = 0;
    auto reader = co_await LogFileReader::open({workers, clock, inotify.get()}, log, ContainerId("x"), query);
    auto chunk = co_await (*reader)->next();
    for (auto _ : state) {
      writer << "2026-11-21T09:10:05Z INFO an ordinary line\n" << std::flush;
      do {
        chunk = co_await (*reader)->next();
      } while ((*chunk)->batch.records.empty());
    }
    reader->reset();
    group.cancel();
    co_await group.join();
  }());
}
BENCHMARK(follow_a_line)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace taffrail::logfile
