#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "expr/arena.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

struct Type;
struct Builtin;

enum class NodeKind : std::uint8_t {
  constant,     ///< `value`; folded expressions, too
  identifier,   ///< `name`; the checker says what it stands for (`meaning`, `slot`)
  pointer,      ///< `#`, `#index`, `#acc`: `name` is "", "index" or "acc"
  unary,        ///< `op` [0]
  binary,       ///< [0] `op` [1]
  logical,      ///< `and` or `or` over all children
  comparisons,  ///< [0] < [1] <= [2] …, with `operators`; the operands in the middle are evaluated once
  conditional,  ///< [0] ? [1] : [2]
  elvis,        ///< [0] ?: [1]
  member,       ///< [0] . [1]; `optional` for ?.
  chain,        ///< [0], of which a link with `?.` ends the whole in nil
  slice,        ///< [0] [ [1] : [2] ]; [1] and [2] may be null
  method,       ///< [0] . name ( [1…] ); `optional` for ?.
  call,         ///< name ( children ), a function that is no builtin
  builtin,      ///< `builtin` ( children )
  predicate,    ///< [0], evaluated for each item of the builtin above it
  array,        ///< [ children ]
  map,          ///< { [0]: [1], [2]: [3] … }
  let,          ///< let name = [0]; [1], in local `slot`
  sequence,     ///< [0]; [1]; …
};

enum class Op : std::uint8_t {
  none,
  logical_not,
  minus,
  plus,
  logical_or,
  logical_and,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  matches,
  contains,
  starts_with,
  ends_with,
  range,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  coalesce,
};

[[nodiscard]] std::string_view to_string(Op op);

/// What the checker found an identifier or member to stand for.
enum class Meaning : std::uint8_t {
  none,
  variable,  ///< variable `slot` of the environment (a member of a group, too)
  local,     ///< `let` slot
  group,     ///< all variables below a prefix, as a map: `$env`, `container`
};

/// A node of the syntax tree, in an arena. Positions are rune offsets of the source.
struct Node {
  NodeKind kind = NodeKind::constant;
  Op op = Op::none;
  Meaning meaning = Meaning::none;
  bool optional = false;
  bool ordered_levels = false;  ///< a comparison of log levels by severity
  std::uint32_t at = 0;         ///< the place that an error names: of a binary node, its operator
  std::uint32_t start = 0;      ///< the whole text of the node
  std::uint32_t end = 0;
  std::uint32_t slot = 0;
  std::uint32_t height = 1;  ///< of the tree below, bounded by Limits::nesting
  Value value;
  std::string_view name;
  const Builtin* builtin = nullptr;
  const Type* type = nullptr;
  std::span<Node*> children;
  std::span<const Op> operators;

  [[nodiscard]] Node& child(std::size_t i) const { return *children[i]; }
  [[nodiscard]] bool is_constant(Kind k) const { return kind == NodeKind::constant && value.is(k); }
};

/// A parsed expression: its source, and the arena that holds the tree.
struct Tree {
  std::string source;
  Arena arena;
  Node* root = nullptr;
  std::uint32_t nodes = 0;
  std::uint32_t locals = 0;  ///< how many `let` slots the checker gave out
};

/// The tree as an S-expression, one node a line. @param types with the type that the checker found
[[nodiscard]] std::string print_ast(const Node& node, bool types);

/// The tree without positions, on one line: equal for expressions that differ in spelling only.
[[nodiscard]] std::string print_shape(const Node& node);

}  // namespace taffrail::expr
