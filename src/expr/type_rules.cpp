#include "expr/type_rules.hpp"

#include <algorithm>
#include <array>

namespace taffrail::expr {
namespace {

bool has_order(const Type& type) {
  return type.is_open() || type.is_number() || type.is_text() || type.is(TypeKind::time) || type.is(TypeKind::duration);
}

const Type* product_type(const Type& a, const Type& b) {
  const auto factor = [](const Type& type) { return maybe_number(type) || type.is(TypeKind::duration); };
  if ((!a.is(TypeKind::duration) && !b.is(TypeKind::duration)) || !factor(a) || !factor(b)) return nullptr;
  // A float makes a float of it, whatever the other side is; integers keep the duration.
  if (a.is(TypeKind::floating) || b.is(TypeKind::floating)) return &floating_type;
  return a.is_open() || b.is_open() ? &any_type : &duration_type;
}

}  // namespace

bool fits_condition(const Type& type) { return type.is(TypeKind::boolean) || type.is_open(); }
bool maybe_text(const Type& type) { return type.is_text() || type.is_open(); }
bool maybe_number(const Type& type) { return type.is_number() || type.is_open(); }
bool maybe_list(const Type& type) { return type.is(TypeKind::array) || type.is(TypeKind::bytes) || type.is_open(); }
bool maybe_map(const Type& type) { return type.is(TypeKind::map) || type.is(TypeKind::group) || type.is_open(); }

const Type& common(const Type& a, const Type& b) {
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): types are no temporaries
  if (a.kind == b.kind && a.element == b.element) return a;
  if (a.is_text() && b.is_text()) return string_type;
  if (a.is(TypeKind::nil)) return any_type;
  return a.kind == b.kind ? (a.is(TypeKind::array) ? array_type : map_type) : any_type;
}

bool comparable(const Type& a, const Type& b) {
  if (a.is_open() || b.is_open()) return true;
  if (a.is_number() && b.is_number()) return true;
  if (a.is_text() && b.is_text()) return true;
  if (a.is(TypeKind::bytes) || b.is(TypeKind::bytes))
    return a.is(TypeKind::array) || b.is(TypeKind::array) || a.kind == b.kind;
  return a.kind == b.kind || (maybe_map(a) && maybe_map(b));
}

bool orderable(const Type& a, const Type& b) {
  if (a.is_open() || b.is_open()) return has_order(a) && has_order(b);
  return (a.is_number() && b.is_number()) || (a.is_text() && b.is_text()) ||
         (a.kind == b.kind && (a.is(TypeKind::time) || a.is(TypeKind::duration)));
}

const Type* arithmetic_type(Op op, const Type& a, const Type& b) {
  const bool open = a.is_open() || b.is_open();
  const auto is = [&](TypeKind x, TypeKind y) { return a.is(x) && b.is(y); };
  const auto half_open = [&](TypeKind kind) {
    return open && (a.is(kind) || a.is_open()) && (b.is(kind) || b.is_open());
  };
  const bool numbers = maybe_number(a) && maybe_number(b);
  const Type* number = open ? &any_type : is(TypeKind::integer, TypeKind::integer) ? &integer_type : &floating_type;
  switch (op) {
    case Op::add:
      if (numbers) return number;
      if (a.is_text() && b.is_text()) return &string_type;
      if (is(TypeKind::duration, TypeKind::duration)) return &duration_type;
      if (is(TypeKind::time, TypeKind::duration) || is(TypeKind::duration, TypeKind::time)) return &time_type;
      if (half_open(TypeKind::string) || half_open(TypeKind::level) || half_open(TypeKind::time) ||
          half_open(TypeKind::duration))
        return &any_type;
      break;
    case Op::subtract:
      if (numbers) return number;
      if (is(TypeKind::time, TypeKind::time) || is(TypeKind::duration, TypeKind::duration)) return &duration_type;
      if (is(TypeKind::time, TypeKind::duration)) return &time_type;
      if (half_open(TypeKind::time) || half_open(TypeKind::duration)) return &any_type;
      break;
    case Op::multiply: return numbers ? number : product_type(a, b);
    case Op::divide:
    case Op::power:
      if (numbers) return &floating_type;
      break;
    case Op::modulo:
      if (numbers && !a.is(TypeKind::floating) && !b.is(TypeKind::floating)) return number;
      break;
    default: break;
  }
  return nullptr;
}

const Type& method_type(std::string_view name) {
  constexpr std::array<std::string_view, 2> texts = {"Format", "String"};
  constexpr std::array<std::string_view, 3> floats = {"Hours", "Minutes", "Seconds"};
  constexpr std::array<std::string_view, 4> booleans = {"After", "Before", "Equal", "IsZero"};
  constexpr std::array<std::string_view, 7> open = {"Abs", "Round", "Truncate", "Add", "Sub", "AddDate", "In"};
  const auto among = [name](const auto& names) { return std::ranges::find(names, name) != names.end(); };
  if (among(texts)) return string_type;
  if (among(floats)) return floating_type;
  if (among(booleans)) return boolean_type;
  if (name == "UTC" || name == "Local") return time_type;
  return among(open) ? any_type : integer_type;
}

bool parameter_takes(char parameter, const Type& type) {
  if (type.is_open()) return true;
  switch (parameter) {
    case 's': return type.is_text();
    case 'i': return type.is(TypeKind::integer);
    case 'n': return type.is_number();
    case 'a': return type.is(TypeKind::array) || type.is(TypeKind::bytes);
    case 'e':
      return type.is_number() || type.is(TypeKind::duration) || type.is(TypeKind::array) || type.is(TypeKind::bytes);
    case 'm': return type.is(TypeKind::map) || type.is(TypeKind::group);
    case 'l':
      return type.is(TypeKind::array) || type.is(TypeKind::map) || type.is(TypeKind::group) || type.is_text() ||
             type.is(TypeKind::bytes);
    default: return true;
  }
}

}  // namespace taffrail::expr
