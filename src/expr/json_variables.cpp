#include "expr/json_variables.hpp"

#include <cmath>
#include <fmt/format.h>

#include "base/time_format.hpp"
#include "expr/json_value.hpp"

namespace taffrail::expr {
namespace {

// What a variable is when nobody says.
Value empty_value(const Type& type) {
  switch (type.kind) {
    case TypeKind::boolean: return Value(false);
    case TypeKind::integer: return Value(0);
    case TypeKind::floating: return {};  // a measure: what is not measured is nil
    case TypeKind::string:
    case TypeKind::level: return Value("");
    case TypeKind::array: return Value::empty_array();
    case TypeKind::map: return Value::object(no_strings());
    case TypeKind::time: return Value::time(Instant{});
    case TypeKind::duration: return Value::duration(0);
    default: return {};
  }
}

// A JSON value as a variable of a type, or nothing when it cannot be one.
std::optional<Value> as_type(Value v, const Type& type, Arena& arena) {
  switch (type.kind) {
    case TypeKind::any: return v;
    case TypeKind::boolean:
      if (v.is(Kind::boolean)) return v;
      break;
    case TypeKind::integer:
      if (v.is(Kind::floating) && std::abs(v.as_double()) < 9.2e18)
        return Value(static_cast<std::int64_t>(v.as_double()));
      break;
    case TypeKind::floating:
      if (v.is_number()) return Value(v.number());
      break;
    case TypeKind::string:
    case TypeKind::level:
      if (v.is(Kind::string)) return v;
      break;
    case TypeKind::array:
      if (v.is(Kind::array)) return v;
      break;
    case TypeKind::map:
      if (v.is(Kind::map)) {
        if (type.element == nullptr || !type.element->is(TypeKind::string)) return v;
        // Labels and attributes: an absent key is "".
        return Value::map(*arena.make<Map>(v.as_map().with_zero(Value(""))));
      }
      break;
    case TypeKind::time:
      if (v.is(Kind::string)) {
        if (const auto time = parse_rfc3339(v.as_string())) return Value::time(*time);
      } else if (v.is(Kind::floating) && std::abs(v.as_double()) < 9e15) {
        return Value::time(Time(std::chrono::milliseconds(static_cast<std::int64_t>(v.as_double()))));
      }
      break;
    default: break;
  }
  return {};
}

const Value* member(Value map, std::string_view name) {
  return map.is(Kind::map) ? map.as_map().find(Value(name)) : nullptr;
}

}  // namespace

Result<void> JsonVariables::read(std::string_view json, bool integers) {
  std::string error;
  const auto root = json_value(arena_, json, integers ? NumberStyle::integers : NumberStyle::floats, error);
  if (!root) return fail(ErrorCode::invalid_argument, "the environment is " + (error.empty() ? "too large" : error));
  if (!root->is(Kind::map)) return fail(ErrorCode::invalid_argument, "the environment must be a JSON object");
  root_ = *root;
  return {};
}

Result<std::unique_ptr<JsonVariables>> JsonVariables::open(std::string_view json) {
  std::unique_ptr<JsonVariables> made(new JsonVariables);
  if (auto good = made->read(json, true); !good) return forward(good);
  std::vector<Declaration> declarations;
  for (const Map::Entry& entry : made->root_.as_map().entries()) {
    // What is null may be anything.
    declarations.push_back(
        {std::string(entry.key.as_string()), entry.value.is(Kind::nil) ? &any_type : &type_of(entry.value), {}, {}});
    made->values_.push_back(entry.value);
  }
  made->own_ = Environment("value", std::move(declarations));
  return made;
}

Result<std::unique_ptr<JsonVariables>> JsonVariables::for_environment(std::string_view json,
                                                                      const Environment& environment) {
  std::unique_ptr<JsonVariables> made(new JsonVariables);
  if (auto good = made->read(json, false); !good) return forward(good);
  made->environment_ = &environment;
  for (const Declaration& d : environment.declarations()) {
    const std::size_t dot = d.name.find('.');
    const Value* given = member(made->root_, std::string_view(d.name).substr(0, dot));
    if (given != nullptr && dot != std::string::npos) given = member(*given, std::string_view(d.name).substr(dot + 1));
    if (given == nullptr || given->is(Kind::nil)) {
      made->values_.push_back(empty_value(*d.type));
      continue;
    }
    const auto value = as_type(*given, *d.type, made->arena_);
    if (!value)
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} in the environment must be {}", d.name, to_string(*d.type)));
    made->values_.push_back(*value);
  }
  return made;
}

}  // namespace taffrail::expr
