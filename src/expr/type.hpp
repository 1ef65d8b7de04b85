#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/value.hpp"

namespace taffrail::expr {

enum class TypeKind : std::uint8_t {
  any,  ///< known only when it runs: a field of a JSON line
  nil,
  boolean,
  integer,
  floating,
  string,
  level,  ///< a string that is one of the log levels; <, <=, > and >= compare severity
  bytes,
  array,
  map,
  group,
  time,
  duration,
  zone,
};

/// A static type. The simple ones are the constants below; compound ones live as long as whatever made them.
struct Type {
  TypeKind kind = TypeKind::any;
  const Type* element = nullptr;  ///< of arrays and maps; null is any

  [[nodiscard]] bool is(TypeKind k) const { return kind == k; }
  /// Nothing is known until it runs; nil counts, because it goes everywhere.
  [[nodiscard]] bool is_open() const { return kind == TypeKind::any || kind == TypeKind::nil; }
  [[nodiscard]] bool is_number() const { return kind == TypeKind::integer || kind == TypeKind::floating; }
  [[nodiscard]] bool is_text() const { return kind == TypeKind::string || kind == TypeKind::level; }
};

inline constexpr Type any_type{TypeKind::any};
inline constexpr Type nil_type{TypeKind::nil};
inline constexpr Type boolean_type{TypeKind::boolean};
inline constexpr Type integer_type{TypeKind::integer};
inline constexpr Type floating_type{TypeKind::floating};
inline constexpr Type string_type{TypeKind::string};
inline constexpr Type level_type{TypeKind::level};
inline constexpr Type bytes_type{TypeKind::bytes};
inline constexpr Type time_type{TypeKind::time};
inline constexpr Type duration_type{TypeKind::duration};
inline constexpr Type zone_type{TypeKind::zone};
inline constexpr Type group_type{TypeKind::group};
inline constexpr Type array_type{TypeKind::array};
inline constexpr Type map_type{TypeKind::map};
inline constexpr Type integers_type{TypeKind::array, &integer_type};
inline constexpr Type strings_type{TypeKind::array, &string_type};
inline constexpr Type string_map_type{TypeKind::map, &string_type};
inline constexpr Type groups_type{TypeKind::map, &array_type};

/// "string", "array of int", as error messages and completions show it.
[[nodiscard]] std::string to_string(const Type& type);
/// The element type of an array or map; any where it is not known.
[[nodiscard]] const Type& element_of(const Type& type);
/// The static type of a value; arrays and maps of values are open inside.
[[nodiscard]] const Type& type_of(Value value);

}  // namespace taffrail::expr
