#include "alert/engine/preview.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "alert/engine/alert_book.hpp"
#include "alert/engine/log_evaluation.hpp"
#include "alert/rule/moving_sample.hpp"
#include "alert/sample_facts.hpp"
#include "base/turn.hpp"
#include "expr/container_variables.hpp"
#include "model/variables/container_view.hpp"
#include "pipeline/log_pages.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

/// Bytes of a line or a message.
constexpr std::size_t shown_text = 500;

/// Stands at the time of what is being played.
class PlayedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return at; }
  [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(at.time_since_epoch()); }
  Time at;
};

/// Something that the rule was asked about and that matters.
struct Played {
  Time at;
  std::size_t order = 0;  // among those of the same time
  std::size_t container = 0;
  std::vector<std::string> group;
  std::uint64_t count = 1;
  bool resolves = false;  // of a log rule
  bool holds = true;      // of a metric rule
  Trigger trigger;
};

struct Preview {
  std::vector<ContainerPtr> containers;
  std::vector<std::shared_ptr<const ContainerView>> views;
  std::vector<Played> played;
  std::uint64_t lines = 0;
  std::uint64_t samples = 0;
  std::uint64_t matches = 0;
  std::uint64_t failures = 0;
  std::string failure;
  bool truncated = false;
};

/// Those that the rule is about, the youngest first.
std::vector<ContainerPtr> about(const Registry::Containers& all, const Registry::HostNames& hosts, const Rule& rule,
                                const std::function<bool(const Container&)>& sees) {
  std::vector<ContainerPtr> chosen;
  for (const ContainerPtr& container : all) {
    if (sees && !sees(*container)) continue;
    const auto host = hosts.find(container->host);
    const expr::StringMapSource labels(container->labels);
    const expr::ContainerFields fields = fields_of(*container, host == hosts.end() ? "" : host->second, labels);
    if (rule.containers().judge(expr::ContainerVariables(fields)) == expr::Verdict::yes) chosen.push_back(container);
  }
  std::ranges::sort(chosen, std::greater(),
                    [](const ContainerPtr& one) { return std::pair(one->started.value_or(Time()), one->id); });
  return chosen;
}

/// Reads the lines of one container and keeps what matches.
Task<Result<>> read_log(Pipeline& pipeline, const std::shared_ptr<const LogRules>& rules, std::size_t index, Time since,
                        SteadyTime until, std::uint64_t& bytes_left, std::size_t most_matches, Preview& preview) {
  LogQuery query;
  query.since = since;
  ForwardPages pages({pipeline.workers(), pipeline.workers(), nullptr, false}, pipeline.origin(),
                     preview.containers[index]->id, std::move(query), nullptr);
  LogContext context;
  LineBounds bounds;
  bounds.since = since;
  for (;;) {
    if (bytes_left == 0 || pipeline.clock().steady_now() >= until || preview.played.size() >= most_matches) {
      preview.truncated = true;
      co_return Result<>();
    }
    auto piece = co_await pages.next();
    if (!piece) {
      // A log that cannot be read has no matches.
      if (piece.error().code == ErrorCode::not_found || piece.error().code == ErrorCode::unsupported)
        co_return Result<>();
      co_return forward(piece);
    }
    if (!*piece) co_return Result<>();
    const BatchPtr batch = (*piece)->batch;
    bytes_left -= std::min<std::uint64_t>(bytes_left, batch->batch().bytes.size() + 1);
    auto evaluation = co_await pipeline.filter_workers().run(
        [&] { return evaluate(rules, batch->batch(), *preview.views[index], bounds, context); });
    preview.lines += evaluation.lines;
    if (!evaluation.unasked.empty()) preview.truncated = true;  // it is too dear
    for (LogEvaluation::Failure& failure : evaluation.failures) {
      preview.failures += failure.lines;
      preview.failure = std::move(failure.error);
    }
    for (LogMatch& match : evaluation.matches) {
      if (!match.resolves) preview.matches += match.count;
      Played& played = preview.played.emplace_back();
      played.at = match.first;
      played.container = index;
      played.group = std::move(match.group);
      played.count = match.count;
      played.resolves = match.resolves;
      // Thousands are kept, and a hundred are shown.
      played.trigger.detail = text::cut_at_character(match.line.text, shown_text);
      played.trigger.message = text::cut_at_character(match.message, shown_text);
    }
  }
}

/// Asks the rule about the samples that are kept of one container.
void ask_samples(const Rule& rule, const Sampler::Series& series, std::size_t index, const Host* host,
                 Preview& preview) {
  std::optional<MovingSample> moving;
  if (rule.spec().window) moving.emplace(*rule.spec().window);
  // Of mounts only the last look is kept, and each sample is played with it.
  static const std::vector<MountUse> no_mounts;
  const std::vector<MountUse>& mounts = series.mounts ? *series.mounts : no_mounts;
  for (const PackedSample& packed : series.samples) {
    StatSample sample = packed.unpack();
    if (moving) sample = moving->add(sample);
    const SampleFacts facts = sample_facts(sample, *preview.containers[index], host, mounts, std::nullopt);
    const SampleView view(facts, &preview.views[index]->fields());
    Played& played = preview.played.emplace_back();
    played.at = packed.time();
    played.container = index;
    played.holds = rule.condition().judge(view.variables()) == expr::Verdict::yes;
    if (!rule.spec().by.empty()) played.group = rule.group_of(view.variables());
    played.trigger.detail = summary_of(facts);
    ++preview.samples;
    if (played.holds) ++preview.matches;
  }
}

struct Told {
  std::vector<Notification> first;
  std::uint64_t all = 0;
  std::map<std::string, std::uint64_t> groups;  // matches by what a group is called
};

std::string name_of(const Notification& told) {
  std::string name;
  for (const auto& [expression, value] : told.alert.group) name += (name.empty() ? "" : ", ") + value;
  return name;
}

/// Has a book of its own make alerts of it, in the order in which it happened.
Told play(const RulePtr& rule, Preview& preview, const PreviewLimits& limits, Time now) {
  for (std::size_t i = 0; i < preview.played.size(); ++i) preview.played[i].order = i;
  std::ranges::sort(preview.played, {}, [](const Played& one) { return std::pair(one.at, one.order); });
  PlayedClock clock;
  AlertBook book(
      clock,
      [&](const ContainerId& id) -> std::optional<Subject> {
        for (std::size_t i = 0; i < preview.containers.size(); ++i)
          if (preview.containers[i]->id == id) return Subject{preview.containers[i], preview.views[i]->host_name(), {}};
        return std::nullopt;
      },
      [](const Notification&) { return false; }, [](DestinationId) { return std::nullopt; }, {});
  book.set_rule(rule);
  Told told;
  const auto collect = [&] {
    Changes changes = book.take_changes();
    for (Changes::Out& out : changes.out) {
      ++told.all;
      if (out.notification.kind != NotificationKind::resolved)
        told.groups[name_of(out.notification)] += out.notification.alert.count;
      if (told.first.size() < limits.shown) told.first.push_back(std::move(out.notification));
    }
  };
  const auto pass_until = [&](Time until) {
    // Time in between matters where something waits for it.
    while (const auto due = book.next_due()) {
      if (*due > until) break;
      clock.at = std::max(clock.at, *due);
      if (!book.pass(clock.at, 1) && book.next_due() == due) break;
      collect();
    }
    clock.at = until;
  };
  for (Played& played : preview.played) {
    pass_until(played.at);
    if (!rule->is_on_duty(played.at)) continue;
    const Subject subject{preview.containers[played.container], preview.views[played.container]->host_name(), {}};
    AlertBook::GroupKey key = AlertBook::key_of(std::move(played.group), subject.container->id);
    if (rule->spec().type == RuleType::metric)
      book.take_sample(*rule, std::move(key), subject, played.at, played.holds, [&] { return played.trigger; });
    else if (played.resolves)
      book.take_resolved(*rule, key, played.at);
    else
      book.take(*rule, std::move(key), subject, played.at, played.count, std::move(played.trigger));
    collect();
  }
  pass_until(now);
  collect();
  return told;
}

std::string to_json(const Preview& preview, const Told& told, const PreviewLimits& limits, Time since) {
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().member("since", since).member("containers", preview.containers.size());
  json.member("lines", preview.lines).member("samples", preview.samples).member("matches", preview.matches);
  json.member("truncated", preview.truncated).member("notifications", told.all).key("first").begin_array();
  for (const Notification& one : told.first) {
    json.begin_object().member("time", one.time).member("kind", to_string(one.kind));
    json.member("group", name_of(one)).member("container_name", one.container ? one.container->name : std::string());
    json.member("count", one.alert.count).member("detail", one.detail).member_or_null("message", one.message);
    json.end_object();
  }
  json.end_array().key("groups").begin_array();
  std::size_t shown = 0;
  for (const auto& [name, matches] : told.groups)
    if (shown++ < limits.shown) json.begin_object().member("group", name).member("matches", matches).end_object();
  json.end_array().member("group_count", told.groups.size());
  json.key("failures").begin_object().member("count", preview.failures).member_or_null("error", preview.failure);
  json.end_object().end_object();
  body += '\n';
  return body;
}

}  // namespace

Task<Result<std::string>> preview(Pipeline& pipeline, RulePtr rule, Time since,
                                  std::function<bool(const Container&)> sees, PreviewLimits limits) {
  Preview found;
  const auto all = pipeline.registry().snapshot();
  const auto hosts = pipeline.registry().host_names();
  found.containers = co_await pipeline.filter_workers().run([&] { return about(*all, *hosts, *rule, sees); });
  if (found.containers.size() > limits.containers) {
    found.containers.resize(limits.containers);
    found.truncated = true;
  }
  for (const ContainerPtr& container : found.containers) {
    const auto host = hosts->find(container->host);
    found.views.push_back(std::make_shared<const ContainerView>(container, host == hosts->end() ? "" : host->second));
  }
  const SteadyTime until = pipeline.clock().steady_now() + limits.time;
  if (rule->spec().type == RuleType::log) {
    auto rules = co_await pipeline.filter_workers().run([&] { return LogRules::build({rule}); });
    if (!rules) co_return forward(rules);
    std::uint64_t bytes_left = limits.bytes;
    for (std::size_t i = 0; i < found.containers.size(); ++i) {
      auto read = co_await read_log(pipeline, *rules, i, since, until, bytes_left, limits.matches, found);
      if (!read) co_return forward(read);
    }
  } else if (rule->spec().type == RuleType::metric) {
    Turn turn;
    for (std::size_t i = 0; i < found.containers.size(); ++i) {
      const Host* host = pipeline.registry().find_host(found.containers[i]->host);
      ask_samples(*rule, pipeline.sampler().series(found.containers[i]->id), i, host, found);
      if (turn.due()) co_await next_turn(turn);
      if (found.played.size() >= limits.matches) {
        found.truncated = true;
        break;
      }
    }
  }
  const Time now = pipeline.clock().now();
  co_return co_await pipeline.filter_workers().run([&] {
    const Told told = play(rule, found, limits, now);
    return Result<std::string>(to_json(found, told, limits, since));
  });
}

}  // namespace taffrail::alert
