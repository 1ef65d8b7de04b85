#include "alert/engine/watch.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/second.hpp"
#include "base/turn.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// Threads for the rules alone: one evaluates while the other compiles a set.
constexpr std::size_t threads = 2;
/// Containers that are judged in one piece of work.
constexpr std::size_t judged_together = 256;
/// How often time is let pass for what waits for it.
constexpr Duration tick = 1s;
/// Groups that time passes for in one turn.
constexpr std::size_t passed_together = 200;
/// How often the disk with our own data is looked at.
constexpr Duration disk_interval = 30s;
/// How long after the start nothing is taken for silence.
constexpr Duration first_silence = 10s;
/// Metric rules that look at less than this have samples taken every second.
constexpr Duration seldom = 60s;

}  // namespace

Watch::Watch(Pipeline& pipeline, AlertBook& book, const Clock& clock, Options options, std::function<void()> changed,
             TaskGroup::Report report)
    : pipeline_(pipeline),
      book_(book),
      clock_(clock),
      options_(std::move(options)),
      changed_(std::move(changed)),
      workers_(threads),
      table_(std::make_shared<const RuleTable>(std::vector<RulePtr>())),
      judge_(pipeline.executor()),
      judged_(pipeline.executor()),
      room_(pipeline.executor()),
      event_(pipeline.executor()),
      earlier_wanted_(pipeline.executor()),
      round_(pipeline.executor()),
      host_watch_([this](HostWatch::Happening happening) { take_own_event(std::move(happening)); }),
      tasks_(pipeline.executor(), std::move(report)) {}

Watch::~Watch() = default;

void Watch::start(std::optional<Time> alive) {
  alive_ = alive;
  began_ = clock_.now();
  listening_from_ = clock_.steady_now() + first_silence;
  subscriptions_.push_back(pipeline_.registry().observe(*this));
  subscriptions_.push_back(pipeline_.registry().on_event([this](const EventPtr& event) { on_event(event); }));
  subscriptions_.push_back(
      pipeline_.sampler().on_sample([this](const Sampler::Sampled& sampled) { on_sample(sampled); }));
  subscriptions_.push_back(pipeline_.sampler().on_round([this] { round_.notify(); }));
  for (const auto& [id, host] : pipeline_.registry().hosts()) on_host(host);
  for (const auto& [id, container] : pipeline_.registry().containers()) on_container(container, nullptr);
  pipeline_.hub().add_consumer(*this);
  tasks_.spawn("alerts: rules of containers", judge());
  tasks_.spawn("alerts: events", look_at_events());
  tasks_.spawn("alerts: samples", look_at_samples());
  tasks_.spawn("alerts: earlier lines", read_earlier());
  tasks_.spawn("alerts: time", pass_time());
  if (!options_.data.empty()) tasks_.spawn("alerts: our disk", look_at_data());
}

Task<> Watch::stop() {
  co_await pipeline_.hub().remove_consumer(*this);
  subscriptions_.clear();
  often_.reset();
  tasks_.cancel();
  co_await tasks_.join();
}

void Watch::set_rules(std::shared_ptr<const RuleTable> table, std::map<RuleId, Time> since) {
  const std::shared_ptr<const RuleTable> before = std::exchange(table_, std::move(table));
  since_ = std::move(since);
  std::erase_if(failures_, [&](const auto& entry) { return !since_.contains(entry.first); });
  // One that has changed may be cheaper now.
  for (const RuleId id : budgets_.known()) {
    const auto is_same = [&](const RulePtr& rule) { return rule->id() == id; };
    const auto was = std::ranges::find_if(before->rules(), is_same);
    const auto is = std::ranges::find_if(table_->rules(), is_same);
    const bool same =
        was != before->rules().end() && is != table_->rules().end() && (*was)->version() == (*is)->version();
    if (!same && budgets_.forget(id)) book_.set_aside(id, false, clock_.now());
  }
  for (const auto& [id, watched] : watched_)
    if (!watched->gone) to_judge_.insert(id);
  const bool often = std::ranges::any_of(table_->rules(), [](const RulePtr& rule) {
    const RuleSpec& spec = rule->spec();
    return spec.type == RuleType::metric &&
           (spec.window ? spec.window->length : spec.hold.value_or(Duration(0))) < seldom;
  });
  if (!often)
    often_.reset();
  else if (!often_)
    often_.emplace(pipeline_.sampler(), std::nullopt);
  judge_.notify();
}

void Watch::written() { room_.notify(); }

Time Watch::happened(Time stated, Time now, bool live) {
  constexpr Duration believable = 1h;
  if (!live) return std::min(stated, now);
  return stated > now - believable ? std::min(stated, now) : now;
}

std::string Watch::host_name(const HostId& id) const {
  const Host* host = pipeline_.registry().find_host(id);
  return host ? host->name : "";
}

Subject Watch::subject_of(const Watched& watched) const {
  return {watched.container, watched.view->host_name(), watched.since};
}

std::optional<Subject> Watch::find(const ContainerId& id) const {
  const auto at = watched_.find(id);
  if (at == watched_.end() || at->second->gone) return std::nullopt;
  Subject subject = subject_of(*at->second);
  subject.is_behind = clock_.steady_now() < at->second->behind_until;
  return subject;
}

void Watch::on_container(const ContainerPtr& container, const ContainerPtr&) {
  WatchedPtr& watched = watched_[container->id];
  if (!watched || watched->gone) {
    watched = std::make_shared<Watched>();
    watched->since = clock_.now();
  }
  watched->container = container;
  using enum ContainerState;
  if (container->state == exited || container->state == restarting || container->state == dead) watched->stopped = true;
  watched->view = std::make_shared<const ContainerView>(container, host_name(container->host));
  to_judge_.insert(container->id);
  judge_.notify();
}

void Watch::on_gone(const Container& container) {
  const auto at = watched_.find(container.id);
  if (at == watched_.end()) return;
  at->second->gone = true;
  to_judge_.erase(container.id);
  judged_.notify();  // nobody judges it any more
  // One whose log is read stays until it has been read to its end.
  if (at->second->rules && at->second->rules->log) return;
  book_.forget(container.id);
  watched_.erase(at);
}

void Watch::on_host(const Host& host) { host_watch_.on_host(host, clock_.steady_now()); }

void Watch::on_host_gone(const HostId& id) { host_watch_.on_host_gone(id); }

void Watch::on_disk(const Host& host, const HostDisk& disk) {
  // The rules are not there at once.
  if (clock_.steady_now() >= listening_from_) host_watch_.on_disk(&host, disk);
}

Task<> Watch::look_at_data() {
  co_await sleep_for(first_silence);
  for (bool said = false;;) {
    auto use = co_await workers_.run([this] { return disk_use("", options_.data); });
    if (use)
      host_watch_.on_disk(nullptr, {options_.data, *use});
    else if (!std::exchange(said, true))
      spdlog::warn("alerts: {}", use.error().detail);
    co_await sleep_to_second(disk_interval);
  }
}

Task<ContainerRulesPtr> Watch::rules_of(const RuleTable& table, std::vector<std::uint32_t> indices) {
  ContainerRulesPtr rules = table.find(indices);
  if (rules) co_return rules;
  auto built = co_await workers_.run([&] { return table.build(indices); });
  if (!built) {
    spdlog::error("alerts: {} rules cannot be compiled together: {}", indices.size(), built.error().detail);
    co_return std::make_shared<const ContainerRules>();
  }
  table.keep(indices, *built);
  co_return std::move(*built);
}

Task<> Watch::judge() {
  for (;;) {
    while (to_judge_.empty()) co_await judge_.wait();
    const std::shared_ptr<const RuleTable> table = table_;
    std::vector<RuleTable::Asked> asked;
    std::vector<WatchedPtr> about;
    while (!to_judge_.empty() && asked.size() < judged_together) {
      const auto at = watched_.find(*to_judge_.begin());
      to_judge_.erase(to_judge_.begin());
      if (at == watched_.end()) continue;
      asked.push_back({at->second->container, at->second->view->host_name()});
      about.push_back(at->second);
    }
    auto verdicts = co_await workers_.run([&] { return table->judge(asked); });
    for (std::size_t i = 0; i < about.size() && table == table_; ++i) {
      Watched& watched = *about[i];
      ContainerRulesPtr rules = co_await rules_of(*table, std::move(verdicts[i]));
      // What came meanwhile has put it in the line again.
      if (table != table_ || watched.gone || watched.container != asked[i].container) continue;
      const ContainerId& id = watched.container->id;
      if (watched.rules != rules) watched.moving.clear();
      watched.rules = std::move(rules);
      pipeline_.hub().reconsider(*this, id);
      if (!watched.rules->log) continue;
      for (const RulePtr& rule : watched.rules->log->rules())
        if (rule->spec().absent && rule->spec().absent_always && rule->spec().by.empty())
          book_.expect(*rule, subject_of(watched));
    }
    judged_.notify();
  }
}

Task<> Watch::pass_time() {
  for (Time before = clock_.now();;) {
    co_await sleep_to_second(tick);
    const Time now = clock_.now();
    if (now < before - GroupState::clock_tolerance) book_.set_clock(now, now - before);
    before = now;
    host_watch_.pass(clock_.steady_now());
    resume_rules();
    // What was written before we came may still be on its way: who was silent cannot be told yet.
    Turn turn;
    while (clock_.steady_now() >= listening_from_ && book_.pass(now, passed_together)) co_await next_turn(turn);
    if (book_.has_changes()) changed_();
  }
}

std::map<RuleId, std::size_t> Watch::containers_by_rule() const {
  // Many containers have the same rules: those are gone through once.
  std::map<const ContainerRules*, std::size_t> having;
  for (const auto& [id, watched] : watched_)
    if (watched->rules) ++having[watched->rules.get()];
  std::map<RuleId, std::size_t> counts;
  for (const auto& [rules, count] : having) {
    const auto add = [&](const std::vector<RulePtr>& some) {
      for (const RulePtr& rule : some) counts[rule->id()] += count;
    };
    if (rules->log) add(rules->log->rules());
    add(rules->metric);
    add(rules->event);
  }
  return counts;
}

void Watch::add_queues(QueueLevels& levels) const {
  levels.add("alert_events", events_.size(), most_waiting);
  levels.add("alert_samples", samples_.size(), most_waiting);
  levels.add("alert_unwritten_bytes", book_.bytes(), options_.most_unwritten);
}

}  // namespace taffrail::alert
