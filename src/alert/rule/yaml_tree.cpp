#include "alert/rule/yaml_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/ascii.hpp"
#include "text/json_string.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

/// Deeper than any rule; what reads the tree goes as deep.
constexpr std::size_t deepest = 32;

std::uint32_t line_of(const YAML::Mark& mark) { return static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1; }

/// Ends the parsing: the parser has no other way to be stopped.
struct Stopped {
  YamlFault fault;
};

/// Builds the tree of one document.
class TreeBuilder final : public YAML::EventHandler {
 public:
  [[nodiscard]] YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    root_ = YamlNode{.line = line_of(mark)};
    open_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(YamlNode{.line = line_of(mark)}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stopped{{line_of(mark), "aliases (*name) are not taken; write it out"}};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str")
      throw Stopped{{line_of(mark), "tags other than !!str are not taken"}};
    add(YamlNode{.kind = YamlNode::Kind::scalar, .plain = tag == "?", .line = line_of(mark), .text = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    begin(YamlNode{.kind = YamlNode::Kind::list, .line = line_of(mark)});
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    begin(YamlNode{.kind = YamlNode::Kind::map, .line = line_of(mark)});
  }
  void OnMapEnd() override { end(); }

 private:
  void begin(YamlNode node) {
    if (open_.size() >= deepest) throw Stopped{{node.line, fmt::format("is nested deeper than {} levels", deepest)}};
    open_.push_back(std::move(node));
  }
  void end() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    add(std::move(node));
  }
  [[nodiscard]] static bool key_is_open(const YamlNode& map) {
    return !map.members.empty() && map.members.back().second.line == 0;
  }
  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    if (parent.kind == YamlNode::Kind::list) {
      parent.items.push_back(std::move(node));
    } else if (key_is_open(parent)) {
      parent.members.back().second = std::move(node);
    } else if (node.kind == YamlNode::Kind::scalar) {
      parent.members.emplace_back(std::move(node), YamlNode{.line = 0});  // line 0: its value is still to come
    } else {
      throw Stopped{{node.line, "a key must be a word"}};
    }
  }

  YamlNode root_;
  std::vector<YamlNode> open_;
};

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  // from_chars takes words, such as "inf", that JSON has no number for.
  if (text.empty() || !(ascii::is_digit(text.front()) || text.front() == '.')) return false;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// "+1", ".5", "1." and "007" are numbers, but not so in JSON.
std::string json_number(std::string_view text) {
  std::int64_t whole = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
      error == std::errc() && end == text.data() + text.size())
    return fmt::format("{}", whole);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return fmt::format("{}", number);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  for (const auto& [key, value] : members)
    if (key.text == name) return &value;
  return nullptr;
}

bool is_typed(std::string_view plain) {
  return is_one_of(plain, {"", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"}) ||
         is_number(plain);
}

Result<std::string> read_yaml_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::unexpected(system_error("open " + path.string(), errno));
  std::string text(longest_yaml + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return std::unexpected(system_error("read " + path.string(), errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::expected<std::vector<YamlNode>, YamlFault> read_yaml(std::string_view text) {
  if (text.size() > longest_yaml)
    return std::unexpected(YamlFault{.message = fmt::format("is longer than {} KiB", longest_yaml / 1024)});
  if (!text::is_valid_utf8(text)) return std::unexpected(YamlFault{.message = "is not UTF-8"});
  std::vector<YamlNode> documents;
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder;
    while (parser.HandleNextDocument(builder)) documents.push_back(builder.take());
  } catch (const YAML::Exception& error) {
    return std::unexpected(YamlFault{.line = line_of(error.mark), .message = error.msg});
  } catch (Stopped& stopped) {
    return std::unexpected(std::move(stopped.fault));
  }
  return documents;
}

void append_json(std::string& out, const YamlNode& node, HoldsText holds_text, const std::string& path,
                 std::map<std::string, std::uint32_t, std::less<>>& lines) {
  lines[path] = node.line;
  switch (node.kind) {
    case YamlNode::Kind::null: out += "null"; return;
    case YamlNode::Kind::scalar: {
      if (!node.plain || !is_typed(node.text) || holds_text(path)) return text::append_json_string(out, node.text);
      const std::string lower = ascii::to_lower(node.text);
      if (is_one_of(lower, {"true", "false"}))
        out += lower;
      else
        out += is_number(node.text) ? json_number(node.text) : "null";
      return;
    }
    case YamlNode::Kind::list:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, node.items[i], holds_text, fmt::format("{}[{}]", path, i), lines);
      }
      out += ']';
      return;
    case YamlNode::Kind::map:
      out += '{';
      for (std::size_t i = 0; i < node.members.size(); ++i) {
        const auto& [key, value] = node.members[i];
        if (i > 0) out += ',';
        text::append_json_string(out, key.text);
        out += ':';
        const std::string inner = path.empty() ? key.text : fmt::format("{}.{}", path, key.text);
        append_json(out, value, holds_text, inner, lines);
        lines[inner] = key.line;
      }
      out += '}';
      return;
  }
}

}  // namespace taffrail::alert
