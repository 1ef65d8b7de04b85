#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alert/destination/secret_box.hpp"
#include "alert/destination/sender.hpp"
#include "alert/engine/alert_book.hpp"
#include "alert/engine/listing.hpp"
#include "alert/engine/news.hpp"
#include "alert/engine/outbox.hpp"
#include "alert/engine/past_matches.hpp"
#include "alert/engine/rule_table.hpp"
#include "alert/engine/silence_links.hpp"
#include "alert/engine/watch.hpp"
#include "alert/rule/rule.hpp"
#include "alert/rule/rule_files.hpp"
#include "base/queue_levels.hpp"
#include "base/signal_flag.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "pipeline/pipeline.hpp"
#include "store/store.hpp"

namespace taffrail::alert {

struct AlertsOptions {
  AlertBook::Options book;
  Watch::Options watch;
  PastSources past;  ///< outlive the alerts
};

/// Alerts as one object: rules, destinations and silences as people see and change them, what watches, what remembers
/// and what sends. On the owner thread.
class Alerts {
 public:
  /// Opens alerts.db in a directory. Errors: the store's.
  [[nodiscard]] static Result<std::unique_ptr<store::Store>> open_store(const Executor& owner,
                                                                        const std::filesystem::path& directory);

  /// @param pipeline outlives it
  Alerts(Pipeline& pipeline, std::unique_ptr<Sender> sender, const SecretBox& box, std::unique_ptr<store::Store> store,
         AlertsOptions options, TaskGroup::Report report);
  Alerts(const Alerts&) = delete;
  Alerts& operator=(const Alerts&) = delete;

  /// Takes up what the last run left, and begins.
  void start();
  /// Ends everything and writes what is left to write. The pipeline still runs.
  Task<> stop();

  // Rules.

  struct RuleInfo {
    RuleId id = 0;
    std::int64_t version = 0;
    std::shared_ptr<const RuleSpec> spec;  ///< not null
    std::string origin;                    ///< the file that it comes from; empty: people made it here
    Time created;
    Time changed;
    std::uint64_t matches = 0;
    std::optional<Time> last_match;
    std::optional<RuleFault> fault;  ///< why it does not compile, and is not looked at
    std::size_t containers = 0;  ///< that have it; 0 in the answer to a change, which they are yet to be asked about
    Watch::Failures failures;
    RuleBudgets::Costs costs;
  };
  /// In order of id. @param after only those with a greater one @param limit at most so many
  [[nodiscard]] std::vector<RuleInfo> rules(RuleId after = 0, std::size_t limit = SIZE_MAX) const;
  [[nodiscard]] std::optional<RuleInfo> rule(RuleId id) const;
  /// What may be wrong with a rule besides its form: a fault of an expression, a destination that there is not.
  using Changed = std::expected<RuleInfo, RuleFault>;
  /// Errors that are not about the rule itself come as Error.
  Task<Result<Changed>> create_rule(RuleSpec spec, std::string author);
  /// Error not_found.
  Task<Result<Changed>> replace_rule(RuleId id, RuleSpec spec, std::string author);
  /// With a JSON merge patch (RFC 7386).
  Task<Result<Changed>> patch_rule(RuleId id, std::string patch, std::string author);
  Task<Result<>> remove_rule(RuleId id);
  Task<Result<std::string>> rule_versions(RuleId id);

  /// What a rule would have said since a time (preview.hpp), of all lines that are stored and what else is there. Each
  /// holds tens of megabytes, so a few at a time. Error unavailable.
  Task<Result<std::string>> preview(RulePtr rule, Time since, std::function<bool(const Container&)> sees);
  static constexpr std::size_t most_previews = 2;

  // Destinations.

  [[nodiscard]] std::vector<const Destination*> destinations() const;
  [[nodiscard]] const Destination* destination(DestinationId id) const { return outbox_.find(id); }
  [[nodiscard]] Outbox::Health health(DestinationId id) const { return outbox_.health(id).value_or(Outbox::Health()); }
  /// @param json as people write it
  Task<Result<DestinationId>> create_destination(std::string json);
  Task<Result<>> replace_destination(DestinationId id, std::string json);
  Task<Result<>> patch_destination(DestinationId id, std::string patch);
  Task<Result<>> remove_destination(DestinationId id);
  /// Sends one notification of each type, at once and past the outbox.
  Task<std::vector<std::pair<std::string, Attempt>>> test(Destination destination);
  /// A destination as people write it, for a test. @param stored whose secrets "***" stands for; 0: nobody's
  [[nodiscard]] Result<Destination> read_destination(std::string_view json, DestinationId stored) const;

  /// The file that a destination comes from; empty: people made it here.
  [[nodiscard]] std::string origin(DestinationId id) const;

  /// Has the rules and destinations that come from files be those of this directory. What is in no file any more is
  /// removed; what stands as it stood stays as it is. Those of files with problems stay, too.
  Task<Result<>> set_files(RuleDirectory directory);

  // Silences.

  struct Silence {
    std::int64_t id = 0;
    std::string filter;
    Time until;
    std::string comment;
    Time created;
    std::optional<expr::Condition> condition;
  };
  [[nodiscard]] const std::map<std::int64_t, Silence>& silences() const { return silences_; }
  /// @param condition over Environment::notification()
  Task<Result<std::int64_t>> create_silence(expr::Condition condition, Time until, std::string comment);
  Task<Result<>> remove_silence(std::int64_t id);
  /// What a link of a notification is about: the notification that began the alert. Errors: not_found, also for a link
  /// that this server did not make, or that has expired.
  Task<Result<Notification>> silence_link(std::string token);
  /// Silences the group of that notification, unless it is for as long already. @return until when it is
  Task<Result<Time>> silence_group(Notification began, Duration length);

  // What happened.

  /// JSON objects of the API.
  Task<Result<std::string>> list_notifications(NotificationQuery query);
  Task<Result<std::string>> list_alerts(AlertQuery query);
  Task<Result<std::string>> show_alert(AlertId id);
  /// @param id as notifications have it
  Task<Result<std::string>> list_attempts(std::string id);
  Task<Result<>> acknowledge(AlertId id, std::string author, std::string comment);
  /// Tries a notification again. @param id as notifications have it. Error: not_found.
  Task<Result<>> retry(std::string id, std::optional<DestinationId> destination);

  /// What has happened, each time that it is written. It costs nothing while nobody listens.
  [[nodiscard]] Subscription on_news(std::function<void(const News&)> hear) { return hearers_.add(std::move(hear)); }

  [[nodiscard]] bool loaded() const { return loaded_; }
  [[nodiscard]] const AlertBook& book() const { return book_; }
  [[nodiscard]] const Watch& watch() const { return watch_; }
  /// Why nothing can be written now, and since when.
  [[nodiscard]] const std::optional<std::pair<std::string, Time>>& trouble() const { return trouble_; }
  void add_queues(QueueLevels& levels) const;

 private:
  struct Known {
    RuleId id = 0;
    std::int64_t version = 0;
    std::shared_ptr<const RuleSpec> spec;  ///< not null
    std::string origin;
    Time created;
    Time changed;
    std::uint64_t matches = 0;
    std::optional<Time> last_match;
    std::optional<RuleFault> fault;
    RulePtr rule;  // null: it does not compile
  };

  Task<> begin();
  Task<Result<>> load();
  /// Writes what changes, as long as it runs.
  Task<> keep();
  Task<Result<>> write_changes();
  /// Tells who looks on of what was written.
  Task<> tell_news(std::shared_ptr<const Changes> written);
  Task<> clean();
  Task<> beat();
  /// Has what fires be silenced, and what is silenced fire again, as silences begin and end.
  Task<> review();
  /// Tells the next ones of alerts that nobody has acknowledged.
  Task<> escalate();
  /// The notifications that began these alerts; of one that is not written yet there is none.
  Task<std::map<AlertId, Notification>> beginnings(std::vector<AlertId> ids);
  void rules_changed();
  /// @param containers how many have each rule
  [[nodiscard]] RuleInfo info(const Known& known, const std::map<RuleId, std::size_t>& containers) const;
  /// Puts a rule in force. A rule that begins anew learns what was usual before it, where that is stored.
  void take_rule(const RulePtr& rule);
  Task<> learn_usual(RulePtr rule);
  [[nodiscard]] std::optional<RuleFault> unknown_destination(const RuleSpec& spec) const;
  Task<Result<Changed>> add_rule(RuleSpec spec, std::string author, std::string origin);
  Task<Result<Changed>> change_rule(RuleId id, RuleSpec spec, std::string author, std::string origin);
  Task<Result<>> drop_rule(RuleId id);
  Task<Result<DestinationId>> add_destination(Destination destination, std::string origin);
  Task<Result<>> drop_destination(DestinationId id);
  Task<Result<>> set_file_destinations(const RuleDirectory& directory);
  Task<Result<>> set_file_rules(const RuleDirectory& directory);
  /// Errors: not_found; conflict where it comes from a file.
  [[nodiscard]] Result<> may_change_rule(RuleId id) const;
  [[nodiscard]] Result<> may_change_destination(DestinationId id) const;
  Task<Result<>> keep_destination(Destination destination);
  [[nodiscard]] bool is_silenced(const Notification& notification) const;
  [[nodiscard]] Result<> must_be_loaded() const;

  /// One change of rules and destinations at a time: each stands on the one before it.
  class Turnstile;

  Pipeline& pipeline_;
  PastSources past_;
  const Clock& clock_;
  std::unique_ptr<Sender> sender_;
  SecretBox box_;
  std::unique_ptr<store::Store> store_;
  std::string public_url_;
  SilenceLinks links_;
  AlertBook book_;
  Watch watch_;
  Outbox outbox_;
  std::map<RuleId, Known> rules_;
  std::map<DestinationId, std::string> destination_origins_;  // of those that come from files
  std::map<std::int64_t, Silence> silences_;
  Observers<std::function<void(const News&)>> hearers_;
  std::size_t previews_ = 0;  // under way
  bool loaded_ = false;
  bool watching_ = false;
  bool changing_ = false;
  bool stopping_ = false;
  SignalFlag change_over_;
  SignalFlag silences_changed_;
  SignalFlag changed_;
  std::optional<std::pair<std::string, Time>> trouble_;
  TaskGroup tasks_;
};

}  // namespace taffrail::alert
