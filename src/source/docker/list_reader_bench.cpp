#include <benchmark/benchmark.h>

#include <string>

#include "source/docker/list_reader.hpp"

namespace taffrail::docker {
namespace {

/// The list of 10,000 containers with the labels that compose gives them, as it comes: pieces of 16 KiB.
void read_list(benchmark::State& state) {
  std::string json = "[";
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    json += i > 0 ? "," : "";
    json += R"({"Id":")" + std::string(64 - number.size(), 'a') + number + R"(","Names":["/shop-api-)" + number +
            R"("],"Image":"registry.example/shop/api:1.2","ImageID":"sha256:)" + std::string(64, 'b') +
            R"(","Command":"/bin/api --listen :80","Created":1795252205,"Ports":[{"PrivatePort":80,"Type":"tcp"}],)"
            R"("Labels":{)";
    for (int label = 0; label < 12; ++label)
      json +=
          R"("com.docker.compose.label-)" + std::to_string(label) + R"(":"some value of about forty bytes in all",)";
    json += R"("com.docker.compose.project":"shop"},"State":"running","Status":"Up 2 hours",)"
            R"("HostConfig":{"NetworkMode":"shop_default"},"NetworkSettings":{"Networks":{}},"Mounts":[]})";
  }
  json += "]";
  for (auto _ : state) {
    ListReader reader(HostId("h"));
    constexpr std::size_t piece = 16 << 10;
    for (std::size_t at = 0; at < json.size(); at += piece)
      benchmark::DoNotOptimize(reader.feed(std::string_view(json).substr(at, piece)));
    if (reader.finish()->size() != 10'000) state.SkipWithError("containers are missing");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(json.size()) * state.iterations());
}
BENCHMARK(read_list)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace taffrail::docker
