#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/checker.hpp"
#include "expr/type.hpp"

namespace taffrail::expr {

/// One walk over a tree: a rule for each kind of node, which gives the type of its value, or null after a fault.
/// Operators are in checker_operators.cpp, members, slices and methods in checker_access.cpp, functions in
/// checker_calls.cpp, names and the rest in checker.cpp; what is true of types alone in type_rules.hpp.
class Checker {
 public:
  Checker(Tree& tree, const Environment& environment, Purpose purpose)
      : tree_(tree), environment_(environment), purpose_(purpose) {}

  Outcome<const Type*> run();

 private:
  struct Local {
    std::string_view name;
    std::uint32_t slot;
    const Type* type;
  };

  /// Notes the first fault. @return null
  const Type* fail(const Node& node, std::string message);
  const Type* mismatch(const Node& node, const Type& a, const Type& b);

  const Type* check(Node& node);
  const Type* find(Node& node);

  const Type* identifier(Node& node);
  const Type* group(Node& node, std::string_view prefix);
  /// A variable or a group of them by its full name.
  const Type* environment_name(Node& node, std::string_view name);
  const Type* unknown_name(const Node& node, std::string_view name);
  const Type* pointer(Node& node);
  const Type* let(Node& node);
  const Type* sequence(Node& node);
  const Type* conditional(Node& node);
  const Type* array(Node& node);
  const Type* map(Node& node);

  const Type* unary(Node& node);
  const Type* binary(Node& node);
  const Type* logical(Node& node);
  const Type* comparisons(Node& node);
  const Type* ordering(Node& node, const Type& a, const Type& b);
  const Type* check_level_name(Node& node);
  const Type* in(Node& node, const Type& a, const Type& b);
  const Type* matches(Node& node, const Type& a, const Type& b);
  const Type* arithmetic(Node& node, const Type& a, const Type& b);

  const Type* member(Node& node);
  const Type* group_member(Node& node, const Type& key);
  const Type* chain(Node& node);
  const Type* slice(Node& node);
  const Type* method(Node& node);

  const Type* call(Node& node);
  bool arity(const Node& node);
  const Type* builtin(Node& node);
  const Type* loop(Node& node);
  const Type* result_of(const Node& node);
  const Type* list_of(const Type& element);

  Tree& tree_;
  const Environment& environment_;
  Purpose purpose_;
  std::vector<Local> locals_;
  std::uint32_t locals_used_ = 0;
  std::vector<const Type*> items_;
  std::uint32_t checked_ = 0;  ///< nodes so far: what lies between two readings is the size of a tree
  bool folding_ = false;       ///< in the predicate of a reduce: there is an #acc
  bool failed_ = false;
  ExprError error_;
};

}  // namespace taffrail::expr
