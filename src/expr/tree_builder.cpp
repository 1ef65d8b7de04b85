#include "expr/tree_builder.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace taffrail::expr {

bool TreeBuilder::expect_bracket(std::string_view text) {
  if (!current().is_bracket(text)) return unexpected() != nullptr;
  next();
  return true;
}

bool TreeBuilder::expect_op(std::string_view text) {
  if (!current().is_op(text)) return unexpected() != nullptr;
  next();
  return true;
}

Node* TreeBuilder::make(NodeKind kind, std::uint32_t at, std::uint32_t start, std::span<Node* const> children) {
  if (++tree_.nodes > limits_.nodes)
    return fail_at(at, at, fmt::format("expression exceeds the maximum of {} nodes", limits_.nodes));
  Node* node = tree_.arena.make<Node>();
  node->kind = kind;
  node->at = at;
  node->start = start;
  node->end = at_ == 0 ? current().end : tokens_[at_ - 1].end;
  auto* room = array<Node*>(children.size());
  std::ranges::copy(children, room);
  node->children = {room, children.size()};
  for (const Node* child : children) {
    if (child != nullptr) node->height = std::max(node->height, child->height + 1);
  }
  return bounded(node, at);
}

Node* TreeBuilder::constant(Value value, const Token& token) {
  Node* node = make(NodeKind::constant, token.at, token.at, {});
  if (node != nullptr) node->value = value;
  return node;
}

Node* TreeBuilder::append(Node* node, Node* child, std::uint32_t at) {
  const std::size_t count = node->children.size();
  Node** room = node->children.data();
  room[count] = child;
  node->children = {room, count + 1};
  node->height = std::max(node->height, child->height + 1);
  node->end = tokens_[at_ - 1].end;
  return bounded(node, at);
}

Node* TreeBuilder::bounded(Node* node, std::uint32_t at) {
  if (node->height <= tallest) return node;
  return fail_at(at, at, fmt::format("expression nests more than {} operators", tallest));
}

Node* TreeBuilder::fail_at(std::uint32_t at, std::uint32_t end, std::string message) {
  if (!failed_) error_ = error_at(Stage::parse, tree_.source, at, end, std::move(message));
  failed_ = true;
  return nullptr;
}

bool TreeBuilder::Level::allowed() {
  const std::size_t most = builder_.limits_.nesting;
  if (builder_.level_ <= most) return true;
  return builder_.fail(fmt::format("expression nests deeper than {} levels", most)) != nullptr;
}

}  // namespace taffrail::expr
