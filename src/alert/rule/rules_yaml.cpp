#include <simdjson.h>
#include <yaml-cpp/emitter.h>

#include "alert/rule/rule_files.hpp"
#include "alert/rule/yaml_tree.hpp"

namespace taffrail::alert {
namespace {

void write(YAML::Emitter& out, simdjson::dom::element element);

void write(YAML::Emitter& out, std::string_view text) {
  // In quotes what would be read as something else; the emitter quotes what would be no scalar.
  const bool quoted = is_typed(text) || text.find('\n') != std::string_view::npos;
  out << (quoted ? YAML::DoubleQuoted : YAML::Auto) << std::string(text);
}

void write(YAML::Emitter& out, simdjson::dom::object object) {
  out << YAML::BeginMap;
  for (const auto& [key, value] : object) {
    out << YAML::Key;
    write(out, key);
    out << YAML::Value;
    write(out, value);
  }
  out << YAML::EndMap;
}

void write(YAML::Emitter& out, simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::OBJECT: return write(out, simdjson::dom::object(element));
    case element_type::ARRAY:
      out << YAML::BeginSeq;
      for (const simdjson::dom::element item : simdjson::dom::array(element)) write(out, item);
      out << YAML::EndSeq;
      return;
    case element_type::STRING: return write(out, std::string_view(element));
    default: out << YAML::Auto << std::string(simdjson::to_string(element)); return;
  }
}

void write_json(YAML::Emitter& out, std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  // It was written by us.
  if (parser.parse(json).get(root) == simdjson::SUCCESS) write(out, root);
}

}  // namespace

std::string rules_to_yaml(std::span<const RuleSpec> rules, std::span<const std::string> destinations,
                          std::span<const RuleSpec> broken) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  if (!destinations.empty()) {
    out << YAML::Key << "destinations" << YAML::Value << YAML::BeginSeq;
    for (const std::string& json : destinations) write_json(out, json);
    out << YAML::EndSeq;
  }
  if (!rules.empty() || destinations.empty()) {
    out << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
    for (const RuleSpec& rule : rules) write_json(out, to_json(rule));
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
  std::string text = std::string(out.c_str(), out.size()) + "\n";
  if (broken.empty()) return text;
  text += "# These do not work here; each needs a change of its own.\n";
  const std::string comments = rules_to_yaml(broken, {});
  for (std::size_t at = 0; at < comments.size();) {
    const std::size_t end = comments.find('\n', at);
    text += "# " + comments.substr(at, end - at) + '\n';
    at = end + 1;
  }
  return text;
}

}  // namespace taffrail::alert
