#include <array>
#include <fmt/format.h>
#include <re2/re2.h>

#include "expr/checker_rules.hpp"
#include "expr/context.hpp"
#include "expr/operations.hpp"
#include "expr/type_rules.hpp"

namespace taffrail::expr {

const Type* Checker::mismatch(const Node& node, const Type& a, const Type& b) {
  return fail(node, fmt::format("invalid operation: {} (mismatched types {} and {})", to_string(node.op), to_string(a),
                                to_string(b)));
}

const Type* Checker::unary(Node& node) {
  const Type* inner = check(node.child(0));
  if (inner == nullptr) return nullptr;
  const bool good = node.op == Op::logical_not
                        ? fits_condition(*inner)
                        : maybe_number(*inner) || (node.op == Op::minus && inner->is(TypeKind::duration));
  if (!good)
    return fail(node, fmt::format("invalid operation: {} (mismatched type {})", to_string(node.op), to_string(*inner)));
  return node.op == Op::logical_not ? &boolean_type : inner->is_open() ? &any_type : inner;
}

const Type* Checker::binary(Node& node) {
  const Type* a = check(node.child(0));
  const Type* b = a == nullptr ? nullptr : check(node.child(1));
  if (b == nullptr) return nullptr;
  switch (node.op) {
    case Op::equal:
    case Op::not_equal: return comparable(*a, *b) ? &boolean_type : mismatch(node, *a, *b);
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: return ordering(node, *a, *b);
    case Op::in: return in(node, *a, *b);
    case Op::matches: return matches(node, *a, *b);
    case Op::contains:
    case Op::starts_with:
    case Op::ends_with: return maybe_text(*a) && maybe_text(*b) ? &boolean_type : mismatch(node, *a, *b);
    case Op::range: {
      const auto whole = [](const Type& t) { return t.is(TypeKind::integer) || t.is_open(); };
      return whole(*a) && whole(*b) ? &integers_type : mismatch(node, *a, *b);
    }
    case Op::coalesce: return a->is(TypeKind::nil) ? b : a->kind == b->kind ? &common(*a, *b) : &any_type;
    default: return arithmetic(node, *a, *b);
  }
}

const Type* Checker::logical(Node& node) {
  for (Node* operand : node.children) {
    const Type* type = check(*operand);
    if (type == nullptr) return nullptr;
    if (!fits_condition(*type)) {
      return fail(node,
                  fmt::format("invalid operation: {} (mismatched type {})", to_string(node.op), to_string(*type)));
    }
  }
  return &boolean_type;
}

const Type* Checker::comparisons(Node& node) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (check(node.child(i)) == nullptr) return nullptr;
    if (i == 0) continue;
    node.op = node.operators[i - 1];  // for the message
    const Type& a = *node.child(i - 1).type;
    const Type& b = *node.child(i).type;
    if (a.is(TypeKind::level) || b.is(TypeKind::level))
      return fail(node, "levels cannot be compared in a chain: use and");
    if (ordering(node, a, b) == nullptr) return nullptr;
  }
  node.op = Op::none;
  return &boolean_type;
}

const Type* Checker::ordering(Node& node, const Type& a, const Type& b) {
  if (a.is(TypeKind::level) || b.is(TypeKind::level)) {
    if (!maybe_text(a) || !maybe_text(b)) return mismatch(node, a, b);
    node.ordered_levels = true;
    return check_level_name(node);
  }
  return orderable(a, b) ? &boolean_type : mismatch(node, a, b);
}

// An order of levels needs real ones; `level == "warning"` stays a comparison of texts.
const Type* Checker::check_level_name(Node& node) {
  for (std::size_t i = 0; i < 2; ++i) {
    const Node& side = node.child(i);
    if (!side.is_constant(Kind::string)) continue;
    const std::string_view name = side.value.as_string();
    if (level_rank(name) >= 0) continue;
    constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warn", "error", "fatal"};
    const std::string_view near = name == "warning" ? "warn" : nearest(name, levels);
    return fail(
        side, near.empty()
                  ? fmt::format("\"{}\" is not a level; the levels are trace, debug, info, warn, error and fatal", name)
                  : fmt::format("\"{}\" is not a level, did you mean \"{}\"?", name, near));
  }
  return &boolean_type;
}

const Type* Checker::in(Node& node, const Type& a, const Type& b) {
  if (maybe_list(b) || maybe_map(b)) {
    const bool float_in_range = purpose_ == Purpose::condition && a.is(TypeKind::floating) &&
                                node.child(1).kind == NodeKind::binary && node.child(1).op == Op::range;
    if (float_in_range)
      return fail(node, "a range holds whole numbers only, and this number has a fraction: compare with >= and <=");
    return &boolean_type;
  }
  if (b.is_text()) return fail(node, fmt::format("operator \"in\" is not defined on {}: use contains", to_string(b)));
  return fail(node, fmt::format("operator \"in\" is not defined on {}", to_string(b)));
}

const Type* Checker::matches(Node& node, const Type& a, const Type& b) {
  if ((!maybe_text(a) && !a.is(TypeKind::bytes)) || !maybe_text(b)) return mismatch(node, a, b);
  if (node.child(1).is_constant(Kind::string)) {
    std::string error;
    if (compile_regex(node.child(1).value.as_string(), error) == nullptr) return fail(node.child(1), std::move(error));
  }
  return &boolean_type;
}

const Type* Checker::arithmetic(Node& node, const Type& a, const Type& b) {
  const Type* type = arithmetic_type(node.op, a, b);
  if (type == nullptr) return mismatch(node, a, b);
  const Node& right = node.child(1);
  if (node.op == Op::modulo && right.is_constant(Kind::integer) && right.value.as_int() == 0)
    return fail(node, "integer divide by zero");
  return type;
}

}  // namespace taffrail::expr
