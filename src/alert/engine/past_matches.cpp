#include "alert/engine/past_matches.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "alert/engine/event_evaluation.hpp"
#include "alert/engine/log_evaluation.hpp"
#include "alert/rule/moving_sample.hpp"
#include "alert/sample_facts.hpp"
#include "base/turn.hpp"
#include "expr/container_variables.hpp"
#include "model/variables/line_view.hpp"
#include "pipeline/log_pages.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

/// Bytes of a line or a message: thousands are kept, and a hundred are shown.
constexpr std::size_t longest_text = 500;
/// A continuation line that was found belongs to the line that was found before it where it was written so soon after
/// that: what lies between them is not read.
constexpr Duration one_trace = 1s;
/// So many are asked about before the clock is looked at.
constexpr std::size_t samples_at_once = 64;

/// Wants the lines that a rule's condition holds for, or that resolve.
class RuleFilter final : public LineFilter {
 public:
  RuleFilter(RulePtr rule, std::shared_ptr<const ContainerView> container)
      : rule_(std::move(rule)), container_(std::move(container)), key_(container_->container()->id.full()) {}
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return false; }
  [[nodiscard]] bool wants(const Batch& batch, const Record& record) const override {
    thread_local LineView line;
    line.set(batch, record, &container_->fields());
    const bool yes = rule_->condition().judge(line.variables()) != expr::Verdict::no ||
                     (rule_->resolve_when() && rule_->resolve_when()->judge(line.variables()) != expr::Verdict::no);
    line.clear();
    return yes;
  }

 private:
  RulePtr rule_;
  std::shared_ptr<const ContainerView> container_;
  std::string key_;
};

/// What either condition of a rule needs of a line. Each stands on lines of its own: a comment may end it.
std::string either(const Rule& rule) {
  if (!rule.resolve_when()) return rule.spec().condition;
  return "(" + rule.spec().condition + "\n) or (" + rule.spec().resolve_when + "\n)";
}

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

/// Looks back for one rule.
class LookBack {
 public:
  LookBack(Pipeline& pipeline, PastSources sources, RulePtr rule, Time since, PastLimits limits)
      : pipeline_(pipeline),
        sources_(sources),
        rule_(std::move(rule)),
        since_(since),
        limits_(limits),
        bytes_left_(limits.bytes),
        until_(pipeline.clock().steady_now() + limits.time) {}

  Task<Result<PastMatches>> run(std::function<bool(const Container&)> sees) {
    co_await choose(std::move(sees));
    if (rule_->spec().type == RuleType::log) {
      auto read = co_await look_at_lines();
      if (!read) co_return forward(read);
    } else if (rule_->spec().type == RuleType::metric) {
      auto asked = co_await look_at_samples();
      if (!asked) co_return forward(asked);
    } else if (sources_.others) {
      auto asked = co_await look_at_events();
      if (!asked) co_return forward(asked);
    }
    co_await pipeline_.filter_workers().run([&] { put_in_order(); });
    co_return std::move(past_);
  }

 private:
  /// A match that may be one with another.
  struct Found {
    PastMatch match;
    std::uint32_t order = 0;  // among those of the same time
    bool continues = false;   // it was found, and what stands before it is not known
    text::StdStream stream{};
  };

  [[nodiscard]] bool is_of_lines() const { return rule_->spec().type == RuleType::log; }
  [[nodiscard]] bool is_stored(const Container& container) const {
    return is_of_lines() ? sources_.lines && sources_.lines->has(container.id) : sources_.others != nullptr;
  }

  Task<> choose(std::function<bool(const Container&)> sees) {
    const Registry& registry = pipeline_.registry();
    const bool with_removed = is_of_lines() ? sources_.lines != nullptr : sources_.others != nullptr;
    const auto all = with_removed ? registry.with_removed() : registry.snapshot();
    const auto hosts = registry.host_names();
    auto chosen = co_await pipeline_.filter_workers().run([&] { return about(*all, *hosts, *rule_, sees); });
    std::size_t stored = 0;
    std::size_t others = 0;
    Turn turn;
    for (ContainerPtr& container : chosen) {
      co_await yield_if_due(turn);
      const bool is_one = is_stored(*container);
      std::size_t& count = is_one ? stored : others;
      if (count == (is_one ? limits_.stored : limits_.containers)) {
        past_.truncated = true;
        continue;
      }
      ++count;
      const auto host = hosts->find(container->host);
      past_.views.push_back(std::make_shared<const ContainerView>(container, host == hosts->end() ? "" : host->second));
      past_.containers.push_back(std::move(container));
    }
  }

  Task<Result<>> look_at_lines() {
    auto built = co_await pipeline_.filter_workers().run([&] { return LogRules::build({rule_}); });
    if (!built) co_return forward(built);
    rules_ = std::move(*built);
    std::vector<std::size_t> to_read;
    for (std::size_t i = 0; i < past_.containers.size(); ++i)
      if (is_stored(*past_.containers[i]))
        stored_.emplace(past_.containers[i]->id, i);
      else
        to_read.push_back(i);
    if (!stored_.empty()) {
      auto found = co_await find();
      if (!found) co_return found;
    }
    for (const std::size_t index : to_read) {
      auto read = co_await read_log(index);
      if (!read) co_return read;
    }
    co_return Result<>();
  }

  Task<Result<>> find() {
    LogFinder::Wanted wanted;
    for (const auto& [id, index] : stored_)
      wanted.logs.push_back({id, std::make_shared<const RuleFilter>(rule_, past_.views[index])});
    wanted.condition = either(*rule_);
    wanted.since = since_;
    wanted.most_lines = limits_.matches;
    wanted.most_time = until_ - pipeline_.clock().steady_now();
    auto found = co_await sources_.lines->find(std::move(wanted),
                                               [this](LogLines lines) { return take_found(std::move(lines)); });
    if (!found) co_return forward(found);
    past_.lines += found->lines;
    past_.from = found->from;
    if (!found->complete) past_.truncated = true;
    co_return Result<>();
  }

  Task<bool> take_found(LogLines lines) {
    const Batch& all = lines.batch->batch();
    const std::size_t index = stored_.at(all.container);
    co_await pipeline_.filter_workers().run([&] {
      Batch found;
      found.container = all.container;
      found.bytes = all.bytes;
      found.records.assign(all.records.begin() + lines.first, all.records.begin() + lines.last);
      // What they belong to is found out once all are there.
      for (Record& record : found.records) record.continues = false;
      LogContext context;
      const std::size_t before = found_.size();
      keep(evaluate(rules_, found, *past_.views[index], everything(), context), index);
      for (std::size_t i = before; i < found_.size(); ++i) {
        const auto record = std::ranges::lower_bound(
            all.records.begin() + lines.first, all.records.begin() + lines.last, seqs_[i - before], {}, &Record::seq);
        found_[i].continues = record->continues;
        found_[i].stream = record->stream;
      }
    });
    co_return found_.size() < limits_.matches;
  }

  /// Reads the lines of one container and keeps what matches.
  Task<Result<>> read_log(std::size_t index) {
    LogQuery query;
    query.since = since_;
    ForwardPages pages({pipeline_.workers(), pipeline_.workers(), nullptr, false}, pipeline_.origin(),
                       past_.containers[index]->id, std::move(query), nullptr);
    LogContext context;
    for (;;) {
      if (bytes_left_ == 0 || pipeline_.clock().steady_now() >= until_ || found_.size() >= limits_.matches) {
        past_.truncated = true;
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
      bytes_left_ -= std::min<std::uint64_t>(bytes_left_, batch->batch().bytes.size() + 1);
      co_await pipeline_.filter_workers().run([&] {
        LogEvaluation evaluation = evaluate(rules_, batch->batch(), *past_.views[index], everything(), context);
        past_.lines += evaluation.lines;
        keep(std::move(evaluation), index);
      });
    }
  }

  [[nodiscard]] LineBounds everything() const { return {.since = since_, .most_single = SIZE_MAX}; }

  void keep(LogEvaluation evaluation, std::size_t index) {
    if (!evaluation.unasked.empty()) past_.truncated = true;  // it is too dear
    for (LogEvaluation::Failure& failure : evaluation.failures) {
      past_.failures += failure.lines;
      past_.failure = std::move(failure.error);
    }
    seqs_.clear();
    for (LogMatch& match : evaluation.matches) {
      PastMatch& found = add(match.first, index);
      found.count = match.count;
      found.resolves = match.resolves;
      found.said = said(std::move(match.group), match.line.text, match.message);
      seqs_.push_back(match.line.seq);
    }
  }

  PastMatch& add(Time at, std::size_t index) {
    PastMatch& match = found_.emplace_back().match;
    match.at = at;
    match.container = static_cast<std::uint32_t>(index);
    return match;
  }

  static std::unique_ptr<PastMatch::Said> said(std::vector<std::string> group, std::string_view detail,
                                               std::string_view message) {
    return std::make_unique<PastMatch::Said>(
        PastMatch::Said{std::move(group), std::string(text::cut_at_character(detail, longest_text)),
                        std::string(text::cut_at_character(message, longest_text))});
  }

  Task<Result<>> look_at_samples() {
    for (std::size_t i = 0; i < past_.containers.size(); ++i) {
      if (past_.samples >= limits_.samples || said_ >= limits_.said || pipeline_.clock().steady_now() >= until_) {
        past_.truncated = true;
        break;
      }
      const ContainerId& id = past_.containers[i]->id;
      const Host* known = pipeline_.registry().find_host(past_.containers[i]->host);
      const std::optional<Host> host = known ? std::optional(*known) : std::nullopt;
      const Sampler::Series recent = pipeline_.sampler().series(id);
      std::vector<StatSample> samples;
      if (sources_.others) {
        const Time until = recent.samples.empty() ? Time::max() : recent.samples.front().time();
        auto stored = co_await sources_.others->past_samples(id, since_, until);
        if (!stored) co_return forward(stored);
        samples = std::move(*stored);
      }
      co_await pipeline_.filter_workers().run([&] {
        for (const PackedSample& packed : recent.samples)
          if (packed.time() >= since_) samples.push_back(packed.unpack());
        ask_samples(samples, recent.mounts, i, host ? &*host : nullptr);
      });
    }
    co_return Result<>();
  }

  /// Asks the rule about samples of one container.
  void ask_samples(const std::vector<StatSample>& samples, const MountUses& last_mounts, std::size_t index,
                   const Host* host) {
    std::optional<MovingSample> moving;
    if (rule_->spec().window) moving.emplace(*rule_->spec().window);
    // Of mounts only the last look is kept, and each sample is played with it.
    static const std::vector<MountUse> no_mounts;
    const std::vector<MountUse>& mounts = last_mounts ? *last_mounts : no_mounts;
    const RuleSpec& spec = rule_->spec();
    for (const StatSample& one : samples) {
      if (past_.samples % samples_at_once == 0 && pipeline_.clock().steady_now() >= until_) {
        past_.truncated = true;
        return;
      }
      const SampleFacts facts =
          sample_facts(moving ? moving->add(one) : one, *past_.containers[index], host, mounts, std::nullopt);
      const SampleView view(facts, &past_.views[index]->fields());
      PastMatch& match = add(one.time, index);
      ++past_.samples;
      match.holds = rule_->condition().judge(view.variables()) == expr::Verdict::yes;
      // Where not all samples have to hold, one that does not may be the last that is waited for.
      if (!match.holds && spec.share >= 1 && spec.by.empty()) continue;
      ++said_;
      match.said =
          said(spec.by.empty() ? std::vector<std::string>() : rule_->group_of(view.variables()), summary_of(facts), {});
    }
  }

  Task<Result<>> look_at_events() {
    std::map<ContainerId, std::size_t> indices;
    std::vector<ContainerId> ids;
    for (std::size_t i = 0; i < past_.containers.size(); ++i) {
      indices.emplace(past_.containers[i]->id, i);
      ids.push_back(past_.containers[i]->id);
    }
    auto events = co_await sources_.others->past_events(std::move(ids), since_, limits_.matches);
    if (!events) co_return forward(events);
    past_.events = events->size();
    if (events->empty()) co_return Result<>();
    past_.from = since_;
    if (events->size() == limits_.matches) {
      past_.truncated = true;
      past_.from = events->front().time;
    }
    co_await pipeline_.filter_workers().run([&] {
      const auto rules =
          std::make_shared<const ContainerRules>(ContainerRules{.log = {}, .metric = {}, .event = {rule_}});
      std::vector<AskedEvent> asked;
      asked.reserve(events->size());
      for (ContainerEvent& event : *events) {
        const std::size_t index = indices.at(event.container);
        asked.push_back({.event = std::make_shared<const ContainerEvent>(std::move(event)),
                         .view = past_.views[index],
                         .rules = rules});
      }
      RuleMeter meter(nullptr);
      auto matches = evaluate(asked, RuleTable({}), meter);
      if (!meter.unasked().empty()) past_.truncated = true;  // it is too dear
      for (std::size_t i = 0; i < asked.size(); ++i)
        for (EventMatch& found : matches[i]) {
          PastMatch& match = add(asked[i].event->time, indices.at(asked[i].event->container));
          match.resolves = found.resolves;
          match.said = said(std::move(found.group), detail_of(*asked[i].event), found.message);
        }
    });
    co_return Result<>();
  }

  void put_in_order() {
    for (std::size_t i = 0; i < found_.size(); ++i) found_[i].order = static_cast<std::uint32_t>(i);
    std::ranges::sort(found_, {}, [](const Found& one) { return std::pair(one.match.at, one.order); });
    // By container, stream and what it is: when the line before was written.
    std::map<std::tuple<std::uint32_t, text::StdStream, bool>, Time> last;
    for (Found& found : found_) {
      const auto [before, first] =
          last.try_emplace({found.match.container, found.stream, found.match.resolves}, found.match.at);
      const bool same = !first && found.continues && found.match.at - before->second <= one_trace;
      before->second = found.match.at;
      if (!same) past_.matches.push_back(std::move(found.match));
    }
  }

  Pipeline& pipeline_;
  PastSources sources_;
  RulePtr rule_;
  Time since_;
  PastLimits limits_;
  std::uint64_t bytes_left_;
  SteadyTime until_;
  std::shared_ptr<const LogRules> rules_;
  std::size_t said_ = 0;                       // of samples
  std::map<ContainerId, std::size_t> stored_;  // containers, and their indices
  std::vector<Found> found_;
  std::vector<Seq> seqs_;  // of those that were kept last
  PastMatches past_;
};

}  // namespace

Task<Result<PastMatches>> past_matches(Pipeline& pipeline, PastSources sources, RulePtr rule, Time since,
                                       std::function<bool(const Container&)> sees, PastLimits limits) {
  LookBack look(pipeline, sources, std::move(rule), since, limits);
  co_return co_await look.run(std::move(sees));
}

}  // namespace taffrail::alert
