#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/task_group.hpp"
#include "source/docker/engine_client.hpp"

namespace taffrail::docker {

/// Metrics from the engine, where cgroup files cannot be read: one `GET /containers/{id}/stats` stream for each
/// container that is asked for. It costs the engine far more than it costs us, so a stream ends when nobody has asked
/// for 15 s.
///
/// What was read when is the engine's to say, by its own wall clock. Of that only the time between two readings of one
/// stream is used; where it is nothing like the time that has passed here, that clock was set, and ours counts.
class StatsStreams {
 public:
  /// Streams open at once; a further container has no metrics until one ends. Each costs the engine a reading of all of
  /// a container's cgroup files a second, about 2 ms.
  static constexpr std::size_t most_streams = 100;
  static constexpr Duration linger = std::chrono::seconds(15);

  /// `client` and `clock` outlive it.
  StatsStreams(const Executor& executor, EngineClient& client, const Clock& clock);

  /// The newest reading of each of these that has come since the last call; opens what is not open.
  [[nodiscard]] std::vector<std::pair<ContainerId, StatCounters>> read(const std::vector<ContainerId>& ids);
  [[nodiscard]] std::size_t open_streams() const { return streams_.size(); }

  /// Ends all streams; no `read` after it.
  Task<> stop();

 private:
  struct Stream {
    SteadyTime asked;
    std::optional<StatCounters> newest;  // not handed out yet
    std::optional<SteadyTime> failed;    // when it ended; it is opened again after a while
    std::optional<StatCounters> last;    // the one before, with the engine's time, placed by our clock
  };
  void take(Stream& stream, StatCounters counters) const;
  Task<> follow(ContainerId id);
  Task<Result<>> receive(ContainerId id);
  void forget_old();

  EngineClient& client_;
  const Clock& clock_;
  std::unordered_map<ContainerId, Stream> streams_;
  TaskGroup tasks_;
};

}  // namespace taffrail::docker
