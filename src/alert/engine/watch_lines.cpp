#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "alert/engine/watch.hpp"
#include "base/timeout.hpp"
#include "pipeline/log_pages.hpp"

// Lines: from where on, what the rules say to them, and what stood before them.

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// How long is waited for what stood before an alert.
constexpr Duration earlier_within = 10s;
/// A container that was made so long before the last look may not have been heard of then, or not noted. (Lists tell
/// whole seconds.)
constexpr Duration unheard = 10s;

}  // namespace

bool Watch::wants(const Container& container) {
  const auto at = watched_.find(container.id);
  return at != watched_.end() && at->second->rules && at->second->rules->log;
}

LogStart Watch::start_of(const ContainerId& id) {
  const auto at = watched_.find(id);
  if (const Cursor* last = book_.cursor_of(id)) {
    if (at != watched_.end()) at->second->behind_until = clock_.steady_now() + caught_up_after;
    if (last->seq > 0) return {.now = false, .after = *last, .since = std::nullopt};
    return {.now = false, .after = std::nullopt, .since = last->time};
  }
  const auto created = at == watched_.end() ? std::nullopt : at->second->container->created;
  // Of one that is about as young as our last look at all, or younger, nothing was looked at yet. Of others, what was
  // written before is not ours to judge. Should we end before the next line, we go on from here.
  const bool young = created && moved(*created, unheard) > alive_.value_or(began_);
  book_.advance(Cursor{0, young ? *created : clock_.now(), id});
  book_.hurry();
  changed_();
  return {.now = !young, .after = std::nullopt, .since = std::nullopt};
}

Task<Result<>> Watch::take(LogDelivery delivery) {
  const Batch& batch = delivery.batch->batch();
  const auto at = watched_.find(batch.container);
  const WatchedPtr watched = at == watched_.end() ? nullptr : at->second;
  if (watched) watched->behind_until = delivery.live ? SteadyTime{} : SteadyTime::max();
  while (book_.bytes() > options_.most_unwritten) co_await room_.wait();
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
  if (watched && !delivery.live) watched->behind_until = clock_.steady_now() + caught_up_after;
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

void Watch::log_waits(const ContainerId& id) {
  (void)id;  // all logs are written together
  book_.hurry();
  changed_();
}

void Watch::ended(const ContainerId& id) {
  const auto at = watched_.find(id);
  if (at != watched_.end() && !at->second->gone) return;  // it has come back meanwhile
  book_.forget(id);
  if (at != watched_.end()) watched_.erase(at);
  changed_();
}

}  // namespace taffrail::alert
