#include "expr/type.hpp"

#include "expr/json_node.hpp"

namespace taffrail::expr {

std::string to_string(const Type& type) {
  switch (type.kind) {
    case TypeKind::any: return "any";
    case TypeKind::nil: return "nil";
    case TypeKind::boolean: return "bool";
    case TypeKind::integer: return "int";
    case TypeKind::floating: return "float";
    case TypeKind::string: return "string";
    case TypeKind::level: return "level";
    case TypeKind::bytes: return "bytes";
    case TypeKind::time: return "time";
    case TypeKind::duration: return "duration";
    case TypeKind::zone: return "timezone";
    case TypeKind::group: return "group";
    case TypeKind::array: return type.element == nullptr ? "array" : "array of " + to_string(*type.element);
    case TypeKind::map: return type.element == nullptr ? "map" : "map of " + to_string(*type.element);
  }
  return "any";
}

const Type& element_of(const Type& type) { return type.element == nullptr ? any_type : *type.element; }

const Type& type_of(Value value) {
  switch (value.kind()) {
    case Kind::nil: return nil_type;
    case Kind::boolean: return boolean_type;
    case Kind::integer: return integer_type;
    case Kind::floating: return floating_type;
    case Kind::string: return string_type;
    case Kind::bytes: return bytes_type;
    case Kind::array: return array_type;
    case Kind::map: return map_type;
    case Kind::object: return value.as_object().missing().is_nil() ? map_type : string_map_type;
    case Kind::json: return value.as_json().is_array() ? array_type : map_type;
    case Kind::time: return time_type;
    case Kind::duration: return duration_type;
    case Kind::zone: return zone_type;
    case Kind::cut:
    case Kind::error: break;
  }
  return any_type;
}

}  // namespace taffrail::expr
