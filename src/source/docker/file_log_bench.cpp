#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>

#include "base/time_format.hpp"
#include "source/docker/file_log.hpp"

namespace taffrail::docker {
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

FileLogOptions options() {
  FileLogOptions out;
  out.path = log_path();
  return out;
}

std::int64_t read_all(const LogQuery& query) {
  FileLog log(options(), ContainerId("c"), query);
  if (!log.open()) return 0;
  std::int64_t lines = 0;
  for (;;) {
    auto step = log.read(false);
    if (!step) return lines;
    lines += static_cast<std::int64_t>(step->chunk.batch.records.size() - step->chunk.context);
    if (step->at_end || step->done) return lines;
  }
}

void run(benchmark::State& state, const LogQuery& query) {
  std::int64_t lines = 0;
  for (auto _ : state) lines += read_all(query);
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
}  // namespace taffrail::docker
