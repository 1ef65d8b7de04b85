#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "expr/tree_builder.hpp"

namespace taffrail::expr {

struct Builtin;
struct Operator;

/// The grammar, by recursive descent: a rule reads what is named after it, from the current token on, and gives its
/// node. Operators are in parser.cpp, what stands between them in parser_operands.cpp, and calls and what follows an
/// operand in parser_calls.cpp.
class Parser : private TreeBuilder {
 public:
  using TreeBuilder::TreeBuilder;

  /// The whole source.
  Outcome<Node*> run();

 private:
  /// The and/or node that the loop of `expression` is at, which the next operand of its kind joins: `a or b or c` is
  /// one node with three children, so that long lists of alternatives stay flat.
  struct Chain {
    Node* node = nullptr;
    std::size_t capacity = 0;
  };

  Node* sequence();
  /// With operators of this precedence and tighter ones.
  Node* expression(int precedence);
  Node* binary(Node* left, const Operator& op, const Token& place, Chain& chain);
  Node* logical(Op op, Node* left, Node* right, std::uint32_t at, Chain& chain);
  /// `a < b` or `a < b <= c`.
  Node* comparisons(Node* left, Operator op, const Token& place);
  Node* conditional(Node* node);
  Node* let();
  Node* if_else();
  Node* braced();

  Node* operand();
  Node* prefixed(const Token& op);
  Node* pointer();
  Node* literal_or_name();
  Node* array_literal();
  Node* map_literal();
  Node* map_key();

  Node* pipe(Node* left);
  /// name(…), with `first`, when not null, as the argument that a pipe hands in.
  Node* call(const Token& name, Node* first, bool builtin_only);
  bool plain_arguments(std::vector<Node*>& arguments);
  /// An array, a predicate and perhaps one more argument.
  bool predicate_arguments(const Builtin& builtin, std::vector<Node*>& arguments);
  Node* predicate();
  Node* postfix(Node* node);
  Node* member(Node* from, bool optional);
  Node* index_or_slice(Node* from, bool optional);
  /// Months and weekdays are integers here and named ones in the reference; where it would print the name, so do we:
  /// `t.Weekday().String()` and `string(t.Weekday())` become `t.Format("Monday")`. False when `node` is neither.
  bool spell_out(Node& node);

  unsigned predicates_ = 0;  // that are being read: there is a #
};

}  // namespace taffrail::expr
