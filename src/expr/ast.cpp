#include "expr/ast.hpp"

#include <array>
#include <fmt/format.h>

#include "expr/builtin.hpp"
#include "expr/format.hpp"
#include "expr/type.hpp"

namespace taffrail::expr {
namespace {

constexpr std::array<std::string_view, 19> kind_names = {"constant",  "identifier",  "pointer",     "unary", "binary",
                                                         "logical",   "comparisons", "conditional", "elvis", "member",
                                                         "chain",     "slice",       "method",      "call",  "builtin",
                                                         "predicate", "array",       "map",         "let"};

void print(std::string& out, const Node* node, bool types, std::size_t depth) {
  out.append(depth * 2, ' ');
  if (node == nullptr) {
    out += "-\n";
    return;
  }
  const auto kind = static_cast<std::size_t>(node->kind);
  out += '(';
  out += kind < kind_names.size() ? kind_names[kind] : std::string_view("sequence");
  if (node->op != Op::none) fmt::format_to(std::back_inserter(out), " {}", to_string(node->op));
  for (const Op op : node->operators) fmt::format_to(std::back_inserter(out), " {}", to_string(op));
  if (node->kind == NodeKind::constant) fmt::format_to(std::back_inserter(out), " {}", to_json(node->value));
  if (!node->name.empty()) fmt::format_to(std::back_inserter(out), " {}", node->name);
  if (node->optional) out += " optional";
  if (node->ordered_levels) out += " levels";
  fmt::format_to(std::back_inserter(out), " {}..{}", node->start, node->end);
  if (types && node->type != nullptr) fmt::format_to(std::back_inserter(out), " : {}", to_string(*node->type));
  if (node->children.empty()) {
    out += ")\n";
    return;
  }
  out += '\n';
  for (const Node* child : node->children) print(out, child, types, depth + 1);
  out.back() = ')';
  out += '\n';
}

}  // namespace

std::string_view to_string(Op op) {
  constexpr std::array<std::string_view, 25> names = {
      "",        "not",      "-",          "+",        "or", "and", "==", "!=", "<", "<=", ">",  ">=", "in",
      "matches", "contains", "startsWith", "endsWith", "..", "+",   "-",  "*",  "/", "%",  "**", "??"};
  return names[static_cast<std::size_t>(op)];
}

std::string print_ast(const Node& node, bool types) {
  std::string out;
  print(out, &node, types, 0);
  return out;
}

std::string print_shape(const Node& node) {
  std::string out = "(";
  const auto kind = static_cast<std::size_t>(node.kind);
  out += kind < kind_names.size() ? kind_names[kind] : std::string_view("sequence");
  fmt::format_to(std::back_inserter(out), " {} {}{}", to_string(node.op), node.name, node.optional ? "?" : "");
  for (const Op op : node.operators) fmt::format_to(std::back_inserter(out), " {}", to_string(op));
  if (node.kind == NodeKind::constant) out += to_json(node.value);
  for (const Node* child : node.children) out += child == nullptr ? "-" : print_shape(*child);
  return out + ')';
}

}  // namespace taffrail::expr
