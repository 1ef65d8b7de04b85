#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alert/engine/alert_book.hpp"
#include "alert/engine/host_watch.hpp"
#include "alert/engine/rule_budgets.hpp"
#include "alert/engine/rule_meter.hpp"
#include "alert/engine/rule_table.hpp"
#include "alert/engine/sample_evaluation.hpp"
#include "alert/engine/surroundings.hpp"
#include "alert/rule/moving_sample.hpp"
#include "base/queue_levels.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "model/variables/container_view.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::alert {

/// Looks at everything that the rules are about: lines as a consumer that loses none, samples and events as they come.
/// What it finds goes into the book. Each container has the rules whose filters hold for it; they are found when it or
/// a rule changes, off the owner thread, as is every evaluation: on threads of its own, which no viewer's filter holds
/// up.
class Watch final : public LogConsumer, private RegistryObserver {
 public:
  struct Options {
    /// Lines that were written longer ago than this, while nobody read them, are no news any more.
    Duration latest = std::chrono::hours(1);
    /// What waits to be written before reading waits, too.
    std::size_t most_unwritten = 8UZ << 20;
    /// Where Taffrail keeps its data: that disk is watched, too. Empty: it is not.
    std::string data{};
  };
  /// Events and samples that wait to be looked at; further ones are lost, and counted.
  static constexpr std::size_t most_waiting = 50'000;
  /// When nothing of what was written before has come for so long, all of it has.
  static constexpr Duration caught_up_after = std::chrono::seconds(10);
  /// Alerts whose earlier lines have yet to be read; further ones go without.
  static constexpr std::size_t most_earlier = 128;

  struct Counters {
    std::uint64_t lines = 0;
    std::uint64_t evaluations = 0;
    std::uint64_t matches = 0;
    std::uint64_t failures = 0;  ///< lines that a rule could not deal with
    std::uint64_t lost_events = 0;
    std::uint64_t lost_samples = 0;
  };
  /// What a rule could not deal with.
  struct Failures {
    std::uint64_t count = 0;
    std::string error;  ///< of the last one
    std::string line;   ///< its beginning
  };

  /// All outlive it. @param changed called when the book has changed
  Watch(Pipeline& pipeline, AlertBook& book, const Clock& clock, Options options, std::function<void()> changed,
        TaskGroup::Report report);
  ~Watch() override;

  /// Begins. @param alive when Taffrail last looked at all; nothing: never before
  void start(std::optional<Time> alive);
  /// Ends everything that is under way.
  Task<> stop();
  /// From now on these are the rules. @param since for each rule from when on what was written before counts
  void set_rules(std::shared_ptr<const RuleTable> table, std::map<RuleId, Time> since);
  /// What was waiting has been written: reading goes on.
  void written();
  /// A container as it is now; nothing: it is gone.
  [[nodiscard]] std::optional<Subject> find(const ContainerId& id) const;
  /// Something that is no container's happened: to an engine, a disk, a destination.
  void take_own_event(HostWatch::Happening happening);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const Failures* failures(RuleId rule) const;
  /// What rules cost, and which of them are set aside for it.
  [[nodiscard]] const RuleBudgets& budgets() const { return budgets_; }
  /// How many containers have each rule; those that none has are not in it.
  [[nodiscard]] std::map<RuleId, std::size_t> containers_by_rule() const;
  void add_queues(QueueLevels& levels) const;

  // Of LogConsumer.
  [[nodiscard]] std::string_view name() const override { return "alerts"; }
  /// Nobody is woken later for it.
  [[nodiscard]] Duration patience() const override { return std::chrono::milliseconds(400); }
  [[nodiscard]] bool wants(const Container& container) override;
  [[nodiscard]] LogStart start_of(const ContainerId& id) override;
  Task<Result<>> take(LogDelivery delivery) override;
  void log_waits(const ContainerId& id) override;
  void ended(const ContainerId& id) override;

 private:
  struct Watched {
    ContainerPtr container;
    std::shared_ptr<const ContainerView> view;
    ContainerRulesPtr rules;  // null: not judged yet
    LogContext context;
    Surroundings surroundings;
    std::map<RuleId, MovingSample> moving;
    Time since;                 // watched
    SteadyTime behind_until{};  // what was written before is about to come
    std::deque<Time> restarts;  // of the last hour
    bool stopped = false;       // its next start is one again
    bool gone = false;
  };
  using WatchedPtr = std::shared_ptr<Watched>;
  struct Event {
    EventPtr event;
    WatchedPtr of;               // null: no container's
    std::string host_name = {};  // of no container's
    bool ends_only = false;      // it begins nothing
  };
  struct Sample {
    WatchedPtr of;
    StatSample sample;
    MountUses mounts;
  };
  void on_host(const Host& host) override;
  void on_host_gone(const HostId& id) override;
  void on_disk(const Host& host, const HostDisk& disk) override;
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;
  void on_event(const EventPtr& event);
  void on_sample(const Sampler::Sampled& sampled);

  Task<> judge();
  Task<ContainerRulesPtr> rules_of(const RuleTable& table, std::vector<std::uint32_t> indices);
  Task<> look_at_events();
  Task<> look_at_samples();
  Task<> pass_time();
  Task<> look_at_data();
  Task<> apply_events(std::vector<Event> events);
  void apply(const LogRules& rules, LogMatch&& match, Watched& watched, bool live);
  /// Reads what stood before the alerts that began when little of their logs was known.
  Task<> read_earlier();
  void apply(const AskedSample& asked, Time watched_since, const SampleFacts& now, SampleVerdict&& verdict);
  /// Charges rules for what they took, and sets those aside that took too much.
  void note_costs(const LogRules& rules, const LogEvaluation& evaluation);
  void note_costs(const RuleMeter& meter);
  void charge(RuleId id, Duration cpu);
  /// Null: it is not in force.
  [[nodiscard]] RulePtr rule_of(RuleId id) const;
  /// Has rules asked again whose time is over.
  void resume_rules();
  void note_failures(const LogRules& rules, const std::vector<LogEvaluation::Failure>& failures);
  [[nodiscard]] std::string host_name(const HostId& id) const;
  /// When something happened, for windows. What is read as it is written happened about now, whatever it states.
  [[nodiscard]] static Time happened(Time stated, Time now, bool live);
  [[nodiscard]] Subject subject_of(const Watched& watched) const;

  Pipeline& pipeline_;
  AlertBook& book_;
  const Clock& clock_;
  Options options_;
  std::function<void()> changed_;
  WorkerPool workers_;
  std::shared_ptr<const RuleTable> table_;
  std::map<RuleId, Time> since_;
  std::map<RuleId, Failures> failures_;
  RuleBudgets budgets_;
  std::map<ContainerId, WatchedPtr> watched_;
  std::set<ContainerId> to_judge_;
  SignalFlag judge_;
  SignalFlag judged_;
  SignalFlag room_;
  std::deque<Event> events_;
  SignalFlag event_;
  std::deque<Surroundings::Missing> earlier_;
  SignalFlag earlier_wanted_;
  std::vector<Sample> samples_;
  SignalFlag round_;
  HostWatch host_watch_;
  std::optional<Time> alive_;  // before this start
  Time began_;
  SteadyTime listening_from_;
  Counters counters_;
  std::vector<Subscription> subscriptions_;
  std::optional<Sampler::Watch> often_;
  TaskGroup tasks_;
};

}  // namespace taffrail::alert
