// What a block costs to write, to read and to search, beside zstd -1 and memmem on the same lines in the same run. The
// figures on lines and sizes are counters: bytes a line on disk, and the same of zstd -1.
//
// The lines are made up, with numbers drawn anew each time. TAFFRAIL_BENCH_LINES names a file of lines to take instead.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <re2/re2.h>
#include <string>
#include <utility>
#include <vector>
#include <zstd.h>

#include "base/ascii.hpp"
#include "history/block/block.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_fixture.hpp"
#include "history/block/block_limits.hpp"
#include "history/block/block_search.hpp"
#include "history/block/block_writer.hpp"
#include "history/block/plain_block.hpp"

namespace {

using namespace taffrail;
using namespace taffrail::history;

constexpr std::size_t made_up_bytes = std::size_t{24} << 20;

struct StoredBlock {
  Batch lines;
  EncodedBlock encoded;
  BlockFilter filter;
  std::string zstd;
};

/// The material, cut into blocks of 4 MiB, and written once.
struct Material {
  std::vector<StoredBlock> blocks;
  std::size_t lines = 0;
  std::size_t bytes = 0;

  Material() {
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
    Batch batch;
    while (next()) {
      // Exponential steps with a mean of 3 ms, as engines write.
      const double drawn = static_cast<double>(make.below(1U << 30) + 1) / (1U << 30);
      time += Duration{static_cast<std::int64_t>(-std::log(drawn) * 3e6)};
      batch.append(time, text::StdStream::out, line, false);
      batch.records.back().seq =
          std::max(tick_of(time), batch.records.size() < 2 ? 0 : batch.records.end()[-2].seq + 1);
      ++lines;
      bytes += line.size();
      if (batch.bytes.size() >= target_block_bytes) add(std::exchange(batch, {}));
    }
    if (!batch.records.empty()) add(std::move(batch));
  }
  void add(Batch batch) {
    FilterKeys keys;
    auto encoded = BlockWriter().encode(batch, &keys);
    if (!encoded) std::abort();
    std::string zstd(ZSTD_compressBound(batch.bytes.size()), '\0');
    zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), batch.bytes.data(), batch.bytes.size(), 1));
    BlockFilter filter = BlockFilter::build(keys, encoded->size());
    blocks.push_back({std::move(batch), std::move(*encoded), std::move(filter), std::move(zstd)});
  }
};

const Material& material() {
  static const Material made;
  return made;
}

/// Runs `use` over all blocks, and reports for a line and for a byte.
template <class Use>
void over_blocks(benchmark::State& state, Use use) {
  const Material& all = material();
  for (auto _ : state) {
    for (const StoredBlock& block : all.blocks) use(block);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.lines));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all.bytes));
}
void set_size(benchmark::State& state, std::size_t size) {
  state.counters["B/line"] = static_cast<double>(size) / static_cast<double>(material().lines);
}

void write_zstd_1(benchmark::State& state) {
  std::string out;
  std::size_t size = 0;
  over_blocks(state, [&](const StoredBlock& block) {
    out.resize(ZSTD_compressBound(block.lines.bytes.size()));
    benchmark::DoNotOptimize(
        ZSTD_compress(out.data(), out.size(), block.lines.bytes.data(), block.lines.bytes.size(), 1));
  });
  for (const StoredBlock& block : material().blocks) size += block.zstd.size();
  set_size(state, size);
}
BENCHMARK(write_zstd_1)->Unit(benchmark::kMillisecond);

void write_plain(benchmark::State& state) {
  std::size_t size = 0;
  over_blocks(state, [&](const StoredBlock& block) { size += encode_plain(block.lines)->size(); });
  set_size(state, size / static_cast<std::size_t>(state.iterations()));
}
BENCHMARK(write_plain)->Unit(benchmark::kMillisecond);

void write_block(benchmark::State& state) {
  BlockWriter writer;
  std::size_t size = 0;
  over_blocks(state, [&](const StoredBlock& block) { size += writer.encode(block.lines)->size(); });
  set_size(state, size / static_cast<std::size_t>(state.iterations()));
}
BENCHMARK(write_block)->Unit(benchmark::kMillisecond);

void write_block_and_filter(benchmark::State& state) {
  BlockWriter writer;
  FilterKeys keys;
  std::size_t size = 0;
  std::size_t filters = 0;
  over_blocks(state, [&](const StoredBlock& block) {
    const auto encoded = writer.encode(block.lines, &keys);
    const std::string filter = BlockFilter::build(keys, encoded->size()).encode();
    filters += filter.size();
    size += encoded->size() + filter.size();
  });
  set_size(state, size / static_cast<std::size_t>(state.iterations()));
  state.counters["filter B/line"] =
      static_cast<double>(filters) / static_cast<double>(state.iterations()) / static_cast<double>(material().lines);
}
BENCHMARK(write_block_and_filter)->Unit(benchmark::kMillisecond);

void read_zstd_1(benchmark::State& state) {
  std::string out;
  over_blocks(state, [&](const StoredBlock& block) {
    out.resize(block.lines.bytes.size());
    benchmark::DoNotOptimize(ZSTD_decompress(out.data(), out.size(), block.zstd.data(), block.zstd.size()));
  });
}
BENCHMARK(read_zstd_1)->Unit(benchmark::kMillisecond);

void read_block(benchmark::State& state) {
  over_blocks(state, [&](const StoredBlock& stored) {
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    benchmark::DoNotOptimize(block.lines()->bytes.size());
  });
}
BENCHMARK(read_block)->Unit(benchmark::kMillisecond);

void read_times_and_levels(benchmark::State& state) {
  over_blocks(state, [&](const StoredBlock& stored) {
    Block block(stored.encoded.rows, {}, {});
    benchmark::DoNotOptimize(block.records()->size());
  });
}
BENCHMARK(read_times_and_levels)->Unit(benchmark::kMillisecond);

void search_memmem(benchmark::State& state, const char* needle) {
  std::size_t found = 0;
  over_blocks(state, [&](const StoredBlock& block) {
    found += memmem(block.lines.bytes.data(), block.lines.bytes.size(), needle, std::strlen(needle)) != nullptr ? 1 : 0;
  });
  benchmark::DoNotOptimize(found);
}
BENCHMARK_CAPTURE(search_memmem, absent, "0123456789012345")->Unit(benchmark::kMillisecond);

/// Filter, templates and columns, then candidates.
void search(benchmark::State& state, const Literal& literal) {
  std::size_t found = 0;
  std::size_t skipped = 0;
  over_blocks(state, [&](const StoredBlock& stored) {
    if (!stored.filter.may_hold(literal)) {
      ++skipped;
      return;
    }
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    found += *BlockSearch(block).count(literal);
  });
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
  state.counters["skipped"] = static_cast<double>(skipped) / static_cast<double>(state.iterations());
}
/// A number of at least twelve characters that one line has.
Literal needle() {
  const Batch& lines = material().blocks[material().blocks.size() / 2].lines;
  for (const Record& record : lines.records) {
    const std::string_view line = lines.text(record);
    std::size_t run = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      run = ascii::hex_value(line[i]) >= 0 ? run + 1 : 0;
      if (run == 16) return {.text = std::string(line.substr(i - 15, 16))};
    }
  }
  std::abort();
}
void search_needle(benchmark::State& state) { search(state, needle()); }
BENCHMARK(search_needle)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, absent_needle, Literal{.text = "0123456789012345"})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, absent_whole_number, Literal{.text = "91827364", .whole = true})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, eight_digits_anywhere, Literal{.text = "91827364"})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, absent_word, Literal{.text = "nosuchthing", .folded = true})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, count_of_word, Literal{.text = "timed out"})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, count_of_folded_word, Literal{.text = "timed out", .folded = true})
    ->Unit(benchmark::kMillisecond);

void search_regex(benchmark::State& state, const char* pattern, const std::vector<AnyOf>& clauses) {
  const re2::RE2 regex(pattern);
  std::size_t found = 0;
  over_blocks(state, [&](const StoredBlock& stored) {
    Block block(stored.encoded.rows, stored.encoded.text, stored.encoded.digits);
    found += BlockSearch(block)
                 .find(clauses, [&](std::string_view line) { return re2::RE2::PartialMatch(line, regex); })
                 ->size();
  });
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(search_regex, with_literals, "conn.*timed? ?out.*9[0-9]{2}", {{{.text = "conn"}}, {{.text = "out"}}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_regex, without_literals, "[0-9]{9}x", {})->Unit(benchmark::kMillisecond);

}  // namespace
