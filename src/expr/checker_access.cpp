#include <fmt/format.h>

#include "expr/builtin.hpp"
#include "expr/checker_rules.hpp"
#include "expr/type_rules.hpp"

namespace taffrail::expr {

const Type* Checker::member(Node& node) {
  const Type* from = check(node.child(0));
  const Type* key = from == nullptr ? nullptr : check(node.child(1));
  if (key == nullptr) return nullptr;
  const Node& name = node.child(1);
  const bool named = name.is_constant(Kind::string);
  if (node.child(0).meaning == Meaning::group) return group_member(node, *key);
  switch (from->kind) {
    case TypeKind::any:
    case TypeKind::nil:
    case TypeKind::group: return &any_type;  // a group that a `let` has given a name
    case TypeKind::map:
      if (from->element != nullptr && from != &groups_type && !maybe_text(*key))
        return fail(node, fmt::format("cannot use {} as a key of {}", to_string(*key), to_string(*from)));
      return &element_of(*from);
    case TypeKind::array:
      if (!key->is(TypeKind::integer) && !key->is_open()) {
        return fail(node, named ? fmt::format("type {} has no field {}", to_string(*from), name.value.as_string())
                                : fmt::format("array elements can only be selected using an integer (got {})",
                                              to_string(*key)));
      }
      return &element_of(*from);
    case TypeKind::string:
    case TypeKind::level:
    case TypeKind::bytes:
      if (key->is(TypeKind::integer) || key->is_open()) return &integer_type;
      break;
    default: break;
  }
  if (named) return fail(node, fmt::format("type {} has no field {}", to_string(*from), name.value.as_string()));
  return fail(node, fmt::format("type {}[{}] is undefined", to_string(*from), to_string(*key)));
}

const Type* Checker::group_member(Node& node, const Type& key) {
  const Node& name = node.child(1);
  if (!name.is_constant(Kind::string))
    return maybe_text(key) ? &any_type : fail(node, fmt::format("cannot use {} as a name", to_string(key)));
  const std::string_view prefix = node.child(0).name;
  const std::string full =
      prefix.empty() ? std::string(name.value.as_string()) : fmt::format("{}.{}", prefix, name.value.as_string());
  // `$env?.name` asks whether there is such a variable.
  if (node.optional && prefix.empty() && !environment_.find(full) && !environment_.is_group(full)) return &any_type;
  return environment_name(node, full);
}

const Type* Checker::chain(Node& node) {
  const Type* inner = check(node.child(0));
  // The chain may end in nil, whatever its last link gives, but a field of a known type keeps it.
  if (inner == nullptr) return nullptr;
  return node.child(0).meaning == Meaning::variable ? inner : &any_type;
}

const Type* Checker::slice(Node& node) {
  const Type* from = check(node.child(0));
  if (from == nullptr) return nullptr;
  if (!maybe_list(*from) && !from->is_text() && !from->is(TypeKind::bytes))
    return fail(node, fmt::format("cannot slice {}", to_string(*from)));
  for (std::size_t i = 1; i < 3; ++i) {
    if (node.children[i] == nullptr) continue;
    const Type* end = check(node.child(i));
    if (end == nullptr) return nullptr;
    if (!end->is(TypeKind::integer) && !end->is_open() && !from->is_open())
      return fail(node.child(i), fmt::format("non-integer slice index {}", to_string(*end)));
  }
  return from->is(TypeKind::level) ? &string_type : from->is_open() ? &any_type : from;
}

const Type* Checker::method(Node& node) {
  for (Node* argument : node.children) {
    if (check(*argument) == nullptr) return nullptr;
  }
  const Type& self = *node.child(0).type;
  const Kind kind = self.is(TypeKind::time) ? Kind::time : self.is(TypeKind::duration) ? Kind::duration : Kind::zone;
  const bool has_methods = self.is(TypeKind::time) || self.is(TypeKind::duration) || self.is(TypeKind::zone);
  if (has_methods && is_method(kind, node.name)) return &method_type(node.name);
  if (self.is_open() || self.is(TypeKind::map)) return &any_type;
  return fail(node, fmt::format("type {} has no method {}", to_string(self), node.name));
}

}  // namespace taffrail::expr
