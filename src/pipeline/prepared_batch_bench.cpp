#include <benchmark/benchmark.h>

#include <chrono>
#include <string>

#include "pipeline/prepared_batch.hpp"

namespace taffrail {
namespace {

/// 256 KiB of lines of the three kinds, as a busy container writes them.
Batch make_batch() {
  Batch batch;
  batch.container = ContainerId(std::string(64, 'a'));
  Time time{std::chrono::seconds(1'795'000'000)};
  for (int i = 0; batch.bytes.size() < 256UZ * 1024; ++i) {
    std::string line;
    switch (i % 3) {
      case 0:
        line = "2026-11-21 09:10:05,123 INFO [worker-" + std::to_string(i) + "] checkout: order accepted in 12 ms";
        break;
      case 1:
        line = R"({"time":"2026-11-21T09:10:05Z","level":"warn","status":503,"path":"/cart/)" + std::to_string(i) +
               R"(","msg":"upstream slow"})";
        break;
      default:
        line = "level=debug ts=2026-11-21T09:10:05Z caller=cache.go:17 msg=\"hit\" key=" + std::to_string(i);
        break;
    }
    time += std::chrono::microseconds(3);
    batch.append(time, text::StdStream::out, line, false);
    batch.records.back().seq = 1'738'000'000'000'000U + static_cast<Seq>(i) * 24;
  }
  return batch;
}

/// Classifying and rendering a batch: the work per line that all viewers of a container share.
void PrepareMixedLines(benchmark::State& state) {
  const Batch batch = make_batch();
  LineContext before;
  for (auto _ : state) {
    const PickedBatch prepared = prepare(batch, 0, before, {});
    benchmark::DoNotOptimize(prepared.batch->json.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.records.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.bytes.size()));
}
BENCHMARK(PrepareMixedLines);

}  // namespace
}  // namespace taffrail
