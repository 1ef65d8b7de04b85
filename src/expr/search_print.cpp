// Expressions as search-box shorthand.

#include <algorithm>
#include <fmt/format.h>

#include "expr/builtin.hpp"
#include "expr/checker.hpp"
#include "expr/format.hpp"
#include "expr/parser.hpp"
#include "expr/search.hpp"
#include "expr/shorthand.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

// Prints an expression as shorthand; sets `possible` to false where there is none.
class ShorthandWriter {
 public:
  explicit ShorthandWriter(const Environment& environment) : environment_(environment) {}

  std::string write(const Node& node, bool inside) {
    switch (node.kind) {
      case NodeKind::logical: {
        if (auto guarded = guarded_number(node)) return *guarded;
        if (auto one = one_term(node)) return *one;
        const bool any = node.op == Op::logical_or;
        std::string out;
        for (const Node* operand : node.children) {
          if (!out.empty()) out += any ? " or " : " ";
          out += write(*operand, true);
        }
        return inside ? '(' + out + ')' : out;
      }
      case NodeKind::unary: {
        if (node.op != Op::logical_not) break;
        return '-' + write(node.child(0), true);
      }
      case NodeKind::binary: return comparison(node);
      default: break;
    }
    possible = false;
    return {};
  }

  bool possible = true;

 private:
  static bool is_plain(std::string_view text) {
    if (text.empty() || text == "or" || text == "and" || text == "not" || text == "OR" || text == "AND" ||
        text == "NOT")
      return false;
    return std::ranges::all_of(text, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    });
  }
  static std::string word(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + '"';
  }

  bool is_text_variable(const Node& node) const {
    return node.kind == NodeKind::identifier && node.name == text_variable(environment_);
  }

  // The name that stands for a node in the shorthand, or nothing.
  std::optional<std::string> field_name(const Node& node) const {
    if (node.kind == NodeKind::identifier && environment_.find(node.name)) return std::string(node.name);
    if (node.kind == NodeKind::chain) return field_name(node.child(0));
    // `fields?.["a.b"] ?? fields?.a?.b`: the dotted name as it stands, or from object to object.
    if (node.kind == NodeKind::binary && node.op == Op::coalesce) return field_name(node.child(1));
    if (node.kind != NodeKind::member || !node.child(1).is_constant(Kind::string)) return {};
    const std::string key(node.child(1).value.as_string());
    const Node& from = node.child(0);
    if (from.kind == NodeKind::identifier && from.name == "container")
      return environment_.find(key) ? "container." + key : key;
    if (from.kind == NodeKind::identifier && from.name == "fields")
      return environment_.find(key) || environment_.find("container." + key) ? "fields." + key : key;
    if (from.kind == NodeKind::identifier && from.name == "labels") return "labels." + key;
    const auto before = field_name(from);
    if (!before) return {};
    return *before + '.' + key;
  }

  std::optional<std::string> value_text(const Node& node) const {
    if (node.is_constant(Kind::string)) return word(node.value.as_string());
    if (node.is_constant(Kind::boolean) || node.is_constant(Kind::integer) || node.is_constant(Kind::floating))
      return to_text(node.value);
    return {};
  }

  std::string no() {
    possible = false;
    return {};
  }

  std::string comparison(const Node& node) {
    const Node& left = node.child(0);
    const Node& right = node.child(1);
    if (node.op == Op::contains && right.is_constant(Kind::string)) {
      const std::string_view text = right.value.as_string();
      const bool folded =
          left.kind == NodeKind::builtin && left.builtin->name == "lower" && is_text_variable(left.child(0));
      if (folded && !has_upper(text)) return word(text);
      return is_text_variable(left) && has_upper(text) ? word(text) : no();
    }
    if (node.op == Op::matches && right.is_constant(Kind::string)) {
      std::string_view regex = right.value.as_string();
      const bool ignore_case = regex.starts_with("(?i)");
      if (ignore_case) regex.remove_prefix(4);
      if (regex.empty() || regex.find('/') != std::string_view::npos) return no();
      std::string pattern = fmt::format("/{}/{}", regex, ignore_case ? "i" : "");
      if (is_text_variable(left)) return pattern;
      const auto name = field_name(left);
      return name && environment_.find(*name) ? fmt::format("{}:{}", *name, pattern) : no();
    }
    const auto name = field_name(left);
    if (!name) return no();
    if (node.op == Op::in && right.kind == NodeKind::array && right.children.size() == 2) {
      const auto value = value_text(right.child(0));
      const bool twice = value && right.child(1).is_constant(Kind::string) &&
                         right.child(1).value.as_string() == to_text(right.child(0).value);
      return twice ? fmt::format("{}:{}", *name, *value) : no();
    }
    const auto value = value_text(right);
    if (!value) return no();
    switch (node.op) {
      case Op::equal: return fmt::format("{}:{}", *name, *value);
      case Op::not_equal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal: return fmt::format("{}:{}{}", *name, to_string(node.op), *value);
      default: return no();
    }
  }

  // A term that asks in several ways (`user:ada`: the text and the field): what prints its last part may mean it all.
  std::optional<std::string> one_term(const Node& node) const {
    ShorthandWriter last(environment_);
    std::string text = last.write(*node.children.back(), true);
    if (!last.possible) return {};
    const std::string bare = text.starts_with("fields.") ? text.substr(sizeof("fields.") - 1) : text;
    for (const std::string& term : {bare, text}) {
      const auto read = read_search(term, environment_);
      if (!read || !read->shorthand) continue;
      const auto tree = parse(read->expression);
      if (tree && print_shape(*(*tree)->root) == print_shape(node)) return term;
    }
    return {};
  }

  // `f != nil and float(f) >= 5`, which is what `f:>=5` means for a field of structured lines.
  std::optional<std::string> guarded_number(const Node& node) const {
    if (node.op != Op::logical_and || node.children.size() != 2) return {};
    const Node& guard = node.child(0);
    const Node& test = node.child(1);
    if (guard.kind != NodeKind::binary || guard.op != Op::not_equal || !guard.child(1).is_constant(Kind::nil))
      return {};
    if (test.kind != NodeKind::binary || test.child(0).kind != NodeKind::builtin) return {};
    const Node& call = test.child(0);
    if (call.builtin->name != "float" && call.builtin->name != "string" && call.builtin->name != "int") return {};
    const auto name = field_name(guard.child(0));
    const auto same = field_name(call.child(0));
    const auto value = value_text(test.child(1));
    if (!name || name != same || !value) return {};
    return fmt::format("{}:{}{}", *name, to_string(test.op), *value);
  }

  const Environment& environment_;
};

}  // namespace

std::optional<std::string> to_shorthand(std::string_view expression, const Environment& environment) {
  const auto tree = parse(expression);
  if (!tree || !check(**tree, environment, Purpose::condition)) return {};
  ShorthandWriter writer(environment);
  std::string text = writer.write(*(*tree)->root, false);
  if (!writer.possible) return {};
  // Printing is only right when reading it back gives the same condition.
  const auto again = read_search(text, environment);
  if (!again || !again->shorthand) return {};
  const auto reread = parse(again->expression);
  if (!reread || print_shape(*(*reread)->root) != print_shape(*(*tree)->root)) return {};
  return text;
}

}  // namespace taffrail::expr
