#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>

#include "base/time_format.hpp"
#include "source/logfile/log_reading.hpp"

namespace taffrail::logfile {
namespace {

const Time epoch(std::chrono::seconds(1'795'252'205));
constexpr std::int64_t line_count = 1'000'000;

/// A json-file log of a million ordinary lines, made once.
const std::string& log_path() {
  static const std::string path = [] {
    const std::string made = (std::filesystem::temp_directory_path() / "taffrail-bench-json.log").string();
    std::ofstream out(made, std::ios::binary);
    for (std::int64_t i = 0; i < line_count; ++i)
      out << R"({"log":"level=info msg=\"an ordinary line of a service\" request=)" << i
          << R"( duration=12ms path=/api/v1/things\n","stream":"stdout","time":")"
          << to_rfc3339(epoch + std::chrono::microseconds(20) * i) << "\"}\n";
    return made;
  }();
  return path;
}

LogOptions options() {
  LogOptions out;
  out.format = LogFormat::json_file;
  out.path = log_path();
  return out;
}

std::int64_t read_all(const std::shared_ptr<Log>& shared, const LogQuery& query) {
  LogReading log(shared, ContainerId("c"), query);
  const LogReading::Moment moment{.now = epoch, .steady = {}};
  if (!log.open(moment)) return 0;
  std::int64_t lines = 0;
  for (;;) {
    auto step = log.read(moment);
    if (!step) return lines;
    lines += static_cast<std::int64_t>(step->chunk.batch.records.size() - step->chunk.context);
    if (!step->more) return lines;
  }
}

void run(benchmark::State& state, const LogQuery& query) {
  std::int64_t lines = 0;
  const auto log = std::make_shared<Log>(options());
  for (auto _ : state) lines += read_all(log, query);
  state.SetItemsProcessed(lines);
}

/// Everything from the beginning: the rate at which a reader catches up.
void read_forward(benchmark::State& state) { run(state, {}); }
BENCHMARK(read_forward)->Unit(benchmark::kMillisecond);

/// The last 500 lines: what opening a log costs.
void tail_500(benchmark::State& state) {
  LogQuery query;
  query.tail = 500;
  run(state, query);
}
BENCHMARK(tail_500)->Unit(benchmark::kMicrosecond);

/// The same as the first look at the log, of which nothing is known.
void first_tail_500(benchmark::State& state) {
  LogQuery query;
  query.tail = 500;
  for (auto _ : state) read_all(std::make_shared<Log>(options()), query);
}
BENCHMARK(first_tail_500)->Unit(benchmark::kMicrosecond);

/// A pass over the times of all lines, as an index does it.
void index_all(benchmark::State& state) {
  LogOptions all = options();
  all.index.exact = std::uint64_t{1} << 40;
  LogQuery query;
  query.tail = 0;
  for (auto _ : state) read_all(std::make_shared<Log>(all), query);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(std::filesystem::file_size(log_path())));
}
BENCHMARK(index_all)->Unit(benchmark::kMillisecond);

/// 500 lines before one in the middle: what a page of scrolling back costs.
void page_500_in_the_middle(benchmark::State& state) {
  LogQuery query;
  query.tail = 500;
  const Time middle = epoch + std::chrono::microseconds(20) * (line_count / 2);
  query.before = Cursor{Sequencer::first_of(middle), middle, {}};
  run(state, query);
}
BENCHMARK(page_500_in_the_middle)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace taffrail::logfile
