#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/age_clock.hpp"
#include "base/queue_levels.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "history/metric/metric_past.hpp"
#include "history/metric/metric_rows.hpp"
#include "history/metric/metric_upkeep.hpp"
#include "history/metric/stored_event.hpp"
#include "pipeline/past_finder.hpp"
#include "pipeline/pipeline.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// A part of a container's time: [since, until).
struct MetricRange {
  ContainerId container;
  Time since;
  Time until;
};

/// The metrics and the events of all containers, further back than the sampler reaches and longer than a container
/// lives: keeps them in metrics.db and gives them back. Lives on the owner thread.
///
/// What the sampler gave is written every ten seconds, as frames of all containers; frames are made into blocks of one
/// container every ten minutes, and these into coarser ones as they age (`metric_levels`). Of a container that is gone
/// all is kept as long as somebody remembers it (Registry::find_removed).
class MetricHistory final : public PastFinder {
 public:
  static constexpr Duration interval = finest_step;
  /// Less is of no use: what is empty has some of it.
  static constexpr std::uint64_t least_bytes = 4ULL << 20;
  /// Samples that wait to be written. 10,000 containers that are all watched give 100,000 in ten seconds; 16 MB.
  static constexpr std::size_t most_samples = 200'000;
  /// Frames that wait while nothing can be written: an hour of 50 containers; the oldest go first.
  static constexpr std::size_t most_frame_bytes = 8UZ << 20;
  /// Events that wait to be written; likewise.
  static constexpr std::size_t most_waiting_events = 10'000;
  /// A container that is gone and that nobody remembers is forgotten after this time.
  static constexpr Duration unremembered_time = std::chrono::hours(24);

  struct State {
    std::optional<Time> failing_since;  ///< nothing could be written since
    std::string failure;                ///< why, for a person
    std::uint64_t lost = 0;     ///< samples, steps of all containers and events that were dropped, since the start
    std::uint64_t damaged = 0;  ///< blocks and frames that could not be read
    std::uint64_t bytes = 0;    ///< of the database, as of the last look
  };

  /// Opens metrics.db in the data directory. Errors: those of Store::open.
  [[nodiscard]] static Result<std::unique_ptr<store::Store>> open_store(const Executor& owner,
                                                                        const std::filesystem::path& directory);
  /// @param pipeline outlives it
  MetricHistory(Pipeline& pipeline, std::unique_ptr<store::Store> store, const MetricRetention& retention,
                const TaskGroup::Report& report);

  /// Learns what is stored, then begins.
  void start();
  /// Writes what was taken, and closes the database. Before the pipeline stops.
  Task<> stop();

  void set_retention(const MetricRetention& retention) { retention_ = retention; }
  [[nodiscard]] const MetricRetention& retention() const { return retention_; }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] const State& state() const { return state_; }

  /// What is stored in ranges, as points of one step: at the index of the range. What came in the last ten to twenty
  /// seconds is not there yet. A container of which nothing is stored has no points.
  Task<Result<std::vector<MetricSteps>>> points(std::vector<MetricRange> ranges, Duration step);
  /// Events, those that came just now among them.
  Task<Result<std::vector<StoredEvent>>> events(EventQuery query);
  Task<Result<std::vector<ContainerEvent>>> past_events(std::vector<ContainerId> containers, Time since,
                                                        std::size_t most) override;
  Task<Result<std::vector<StatSample>>> past_samples(ContainerId container, Time since, Time until) override;
  /// Whether something of a container is kept, or is about to be.
  [[nodiscard]] bool knows(const ContainerId& id) const { return keys_.contains(id); }
  /// Forgets a container's metrics and events. What comes from now on is kept again.
  Task<Result<>> forget(ContainerId id);

  /// Writes what has come, but for the samples of the step that is under way.
  /// @param all those, too
  Task<Result<>> flush(bool all = false);
  /// Makes blocks of frames, moves old points, and drops what is too much: what is done every ten minutes.
  Task<Result<>> tidy();
  void add_queues(QueueLevels& levels) const;

 private:
  struct Waiting;
  struct Loaded {
    std::vector<std::pair<SeriesKey, ContainerId>> series;
    SeriesKey next = 1;
    std::optional<Time> age;   // the time that ages went by, or that of the newest point
    Time until = Time::min();  ///< what there is of metrics goes up to here, or a little further
  };

  static Result<Loaded> load(store::Snapshot& snapshot);
  Task<> run();
  void hear(const Sampler::Sampled& sampled);
  void hear(const EventPtr& event);
  SeriesKey key_of(const ContainerId& id);
  Task<Result<>> keep_past(ContainerId id, ContainerPast past);
  Task<> write_waiting(bool all);
  Task<Result<>> write(std::shared_ptr<Waiting> batch);
  void take_back(const std::shared_ptr<Waiting>& batch);
  Task<Result<>> tidy_all();
  Task<Result<>> forget_unremembered();
  Task<Result<>> erase(std::vector<ContainerId> containers);

  Pipeline& pipeline_;
  const Clock& clock_;
  std::unique_ptr<store::Store> store_;
  MetricUpkeep upkeep_;
  MetricRetention retention_;
  std::optional<AgeClock> age_clock_;  // once it is known what is stored
  std::unordered_map<ContainerId, SeriesKey> keys_;
  std::unordered_map<ContainerId, SteadyTime> unremembered_;
  SeriesKey next_key_ = 1;
  std::vector<KeyedSample> samples_;  // not written yet
  std::shared_ptr<Waiting> waiting_;  // the rest of what is to be written
  State state_;
  std::int64_t tidied_window_ = 0;
  bool ready_ = false;
  bool writing_ = false;
  Result<> outcome_;  // of the last writing
  bool tidying_ = false;
  SignalFlag event_came_;
  SignalFlag written_;
  SignalFlag tidied_;
  Subscription on_sample_;
  Subscription on_event_;
  MetricPast past_;
  TaskGroup tasks_;
};

}  // namespace taffrail::history
