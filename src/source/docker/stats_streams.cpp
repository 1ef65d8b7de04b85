#include "source/docker/stats_streams.hpp"

#include <spdlog/spdlog.h>

#include "text/line_splitter.hpp"

namespace taffrail::docker {
namespace {

constexpr Duration head_limit = std::chrono::seconds(10);
/// Between a stream's end and the next try.
constexpr Duration retry_after = std::chrono::seconds(5);
/// How far the engine's times may run from ours within a stream: readings come a second apart, and late.
constexpr Duration drift = std::chrono::seconds(2);

}  // namespace

StatsStreams::StatsStreams(const Executor& executor, EngineClient& client, const Clock& clock)
    : client_(client),
      clock_(clock),
      tasks_(executor, [](std::string_view what) { spdlog::error("docker: {}", what); }) {}

std::vector<std::pair<ContainerId, StatCounters>> StatsStreams::read(const std::vector<ContainerId>& ids) {
  std::vector<std::pair<ContainerId, StatCounters>> out;
  const SteadyTime now = clock_.steady_now();
  forget_old();
  for (const ContainerId& id : ids) {
    auto found = streams_.find(id);
    if (found != streams_.end() && found->second.failed && now - *found->second.failed >= retry_after) {
      streams_.erase(found);
      found = streams_.end();
    }
    if (found == streams_.end()) {
      if (streams_.size() >= most_streams) continue;
      streams_.emplace(id, Stream{now, {}, {}, {}});
      tasks_.spawn("metrics of " + id.str(), follow(id));
      continue;
    }
    found->second.asked = now;
    if (auto newest = std::exchange(found->second.newest, std::nullopt)) out.emplace_back(id, *newest);
  }
  return out;
}

/// Failed ones that nobody asks for; live ones end themselves.
void StatsStreams::forget_old() {
  const SteadyTime now = clock_.steady_now();
  std::erase_if(streams_,
                [&](const auto& stream) { return stream.second.failed && now - stream.second.asked >= linger; });
}

Task<> StatsStreams::follow(ContainerId id) {
  auto ended = co_await receive(id);
  const auto found = streams_.find(id);
  if (ended) {
    streams_.erase(found);
    co_return;
  }
  spdlog::debug("docker: metrics of {}: {}", id.str(), ended.error().detail);
  found->second.failed = clock_.steady_now();
  found->second.newest.reset();
}

/// Reads documents until nobody wants them any more, which is success, or the stream ends.
Task<Result<>> StatsStreams::receive(ContainerId id) {
  auto stream = co_await client_.open("stats", "/containers/" + id.str() + "/stats?stream=1", head_limit);
  if (!stream) co_return forward(stream);
  text::LineSplitter lines;
  std::vector<std::byte> buffer(8 << 10);
  for (;;) {
    auto n = co_await stream->read_some(buffer);
    if (!n) co_return forward(n);
    if (*n == 0) co_return fail(ErrorCode::unavailable, "the stream ended");
    client_.note_heard();
    const auto found = streams_.find(id);
    if (clock_.steady_now() - found->second.asked >= linger) co_return Result<>();
    Result<> understood;
    lines.feed(std::string_view(reinterpret_cast<const char*>(buffer.data()), *n), [&](const text::Line& line) {
      auto counters = parse_stats(line.bytes);
      if (!counters)
        understood = forward(counters);
      else if (*counters)
        take(found->second, **counters);
    });
    if (!understood) co_return understood;
  }
}

void StatsStreams::take(Stream& stream, StatCounters counters) const {
  const SteadyTime here = clock_.steady_now();
  counters.steady = here;
  if (stream.last) {
    if (counters.time == stream.last->time) return;  // the same reading once more
    const SteadyTime by_engine = stream.last->steady + (counters.time - stream.last->time);
    const Duration off = by_engine > here ? by_engine - here : here - by_engine;
    if (by_engine > stream.last->steady && off <= drift) counters.steady = by_engine;
  }
  stream.last = counters;
  counters.time = clock_.now();
  stream.newest = counters;
}

Task<> StatsStreams::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace taffrail::docker
