#include <benchmark/benchmark.h>

#include <chrono>
#include <string>

#include "pipeline/classified_batch.hpp"

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

void ClassifyMixedLines(benchmark::State& state) {
  const Batch batch = make_batch();
  LineContext before;
  for (auto _ : state) {
    Batch raw = batch;
    classify(raw, 0, before);
    benchmark::DoNotOptimize(raw.records.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.records.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.bytes.size()));
}
BENCHMARK(ClassifyMixedLines);

/// The work per line that all viewers of a container share, and that is not done where there are none.
void RenderMixedLines(benchmark::State& state) {
  const Batch batch = make_batch();
  for (auto _ : state) {
    ClassifiedBatch rendered(batch);
    rendered.render();
    benchmark::DoNotOptimize(rendered.ndjson(0, batch.records.size()).data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.records.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.bytes.size()));
}
BENCHMARK(RenderMixedLines);

}  // namespace
}  // namespace taffrail
