#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <simdjson.h>
#include <span>
#include <utility>

#include "alert/rule/rule.hpp"
#include "base/ascii.hpp"
#include "base/time_format.hpp"
#include "expr/environment.hpp"
#include "expr/limits.hpp"

namespace taffrail::alert {
namespace {

using Element = simdjson::dom::element;
using Type = simdjson::dom::element_type;
using std::chrono::seconds;

// What a rule may hold. A rule is written by hand; more is a mistake, or meant to fill the disk.
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_expression = expr::Limits{}.source_bytes;
constexpr std::size_t longest_message = expr::Template::longest_source;
constexpr std::size_t longest_runbook = 2048;
constexpr std::size_t most_labels = 64;
constexpr std::size_t longest_label_name = 128;
constexpr std::size_t longest_label = 1024;
constexpr std::size_t most_groupings = 8;
constexpr std::size_t most_destinations = 50;
constexpr std::uint64_t most_counted = 1'000'000'000;
constexpr Duration shortest = seconds(1);
constexpr Duration longest = std::chrono::days(30);
/// What is usual is the mean over the day before: more than a quarter of it is no short time any more.
constexpr Duration longest_spike = std::chrono::hours(6);

constexpr auto rule_keys = std::to_array<std::string_view>(
    {"name",   "enabled",  "severity", "labels",   "runbook",      "message", "containers", "log",
     "metric", "event",    "count",    "absent",   "spike",        "for",     "share",      "window",
     "by",     "cooldown", "resolve",  "schedule", "destinations", "escalate"});

constexpr auto weekdays = std::to_array<std::string_view>({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});

/// The members of an object that are not null: null is as good as absent, so that a change of a rule can take a key
/// out.
class Keys {
 public:
  void add(std::string_view name, Element value) { members_.emplace_back(name, value); }
  [[nodiscard]] const Element* find(std::string_view name) const {
    const auto at = std::ranges::find(members_, name, &std::pair<std::string_view, Element>::first);
    return at == members_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

 private:
  std::vector<std::pair<std::string_view, Element>> members_;
};

std::string known_names(std::span<const std::string_view> names) { return fmt::format("{}", fmt::join(names, ", ")); }

/// Reads one rule. The first fault is kept and what is read after it counts for nothing, so that no step asks.
class RuleReader {
 public:
  explicit RuleReader(RuleOrigin origin) : origin_(origin) {}

  std::expected<RuleSpec, RuleFault> read(std::string_view json) {
    simdjson::dom::parser parser;
    Element root;
    if (const auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS)
      return std::unexpected(
          RuleFault{.message = fmt::format("a rule must be one JSON object ({})", simdjson::error_message(error))});
    if (!root.is_object()) return std::unexpected(RuleFault{.message = "a rule must be a JSON object"});
    const Keys keys = open("", root, rule_keys, "");
    read_words(keys);
    read_condition(keys);
    read_modifiers(keys);
    read_resolve(keys);
    if (const Element* schedule = keys.find("schedule")) read_schedule(*schedule);
    if (const Element* list = keys.find("destinations"))
      read_destinations("destinations", *list, spec_.destinations, spec_.destination_names);
    if (const Element* escalate = keys.find("escalate")) read_escalation(*escalate);
    check_combination();
    if (fault_) return std::unexpected(std::move(*fault_));
    return std::move(spec_);
  }

 private:
  void fail(std::string key, std::string message) {
    if (!fault_) fault_ = RuleFault{.key = std::move(key), .message = std::move(message)};
  }

  /// @param example of an object of this kind, for the message
  Keys open(const std::string& path, Element element, std::span<const std::string_view> known,
            std::string_view example) {
    Keys keys;
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) {
      fail(path, fmt::format("must be an object such as {}", example));
      return keys;
    }
    std::vector<std::string_view> seen;
    for (const auto& [key, value] : object) {
      const std::string name = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
      if (std::ranges::find(known, key) == known.end()) {
        const std::string_view near = expr::nearest(key, known);
        fail(name.substr(0, longest_name), near.empty()
                                               ? fmt::format("is not known here; there are {}", known_names(known))
                                               : fmt::format("is not known here, did you mean {}?", near));
        return keys;
      }
      if (std::ranges::find(seen, key) != seen.end()) fail(name, "is given twice");
      seen.push_back(key);
      if (!value.is_null()) keys.add(key, value);
    }
    return keys;
  }

  std::string text(const std::string& key, Element element, std::size_t bound) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS)
      fail(key, "must be a text (in quotes)");
    else if (text.size() > bound)
      fail(key, fmt::format("is longer than {} bytes", bound));
    else
      return std::string(text);
    return {};
  }

  std::uint64_t whole_number(const std::string& key, Element element, std::uint64_t least, std::uint64_t most) {
    std::uint64_t number = 0;
    if (element.get(number) != simdjson::SUCCESS || number < least || number > most)
      fail(key, fmt::format("must be a whole number from {} to {}", least, most));
    return number;
  }

  double number(const std::string& key, Element element, double least, double most) {
    double number = 0;
    if (element.get(number) != simdjson::SUCCESS || !(number >= least && number <= most))
      fail(key, fmt::format("must be a number from {} to {}", least, most));
    return number;
  }

  Duration duration(const std::string& key, Element element, Duration least = shortest, Duration most = longest) {
    std::string_view text;
    Result<Duration> parsed = taffrail::fail(ErrorCode::invalid_argument, "");
    if (element.get(text) == simdjson::SUCCESS && text.size() <= longest_name) parsed = parse_duration(text);
    if (parsed && *parsed >= least && *parsed <= most) return *parsed;
    fail(key, fmt::format("must be a length of time from {} to {}, such as \"10m\" or \"1h30m\"",
                          to_duration_text(least), to_duration_text(most)));
    return least;
  }

  void need(const std::string& path, const Keys& keys, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
      if (!keys.has(name)) fail(fmt::format("{}.{}", path, name), "is missing");
  }

  void read_words(const Keys& keys) {
    if (const Element* e = keys.find("name")) spec_.name = text("name", *e, longest_name);
    if (ascii::trim(spec_.name).empty()) fail("name", "is missing: what the rule is called");
    if (std::ranges::any_of(spec_.name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
      fail("name", "must be one line without control characters");
    if (const Element* e = keys.find("enabled"); e && e->get(spec_.enabled) != simdjson::SUCCESS)
      fail("enabled", "must be true or false");
    if (const Element* e = keys.find("severity")) {
      std::string_view name;
      const auto all = {Severity::info, Severity::warning, Severity::critical};
      const auto at = e->get(name) == simdjson::SUCCESS
                          ? std::ranges::find(all, name, [](Severity s) { return to_string(s); })
                          : all.end();
      if (at == all.end())
        fail("severity", "must be info, warning or critical");
      else
        spec_.severity = *at;
    }
    if (const Element* e = keys.find("labels")) read_labels(*e);
    if (const Element* e = keys.find("runbook")) {
      spec_.runbook = text("runbook", *e, longest_runbook);
      // It becomes a link in the page and in messages.
      const bool web = spec_.runbook.starts_with("https://") || spec_.runbook.starts_with("http://");
      if (!spec_.runbook.empty() &&
          (!web || std::ranges::any_of(spec_.runbook, [](char c) { return static_cast<unsigned char>(c) <= 0x20; })))
        fail("runbook", "must be an address that begins with https:// or http://, without spaces");
    }
    if (const Element* e = keys.find("message")) spec_.message = text("message", *e, longest_message);
    if (const Element* e = keys.find("containers")) spec_.containers = text("containers", *e, longest_expression);
  }

  void read_labels(Element element) {
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS)
      return fail("labels", R"(must be an object such as {"team": "shop"})");
    if (object.size() > most_labels) return fail("labels", fmt::format("are more than {}", most_labels));
    for (const auto& [name, value] : object) {
      if (name.empty() || name.size() > longest_label_name)
        return fail("labels", fmt::format("have a name that is empty or longer than {} bytes", longest_label_name));
      const std::string key = fmt::format("labels.{}", name);
      if (!spec_.labels.emplace(name, text(key, value, longest_label)).second) fail(key, "is given twice");
    }
  }

  void read_condition(const Keys& keys) {
    constexpr std::pair<std::string_view, RuleType> types[] = {
        {"log", RuleType::log}, {"metric", RuleType::metric}, {"event", RuleType::event}};
    std::string_view first;
    for (const auto& [name, type] : types) {
      const Element* e = keys.find(name);
      if (e == nullptr) continue;
      if (!first.empty())
        return fail(std::string(name), fmt::format("does not go with '{}': a rule has one condition", first));
      first = name;
      spec_.type = type;
      spec_.condition = text(std::string(name), *e, longest_expression);
    }
    if (first.empty()) fail("", "a rule needs a condition: one of 'log', 'metric' and 'event'");
  }

  void read_modifiers(const Keys& keys) {
    if (const Element* e = keys.find("count")) {
      const Keys inner =
          open("count", *e, std::to_array<std::string_view>({"over", "in"}), R"({"over": 20, "in": "5m"})");
      need("count", inner, {"over", "in"});
      RuleSpec::Count& count = *(spec_.count = RuleSpec::Count{});
      if (const Element* over = inner.find("over")) count.over = whole_number("count.over", *over, 0, most_counted);
      if (const Element* in = inner.find("in")) count.in = duration("count.in", *in);
    }
    if (const Element* e = keys.find("absent")) read_absent(*e);
    if (const Element* e = keys.find("spike")) {
      const Keys inner = open("spike", *e, std::to_array<std::string_view>({"factor", "in", "min"}),
                              R"({"factor": 3, "in": "5m", "min": 20})");
      need("spike", inner, {"factor", "in"});
      RuleSpec::Spike& spike = *(spec_.spike = RuleSpec::Spike{});
      if (const Element* factor = inner.find("factor")) spike.factor = number("spike.factor", *factor, 1, 1e6);
      if (const Element* in = inner.find("in")) spike.in = duration("spike.in", *in, shortest, longest_spike);
      if (const Element* min = inner.find("min")) spike.min = whole_number("spike.min", *min, 0, most_counted);
    }
    if (const Element* e = keys.find("for")) spec_.hold = duration("for", *e);
    if (const Element* e = keys.find("share")) {
      spec_.share = number("share", *e, 0.01, 1);
      if (!spec_.hold) fail("share", "needs 'for': it is the share of the samples within that time");
    }
    if (const Element* e = keys.find("window")) read_window(*e);
    if (const Element* e = keys.find("by")) {
      each("by", *e, most_groupings, R"(["container.service"])", [this](const std::string& key, Element item) {
        const std::string expression = text(key, item, longest_expression);
        if (std::ranges::find(spec_.by, expression) != spec_.by.end()) fail(key, "is given twice");
        spec_.by.push_back(expression);
      });
    }
    if (const Element* e = keys.find("cooldown")) spec_.cooldown = duration("cooldown", *e, Duration(0));
  }

  void read_absent(Element element) {
    if (element.is_string()) {
      spec_.absent = duration("absent", element);
      return;
    }
    const Keys inner = open("absent", element, std::to_array<std::string_view>({"for", "always"}),
                            R"({"for": "10m", "always": true}, or a length of time such as "10m")");
    need("absent", inner, {"for"});
    if (const Element* length = inner.find("for")) spec_.absent = duration("absent.for", *length);
    if (const Element* always = inner.find("always"); always && always->get(spec_.absent_always) != simdjson::SUCCESS)
      fail("absent.always", "must be true or false");
  }

  void read_window(Element element) {
    constexpr auto names = std::to_array<std::string_view>({"avg", "max", "rate"});
    const Keys inner = open("window", element, names, R"({"avg": "5m"})");
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Element* e = inner.find(names[i]);
      if (e == nullptr) continue;
      if (spec_.window) return fail("window", "must have one of avg, max and rate, not several");
      spec_.window = RuleSpec::MovingWindow{.aggregate = static_cast<RuleSpec::Aggregate>(i),
                                            .length = duration(fmt::format("window.{}", names[i]), *e)};
    }
    if (!spec_.window) fail("window", R"(must have one of avg, max and rate, such as {"avg": "5m"})");
  }

  void read_resolve(const Keys& keys) {
    const Element* e = keys.find("resolve");
    if (e == nullptr) return;
    const std::string said = text("resolve", *e, longest_expression);
    // No expression begins with a number and a unit.
    if (said.size() <= longest_name && parse_duration(said))
      spec_.resolve_after = duration("resolve", *e);
    else
      spec_.resolve_when = said;
    if (ascii::trim(said).empty()) fail("resolve", "must be an expression, or a length of time such as \"10m\"");
  }

  void read_schedule(Element element) {
    constexpr auto names = std::to_array<std::string_view>({"days", "from", "to", "zone"});
    const Keys inner = open("schedule", element, names,
                            R"({"days": ["mon", "fri"], "from": "08:00", "to": "18:00", "zone": "Europe/Paris"})");
    RuleSpec::Schedule& schedule = *(spec_.schedule = RuleSpec::Schedule{});
    if (const Element* e = inner.find("days")) {
      schedule.days = 0;
      each("schedule.days", *e, weekdays.size(), R"(["mon", "tue"])", [&](const std::string& key, Element item) {
        const auto at = std::ranges::find(weekdays, text(key, item, longest_name));
        if (at == weekdays.end()) return fail(key, fmt::format("must be one of {}", known_names(weekdays)));
        const unsigned bit = 1U << static_cast<unsigned>(at - weekdays.begin());
        if ((schedule.days & bit) != 0) fail(key, "is given twice");
        schedule.days = static_cast<std::uint8_t>(schedule.days | bit);
      });
      if (schedule.days == 0) fail("schedule.days", "must name a day");
    }
    if (const Element* e = inner.find("from")) schedule.from = time_of_day("schedule.from", *e);
    if (const Element* e = inner.find("to")) schedule.to = time_of_day("schedule.to", *e);
    if (schedule.from == schedule.to)
      fail("schedule", "begins and ends at the same time; leave both out for whole days");
    if (schedule.from == 86400) fail("schedule.from", "must be before 24:00");
    if (const Element* e = inner.find("zone")) schedule.zone = text("schedule.zone", *e, longest_name);
  }

  std::int32_t time_of_day(const std::string& key, Element element) {
    const std::string said = text(key, element, longest_name);
    const auto two = [&](std::size_t at) { return (said[at] - '0') * 10 + said[at + 1] - '0'; };
    if (said.size() == 5 && said[2] == ':' && ascii::is_digit(said[0]) && ascii::is_digit(said[1]) &&
        ascii::is_digit(said[3]) && ascii::is_digit(said[4])) {
      const std::int32_t minutes = two(0) * 60 + two(3);
      if (two(3) < 60 && minutes <= 24 * 60) return minutes * 60;
    }
    fail(key, R"(must be a time of day from "00:00" to "24:00")");
    return 0;
  }

  void read_destinations(const std::string& key, Element element, std::vector<DestinationId>& ids,
                         std::vector<std::string>& names) {
    const std::string_view example = origin_ == RuleOrigin::file ? R"(["ops"])" : "[1, 2]";
    each(key, element, most_destinations, example, [&](const std::string& at, Element item) {
      if (origin_ == RuleOrigin::file && item.is_string()) {
        const std::string name = text(at, item, longest_name);
        if (name.empty()) fail(at, "must be a destination's name or number");
        if (std::ranges::find(names, name) != names.end()) fail(at, "is given twice");
        names.push_back(name);
        return;
      }
      std::int64_t id = 0;
      if (item.get(id) != simdjson::SUCCESS || id <= 0)
        fail(at,
             origin_ == RuleOrigin::file ? "must be a destination's name or number" : "must be a destination's number");
      if (std::ranges::find(ids, id) != ids.end()) fail(at, "is given twice");
      ids.push_back(id);
    });
  }

  void read_escalation(Element element) {
    const Keys inner = open("escalate", element, std::to_array<std::string_view>({"after", "destinations"}),
                            R"({"after": "15m", "destinations": [2]})");
    need("escalate", inner, {"after", "destinations"});
    RuleSpec::Escalation& escalate = *(spec_.escalate = RuleSpec::Escalation{});
    if (const Element* e = inner.find("after")) escalate.after = duration("escalate.after", *e);
    if (const Element* e = inner.find("destinations"))
      read_destinations("escalate.destinations", *e, escalate.destinations, escalate.destination_names);
    if (escalate.destinations.empty() && escalate.destination_names.empty())
      fail("escalate.destinations", "must name a destination");
  }

  template <class Visit>
  void each(const std::string& key, Element element, std::size_t most, std::string_view example, const Visit& visit) {
    simdjson::dom::array list;
    if (element.get(list) != simdjson::SUCCESS) return fail(key, fmt::format("must be a list such as {}", example));
    if (list.size() > most) return fail(key, fmt::format("must be a list of at most {}", most));
    std::size_t number = 0;
    for (const Element item : list) visit(fmt::format("{}[{}]", key, number++), item);
  }

  void check_combination() {
    const bool metric = spec_.type == RuleType::metric;
    const std::string_view type = spec_.type == RuleType::log ? "log" : metric ? "metric" : "event";
    if (metric && spec_.count) fail("count", "goes with 'log' and 'event', not with 'metric'; see 'for'");
    if (metric && spec_.spike) fail("spike", "goes with 'log' and 'event', not with 'metric'; see 'window'");
    if (spec_.type != RuleType::log && spec_.absent)
      fail("absent", fmt::format("goes with 'log', not with '{}'", type));
    if (!metric && spec_.hold) fail("for", fmt::format("goes with 'metric', not with '{}'; see 'count'", type));
    if (!metric && spec_.window) fail("window", fmt::format("goes with 'metric', not with '{}'", type));
    if (spec_.absent && spec_.count) fail("count", "does not go with 'absent'");
    if (spec_.absent && spec_.spike) fail("spike", "does not go with 'absent'");
    if (spec_.count && spec_.spike) fail("spike", "does not go with 'count'; 'spike.min' is the least number");
  }

  RuleOrigin origin_;
  RuleSpec spec_;
  std::optional<RuleFault> fault_;
};

}  // namespace

Error RuleFault::to_error() const {
  std::string detail = key.empty() ? message : fmt::format("'{}' {}", key, message);
  if (line != 0) detail += fmt::format(" ({}:{})", line, column);
  return {ErrorCode::invalid_argument, std::move(detail)};
}

std::expected<RuleSpec, RuleFault> read_rule(std::string_view json, RuleOrigin origin) {
  return RuleReader(origin).read(json);
}

Result<RuleSpec> rule_of_json(std::string_view json) {
  auto spec = read_rule(json, RuleOrigin::api);
  if (!spec) return std::unexpected(spec.error().to_error());
  return std::move(*spec);
}

}  // namespace taffrail::alert
