#include "expr/parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <vector>

#include "expr/builtin.hpp"
#include "expr/token.hpp"
#include "expr/unicode.hpp"

// Operator precedence as the reference has it: every binary operator has a level, and an operand is parsed down to the
// level above it. `|`, the pipe, is the loosest and `??` the tightest; the ternary is looser than all and only read
// where a whole expression may stand. Three things are peculiar: `a < b < c` means `a < b and b < c`; `not` may stand
// before in, matches, contains, startsWith and endsWith; `??` does not mix with operators to its right.

namespace taffrail::expr {
namespace {

struct Operator {
  std::string_view text;
  Op op;
  int precedence;
  bool right = false;
  bool may_negate = false;
};

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

class Parser {
 public:
  Parser(Tree& tree, std::vector<Token> tokens, const Limits& limits)
      : tree_(tree), tokens_(std::move(tokens)), limits_(limits) {}

  Outcome<Node*> run() {
    Node* root = sequence();
    if (root != nullptr && current().kind != TokenKind::end) root = unexpected();
    if (root == nullptr) return std::unexpected(error_);
    return root;
  }

 private:
  [[nodiscard]] const Token& current() const { return tokens_[at_]; }
  void next() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }

  // Notes the first fault; everything above gives up when it sees the null.
  Node* fail_at(std::uint32_t at, std::uint32_t end, std::string message) {
    if (!failed_) error_ = error_at(Stage::parse, tree_.source, at, end, std::move(message));
    failed_ = true;
    return nullptr;
  }
  Node* fail(std::string message) { return fail_at(current().at, current().end, std::move(message)); }
  Node* unexpected() { return fail("unexpected token " + describe(current())); }
  bool expect_bracket(std::string_view text) {
    if (!current().is_bracket(text)) return unexpected() != nullptr;
    next();
    return true;
  }
  bool expect_op(std::string_view text) {
    if (!current().is_op(text)) return unexpected() != nullptr;
    next();
    return true;
  }

  Node* make(NodeKind kind, std::uint32_t at, std::uint32_t start, std::initializer_list<Node*> children) {
    return make(kind, at, start, std::span<Node* const>(children.begin(), children.size()));
  }
  Node* make(NodeKind kind, std::uint32_t at, std::uint32_t start, std::span<Node* const> children) {
    if (++tree_.nodes > limits_.nodes)
      return fail_at(at, at, fmt::format("expression exceeds the maximum of {} nodes", limits_.nodes));
    Node* node = tree_.arena.make<Node>();
    node->kind = kind;
    node->at = at;
    node->start = start;
    node->end = at_ == 0 ? current().end : tokens_[at_ - 1].end;
    auto* room = tree_.arena.array<Node*>(children.size());
    std::ranges::copy(children, room);
    node->children = {room, children.size()};
    for (const Node* child : children) {
      if (child != nullptr) node->height = std::max(node->height, child->height + 1);
    }
    if (node->height > tallest) return fail_at(at, at, fmt::format("expression nests more than {} operators", tallest));
    return node;
  }
  Node* constant(Value value, const Token& token) {
    Node* node = make(NodeKind::constant, token.at, token.at, {});
    if (node != nullptr) node->value = value;
    return node;
  }
  std::string_view keep(std::string_view text) { return tree_.arena.copy(text); }

  // Bounds the recursion of this parser for as long as one lives.
  struct Level {
    explicit Level(Parser& p) : parser(p) { ++parser.level_; }
    ~Level() { --parser.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    Parser& parser;
  };

  // The and/or node that the loop of `expression` is at, which the next operand of its kind joins: `a or b or c` is one
  // node with three children, so that long lists of alternatives stay flat.
  struct Chain {
    Node* node = nullptr;
    std::size_t capacity = 0;
  };

  Node* sequence() {
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

  Node* expression(int precedence) {
    const Level level(*this);
    if (level_ > limits_.nesting) return fail(fmt::format("expression nests deeper than {} levels", limits_.nesting));
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
      const Token& word = negated ? tokens_[at_ + 1] : op_token;
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

  Node* binary(Node* left, const Operator& op, const Token& place, Chain& chain) {
    Node* right = expression(op.right ? op.precedence : op.precedence + 1);
    if (right == nullptr) return nullptr;
    if (op.op == Op::logical_and || op.op == Op::logical_or) return logical(op.op, left, right, place.at, chain);
    Node* node = make(NodeKind::binary, place.at, left->start, {left, right});
    if (node != nullptr) node->op = op.op;
    return node;
  }

  Node* logical(Op op, Node* left, Node* right, std::uint32_t at, Chain& chain) {
    if (left == chain.node && left->op == op && left->children.size() < chain.capacity) {
      const std::size_t count = left->children.size();
      Node** room = left->children.data();
      room[count] = right;
      left->children = {room, count + 1};
      left->height = std::max(left->height, right->height + 1);
      left->end = tokens_[at_ - 1].end;
      if (left->height > tallest)
        return fail_at(at, at, fmt::format("expression nests more than {} operators", tallest));
      return left;
    }
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

  // `a < b` or `a < b <= c`.
  Node* comparisons(Node* left, Operator op, const Token& place) {
    std::vector<Node*> operands{left};
    std::vector<Op> operators;
    for (;;) {
      operators.push_back(op.op);
      Node* right = expression(op.precedence + 1);
      if (right == nullptr) return nullptr;
      operands.push_back(right);
      const Operator* following = find_operator(current());
      if (following == nullptr || !is_ordering(following->op)) break;
      op = *following;
      next();
    }
    const bool chained = operators.size() > 1;
    Node* node = make(chained ? NodeKind::comparisons : NodeKind::binary, place.at, left->start, operands);
    if (node == nullptr) return nullptr;
    if (!chained) {
      node->op = operators.front();
      return node;
    }
    auto* room = tree_.arena.array<Op>(operators.size());
    std::ranges::copy(operators, room);
    node->operators = {room, operators.size()};
    return node;
  }

  Node* conditional(Node* node) {
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

  Node* let() {
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

  Node* braced() {
    if (!expect_bracket("{")) return nullptr;
    Node* body = sequence();
    if (body == nullptr || !expect_bracket("}")) return nullptr;
    return body;
  }

  Node* if_else() {
    const Level level(*this);
    if (level_ > limits_.nesting) return fail(fmt::format("expression nests deeper than {} levels", limits_.nesting));
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

  Node* operand() {
    const Token token = current();
    if (token.kind == TokenKind::op) {
      const bool negation = token.text == "not" || token.text == "!";
      if (negation || token.text == "-" || token.text == "+") {
        next();
        Node* inner = expression(negation ? 50 : 90);
        if (inner == nullptr) return nullptr;
        Node* node = make(NodeKind::unary, token.at, token.at, {inner});
        if (node == nullptr) return nullptr;
        node->op = negation ? Op::logical_not : token.text == "-" ? Op::minus : Op::plus;
        return postfix(node);
      }
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

  Node* pointer() {
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

  Node* literal_or_name() {
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
        Node* node = number(token);
        return node == nullptr ? nullptr : postfix(node);
      }
      case TokenKind::string:
      case TokenKind::bytes: {
        next();
        const std::string_view text = keep(token.text);
        Node* node = constant(token.kind == TokenKind::string ? Value(text) : Value::bytes(text), token);
        return node == nullptr ? nullptr : postfix(node);
      }
      case TokenKind::bracket:
        if (token.text == "[") return array();
        if (token.text == "{") return map();
        break;
      case TokenKind::op:
      case TokenKind::end: break;
    }
    return unexpected();
  }

  Node* number(const Token& token) {
    std::string text;
    std::ranges::copy_if(token.text, std::back_inserter(text), [](char c) { return c != '_'; });
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
      const char kind = static_cast<char>(text[1] | 0x20);
      base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    }
    if (base == 10 && text.find_first_of(".eE") != std::string::npos) {
      if (text.back() == '.') text += '0';
      double value = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (code == std::errc::result_out_of_range && end == text.data() + text.size()) {
        // Too small becomes 0; too large cannot be held.
        value = std::strtod(text.c_str(), nullptr);
        if (value > 1) return fail_at(token.at, token.end, fmt::format("invalid float literal: {}", token.text));
      } else if (code != std::errc() || end != text.data() + text.size()) {
        return fail_at(token.at, token.end, fmt::format("invalid float literal: {}", token.text));
      }
      return constant(Value(value), token);
    }
    const char* first = text.data() + (base == 10 ? 0 : 2);
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(first, text.data() + text.size(), value, base);
    if (code != std::errc() || end != text.data() + text.size()) {
      const bool large = code == std::errc::result_out_of_range;
      return fail_at(
          token.at, token.end,
          fmt::format("{}: {}", large ? "integer literal is too large" : "invalid integer literal", token.text));
    }
    return constant(Value(value), token);
  }

  Node* array() {
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
    Node* node = make(NodeKind::array, open.at, open.at, elements);
    return node == nullptr ? nullptr : postfix(node);
  }

  Node* map_key() {
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

  Node* map() {
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
    Node* node = make(NodeKind::map, open.at, open.at, pairs);
    return node == nullptr ? nullptr : postfix(node);
  }

  Node* pipe(Node* left) {
    next();
    const Token name = current();
    if (name.kind != TokenKind::identifier) return unexpected();
    next();
    return call(name, left, false);
  }

  // name(…), with `first`, when not null, as the argument that a pipe hands in.
  Node* call(const Token& name, Node* first, bool builtin_only) {
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

  bool plain_arguments(std::vector<Node*>& arguments) {
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

  // An array, a predicate and perhaps one more argument.
  bool predicate_arguments(const Builtin& builtin, std::vector<Node*>& arguments) {
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

  Node* predicate() {
    const Token start = current();
    const bool braces = start.is_bracket("{");
    ++predicates_;
    Node* body = braces ? braced() : expression(0);
    --predicates_;
    if (body == nullptr) return nullptr;
    if (!braces && current().is_op(";")) return fail("wrap predicate with brackets { and }");
    return make(NodeKind::predicate, start.at, start.at, {body});
  }

  Node* postfix(Node* node) {
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

  Node* member(Node* from, bool optional) {
    const Token name = current();
    if (name.kind != TokenKind::identifier && !(name.kind == TokenKind::op && is_operator_word(name.text)))
      return fail("expected name");
    next();
    const bool in_chain = from->kind == NodeKind::chain;
    Node* inner = in_chain ? &from->child(0) : from;
    Node* node = nullptr;
    if (current().is_bracket("(")) {
      std::vector<Node*> arguments{inner};
      if (!plain_arguments_after(arguments)) return nullptr;
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

  // Months and weekdays are integers here and named ones in the reference; where it would print the name, so do we:
  // `t.Weekday().String()` and `string(t.Weekday())` become `t.Format("Monday")`. False when `node` is neither.
  bool spell_out(Node& node) {
    Node& call = node.kind == NodeKind::chain ? node.child(0) : node;
    const bool month = call.name == "Month";
    if (call.kind != NodeKind::method || call.children.size() != 1 || (!month && call.name != "Weekday")) return false;
    auto* room = tree_.arena.array<Node*>(2);
    room[0] = call.children[0];
    room[1] = make(NodeKind::constant, call.at, call.start, {});
    if (room[1] == nullptr) return false;
    room[1]->value = Value(month ? "January" : "Monday");
    call.children = {room, 2};
    call.name = "Format";
    return true;
  }

  bool plain_arguments_after(std::vector<Node*>& arguments) {
    std::vector<Node*> given;
    if (!plain_arguments(given)) return false;
    arguments.insert(arguments.end(), given.begin(), given.end());
    return true;
  }

  Node* index_or_slice(Node* from, bool optional) {
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

  // Later stages recurse over the tree; their frames are small.
  static constexpr std::uint32_t tallest = 1000;

  Tree& tree_;
  std::vector<Token> tokens_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;
  unsigned predicates_ = 0;
  bool failed_ = false;
  ExprError error_;
};

}  // namespace

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
