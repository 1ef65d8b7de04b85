#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/queue_levels.hpp"
#include "base/ring.hpp"
#include "base/signal_flag.hpp"
#include "base/subscription.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "model/stats.hpp"
#include "pipeline/registry.hpp"

namespace taffrail {

class SourceSet;

/// Samples the metrics of running containers: once a second those that somebody watches, every ten seconds the others.
///
/// Sources are asked side by side, each at its own pace. A round ends when all whom it has asked have answered, and at
/// the latest when the next one begins; who has not answered by then is asked again when he has, and not waited for.
/// What a source tells unasked (`take`) is treated like an answer.
class Sampler final : private RegistryObserver {
 public:
  static constexpr std::chrono::seconds watched_interval{1};
  static constexpr std::chrono::seconds idle_interval{10};
  /// A source that has not answered for this long is given up for this time, and asked anew.
  static constexpr std::chrono::seconds source_patience{10};
  /// Samples kept per container: five minutes of watching. A sample takes 64 bytes.
  static constexpr std::size_t ring_size = 300;
  /// Samples kept of all containers together, 64 MB: where there are more than 3,333 of them, each has its share.
  static constexpr std::size_t max_samples = 1'000'000;
  /// What every container keeps however many there are: enough for a small curve.
  static constexpr std::size_t least_kept = 10;

  /// Numbers all samples in the order in which they came.
  using Number = std::uint64_t;

  /// Somebody looks at these containers (none given: at all running ones) until this is destroyed.
  class Watch {
   public:
    Watch(Sampler& sampler, std::optional<std::set<ContainerId>> containers);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    [[nodiscard]] bool wants(const ContainerId& id) const { return !containers_ || containers_->contains(id); }
    /// Whether it is for all of them.
    [[nodiscard]] bool wants_all() const { return !containers_; }

   private:
    Sampler& sampler_;
    std::optional<std::set<ContainerId>> containers_;
  };

  struct Sampled {
    ContainerPtr container;
    Number number = 0;
    PackedSample sample;
    MountUses mounts;
  };

  Sampler(const Executor& executor, Registry& registry, SourceSet& sources, const Clock& clock,
          TaskGroup::Report report);

  /// Samples until cancelled.
  Task<> run();
  /// Ends what `run` began, which is cancelled.
  Task<> stop();

  /// A reading of a container, from whoever has one.
  void take(const ContainerId& id, StatCounters counters);

  /// Hears of each new sample at once.
  using OnSample = std::function<void(const Sampled&)>;
  [[nodiscard]] Subscription on_sample(OnSample heard) { return on_sample_.add(std::move(heard)); }
  /// Hears of the end of each round of samples.
  using OnRound = std::function<void()>;
  [[nodiscard]] Subscription on_round(OnRound heard) { return on_round_.add(std::move(heard)); }

  /// The newest sample of a container that runs, if there is one.
  [[nodiscard]] std::optional<LatestSample> latest(const ContainerId& id) const;
  struct Series {
    std::vector<PackedSample> samples;  ///< oldest first
    MountUses mounts;                   ///< as they are now, of a container that runs
    Number last = 0;                    ///< the number of the newest
  };
  /// The samples kept, at most the newest `most` of them.
  [[nodiscard]] Series series(const ContainerId& id, std::size_t most = ring_size) const;
  /// How many are kept.
  [[nodiscard]] std::size_t kept(const ContainerId& id) const;
  /// Rises with every round.
  [[nodiscard]] std::uint64_t round() const { return round_; }
  void add_queues(QueueLevels& levels) const;

  /// Whether a container that nobody watches has its turn in a round, where `running` containers run. Ten thousand do
  /// not all fall on one second; a few are read together, so that nobody has to wake for each.
  [[nodiscard]] static bool is_idle_turn(std::uint64_t round, std::size_t hash, std::size_t running);

 private:
  struct Meter {
    std::optional<StatCounters> before;
    Ring<PackedSample> samples{ring_size};
    Number last = 0;
  };

  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;
  void keep(Meter& meter, const PackedSample& sample) const;
  [[nodiscard]] bool is_due(const ContainerId& id) const;
  [[nodiscard]] bool watched(const ContainerId& id) const;
  Task<> ask_all();
  Task<> ask(Source& source);
  Task<std::vector<ContainerId>> due_of(const Source& source);

  Registry& registry_;
  SourceSet& sources_;
  const Clock& clock_;
  std::set<ContainerId> running_;
  std::unordered_map<ContainerId, Meter> meters_;  // of containers that exist
  std::size_t watches_of_all_ = 0;
  std::map<ContainerId, std::size_t> watches_;  // of single ones, counted
  std::set<const Source*> asked_;               // and not answered yet
  std::uint64_t round_ = 0;
  Number number_ = 0;
  Observers<OnSample> on_sample_;
  Observers<OnRound> on_round_;
  SignalFlag answered_;
  Subscription observing_;
  TaskGroup tasks_;
};

}  // namespace taffrail
