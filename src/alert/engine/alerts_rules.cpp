#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/spdlog.h>
#include <string>
#include <utility>

#include "alert/engine/alerts.hpp"
#include "alert/engine/past_matches.hpp"
#include "alert/engine/preview.hpp"
#include "alert/engine/turnstile.hpp"
#include "alert/json_members.hpp"
#include "base/turn.hpp"

// Rules as people see and change them.

namespace taffrail::alert {
namespace {

/// Bytes of a change of a rule, as many as a request may have.
constexpr std::size_t longest_patch = 1UZ << 20;

}  // namespace

Alerts::RuleInfo Alerts::info(const Known& known, const std::map<RuleId, std::size_t>& containers) const {
  RuleInfo info{.id = known.id,
                .version = known.version,
                .spec = known.spec,
                .origin = known.origin,
                .created = known.created,
                .changed = known.changed,
                .matches = known.matches,
                .last_match = known.last_match,
                .fault = known.fault,
                .containers = 0,
                .failures = {},
                .costs = {}};
  if (const auto count = containers.find(known.id); count != containers.end()) info.containers = count->second;
  if (const Watch::Failures* failures = watch_.failures(known.id)) info.failures = *failures;
  if (const RuleBudgets::Costs* costs = watch_.budgets().costs(known.id)) info.costs = *costs;
  return info;
}

std::vector<Alerts::RuleInfo> Alerts::rules(RuleId after, std::size_t limit) const {
  const auto containers = watch_.containers_by_rule();
  std::vector<RuleInfo> some;
  some.reserve(std::min(rules_.size(), limit));
  for (auto at = rules_.upper_bound(after); at != rules_.end() && some.size() < limit; ++at)
    some.push_back(info(at->second, containers));
  return some;
}

std::optional<Alerts::RuleInfo> Alerts::rule(RuleId id) const {
  const auto at = rules_.find(id);
  if (at == rules_.end()) return std::nullopt;
  return info(at->second, watch_.containers_by_rule());
}

std::optional<RuleFault> Alerts::unknown_destination(const RuleSpec& spec) const {
  const auto unknown = [&](const std::vector<DestinationId>& ids, std::string key) -> std::optional<RuleFault> {
    for (const DestinationId id : ids)
      if (!outbox_.find(id))
        return RuleFault{std::move(key), "names destination " + std::to_string(id) + ", which there is not"};
    return std::nullopt;
  };
  auto fault = unknown(spec.destinations, "destinations");
  if (!fault && spec.escalate) fault = unknown(spec.escalate->destinations, "escalate.destinations");
  return fault;
}

Result<> Alerts::may_change_rule(RuleId id) const {
  const auto at = rules_.find(id);
  if (at == rules_.end()) return fail(ErrorCode::not_found, "there is no rule " + std::to_string(id));
  if (at->second.origin.empty()) return {};
  return fail(ErrorCode::conflict,
              "rule " + std::to_string(id) + " comes from the file " + at->second.origin + "; change it there");
}

Task<Result<Alerts::Changed>> Alerts::create_rule(RuleSpec spec, std::string author) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  auto made = co_await add_rule(std::move(spec), std::move(author), "");
  if (made && *made) rules_changed();
  co_return made;
}

Task<Result<Alerts::Changed>> Alerts::add_rule(RuleSpec spec, std::string author, std::string origin) {
  constexpr std::size_t most_rules = expr::RuleSet::most_rules;
  if (rules_.size() >= most_rules)
    co_return fail(ErrorCode::conflict,
                   "there are " + std::to_string(most_rules) + " rules, which is the most; remove some");
  if (auto fault = unknown_destination(spec)) co_return Changed(std::unexpected(std::move(*fault)));
  if (auto checked = Rule::check(0, 1, spec); !checked) co_return Changed(std::unexpected(std::move(checked.error())));
  const Time now = clock_.now();
  auto id = co_await store_->write([=, json = to_json(spec)](store::Transaction& t) -> Result<RuleId> {
    auto done = t.run("INSERT INTO rule(version, json, origin, created, changed) VALUES (1, ?1, ?2, ?3, ?3)",
                      std::string_view(json), std::string_view(origin), nanoseconds(now));
    if (!done) return forward(done);
    const RuleId made = t.last_row();
    done = t.run("INSERT INTO rule_version(rule, version, time, author, json) VALUES (?1, 1, ?2, ?3, ?4)", made,
                 nanoseconds(now), std::string_view(author), std::string_view(json));
    if (!done) return forward(done);
    return made;
  });
  if (!id) co_return forward(id);
  Known known{.id = *id,
              .version = 1,
              .spec = std::make_shared<const RuleSpec>(spec),
              .origin = std::move(origin),
              .created = now,
              .changed = now,
              .matches = 0,
              .last_match = {},
              .fault = {},
              .rule = nullptr};
  auto rule = Rule::check(*id, 1, std::move(spec));
  if (rule) known.rule = std::move(*rule);
  if (known.rule && known.spec->enabled) take_rule(known.rule);
  const auto at = rules_.emplace(*id, std::move(known)).first;
  co_return Changed(info(at->second, {}));
}

Task<Result<Alerts::Changed>> Alerts::replace_rule(RuleId id, RuleSpec spec, std::string author) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_rule(id); !may) co_return forward(may);
  auto changed = co_await change_rule(id, std::move(spec), std::move(author), "");
  if (changed && *changed) rules_changed();
  co_return changed;
}

Task<Result<Alerts::Changed>> Alerts::patch_rule(RuleId id, std::string patch, std::string author) {
  if (auto loaded = must_be_loaded(); !loaded) co_return forward(loaded);
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_rule(id); !may) co_return forward(may);
  auto change = read_json_object(patch, longest_patch, "rule");
  if (!change) co_return forward(change);
  boost::json::value whole = boost::json::parse(to_json(*rules_.at(id).spec));
  merge_patch(whole, std::move(*change));
  auto spec = read_rule(boost::json::serialize(whole), RuleOrigin::api);
  if (!spec) co_return Changed(std::unexpected(std::move(spec.error())));
  auto changed = co_await change_rule(id, std::move(*spec), std::move(author), "");
  if (changed && *changed) rules_changed();
  co_return changed;
}

Task<Result<Alerts::Changed>> Alerts::change_rule(RuleId id, RuleSpec spec, std::string author, std::string origin) {
  if (auto fault = unknown_destination(spec)) co_return Changed(std::unexpected(std::move(*fault)));
  const std::int64_t version = rules_.at(id).version + 1;
  auto rule = Rule::check(id, version, spec);
  if (!rule) co_return Changed(std::unexpected(std::move(rule.error())));
  const Time now = clock_.now();
  auto done = co_await store_->write([=, json = to_json(spec)](store::Transaction& t) -> Result<> {
    auto written = t.run("UPDATE rule SET version = ?2, json = ?3, changed = ?4, origin = ?5 WHERE id = ?1", id,
                         version, std::string_view(json), nanoseconds(now), std::string_view(origin));
    if (!written) return written;
    return t.run("INSERT INTO rule_version(rule, version, time, author, json) VALUES (?1, ?2, ?3, ?4, ?5)", id, version,
                 nanoseconds(now), std::string_view(author), std::string_view(json));
  });
  if (!done) co_return forward(done);
  Known& known = rules_.at(id);
  known.version = version;
  known.changed = now;
  known.spec = std::make_shared<const RuleSpec>(std::move(spec));
  known.origin = std::move(origin);
  known.fault.reset();
  known.rule = std::move(*rule);
  if (known.spec->enabled)
    take_rule(known.rule);
  else
    book_.drop_rule(id);
  changed_.notify();
  co_return Changed(info(known, {}));
}

Task<Result<>> Alerts::remove_rule(RuleId id) {
  if (auto loaded = must_be_loaded(); !loaded) co_return loaded;
  auto turn = co_await Turnstile::enter(*this);
  if (auto may = may_change_rule(id); !may) co_return may;
  auto done = co_await drop_rule(id);
  if (done) rules_changed();
  co_return done;
}

Task<Result<>> Alerts::drop_rule(RuleId id) {
  auto done = co_await store_->write([id](store::Transaction& t) -> Result<> {
    auto removed = t.run("DELETE FROM rule WHERE id = ?1", id);
    if (!removed) return removed;
    return t.run("DELETE FROM rule_version WHERE rule = ?1", id);
  });
  if (!done) co_return done;
  rules_.erase(id);
  book_.drop_rule(id);
  changed_.notify();
  co_return Result<>();
}

Task<Result<std::string>> Alerts::rule_versions(RuleId id) {
  if (!rules_.contains(id)) co_return fail(ErrorCode::not_found, "there is no rule " + std::to_string(id));
  auto json = co_await store_->read(pipeline_.workers(),
                                    [id](store::Snapshot& snapshot) { return rule_versions_json(snapshot, id); });
  co_return json;
}

Task<Result<std::string>> Alerts::preview(RulePtr rule, Time since, std::function<bool(const Container&)> sees) {
  if (previews_ >= most_previews)
    co_return fail(ErrorCode::unavailable, "other rules are being tried just now; ask again in some seconds");
  struct Counted {
    explicit Counted(std::size_t& all) : count(all) { ++count; }
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::size_t& count;
  };
  const Counted counted(previews_);
  auto past = co_await past_matches(pipeline_, past_, rule, since, std::move(sees), {});
  if (!past) co_return forward(past);
  const Time now = clock_.now();
  co_return co_await pipeline_.filter_workers().run(
      [&] { return Result<std::string>(alert::preview(rule, std::move(*past), since, now)); });
}

void Alerts::take_rule(const RulePtr& rule) {
  const bool anew = book_.set_rule(rule);
  if (anew && past_.lines && rule->spec().spike && rule->spec().type == RuleType::log)
    tasks_.spawn("alerts: what is usual", learn_usual(rule));
}

Task<> Alerts::learn_usual(RulePtr rule) {
  PastLimits limits;
  limits.containers = 0;  // what is not stored is not read for this
  auto past = co_await past_matches(pipeline_, past_, rule, clock_.now() - GroupState::usual_time, {}, limits);
  if (!past) {
    spdlog::warn("alerts: what is usual for rule {} is learnt as it goes, for what is stored cannot be read: {}",
                 rule->id(), past.error().detail);
    co_return;
  }
  if (!past->from) co_return;
  Turn turn;
  for (PastMatch& match : past->matches) {
    if (match.resolves || !rule->is_on_duty(match.at)) continue;
    const ContainerPtr& container = past->containers[match.container];
    // A group of its own ends with its container.
    if (rule->spec().by.empty() && !pipeline_.registry().find(container->id)) continue;
    const Subject subject{container, past->views[match.container]->host_name(), past->from};
    book_.take_past(*rule, AlertBook::key_of(std::move(match.said->group), container->id), subject, match.at,
                    match.count);
    co_await yield_if_due(turn);
  }
  changed_.notify();
}

}  // namespace taffrail::alert
