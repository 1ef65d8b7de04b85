#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/queue_levels.hpp"
#include "base/ring.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "model/stats.hpp"
#include "pipeline/registry.hpp"

namespace taffrail {

class SourceSet;

/// Samples the metrics of running containers: once a second those that somebody watches, every ten seconds the others.
class Sampler final : private RegistryObserver {
 public:
  static constexpr std::chrono::seconds watched_interval{1};
  static constexpr std::chrono::seconds idle_interval{10};
  /// Samples kept per container: five minutes of watching. A sample takes about 80 bytes.
  static constexpr std::size_t ring_size = 300;

  /// Somebody looks at these containers (none given: at all running ones) until this is destroyed. `tick` is notified
  /// after each round of samples.
  class Watch {
   public:
    Watch(Sampler& sampler, std::optional<std::set<ContainerId>> containers, SignalFlag& tick);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    [[nodiscard]] bool wants(const ContainerId& id) const { return !containers_ || containers_->contains(id); }

   private:
    friend class Sampler;
    Sampler& sampler_;
    std::optional<std::set<ContainerId>> containers_;
    SignalFlag& tick_;
    std::list<Watch*>::iterator self_;
  };

  Sampler(Registry& registry, SourceSet& sources);
  ~Sampler() override;

  /// Samples until cancelled.
  Task<> run();

  /// The containers that run: among thousands of stopped ones these few are looked at every second.
  [[nodiscard]] const std::set<ContainerId>& running() const { return running_; }
  /// The newest sample, if there is one.
  [[nodiscard]] std::optional<StatSample> latest(const ContainerId& id) const;
  /// The samples kept, oldest first.
  [[nodiscard]] std::vector<StatSample> series(const ContainerId& id) const;
  /// Rises with every round; a sample is of round N when `latest_round(id) == N`.
  [[nodiscard]] std::uint64_t round() const { return round_; }
  [[nodiscard]] std::uint64_t latest_round(const ContainerId& id) const;
  void add_queues(QueueLevels& levels) const;

 private:
  /// A StatSample in floats, NaN for absent: a third of its size, and meters are not that exact.
  struct Packed {
    std::int64_t time_ns;
    float values[14];
  };
  struct Series {
    std::optional<StatCounters> before;
    Ring<Packed> samples{ring_size};
    std::uint64_t round = 0;
  };

  void on_host(const Host&) override {}
  void on_container(const Container& container, bool is_new) override;
  void on_gone(const Container& container) override;
  void on_event(const ContainerEvent&) override {}
  [[nodiscard]] bool watched(const ContainerId& id) const;
  Task<> sample_due();
  static Packed pack(const StatSample& sample);
  static StatSample unpack(const Packed& packed);

  Registry& registry_;
  SourceSet& sources_;
  std::set<ContainerId> running_;
  std::unordered_map<ContainerId, Series> series_;
  std::list<Watch*> watches_;
  std::uint64_t round_ = 0;
};

}  // namespace taffrail
