#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

#include "text/docker_frame.hpp"
#include "text/json_file.hpp"
#include "text/json_string.hpp"
#include "text/k8s_file.hpp"
#include "text/line.hpp"
#include "text/timestamp.hpp"

namespace taffrail::text {
namespace {

constexpr std::string_view text_line =
    "2026-11-21 09:10:05.123  INFO 17 --- [nio-8080-exec-3] c.e.harbour.BerthController : assigned berth 12 to ship "
    "9301 in 14 ms";
constexpr std::string_view plain_line =
    "the pilot went aboard at the outer buoy and the harbour master was told that the tide would turn at noon";
constexpr std::string_view access_line =
    "10.11.12.13 - - [21/Nov/2026:09:10:05 +0000] \"GET /api/v1/ships/9301?fields=name,berth HTTP/1.1\" 200 1532 \"-\" "
    "\"curl/8.5.0\"";
constexpr std::string_view json_line =
    R"({"time":"2026-11-21T09:10:05.123456789Z","level":"info","logger":"harbour.berth","msg":"assigned berth","berth":12,"ship":{"id":9301,"name":"Gull"},"ms":14.2})";
constexpr std::string_view logfmt_line =
    "time=2026-11-21T09:10:05.123Z level=info logger=harbour.berth msg=\"assigned berth\" berth=12 ship=9301 "
    "name=\"Gull\" ms=14.2";
constexpr std::string_view color_line =
    "\x1b[2m2026-11-21T09:10:05.123456Z\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mharbour::berth\x1b[0m\x1b[2m:\x1b[0m "
    "assigned berth \x1b[3mship\x1b[0m=9301";
constexpr std::string_view frame_line =
    "\tat c.e.harbour.BerthController.assign(BerthController.java:118) ~[app.jar:1.4.2]";

void classify(benchmark::State& state, std::vector<std::string_view> lines) {
  LineClassifier classifier;
  std::size_t i = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string_view line = lines[i++ % lines.size()];
    bytes += line.size();
    benchmark::DoNotOptimize(classifier.classify(line, Time{}, StdStream::out));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(classify, text, {text_line});
BENCHMARK_CAPTURE(classify, plain, {plain_line});
BENCHMARK_CAPTURE(classify, access, {access_line});
BENCHMARK_CAPTURE(classify, json, {json_line});
BENCHMARK_CAPTURE(classify, logfmt, {logfmt_line});
BENCHMARK_CAPTURE(classify, color, {color_line});
BENCHMARK_CAPTURE(classify, stack_frame, {text_line, frame_line});
BENCHMARK_CAPTURE(classify, mixed,
                  {text_line, json_line, plain_line, logfmt_line, access_line, color_line, frame_line});

/// Decodes `bytes` again and again; the sink looks at each line's size only.
template <class Decoder>
void decode(benchmark::State& state, const std::string& bytes) {
  std::int64_t lines = 0;
  std::size_t kept = 0;
  for (auto _ : state) {
    Decoder decoder;
    (void)decoder.feed(bytes, [&](const Line& line) {
      ++lines;
      kept += line.bytes.size();
    });
  }
  benchmark::DoNotOptimize(kept);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
  state.SetItemsProcessed(lines);
}

constexpr int lines_per_chunk = 2000;
constexpr std::string_view stamp = "2026-11-21T09:10:05.123456789Z";

void json_file(benchmark::State& state, std::string_view line) {
  std::string bytes;
  for (int i = 0; i < lines_per_chunk; ++i) {
    bytes += "{\"log\":";
    append_json_string(bytes, std::string(line) + "\n");
    bytes += ",\"stream\":\"stdout\",\"time\":\"" + std::string(stamp) + "\"}\n";
  }
  decode<JsonFileDecoder>(state, bytes);
}
BENCHMARK_CAPTURE(json_file, text, text_line);
BENCHMARK_CAPTURE(json_file, json, json_line);

void k8s_file(benchmark::State& state) {
  std::string bytes;
  for (int i = 0; i < lines_per_chunk; ++i) bytes += std::string(stamp) + " stdout F " + std::string(text_line) + "\n";
  decode<K8sFileDecoder>(state, bytes);
}
BENCHMARK(k8s_file);

void docker_frames(benchmark::State& state) {
  std::string bytes;
  for (int i = 0; i < lines_per_chunk; ++i) {
    const std::string payload = std::string(stamp) + " " + std::string(text_line) + "\n";
    bytes += std::string("\x01\0\0\0\0\0\0", 7) + static_cast<char>(payload.size()) + payload;
  }
  decode<DockerFrameDecoder>(state, bytes);
}
BENCHMARK(docker_frames);

void json_string(benchmark::State& state, std::string_view line) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (int i = 0; i < 100; ++i) append_json_string(out, line);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * 100 * static_cast<std::int64_t>(line.size()));
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK_CAPTURE(json_string, ascii, text_line);
BENCHMARK_CAPTURE(json_string, json, json_line);
BENCHMARK_CAPTURE(json_string, color, color_line);
BENCHMARK_CAPTURE(json_string, utf8,
                  "Der Lotse ging an der \xC3\xA4u\xC3\x9F"
                  "eren Boje an Bord, und der Hafenmeister \xE2\x80\x94 m\xC3\xBCrrisch \xE2\x80\x94 nickte.");

void timestamp(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(leading_timestamp(text_line, Time{}));
}
BENCHMARK(timestamp);

}  // namespace
}  // namespace taffrail::text
