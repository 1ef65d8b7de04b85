// How much 100 containers take in 30 days, and what writing, moving and reading cost: printed once, then timed. The
// samples are made up as real ones are: processors by waves, bursts and noise, memory in pages with a slow drift and
// sudden steps, traffic that follows the hour, pressure that is mostly nothing, quiet containers among busy ones.
// TAFFRAIL_BENCH_DAYS=30, TAFFRAIL_BENCH_CONTAINERS=100 say how many.

#include <benchmark/benchmark.h>

#include <bit>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fmt/core.h>
#include <random>
#include <zstd.h>

#include "base/temporary_folder.hpp"
#include "base/time_format.hpp"
#include "history/metric/metric_block.hpp"
#include "history/metric/metric_rows.hpp"
#include "history/metric/metric_schema.hpp"
#include "store/store.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

std::size_t number_of(const char* variable, std::size_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One container's meters.
class MadeUp {
 public:
  explicit MadeUp(std::uint64_t seed) : random_(seed), busy_(seed % 3 != 0), pages_(20'000 + random_() % 100'000) {}

  PackedSample at(Time time) {
    const double hour = std::chrono::duration<double, std::ratio<3600>>(time.time_since_epoch()).count();
    const double day = 1 + 0.6 * std::sin(hour * 0.2618);
    const double burst = random_() % 200 == 0 ? 5 : 1;
    const double load = (busy_ ? 0.2 : 0.0004) * day * burst;
    StatSample sample;
    sample.time = time;
    sample.cpu = load * std::exp(0.25 * normal_(random_));
    sample.cpu_throttled = burst > 1 ? 0.1 * std::abs(normal_(random_)) : 0;
    if (random_() % (busy_ ? 2 : 20) == 0) pages_ += static_cast<double>(random_() % 200) - 95;
    if (random_() % 5000 == 0) pages_ *= 0.6;
    pages_ = std::max(pages_, 2000.0);
    sample.memory = std::floor(pages_) * 4096;
    sample.memory_limit = 1ULL << 30;
    sample.swap = 0;
    sample.pids = busy_ ? static_cast<double>(20 + random_() % 3) : 1;
    if (busy_) {
      sample.net_rx = std::floor(load * 1e6 * std::exp(0.4 * normal_(random_))) / 10;
      sample.net_tx = std::floor(load * 3e6 * std::exp(0.4 * normal_(random_))) / 10;
      sample.block_write = random_() % 3 == 0 ? static_cast<double>(random_() % 64) * 409.6 : 0;
    } else {
      sample.net_rx = random_() % 6 == 0 ? 4.2 : 0;
      sample.net_tx = 0;
      sample.block_write = 0;
    }
    sample.block_read = random_() % 100 == 0 ? static_cast<double>(random_() % 64) * 409.6 : 0;
    sample.oom_kills = 0;
    sample.cpu_pressure = busy_ ? load * 0.05 * std::exp(0.5 * normal_(random_)) : 0;
    sample.memory_pressure = 0;
    sample.io_pressure = random_() % 10 == 0 ? 0.001 * std::abs(normal_(random_)) : 0;
    return PackedSample(sample);
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  bool busy_;
  double pages_;
};

const Time begin = *parse_rfc3339("2026-10-01T00:00:00Z");

/// Points of one length, of a container with samples every ten seconds.
std::vector<MetricPoint> points_of(MadeUp& container, Time from, Duration length, std::size_t count) {
  MetricSteps steps(length);
  for (Time time = from; time < from + length * static_cast<Duration::rep>(count); time += 10s)
    steps.add(container.at(time));
  return steps.points();
}

std::size_t packed(const std::string& bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  return ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
}

/// As in "Gorilla: A Fast, Scalable, In-Memory Time Series Database" (VLDB 2015), section 4.1.2, for 32 bits: a value
/// is XORed with the one before; its bits stand in the window of the one before, or with a new window.
class Gorilla {
 public:
  void add(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t changed = bits ^ last_;
    last_ = bits;
    ++bits_;
    if (changed == 0) return;
    const int leading = std::min(std::countl_zero(changed), 15);
    const int trailing = std::countr_zero(changed);
    ++bits_;
    if (leading >= leading_ && trailing >= trailing_) {
      bits_ += static_cast<std::size_t>(32 - leading_ - trailing_);
      return;
    }
    leading_ = leading;
    trailing_ = trailing;
    bits_ += 4 + 5 + static_cast<std::size_t>(32 - leading - trailing);
  }
  [[nodiscard]] std::size_t bytes() const { return (bits_ + 7) / 8; }

 private:
  std::uint32_t last_ = 0;
  int leading_ = 32;
  int trailing_ = 32;
  std::size_t bits_ = 0;
};

/// Floats of a column, without those that are missing; the three of a point where it has three.
std::vector<float> column_of(const std::vector<MetricPoint>& points, std::size_t metric, bool three, float step) {
  std::vector<float> values;
  const auto rounded = [step](float value) {
    if (step == 0 || value == 0) return value;
    int exponent = 0;
    const float part = std::frexp(value, &exponent);
    return std::ldexp(std::round(part / step) * step, exponent);
  };
  for (const MetricPoint& point : points) {
    const MetricExtent& value = point.values[metric];
    if (!value.given()) continue;
    values.push_back(rounded(value.mean));
    if (!three || all_metrics[metric].kind == MetricKind::newest) continue;
    values.push_back(rounded(value.least));
    values.push_back(rounded(value.greatest));
  }
  return values;
}

struct Shape {
  const char* name;
  Duration length;
  std::size_t count;
  Exactness exactness;
};
constexpr std::array shapes{Shape{"10 s x 60", 10s, 60, Exactness::sampled},
                            Shape{"1 min x 1440", 1min, 1440, Exactness::rolled},
                            Shape{"10 min x 1152", 10min, 1152, Exactness::rolled}};

void compare() {
  fmt::print("bytes a point, {} metrics, of 12 containers\n", all_metrics.size());
  fmt::print("{:<16}{:>10}{:>12}{:>14}{:>14}{:>12}\n", "", "raw", "gorilla", "and rounded", "planes, zstd", "this");
  for (const Shape& shape : shapes) {
    double raw = 0;
    double gorilla = 0;
    double gorilla_rounded = 0;
    double zstd = 0;
    double mine = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      MadeUp container(seed);
      const auto points = points_of(container, begin, shape.length, shape.count);
      const bool three = shape.length > 10s;
      std::string planes;
      for (std::size_t metric = 0; metric < all_metrics.size(); ++metric) {
        Gorilla exact;
        Gorilla rounded;
        const auto values = column_of(points, metric, three, 0);
        for (const float value : values) exact.add(value);
        for (const float value : column_of(points, metric, three, three ? 1.0F / 8192 : 0)) rounded.add(value);
        gorilla += static_cast<double>(exact.bytes());
        gorilla_rounded += static_cast<double>(rounded.bytes());
        raw += static_cast<double>(4 * values.size());
        for (unsigned plane = 0; plane < 4; ++plane)
          for (const float value : values)
            planes.push_back(static_cast<char>(std::bit_cast<std::uint32_t>(value) >> (8 * plane)));
      }
      zstd += static_cast<double>(packed(planes, 6));
      mine += static_cast<double>(encode_points(points, shape.exactness).size());
    }
    const double each = 12.0 * static_cast<double>(shape.count);
    fmt::print("{:<16}{:>10.1f}{:>12.1f}{:>14.1f}{:>14.1f}{:>12.1f}\n", shape.name, raw / each, gorilla / each,
               gorilla_rounded / each, zstd / each, mine / each);
  }
}

/// What a database has when samples came for so many days, and the levels hold what they hold at most.
void print_size() {
  const std::size_t containers = number_of("TAFFRAIL_BENCH_CONTAINERS", 100);
  const auto days = static_cast<Duration::rep>(number_of("TAFFRAIL_BENCH_DAYS", 30));
  const TemporaryFolder folder;
  asio::io_context context;
  store::StoreOptions options;
  options.file.path = folder.path() / "metrics.db";
  options.file.migrations = metric_schema;
  auto store = store::Store::open(context.get_executor(), std::move(options));
  if (!store) std::abort();
  const Time end = begin + 24h * days;
  std::array<std::size_t, metric_levels.size()> bytes{};
  bool done = false;
  auto fill = [&]() -> Task<> {
    for (std::size_t i = 0; i < containers; ++i) {
      MadeUp container(i);
      std::array<std::map<std::int64_t, MetricSteps>, metric_levels.size()> blocks;
      for (Time time = begin; time < end; time += 10s) {
        const Duration age = end - time;
        // The most that a level keeps: what is moved waits for a batch and for its window.
        const std::size_t level = age <= 12h + 10min ? 0 : age <= 72h + 24h ? 1 : 2;
        const MetricLevel& kept = metric_levels[level];
        blocks[level].try_emplace(step_of(time, kept.window), kept.length).first->second.add(container.at(time));
      }
      auto written = co_await (*store)->write([&](store::Transaction& transaction) -> Result<bool> {
        auto row = transaction.run("INSERT INTO series(host, container) VALUES ('h', ?1)", fmt::format("{:064}", i));
        if (!row) return forward(row);
        MetricMove move;
        for (std::size_t level = 0; level < blocks.size(); ++level) {
          for (const auto& [window, steps] : blocks[level]) {
            move.blocks.push_back({transaction.last_row(), level, window,
                                   encode_points(steps.points(), level == 0 ? Exactness::sampled : Exactness::rolled)});
            bytes[level] += move.blocks.back().bytes.size();
          }
        }
        if (auto carried = carry_out(transaction, move); !carried) return forward(carried);
        return true;
      });
      if (!written) std::abort();
    }
    co_await (*store)->close();
    done = true;
  };
  asio::co_spawn(context, fill(), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
  if (!done) std::abort();
  fmt::print("{} containers, {} days: {:.1f} MB on disk; blocks of 10 s {:.1f}, of 1 min {:.1f}, of 10 min {:.1f} MB\n",
             containers, days, static_cast<double>(std::filesystem::file_size(folder.path() / "metrics.db")) / 1e6,
             static_cast<double>(bytes[0]) / 1e6, static_cast<double>(bytes[1]) / 1e6,
             static_cast<double>(bytes[2]) / 1e6);
}

std::vector<KeyedSample> samples_of(std::size_t containers) {
  std::vector<KeyedSample> samples;
  for (std::size_t i = 0; i < containers; ++i)
    samples.push_back({static_cast<SeriesKey>(i + 1), MadeUp(i).at(begin + 3s)});
  return samples;
}

void make_frame(benchmark::State& state) {
  const auto samples = samples_of(static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto frames = make_frames(samples);
    bytes = 0;
    for (const MetricFrame& frame : frames) bytes += frame.bytes.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(make_frame)->Arg(50)->Arg(1000)->Arg(10'000);

void encode(benchmark::State& state) {
  const Shape& shape = shapes[static_cast<std::size_t>(state.range(0))];
  MadeUp container(1);
  const auto points = points_of(container, begin, shape.length, shape.count);
  for (auto _ : state) benchmark::DoNotOptimize(encode_points(points, shape.exactness));
}
BENCHMARK(encode)->Arg(0)->Arg(1)->Arg(2);

void decode(benchmark::State& state) {
  const Shape& shape = shapes[static_cast<std::size_t>(state.range(0))];
  MadeUp container(1);
  const std::string bytes = encode_points(points_of(container, begin, shape.length, shape.count), shape.exactness);
  for (auto _ : state) benchmark::DoNotOptimize(decode_points(bytes));
}
BENCHMARK(decode)->Arg(0)->Arg(1)->Arg(2);

const bool printed = [] {
  compare();
  print_size();
  return true;
}();

}  // namespace
}  // namespace taffrail::history
