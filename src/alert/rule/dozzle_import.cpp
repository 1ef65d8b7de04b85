#include "alert/rule/dozzle_import.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>

#include "alert/rule/yaml_tree.hpp"
#include "base/ascii.hpp"
#include "expr/template.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

using Kind = YamlNode::Kind;
using std::chrono::seconds;

// What the reference makes of its numbers.
constexpr std::int64_t usual_samples = 15;
constexpr std::int64_t most_samples = 300;
constexpr double samples_share = 0.8;
constexpr std::int64_t longest_metric_cooldown = 3600;

constexpr std::pair<std::string_view, RuleType> condition_keys[] = {
    {"logExpression", RuleType::log}, {"metricExpression", RuleType::metric}, {"eventExpression", RuleType::event}};

class Importer {
 public:
  explicit Importer(std::string name) : name_(std::move(name)) {}

  Result<DozzleImport> run(std::string_view yaml) {
    const auto documents = read_yaml(yaml);
    if (!documents)
      return fail(
          ErrorCode::invalid_argument,
          FileProblem{.file = name_, .line = documents.error().line, .message = documents.error().message}.text());
    if (documents->size() != 1 || documents->front().kind != Kind::map ||
        (documents->front().find("subscriptions") == nullptr && documents->front().find("dispatchers") == nullptr))
      return fail(ErrorCode::invalid_argument,
                  name_ + " is no notifications.yml: it has neither subscriptions nor dispatchers");
    for (const auto& [key, value] : documents->front().members) {
      if (key.text != "subscriptions" && key.text != "dispatchers")
        note(key, fmt::format("'{}' is left out: it is not known", key.text));
      else if (value.kind != Kind::list && value.kind != Kind::null)
        note(value, fmt::format("'{}' is left out: it is no list", key.text));
    }
    // Rules name destinations, so those come first.
    each(documents->front().find("dispatchers"), [this](const YamlNode& node) { add_destination(node); });
    each(documents->front().find("subscriptions"), [this](const YamlNode& node) { add_rules(node); });
    return std::move(result_);
  }

 private:
  template <class Visit>
  void each(const YamlNode* list, const Visit& visit) {
    if (list == nullptr) return;
    for (const YamlNode& item : list->items)
      item.kind == Kind::map ? visit(item) : note(item, "is left out: it is no map");
  }
  void note(const YamlNode& at, std::string message) {
    result_.notes.push_back({.file = name_, .line = at.line, .message = std::move(message)});
  }
  static std::string text(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.find(key);
    return node != nullptr && node->kind == Kind::scalar ? node->text : "";
  }
  std::int64_t number(const YamlNode& map, std::string_view key, std::int64_t otherwise) {
    const YamlNode* node = map.find(key);
    if (node == nullptr || node->kind == Kind::null) return otherwise;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
    if (node->kind == Kind::scalar && error == std::errc() && end == node->text.data() + node->text.size())
      return value;
    note(*node, fmt::format("'{}' is left out: it is no whole number", key));
    return otherwise;
  }
  void note_unknown(const YamlNode& map, std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : map.members)
      if (std::ranges::find(known, key.text) == known.end())
        note(key, fmt::format("'{}' is left out: it is not known", key.text));
  }
  /// A name that nothing of its kind has yet, of one line.
  static std::string unique(std::string name, std::string_view otherwise, std::set<std::string>& taken) {
    std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (ascii::trim(name).empty()) name = otherwise;
    constexpr std::size_t longest_name = 180;
    if (name.size() > longest_name) name = text::cut_at_character(name, longest_name);
    std::string made = name;
    for (int i = 2; !taken.insert(made).second; ++i) made = fmt::format("{} ({})", name, i);
    return made;
  }

  void add_destination(const YamlNode& node) {
    note_unknown(node, {"id", "name", "type", "url", "template", "headers"});
    const std::int64_t id = number(node, "id", 0);
    const std::string was = text(node, "name");
    const std::string type = text(node, "type");
    if (type != "webhook") {
      note(node, fmt::format("destination '{}' is left out: there is no counterpart of type '{}'", was, type));
      return;
    }
    const std::string name = unique(was, fmt::format("webhook {}", id), destination_names_);
    if (name != was) note(node, fmt::format("destination '{}' is called '{}' here", was, name));
    if (!destinations_.emplace(id, name).second)
      note(node, fmt::format("destination '{}' has the id {} of another one, to which the rules go", name, id));
    std::string json;
    text::JsonWriter out(json);
    out.begin_object().member("name", name).member("type", "webhook").member("url", text(node, "url"));
    if (const std::string body = text(node, "template"); !body.empty()) {
      const auto made = expr::Template::compile(body, expr::Environment::notification());
      if (made)
        out.member("template", body);
      else
        note(*node.find("template"),
             fmt::format("the template of '{}' is left out, the whole notification is sent: {} ({}:{})", name,
                         made.error().message, made.error().line, made.error().column));
    }
    if (const YamlNode* headers = node.find("headers"); headers != nullptr && !headers->members.empty()) {
      out.key("headers").begin_object();
      for (const auto& [key, value] : headers->members) out.member(key.text, value.text);
      out.end_object();
    }
    out.end_object();
    result_.destinations.push_back(std::move(json));
  }

  void add_rules(const YamlNode& node) {
    note_unknown(node, {"id", "name", "enabled", "dispatcherId", "logExpression", "containerExpression",
                        "metricExpression", "eventExpression", "cooldown", "sampleWindow"});
    const std::string was = text(node, "name");
    RuleSpec common;
    common.enabled = text(node, "enabled") == "true";
    common.containers = text(node, "containerExpression");
    read_destination(node, was, common);
    std::size_t conditions = 0;
    for (const auto& [key, type] : condition_keys) conditions += text(node, key).empty() ? 0 : 1;
    if (conditions == 0) note(node, fmt::format("rule '{}' is left out: it has no condition", was));
    for (const auto& [key, type] : condition_keys) {
      RuleSpec spec = common;
      spec.type = type;
      spec.condition = text(node, key);
      if (spec.condition.empty()) continue;
      const std::string_view kind = key.substr(0, key.size() - std::string_view("Expression").size());
      const std::string wanted = conditions > 1 ? fmt::format("{} ({})", was, kind) : was;
      spec.name = unique(wanted, fmt::format("rule {}", number(node, "id", 0)), rule_names_);
      if (spec.name != was) note(node, fmt::format("rule '{}' is called '{}' here", was, spec.name));
      read_times(node, spec);
      // What is written must be read again.
      const auto again = read_rule(to_json(spec), RuleOrigin::file);
      auto fault = again ? std::optional<RuleFault>() : again.error();
      if (const auto rule = Rule::check(0, 0, spec); !fault && !rule) fault = rule.error();
      if (!fault) {
        result_.rules.push_back(std::move(spec));
        continue;
      }
      const YamlNode* at = fault->key == "containers" ? node.find("containerExpression") : node.find(key);
      note(at == nullptr ? node : *at,
           fmt::format("rule '{}' is a comment now: {}", spec.name, fault->to_error().detail));
      result_.broken.push_back(std::move(spec));
    }
  }

  void read_destination(const YamlNode& node, const std::string& rule, RuleSpec& spec) {
    const std::int64_t id = number(node, "dispatcherId", 0);
    if (const auto at = destinations_.find(id); id > 0 && at != destinations_.end()) {
      spec.destination_names = {at->second};
      return;
    }
    note(node, id == 0 ? fmt::format("rule '{}' has no destination now: it went to Dozzle Cloud", rule)
                       : fmt::format("rule '{}' has no destination: there is none with the id {}", rule, id));
  }

  void read_times(const YamlNode& node, RuleSpec& spec) {
    const std::int64_t cooldown = std::clamp<std::int64_t>(number(node, "cooldown", 0), 0, longest.count());
    // The reference does not look at that of a rule about lines.
    if (spec.type == RuleType::event && cooldown > 0) spec.cooldown = seconds(cooldown);
    if (spec.type != RuleType::metric) return;
    spec.cooldown = seconds(std::min(cooldown, longest_metric_cooldown));
    std::int64_t samples = number(node, "sampleWindow", 0);
    samples = samples <= 0 ? usual_samples : std::min(samples, most_samples);
    if (samples == 1) return;  // the sample itself
    // It has one sample a second.
    spec.hold = seconds(samples);
    spec.share = samples_share;
  }

  static constexpr seconds longest{std::chrono::days(30)};

  std::string name_;
  DozzleImport result_;
  std::map<std::int64_t, std::string> destinations_;
  std::set<std::string> destination_names_;
  std::set<std::string> rule_names_;
};

}  // namespace

Result<DozzleImport> import_dozzle(std::string_view yaml, const std::string& name) { return Importer(name).run(yaml); }

std::string to_yaml(const DozzleImport& import) {
  return rules_to_yaml(import.rules, import.destinations, import.broken);
}

}  // namespace taffrail::alert
