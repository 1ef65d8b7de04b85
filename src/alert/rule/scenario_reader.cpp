#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

#include "alert/rule/rule_scenario.hpp"
#include "alert/sample_facts.hpp"
#include "base/time_format.hpp"

namespace taffrail::alert {
namespace {

using Kind = YamlNode::Kind;

/// Of expressions' names for what a sample holds, those that are kept as they are given.
constexpr std::pair<std::string_view, std::optional<double> StatSample::*> measures[] = {
    {"cpuThrottled", &StatSample::cpu_throttled},
    {"swap", &StatSample::swap},
    {"pids", &StatSample::pids},
    {"netRx", &StatSample::net_rx},
    {"netTx", &StatSample::net_tx},
    {"blockRead", &StatSample::block_read},
    {"blockWrite", &StatSample::block_write},
    {"oomKills", &StatSample::oom_kills},
    {"cpuPressure", &StatSample::cpu_pressure},
    {"memoryPressure", &StatSample::memory_pressure},
    {"ioPressure", &StatSample::io_pressure},
};

/// Reads one scenario; the first fault is kept.
class ScenarioReader {
 public:
  explicit ScenarioReader(std::string file) : file_(std::move(file)) {}

  std::expected<Scenario, FileProblem> read(const YamlNode& node) {
    Scenario made;
    made.line = node.line;
    known(node, {"name", "rule", "start", "container", "inputs", "until", "alerts"});
    made.name = text(node, "name", "");
    made.rule = text(node, "rule", "");
    if (made.rule.empty()) fail(node, "a test needs 'rule': the name of the rule that it is about");
    const std::string start = text(node, "start", "2026-01-05T00:00:00Z");  // a Monday
    if (const auto time = parse_rfc3339(start))
      made.start = *time;
    else
      fail(*node.find("start"), "'start' must be a time such as 2026-01-05T10:00:00Z");
    if (const YamlNode* container = node.find("container")) read_container(*container, made);
    made.until = made.start;
    if (const YamlNode* inputs = list(node, "inputs"))
      for (const YamlNode& input : inputs->items) read_input(input, made);
    std::ranges::sort(made.inputs, {}, [](const ScenarioInput& input) { return std::pair(input.at, input.number); });
    if (!made.inputs.empty()) made.until = made.inputs.back().at;
    if (node.find("until") != nullptr) made.until = made.start + duration(node, "until");
    if (const YamlNode* alerts = list(node, "alerts"))
      for (const YamlNode& alert : alerts->items) read_alert(alert, made);
    if (fault_) return std::unexpected(std::move(*fault_));
    return made;
  }

 private:
  void fail(const YamlNode& at, std::string message) {
    if (!fault_) fault_ = FileProblem{.file = file_, .line = at.line, .message = std::move(message)};
  }
  void known(const YamlNode& node, std::initializer_list<std::string_view> names) {
    if (node.kind != Kind::map) return fail(node, fmt::format("must be a map with {}", fmt::join(names, ", ")));
    for (const auto& [key, value] : node.members)
      if (std::ranges::find(names, key.text) == names.end())
        fail(key, fmt::format("'{}' is not known here; there are {}", key.text, fmt::join(names, ", ")));
  }
  std::string text(const YamlNode& node, std::string_view key, std::string_view otherwise) {
    const YamlNode* value = node.find(key);
    if (value == nullptr || value->kind == Kind::null) return std::string(otherwise);
    if (value->kind != Kind::scalar) fail(*value, fmt::format("'{}' must be a text", key));
    return value->text;
  }
  const YamlNode* list(const YamlNode& node, std::string_view key) {
    const YamlNode* value = node.find(key);
    if (value == nullptr || value->kind == Kind::null) return nullptr;
    if (value->kind != Kind::list) fail(*value, fmt::format("'{}' must be a list", key));
    return value;
  }
  std::map<std::string, std::string> texts(const YamlNode& node, std::string_view key) {
    std::map<std::string, std::string> made;
    const YamlNode* value = node.find(key);
    if (value == nullptr) return made;
    if (value->kind != Kind::map) fail(*value, fmt::format("'{}' must be a map of texts", key));
    for (const auto& [name, entry] : value->members) made[name.text] = entry.text;
    return made;
  }
  /// A time after the start.
  Duration duration(const YamlNode& node, std::string_view key) {
    constexpr Duration longest = std::chrono::days(400);
    const YamlNode* value = node.find(key);
    const auto parsed = parse_duration(value == nullptr ? "" : value->text);
    if (parsed && *parsed <= longest) return *parsed;
    fail(value == nullptr ? node : *value, fmt::format("'{}' must be a length of time such as \"90s\"", key));
    return {};
  }
  std::uint64_t whole(const YamlNode& node, std::string_view key, std::uint64_t otherwise, std::uint64_t most) {
    const YamlNode* value = node.find(key);
    if (value == nullptr) return otherwise;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
    if (error != std::errc() || end != value->text.data() + value->text.size() || number > most)
      fail(*value, fmt::format("'{}' must be a whole number up to {}", key, most));
    return number;
  }
  std::optional<double> number(const YamlNode& node, std::string_view key) {
    const YamlNode* value = node.find(key);
    if (value == nullptr || value->kind == Kind::null) return std::nullopt;
    double number = 0;
    const auto [end, error] = std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
    if (error != std::errc() || end != value->text.data() + value->text.size() || !(number >= 0 && number < 1e18))
      fail(*value, fmt::format("'{}' must be a number of 0 or more", key));
    return number;
  }

  void read_container(const YamlNode& node, Scenario& made) {
    known(node, {"id", "name", "image", "service", "project", "group", "host", "labels"});
    Container& container = made.container;
    made.host = text(node, "host", "host");
    container.host = HostId(made.host);
    container.id = ContainerId(container.host, text(node, "id", "0123456789ab"));
    container.name = text(node, "name", "");
    container.image = text(node, "image", "");
    container.service = text(node, "service", "");
    container.project = text(node, "project", "");
    container.group = text(node, "group", "");
    container.labels = texts(node, "labels");
    container.state = ContainerState::running;
  }

  void read_input(const YamlNode& node, Scenario& made) {
    known(node, {"at", "times", "every", "line", "level", "sample", "event", "attributes", "stops"});
    Time at = made.start + duration(node, "at");
    const std::uint64_t times = whole(node, "times", 1, most_inputs);
    const Duration every = node.find("every") != nullptr ? duration(node, "every") : Duration(0);
    ScenarioInput input{.at = at, .what = ScenarioInput::Stop{}};
    int kinds = 0;
    if (node.find("line") != nullptr) {
      ++kinds;
      input.what = ScenarioInput::Line{.text = text(node, "line", ""), .level = text(node, "level", "")};
    }
    if (const YamlNode* sample = node.find("sample")) {
      ++kinds;
      input.what = read_sample(*sample);
    }
    if (node.find("event") != nullptr) {
      ++kinds;
      input.what = EventFacts{.action = text(node, "event", ""), .time = at, .attributes = texts(node, "attributes")};
    }
    if (node.find("stops") != nullptr) ++kinds;
    if (kinds != 1) return fail(node, "an input is one of 'line', 'sample', 'event' and 'stops'");
    for (std::uint64_t i = 0; i < times; ++i) {
      if (made.inputs.size() >= most_inputs)
        return fail(node, fmt::format("there are more than {} inputs", most_inputs));
      input.at = moved(at, every * static_cast<std::int64_t>(i));
      input.number = made.inputs.size();
      made.inputs.push_back(input);
    }
  }

  /// Percentages are of a host with one processor, and of a limit that makes them so.
  SampleFacts read_sample(const YamlNode& node) {
    StatSample sample;
    std::vector<std::string_view> names = {"cpu", "memory", "memoryUsage", "mounts", "restartsPerHour"};
    for (const auto& [name, value] : measures) names.push_back(name);
    if (node.kind != Kind::map) fail(node, "'sample' must be a map such as {cpu: 95}");
    for (const auto& [key, value] : node.members)
      if (std::ranges::find(names, key.text) == names.end())
        fail(key, fmt::format("'{}' is not known here; there are {}", key.text, fmt::join(names, ", ")));
    if (const auto cpu = number(node, "cpu")) sample.cpu = *cpu / 100;
    const auto percent = number(node, "memory");
    sample.memory = number(node, "memoryUsage");
    if (percent && !sample.memory) sample.memory = *percent * 1e6;
    if (percent && *percent > 0) sample.memory_limit = *sample.memory * 100 / *percent;
    for (const auto& [name, value] : measures) sample.*value = number(node, name);
    std::vector<MountUse> mounts;
    if (const YamlNode* given = list(node, "mounts")) {
      for (const YamlNode& mount : given->items) {
        known(mount, {"destination", "usedPercent"});
        const double used = std::min(number(mount, "usedPercent").value_or(0), 100.0);
        constexpr std::uint64_t total = 1'000'000;
        const auto free = total - static_cast<std::uint64_t>(used * 10'000);
        mounts.push_back({text(mount, "destination", ""), {.total = total, .free = free, .available = free}});
      }
    }
    return sample_facts(sample, {}, nullptr, std::move(mounts), number(node, "restartsPerHour"));
  }

  void read_alert(const YamlNode& node, Scenario& made) {
    known(node, {"at", "state", "count", "message", "group"});
    ScenarioAlert alert{
        .at = made.start + duration(node, "at"), .state = text(node, "state", "firing"), .line = node.line};
    if (alert.state != "firing" && alert.state != "repeated" && alert.state != "resolved")
      fail(node, "'state' must be firing, repeated or resolved");
    if (node.find("count") != nullptr) alert.count = whole(node, "count", 0, ~std::uint64_t{0});
    if (node.find("message") != nullptr) alert.message = text(node, "message", "");
    if (const YamlNode* group = list(node, "group")) {
      alert.group.emplace();
      for (const YamlNode& item : group->items) alert.group->push_back(item.text);
    }
    made.alerts.push_back(std::move(alert));
  }

  std::string file_;
  std::optional<FileProblem> fault_;
};

}  // namespace

std::expected<Scenario, FileProblem> read_scenario(const YamlNode& node, const std::string& file) {
  return ScenarioReader(file).read(node);
}

}  // namespace taffrail::alert
