#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/ast.hpp"
#include "expr/expr_error.hpp"
#include "expr/limits.hpp"
#include "expr/token.hpp"

namespace taffrail::expr {

/// What the rules of a parser work with: the token that is next, the nodes that they make, and the first fault. A rule
/// that fails gives null, or false, and those above it give up when they see it.
class TreeBuilder {
 public:
  /// Later stages recurse over the tree; their frames are small.
  static constexpr std::uint32_t tallest = 1000;

  /// @param tree outlives it @param tokens of its source, the last one `end` @param limits outlive it
  TreeBuilder(Tree& tree, std::vector<Token> tokens, const Limits& limits)
      : tree_(tree), tokens_(std::move(tokens)), limits_(limits) {}

  [[nodiscard]] const Token& current() const { return tokens_[at_]; }
  /// The one behind the current one, which is not `end`.
  [[nodiscard]] const Token& following() const { return tokens_[at_ + 1]; }
  void next() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  /// Passes over one that has to be there.
  bool expect_bracket(std::string_view text);
  bool expect_op(std::string_view text);

  /// A node that ends with the token before the current one.
  /// @param at the place that an error names @param start of the whole text
  Node* make(NodeKind kind, std::uint32_t at, std::uint32_t start, std::span<Node* const> children);
  Node* make(NodeKind kind, std::uint32_t at, std::uint32_t start, std::initializer_list<Node*> children) {
    return make(kind, at, start, std::span<Node* const>(children.begin(), children.size()));
  }
  Node* constant(Value value, const Token& token);
  /// One more child, for which the node has room in the arena.
  Node* append(Node* node, Node* child, std::uint32_t at);
  /// A copy that lives as long as the tree.
  std::string_view keep(std::string_view text) { return tree_.arena.copy(text); }
  template <class T>
  T* array(std::size_t count) {
    return tree_.arena.array<T>(count);
  }

  Node* fail_at(std::uint32_t at, std::uint32_t end, std::string message);
  Node* fail(std::string message) { return fail_at(current().at, current().end, std::move(message)); }
  Node* unexpected() { return fail("unexpected token " + describe(current())); }
  [[nodiscard]] const ExprError& error() const { return error_; }

  /// A step down in the recursion of the rules, for as long as it lives.
  class Level {
   public:
    explicit Level(TreeBuilder& builder) : builder_(builder) { ++builder_.level_; }
    ~Level() { --builder_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    /// Fails where it is one too many.
    [[nodiscard]] bool allowed();

   private:
    TreeBuilder& builder_;
  };

 private:
  /// Null where the tree below it is too high.
  Node* bounded(Node* node, std::uint32_t at);

  Tree& tree_;
  std::vector<Token> tokens_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;
  bool failed_ = false;
  ExprError error_;
};

}  // namespace taffrail::expr
