#include <fmt/format.h>

#include "expr/builtin.hpp"
#include "expr/parser_rules.hpp"

namespace taffrail::expr {

Node* Parser::pipe(Node* left) {
  next();
  const Token name = current();
  if (name.kind != TokenKind::identifier) return unexpected();
  next();
  return call(name, left, false);
}

Node* Parser::call(const Token& name, Node* first, bool builtin_only) {
  const Builtin* builtin = find_builtin(name.text);
  if (builtin_only && builtin == nullptr)
    return fail_at(name.at, name.end, fmt::format("unknown builtin {}", name.text));
  std::vector<Node*> arguments;
  if (first != nullptr) arguments.push_back(first);
  const std::uint32_t start = first == nullptr ? name.at : first->start;
  const bool good = builtin != nullptr && builtin->takes_predicate() ? predicate_arguments(*builtin, arguments)
                                                                     : plain_arguments(arguments);
  if (!good) return nullptr;
  if (name.text == "string" && arguments.size() == 1 && spell_out(*arguments[0])) return postfix(arguments[0]);
  Node* node = make(builtin == nullptr ? NodeKind::call : NodeKind::builtin, name.at, start, arguments);
  if (node == nullptr) return nullptr;
  node->builtin = builtin;
  node->name = keep(name.text);
  return postfix(node);
}

bool Parser::plain_arguments(std::vector<Node*>& arguments) {
  if (!expect_bracket("(")) return false;
  const std::size_t before = arguments.size();
  while (!current().is_bracket(")")) {
    if (arguments.size() > before) {
      if (!expect_op(",")) return false;
      if (current().is_bracket(")")) break;
    }
    Node* argument = expression(0);
    if (argument == nullptr) return false;
    arguments.push_back(argument);
  }
  next();
  return true;
}

bool Parser::predicate_arguments(const Builtin& builtin, std::vector<Node*>& arguments) {
  if (!expect_bracket("(")) return false;
  const std::size_t piped = arguments.size();
  while (arguments.size() < builtin.max_arguments) {
    if (current().is_bracket(")")) break;
    if (arguments.size() > piped) {
      if (!expect_op(",")) return false;
      if (current().is_bracket(")")) break;
    }
    Node* argument = arguments.size() == 1 ? predicate() : expression(0);
    if (argument == nullptr) return false;
    arguments.push_back(argument);
  }
  if (current().is_op(",")) next();
  if (arguments.size() < builtin.min_arguments && current().is_bracket(")")) {
    return fail(fmt::format("not enough arguments to call {}", builtin.name)) != nullptr;
  }
  return expect_bracket(")");
}

Node* Parser::predicate() {
  const Token start = current();
  const bool braces = start.is_bracket("{");
  ++predicates_;
  Node* body = braces ? braced() : expression(0);
  --predicates_;
  if (body == nullptr) return nullptr;
  if (!braces && current().is_op(";")) return fail("wrap predicate with brackets { and }");
  return make(NodeKind::predicate, start.at, start.at, {body});
}

Node* Parser::postfix(Node* node) {
  while (node != nullptr) {
    bool optional = false;
    if (current().is_op("?.")) {
      optional = true;
      next();
      if (!current().is_bracket("[")) {
        node = member(node, true);
        continue;
      }
    } else if (current().is_op(".")) {
      next();
      node = member(node, false);
      continue;
    }
    if (!current().is_bracket("[")) break;
    node = index_or_slice(node, optional);
  }
  return node;
}

Node* Parser::member(Node* from, bool optional) {
  const Token name = current();
  if (name.kind != TokenKind::identifier && !(name.kind == TokenKind::op && is_operator_word(name.text)))
    return fail("expected name");
  next();
  const bool in_chain = from->kind == NodeKind::chain;
  Node* inner = in_chain ? &from->child(0) : from;
  Node* node = nullptr;
  if (current().is_bracket("(")) {
    std::vector<Node*> arguments{inner};
    if (!plain_arguments(arguments)) return nullptr;
    if (name.text == "String" && arguments.size() == 1 && spell_out(*inner)) return from;
    node = make(NodeKind::method, name.at, from->start, arguments);
    if (node != nullptr) node->name = keep(name.text);
  } else {
    Node* key = constant(Value(keep(name.text)), name);
    if (key == nullptr) return nullptr;
    node = make(NodeKind::member, name.at, from->start, {inner, key});
  }
  if (node == nullptr) return nullptr;
  node->optional = optional;
  return in_chain || optional ? make(NodeKind::chain, name.at, from->start, {node}) : node;
}

bool Parser::spell_out(Node& node) {
  Node& call = node.kind == NodeKind::chain ? node.child(0) : node;
  const bool month = call.name == "Month";
  if (call.kind != NodeKind::method || call.children.size() != 1 || (!month && call.name != "Weekday")) return false;
  auto* room = array<Node*>(2);
  room[0] = call.children[0];
  room[1] = make(NodeKind::constant, call.at, call.start, {});
  if (room[1] == nullptr) return false;
  room[1]->value = Value(month ? "January" : "Monday");
  call.children = {room, 2};
  call.name = "Format";
  return true;
}

Node* Parser::index_or_slice(Node* from, bool optional) {
  const Token open = current();
  next();
  Node* low = nullptr;
  if (!current().is_op(":")) {
    low = expression(0);
    if (low == nullptr) return nullptr;
    if (!current().is_op(":")) {
      if (!expect_bracket("]")) return nullptr;
      Node* node = make(NodeKind::member, open.at, from->start, {from, low});
      if (node == nullptr) return nullptr;
      node->optional = optional;
      return optional ? make(NodeKind::chain, open.at, from->start, {node}) : node;
    }
  }
  next();
  Node* high = nullptr;
  if (!current().is_bracket("]")) {
    high = expression(0);
    if (high == nullptr) return nullptr;
  }
  if (!expect_bracket("]")) return nullptr;
  return make(NodeKind::slice, open.at, from->start, {from, low, high});
}

}  // namespace taffrail::expr
