#include "expr/parser.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "expr/parser_rules.hpp"

// Operator precedence as the reference has it: every binary operator has a level, and an operand is parsed down to the
// level above it. `|`, the pipe, is the loosest and `??` the tightest; the ternary is looser than all and only read
// where a whole expression may stand. Three things are peculiar: `a < b < c` means `a < b and b < c`; `not` may stand
// before in, matches, contains, startsWith and endsWith; `??` does not mix with operators to its right.

namespace taffrail::expr {

struct Operator {
  std::string_view text;
  Op op;
  int precedence;
  bool right = false;
  bool may_negate = false;
};

namespace {

constexpr int pipe_precedence = 0;
constexpr std::array binary_operators = {
    Operator{"or", Op::logical_or, 10},
    Operator{"||", Op::logical_or, 10},
    Operator{"and", Op::logical_and, 15},
    Operator{"&&", Op::logical_and, 15},
    Operator{"==", Op::equal, 20},
    Operator{"!=", Op::not_equal, 20},
    Operator{"<", Op::less, 20},
    Operator{">", Op::greater, 20},
    Operator{"<=", Op::less_equal, 20},
    Operator{">=", Op::greater_equal, 20},
    Operator{"in", Op::in, 20, false, true},
    Operator{"matches", Op::matches, 20, false, true},
    Operator{"contains", Op::contains, 20, false, true},
    Operator{"startsWith", Op::starts_with, 20, false, true},
    Operator{"endsWith", Op::ends_with, 20, false, true},
    Operator{"..", Op::range, 25},
    Operator{"+", Op::add, 30},
    Operator{"-", Op::subtract, 30},
    Operator{"*", Op::multiply, 60},
    Operator{"/", Op::divide, 60},
    Operator{"%", Op::modulo, 60},
    Operator{"**", Op::power, 100, true},
    Operator{"^", Op::power, 100, true},
    Operator{"??", Op::coalesce, 500},
};

const Operator* find_operator(const Token& token) {
  if (token.kind != TokenKind::op) return nullptr;
  const auto found = std::ranges::find(binary_operators, std::string_view(token.text), &Operator::text);
  return found == binary_operators.end() ? nullptr : &*found;
}

bool is_ordering(Op op) {
  return op == Op::less || op == Op::less_equal || op == Op::greater || op == Op::greater_equal;
}

}  // namespace

Outcome<Node*> Parser::run() {
  Node* root = sequence();
  if (root != nullptr && current().kind != TokenKind::end) root = unexpected();
  if (root == nullptr) return std::unexpected(error());
  return root;
}

Node* Parser::sequence() {
  Node* first = expression(0);
  if (first == nullptr || !current().is_op(";")) return first;
  std::vector<Node*> nodes{first};
  while (current().is_op(";")) {
    next();
    if (current().kind == TokenKind::end || current().is_bracket(")") || current().is_bracket("}")) break;
    Node* node = expression(0);
    if (node == nullptr) return nullptr;
    nodes.push_back(node);
  }
  if (nodes.size() == 1) return first;
  return make(NodeKind::sequence, first->at, first->start, nodes);
}

Node* Parser::expression(int precedence) {
  Level level(*this);
  if (!level.allowed()) return nullptr;
  if (precedence == 0 && current().is_op("let")) return let();
  if (precedence == 0 && current().is_op("if")) return if_else();
  Node* left = operand();
  std::string_view previous;
  Chain chain;
  while (left != nullptr && current().kind == TokenKind::op) {
    const Token op_token = current();
    if (op_token.text == "|") {
      if (precedence > pipe_precedence) break;
      left = pipe(left);
      previous = "|";
      continue;
    }
    const bool negated = op_token.text == "not";
    const Token& word = negated ? following() : op_token;
    const Operator* op = find_operator(word);
    if (negated && (op == nullptr || !op->may_negate)) {
      next();
      return unexpected();
    }
    if (op == nullptr || op->precedence < precedence) break;
    if (negated) next();
    const Token place = current();
    next();
    if (previous == "??" && op->op != Op::coalesce) {
      return fail_at(
          place.at, place.end,
          fmt::format("Operator ({}) and coalesce expressions (?\?) cannot be mixed. Wrap either by parentheses.",
                      op->text));
    }
    left = is_ordering(op->op) ? comparisons(left, *op, place) : binary(left, *op, place, chain);
    if (left != nullptr && negated) {
      left = make(NodeKind::unary, op_token.at, left->start, {left});
      if (left != nullptr) left->op = Op::logical_not;
    }
    previous = op->text;
  }
  if (left != nullptr && precedence == 0) left = conditional(left);
  return left;
}

Node* Parser::binary(Node* left, const Operator& op, const Token& place, Chain& chain) {
  Node* right = expression(op.right ? op.precedence : op.precedence + 1);
  if (right == nullptr) return nullptr;
  if (op.op == Op::logical_and || op.op == Op::logical_or) return logical(op.op, left, right, place.at, chain);
  Node* node = make(NodeKind::binary, place.at, left->start, {left, right});
  if (node != nullptr) node->op = op.op;
  return node;
}

Node* Parser::logical(Op op, Node* left, Node* right, std::uint32_t at, Chain& chain) {
  if (left == chain.node && left->op == op && left->children.size() < chain.capacity) return append(left, right, at);
  std::vector<Node*> operands;
  if (left == chain.node && left->op == op)
    operands.assign(left->children.begin(), left->children.end());
  else
    operands.push_back(left);
  operands.push_back(right);
  // Room is doubled, so that a chain of n operands takes O(n) memory of the arena.
  const std::size_t count = operands.size();
  operands.resize(std::max<std::size_t>(4, count * 2), nullptr);
  Node* node = make(NodeKind::logical, at, operands.front()->start, operands);
  if (node == nullptr) return nullptr;
  node->children = node->children.first(count);
  node->op = op;
  chain = {node, operands.size()};
  return node;
}

Node* Parser::comparisons(Node* left, Operator op, const Token& place) {
  std::vector<Node*> operands{left};
  std::vector<Op> operators;
  for (;;) {
    operators.push_back(op.op);
    Node* right = expression(op.precedence + 1);
    if (right == nullptr) return nullptr;
    operands.push_back(right);
    const Operator* again = find_operator(current());
    if (again == nullptr || !is_ordering(again->op)) break;
    op = *again;
    next();
  }
  const bool chained = operators.size() > 1;
  Node* node = make(chained ? NodeKind::comparisons : NodeKind::binary, place.at, left->start, operands);
  if (node == nullptr) return nullptr;
  if (!chained) {
    node->op = operators.front();
    return node;
  }
  auto* room = array<Op>(operators.size());
  std::ranges::copy(operators, room);
  node->operators = {room, operators.size()};
  return node;
}

Node* Parser::conditional(Node* node) {
  while (node != nullptr && current().is_op("?")) {
    const std::uint32_t at = current().at;
    next();
    Node* yes = nullptr;  // `a ?: b` has none
    if (!current().is_op(":")) {
      yes = expression(0);
      if (yes == nullptr) return nullptr;
    }
    if (!expect_op(":")) return nullptr;
    Node* no = expression(0);
    if (no == nullptr) return nullptr;
    node = yes == nullptr ? make(NodeKind::elvis, at, node->start, {node, no})
                          : make(NodeKind::conditional, at, node->start, {node, yes, no});
  }
  return node;
}

Node* Parser::let() {
  const Token word = current();
  next();
  const Token name = current();
  if (name.kind != TokenKind::identifier) return unexpected();
  next();
  if (!expect_op("=")) return nullptr;
  Node* value = expression(0);
  if (value == nullptr || !expect_op(";")) return nullptr;
  Node* body = sequence();
  if (body == nullptr) return nullptr;
  Node* node = make(NodeKind::let, name.at, word.at, {value, body});
  if (node != nullptr) node->name = keep(name.text);
  return node;
}

Node* Parser::braced() {
  if (!expect_bracket("{")) return nullptr;
  Node* body = sequence();
  if (body == nullptr || !expect_bracket("}")) return nullptr;
  return body;
}

Node* Parser::if_else() {
  Level level(*this);
  if (!level.allowed()) return nullptr;
  const Token word = current();
  next();
  Node* condition = expression(0);
  if (condition == nullptr) return nullptr;
  Node* yes = braced();
  if (yes == nullptr || !expect_op("else")) return nullptr;
  Node* no = current().is_op("if") ? if_else() : braced();
  if (no == nullptr) return nullptr;
  return make(NodeKind::conditional, word.at, word.at, {condition, yes, no});
}

Outcome<std::unique_ptr<Tree>> parse(std::string_view source, const Limits& limits) {
  auto tree = std::make_unique<Tree>();
  tree->source = source;
  auto tokens = tokenize(source, limits);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  Parser parser(*tree, std::move(*tokens), limits);
  const auto root = parser.run();
  if (!root) return std::unexpected(root.error());
  tree->root = *root;
  return tree;
}

}  // namespace taffrail::expr
