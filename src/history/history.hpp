#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/queue_levels.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "history/catalogue.hpp"
#include "history/history_origin.hpp"
#include "history/ingest.hpp"
#include "history/line_cache.hpp"
#include "history/metric/metric_history.hpp"
#include "history/upkeep.hpp"
#include "pipeline/pipeline.hpp"
#include "store/store.hpp"

namespace taffrail::history {

struct HistoryOptions {
  Retention retention;
  /// Of a container that was there before this server first looked, lines that were written longer ago are not stored.
  /// Files and the standard input are taken whole: somebody named them.
  Duration backlog = std::chrono::hours(24);
};

/// The logs of all containers, also of those that are gone: takes every line that is written, keeps it in history.db,
/// and answers reads of what was written before. Lives on the owner thread.
class History final : public LogConsumer, private RegistryObserver {
 public:
  /// Removed containers that are remembered; of further ones the longest gone are forgotten, with their lines.
  static constexpr std::size_t most_removed = 20'000;

  /// Opens history.db in the data directory. Errors: those of Store::open.
  [[nodiscard]] static Result<std::unique_ptr<store::Store>> open_store(const Executor& owner,
                                                                        const std::filesystem::path& directory);
  /// @param pipeline outlives it; reads of it come here from `start` on
  /// @param metrics of MetricHistory::open_store; null: metrics and events are not kept
  History(Pipeline& pipeline, std::unique_ptr<store::Store> store, const HistoryOptions& options,
          const TaskGroup::Report& report, std::unique_ptr<store::Store> metrics = nullptr);
  ~History() override;

  /// Learns what is stored, then begins.
  void start();
  /// Writes what was taken, and closes the database. Before the pipeline stops.
  Task<> stop();

  void set_retention(const Retention& retention);
  [[nodiscard]] const Retention& retention() const { return upkeep_.retention(); }
  /// False until what is stored is known.
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const Ingest::State& ingest() const { return ingest_.state(); }
  [[nodiscard]] const Upkeep::State& upkeep() const { return upkeep_.state(); }
  [[nodiscard]] store::Store& store() { return *store_; }
  /// The metrics and events of all containers; null: they are not kept.
  [[nodiscard]] MetricHistory* metrics() { return metrics_.get(); }
  [[nodiscard]] const MetricHistory* metrics() const { return metrics_.get(); }
  [[nodiscard]] Pipeline& pipeline() { return pipeline_; }

  /// Writes what has been taken, so that a search finds it; at most some times a second. That it fails is the ingest's
  /// state.
  Task<> settle();
  /// Forgets the lines, the metrics and the events of a container. What comes from now on is kept again. It is done
  /// also when who asked is cancelled meanwhile. Error not_found where there are none.
  Task<Result<>> forget(ContainerId id);

  /// The newest holes in what is stored, at most so many.
  Task<Result<std::vector<Gap>>> gaps(std::size_t most);
  void add_queues(QueueLevels& levels) const;

  // Of LogConsumer.
  [[nodiscard]] std::string_view name() const override { return "history"; }
  /// With the second in which lines are gathered to be written it keeps the promise that what is older than two is
  /// there.
  [[nodiscard]] Duration patience() const override { return std::chrono::milliseconds(500); }
  [[nodiscard]] bool wants(const Container& container) override;
  [[nodiscard]] LogStart start_of(const ContainerId& id) override;
  Task<Result<>> take(LogDelivery delivery) override;
  void log_waits(const ContainerId& id) override;
  void ended(const ContainerId& id) override;

 private:
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override;
  void on_gone(const Container& container) override;
  Task<> run();
  Task<> note_removed();
  Task<> look_for_missing();
  Task<> forget_too_many_removed();
  struct Forgetting;
  Task<> forget_all_of(ContainerId id, std::shared_ptr<Forgetting> under_way);
  Task<Result<>> forget_parts(ContainerId id);
  Task<> empty_cache();

  Pipeline& pipeline_;
  const Clock& clock_;
  std::unique_ptr<store::Store> store_;
  Duration backlog_;
  Time began_;
  Catalogue catalogue_;
  LineCache cache_;
  HistoryOrigin origin_;
  Ingest ingest_;
  Upkeep upkeep_;
  std::unique_ptr<MetricHistory> metrics_;
  std::map<ContainerId, std::optional<Time>> moved_;  // gone since, or (nothing) there again; to be written
  SignalFlag moved_wake_;
  std::set<ContainerId> unconfirmed_;                              // stored, and not known to be there or gone
  std::map<ContainerId, std::shared_ptr<Forgetting>> forgetting_;  // one task for each, however many ask
  SteadyTime settled_{};
  bool ready_ = false;
  Subscription observing_;
  TaskGroup tasks_;
  TaskGroup tidying_;  // merges and drops: what is begun need not be done when the server stops
};

}  // namespace taffrail::history
