#include "alert/engine/watch.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unordered_set>
#include <utility>

#include "alert/sample_facts.hpp"
#include "base/second.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "expr/event_variables.hpp"
#include "pipeline/log_pages.hpp"

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
/// How long is waited for what stood before an alert.
constexpr Duration earlier_within = 10s;
/// Metric rules that look at less than this have samples taken every second.
constexpr Duration seldom = 60s;

/// When something happened, for windows. What is read as it is written happened about now, whatever it states.
Time happened(Time stated, Time now, bool live) {
  constexpr Duration believable = 1h;
  if (!live) return std::min(stated, now);
  return stated > now - believable ? std::min(stated, now) : now;
}

const std::vector<MountUse> no_mounts;

std::string detail_of(const ContainerEvent& event) {
  const auto code = event.attributes.find("exitCode");
  if (event.action == "die" && code != event.attributes.end())
    return "container event: die (exit code " + code->second + ")";
  const auto health = event.attributes.find("health");
  if (event.action == "health_status" && health != event.attributes.end())
    return "container event: health_status: " + health->second;
  if (event.container.str().empty()) {
    std::string detail = event.action;
    for (const auto& [key, value] : event.attributes) detail += fmt::format(", {} {}", key, value);
    return detail;
  }
  return "container event: " + event.action;
}

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
  return subject_of(*at->second);
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

bool Watch::wants(const Container& container) {
  const auto at = watched_.find(container.id);
  return at != watched_.end() && at->second->rules && at->second->rules->log;
}

LogStart Watch::start_of(const ContainerId& id) {
  if (const Cursor* last = book_.cursor_of(id)) {
    if (last->seq > 0) return {.now = false, .after = *last, .since = std::nullopt};
    return {.now = false, .after = std::nullopt, .since = last->time};
  }
  const auto at = watched_.find(id);
  const auto created = at == watched_.end() ? std::nullopt : at->second->container->created;
  // One that is younger than our last look at all has said nothing yet that we know of.
  const Time looked = alive_.value_or(began_);
  if (created && *created >= looked) return {};
  // What was written before is not ours to judge. Should we end before the next line, we go on from here.
  book_.advance(Cursor{0, clock_.now(), id});
  changed_();
  return {.now = true, .after = std::nullopt, .since = std::nullopt};
}

Task<Result<>> Watch::take(LogDelivery delivery) {
  const Batch& batch = delivery.batch->batch();
  while (book_.bytes() > options_.most_unwritten) co_await room_.wait();
  const auto at = watched_.find(batch.container);
  const WatchedPtr watched = at == watched_.end() ? nullptr : at->second;
  if (watched && watched->rules && watched->rules->log) {
    const std::shared_ptr<const LogRules> rules = watched->rules->log;
    const std::shared_ptr<const ContainerView> view = watched->view;
    const std::shared_ptr<const std::set<RuleId>> off = budgets_.throttled();
    Surroundings::Found found;
    LineBounds bounds;
    if (!delivery.live) bounds.since = clock_.now() - options_.latest;
    // However short it is: conditions and messages may be dear.
    auto evaluation = co_await workers_.run([&] {
      LogEvaluation made = evaluate(rules, batch, *view, bounds, watched->context, off);
      if (made.matches.empty()) found = watched->surroundings.take(batch);
      return made;
    });
    counters_.lines += evaluation.lines;
    counters_.evaluations += evaluation.evaluations;
    note_failures(*rules, evaluation.failures);
    note_costs(*rules, evaluation);
    // In one go: what the book says to have been read and what it made of that belong together.
    for (LogMatch& match : evaluation.matches) apply(*rules, std::move(match), *watched, delivery.live);
    if (!batch.records.empty()) book_.advance(Cursor::of(batch.records.back(), batch.container));
    if (!evaluation.matches.empty()) found = co_await workers_.run([&] { return watched->surroundings.take(batch); });
    book_.keep(std::move(found.lines));
    for (Surroundings::Missing& missing : found.missing)
      if (earlier_.size() < most_earlier) earlier_.push_back(std::move(missing));
    earlier_wanted_.notify();
  } else if (!batch.records.empty()) {
    book_.advance(Cursor::of(batch.records.back(), batch.container));
  }
  changed_();
  co_return Result<>();
}

Task<> Watch::read_earlier() {
  for (;;) {
    while (earlier_.empty()) co_await earlier_wanted_.wait();
    const Surroundings::Missing missing = std::move(earlier_.front());
    earlier_.pop_front();
    LogQuery query;
    query.before = missing.before;
    constexpr std::size_t page_bytes = Surroundings::around * Surroundings::longest_line;
    BackwardPages pages({pipeline_.workers(), pipeline_.workers(), nullptr, false}, pipeline_.origin(),
                        missing.before.container, std::move(query), nullptr, missing.lines, page_bytes);
    auto piece = co_await with_timeout(earlier_within, "the lines before an alert", pages.next());
    if (!piece) {
      spdlog::info("alerts: what stood before alert {} is not kept: {}", missing.alert, piece.error().detail);
      continue;
    }
    if (!*piece) continue;
    const BatchPtr batch = (*piece)->batch;
    auto lines = co_await workers_.run([&] {
      const auto& records = batch->batch().records;
      std::vector<KeptLine> kept;
      for (std::size_t i = records.size() - std::min(records.size(), missing.lines); i < records.size(); ++i)
        kept.push_back({missing.alert, neighbour(batch->batch(), records[i])});
      return kept;
    });
    book_.keep(std::move(lines));
    changed_();
  }
}

void Watch::apply(const LogRules& rules, LogMatch&& match, Watched& watched, bool live) {
  const Rule& rule = *rules.rules()[match.rule];
  const auto since = since_.find(rule.id());
  if (since == since_.end() || (!live && match.first < since->second)) return;
  const Time at = happened(match.first, clock_.now(), live);
  if (!rule.is_on_duty(at)) return;
  AlertBook::GroupKey key = AlertBook::key_of(std::move(match.group), watched.container->id);
  if (match.resolves) {
    book_.take_resolved(rule, key, at);
    return;
  }
  counters_.matches += match.count;
  Trigger trigger;
  trigger.detail = match.line.text;
  trigger.message = std::move(match.message);
  trigger.more = std::move(match.more);
  trigger.late = !live && match.first < began_;
  const Seq seq = match.line.seq;
  trigger.facts = std::move(match.line);
  const AlertId began = book_.take(rule, std::move(key), subject_of(watched), at, match.count, std::move(trigger));
  if (began != 0) watched.surroundings.begin(began, seq, clock_.steady_now());
}

void Watch::note_costs(const LogRules& rules, const LogEvaluation& evaluation) {
  for (const auto& [index, cpu] : evaluation.costs) {
    const Rule& rule = *rules.rules()[index];
    if (!since_.contains(rule.id())) continue;
    const auto throttled = budgets_.charge(rule.id(), cpu, clock_.now(), clock_.steady_now());
    if (!throttled) continue;
    book_.set_aside(rule.id(), true, clock_.now());
    spdlog::warn(
        "alerts: rule {} ('{}') took more than {:.0f} % of a processor over {} s and is not asked until {}; its "
        "condition "
        "should look for a text first, or do less",
        rule.id(), rule.spec().name, 100 * RuleBudgets::share,
        std::chrono::duration_cast<std::chrono::seconds>(RuleBudgets::averaged).count(), to_rfc3339(throttled->until));
    take_own_event({.action = "rule_throttled",
                    .attributes = {{"rule", rule.spec().name},
                                   {"rule_id", std::to_string(rule.id())},
                                   {"until", to_rfc3339(throttled->until)}}});
  }
  for (const auto& [index, lines] : evaluation.unasked) budgets_.add_unlooked(rules.rules()[index]->id(), lines);
}

void Watch::resume_rules() {
  for (const auto& [id, lines] : budgets_.resume(clock_.steady_now())) {
    book_.set_aside(id, false, clock_.now());
    const auto rule = std::ranges::find_if(table_->rules(), [&](const RulePtr& one) { return one->id() == id; });
    const std::string name = rule == table_->rules().end() ? "" : (*rule)->spec().name;
    spdlog::info("alerts: rule {} ('{}') is asked again; it was not asked about {} lines", id, name, lines);
    take_own_event({.action = "rule_resumed",
                    .attributes = {{"rule", name}, {"rule_id", std::to_string(id)}, {"lines", std::to_string(lines)}}});
  }
}

void Watch::note_failures(const LogRules& rules, const std::vector<LogEvaluation::Failure>& failures) {
  for (const LogEvaluation::Failure& failure : failures) {
    Failures& known = failures_[rules.rules()[failure.rule]->id()];
    known.count += failure.lines;
    counters_.failures += failure.lines;
    known.error = failure.error;
    known.line = failure.line;
  }
}

void Watch::ended(const ContainerId& id) {
  const auto at = watched_.find(id);
  if (at != watched_.end() && !at->second->gone) return;  // it has come back meanwhile
  book_.forget(id);
  if (at != watched_.end()) watched_.erase(at);
  changed_();
}

void Watch::take_own_event(HostWatch::Happening happening) {
  auto event = std::make_shared<ContainerEvent>();
  event->container = ContainerId(happening.host, {});  // each host has its own group
  event->host = std::move(happening.host);
  event->time = clock_.now();
  event->action = std::move(happening.action);
  event->attributes = std::move(happening.attributes);
  if (events_.size() >= most_waiting) {
    ++counters_.lost_events;
    return;
  }
  events_.push_back({std::move(event), nullptr, std::move(happening.host_name), happening.ends_only});
  event_.notify();
}

void Watch::on_event(const EventPtr& event) {
  const auto at = watched_.find(event->container);
  if (at == watched_.end()) return;
  if (event->action == "start" && std::exchange(at->second->stopped, false)) {
    constexpr std::size_t most_restarts = 1000;
    std::deque<Time>& restarts = at->second->restarts;
    restarts.push_back(clock_.now());
    while (restarts.size() > most_restarts || restarts.front() < clock_.now() - 1h) restarts.pop_front();
  }
  if (std::ranges::none_of(table_->rules(), [](const RulePtr& rule) { return rule->spec().type == RuleType::event; }))
    return;
  if (events_.size() >= most_waiting) {
    ++counters_.lost_events;
    return;
  }
  events_.push_back({event, at->second});
  event_.notify();
}

Task<> Watch::look_at_events() {
  for (;;) {
    while (events_.empty()) co_await event_.wait();
    // In order, so one whose container is not judged yet holds up those behind it; that takes milliseconds.
    while (events_.front().of && !events_.front().of->rules && !events_.front().of->gone) co_await judged_.wait();
    constexpr std::size_t together = 256;
    std::vector<Event> events;
    while (!events_.empty() && events.size() < together &&
           (!events_.front().of || events_.front().of->rules || events_.front().of->gone)) {
      events.push_back(std::move(events_.front()));
      events_.pop_front();
    }
    co_await apply_events(std::move(events));
    changed_();
  }
}

Task<> Watch::apply_events(std::vector<Event> events) {
  const std::shared_ptr<const RuleTable> table = table_;
  struct Looked {
    std::shared_ptr<const ContainerView> view;
    std::vector<EventMatch> matches;
  };
  std::vector<Looked> looked(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].of) {
      looked[i].view = events[i].of->view;
      continue;
    }
    Container nobody;
    nobody.host = events[i].event->host;
    looked[i].view = std::make_shared<const ContainerView>(std::make_shared<const Container>(std::move(nobody)),
                                                           events[i].host_name);
  }
  co_await workers_.run([&] {
    for (std::size_t i = 0; i < events.size(); ++i) {
      const ContainerEvent& event = *events[i].event;
      const expr::ContainerFields& container = looked[i].view->fields();
      ContainerRulesPtr rules = events[i].of ? events[i].of->rules : nullptr;
      std::vector<RulePtr> own;
      if (!rules) {  // no container's, or of one that was gone before it was judged
        const RuleTable::Asked asked{looked[i].view->container(), looked[i].view->host_name()};
        const auto verdicts = table->judge({asked});
        for (const std::uint32_t index : verdicts.front())
          if (table->rules()[index]->spec().type == RuleType::event) own.push_back(table->rules()[index]);
      }
      std::map<std::string, std::string> attributes = event.attributes;
      if (const auto health = attributes.find("health"); health != attributes.end())
        attributes.emplace("healthStatus", health->second);  // as the reference calls it
      const expr::StringMapSource source(attributes);
      const expr::EventFields fields{.name = event.action,
                                     .actor_id = container.id,
                                     .time = event.time,
                                     .attributes = &source,
                                     .container = &container};
      const expr::EventVariables variables(fields);
      for (const RulePtr& rule : rules ? rules->event : own) {
        const bool matches = !events[i].ends_only && rule->condition().judge(variables) == expr::Verdict::yes;
        const bool resolves = rule->resolve_when() && rule->resolve_when()->judge(variables) == expr::Verdict::yes;
        if (!matches && !resolves) continue;
        EventMatch match{.rule = rule, .group = {}, .resolves = !matches, .message = {}};
        if (!rule->spec().by.empty()) match.group = rule->group_of(variables);
        if (matches) {
          const std::string detail = detail_of(event);
          match.message = rule->message_about(
              {.type = "event", .detail = detail, .time = event.time, .container = &container, .event = &variables});
        }
        looked[i].matches.push_back(std::move(match));
      }
    }
  });
  Turn turn;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const ContainerEvent& event = *events[i].event;
    for (EventMatch& match : looked[i].matches) {
      const auto since = since_.find(match.rule->id());
      const Time at = happened(event.time, clock_.now(), true);
      if (since == since_.end() || !match.rule->is_on_duty(at)) continue;
      AlertBook::GroupKey key = AlertBook::key_of(std::move(match.group), event.container);
      if (match.resolves) {
        book_.take_resolved(*match.rule, key, at);
        continue;
      }
      ++counters_.matches;
      Trigger trigger;
      trigger.facts = EventFacts{event.action, event.time, event.attributes};
      trigger.detail = detail_of(event);
      trigger.message = std::move(match.message);
      Subject subject;
      if (events[i].of) subject = {looked[i].view->container(), looked[i].view->host_name(), events[i].of->since};
      book_.take(*match.rule, std::move(key), subject, at, 1, std::move(trigger));
    }
    if (turn.due()) co_await next_turn(turn);
  }
}

void Watch::on_sample(const Sampler::Sampled& sampled) {
  const auto at = watched_.find(sampled.container->id);
  if (at == watched_.end() || !at->second->rules || at->second->rules->metric.empty()) return;
  if (samples_.size() >= most_waiting) {
    ++counters_.lost_samples;
    return;
  }
  samples_.push_back({at->second, sampled.sample.unpack(), sampled.mounts});
}

Task<> Watch::look_at_samples() {
  for (;;) {
    while (samples_.empty()) co_await round_.wait();
    const std::vector<Sample> samples = std::exchange(samples_, {});
    std::vector<SampleVerdicts> verdicts(samples.size());
    std::map<HostId, Host> hosts;
    for (const auto& [id, host] : pipeline_.registry().hosts()) hosts.emplace(id, host);
    std::vector<ContainerRulesPtr> rules;
    std::vector<std::shared_ptr<const ContainerView>> views;
    std::vector<double> restarts;
    for (const Sample& sample : samples) {
      rules.push_back(sample.of->rules);
      views.push_back(sample.of->view);
      std::deque<Time>& times = sample.of->restarts;
      while (!times.empty() && times.front() < clock_.now() - 1h) times.pop_front();
      restarts.push_back(static_cast<double>(times.size()));
    }
    // What does not hold is nothing to a rule that remembers nothing, and that is most of it.
    const std::unordered_set<RuleId> remembering = book_.remembering();
    co_await workers_.run([&] {
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto host = hosts.find(views[i]->container()->host);
        SampleVerdicts& verdict = verdicts[i];
        const Host* known_host = host == hosts.end() ? nullptr : &host->second;
        const Container& container = *views[i]->container();
        const std::vector<MountUse>& mounts = samples[i].mounts ? *samples[i].mounts : no_mounts;
        verdict.facts = sample_facts(samples[i].sample, container, known_host, mounts, restarts[i]);
        const SampleView now(verdict.facts, &views[i]->fields());
        for (std::size_t r = 0; r < rules[i]->metric.size(); ++r) {
          const Rule& rule = *rules[i]->metric[r];
          SampleVerdict of_rule{.rule = r, .holds = false, .group = {}, .over_time = nullptr};
          std::optional<SampleView> over_time;
          if (const auto& window = rule.spec().window) {
            MovingSample& moving = samples[i].of->moving.try_emplace(rule.id(), *window).first->second;
            of_rule.over_time = std::make_unique<SampleFacts>(
                sample_facts(moving.add(samples[i].sample), container, known_host, mounts, restarts[i]));
            over_time.emplace(*of_rule.over_time, &views[i]->fields());
          }
          const auto& variables = over_time ? over_time->variables() : now.variables();
          of_rule.holds = rule.condition().judge(variables) == expr::Verdict::yes;
          if (!of_rule.holds && !remembering.contains(rule.id())) continue;
          if (!rule.spec().by.empty()) of_rule.group = rule.group_of(variables);
          verdict.rules.push_back(std::move(of_rule));
        }
      }
    });
    Turn turn;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const ContainerPtr& container = views[i]->container();
      const Subject subject{container, views[i]->host_name(), samples[i].of->since};
      for (SampleVerdict& verdict : verdicts[i].rules) {
        const Rule& rule = *rules[i]->metric[verdict.rule];
        AlertBook::GroupKey key = AlertBook::key_of(std::move(verdict.group), container->id);
        if (!verdict.holds && !book_.knows(rule.id(), key.name)) continue;
        const Time at = happened(samples[i].sample.time, clock_.now(), true);
        if (!rule.is_on_duty(at)) continue;
        if (verdict.holds) ++counters_.matches;
        book_.take_sample(rule, std::move(key), subject, at, verdict.holds, [&] {
          const SampleFacts& facts = verdict.over_time ? *verdict.over_time : verdicts[i].facts;
          Trigger trigger;
          trigger.detail = summary_of(facts);
          const SampleView view(facts, &views[i]->fields());
          trigger.message = rule.message_about({.type = "metric",
                                                .detail = trigger.detail,
                                                .time = samples[i].sample.time,
                                                .container = &views[i]->fields(),
                                                .metric = &view.variables()});
          trigger.facts = facts;
          return trigger;
        });
      }
      if (turn.due()) co_await next_turn(turn);
    }
    changed_();
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

const Watch::Failures* Watch::failures(RuleId rule) const {
  const auto at = failures_.find(rule);
  return at == failures_.end() ? nullptr : &at->second;
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
