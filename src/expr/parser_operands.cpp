#include <fmt/format.h>

#include "expr/number_literal.hpp"
#include "expr/parser_rules.hpp"

namespace taffrail::expr {

Node* Parser::operand() {
  const Token token = current();
  if (token.kind == TokenKind::op) {
    if (token.text == "not" || token.text == "!" || token.text == "-" || token.text == "+") return prefixed(token);
    if (token.text == "::") {
      next();
      const Token name = current();
      if (name.kind != TokenKind::identifier) return unexpected();
      next();
      return call(name, nullptr, true);
    }
    if (predicates_ > 0 && (token.text == "#" || token.text == ".")) return pointer();
  }
  if (token.is_bracket("(")) {
    next();
    Node* inner = sequence();
    if (inner == nullptr) return nullptr;
    if (!expect_bracket(")")) return nullptr;
    return postfix(inner);
  }
  return literal_or_name();
}

Node* Parser::prefixed(const Token& op) {
  const bool negation = op.text == "not" || op.text == "!";
  next();
  Node* inner = expression(negation ? 50 : 90);
  if (inner == nullptr) return nullptr;
  Node* node = make(NodeKind::unary, op.at, op.at, {inner});
  if (node == nullptr) return nullptr;
  node->op = negation ? Op::logical_not : op.text == "-" ? Op::minus : Op::plus;
  return postfix(node);
}

Node* Parser::pointer() {
  const Token token = current();
  std::string_view name;
  if (token.text == "#") {
    next();
    if (current().kind == TokenKind::identifier) {
      name = keep(current().text);
      if (name != "index" && name != "acc") return fail(fmt::format("unknown pointer #{}", name));
      next();
    }
  }
  Node* node = make(NodeKind::pointer, token.at, token.at, {});
  if (node == nullptr) return nullptr;
  node->name = name;
  return postfix(node);
}

Node* Parser::literal_or_name() {
  const Token token = current();
  switch (token.kind) {
    case TokenKind::identifier: {
      next();
      if (token.text == "true" || token.text == "false") return constant(Value(token.text == "true"), token);
      if (token.text == "nil") return constant({}, token);
      if (current().is_bracket("(")) return call(token, nullptr, false);
      Node* node = make(NodeKind::identifier, token.at, token.at, {});
      if (node == nullptr) return nullptr;
      node->name = keep(token.text);
      return postfix(node);
    }
    case TokenKind::number: {
      next();
      const auto value = read_number(token.text);
      if (!value) return fail_at(token.at, token.end, value.error());
      return postfix(constant(*value, token));
    }
    case TokenKind::string:
    case TokenKind::bytes: {
      next();
      const std::string_view text = keep(token.text);
      return postfix(constant(token.kind == TokenKind::string ? Value(text) : Value::bytes(text), token));
    }
    case TokenKind::bracket:
      if (token.text == "[") return array_literal();
      if (token.text == "{") return map_literal();
      break;
    case TokenKind::op:
    case TokenKind::end: break;
  }
  return unexpected();
}

Node* Parser::array_literal() {
  const Token open = current();
  next();
  std::vector<Node*> elements;
  while (!current().is_bracket("]")) {
    if (!elements.empty()) {
      if (!expect_op(",")) return nullptr;
      if (current().is_bracket("]")) break;
    }
    Node* element = expression(0);
    if (element == nullptr) return nullptr;
    elements.push_back(element);
  }
  next();
  return postfix(make(NodeKind::array, open.at, open.at, elements));
}

Node* Parser::map_key() {
  const Token token = current();
  if (token.kind == TokenKind::number || token.kind == TokenKind::string || token.kind == TokenKind::identifier ||
      (token.kind == TokenKind::op && is_operator_word(token.text))) {
    next();
    return constant(Value(keep(token.text)), token);
  }
  if (token.is_bracket("(")) {
    next();
    Node* key = expression(0);
    if (key == nullptr || !expect_bracket(")")) return nullptr;
    return key;
  }
  return fail(
      fmt::format("a map key must be a quoted string, a number, a identifier, or an expression enclosed in "
                  "parentheses (unexpected token {})",
                  describe(token)));
}

Node* Parser::map_literal() {
  const Token open = current();
  next();
  std::vector<Node*> pairs;
  while (!current().is_bracket("}")) {
    if (!pairs.empty()) {
      if (!expect_op(",")) return nullptr;
      if (current().is_bracket("}")) break;
    }
    Node* key = map_key();
    if (key == nullptr || !expect_op(":")) return nullptr;
    Node* value = expression(0);
    if (value == nullptr) return nullptr;
    pairs.push_back(key);
    pairs.push_back(value);
  }
  next();
  return postfix(make(NodeKind::map, open.at, open.at, pairs));
}

}  // namespace taffrail::expr
