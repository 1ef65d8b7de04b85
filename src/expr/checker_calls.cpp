#include <fmt/format.h>
#include <utility>
#include <vector>

#include "expr/builtin.hpp"
#include "expr/checker_rules.hpp"
#include "expr/type_rules.hpp"

namespace taffrail::expr {
namespace {

/// The letter for argument `i` of a builtin.
char parameter(const Builtin& b, std::size_t i) {
  char last = '*';
  for (const char c : b.parameters) {
    if (c == '?' || c == '+') continue;
    last = c;
    if (i-- == 0) break;
  }
  return last;
}

}  // namespace

const Type* Checker::call(Node& node) {
  if (environment_.find(node.name) || environment_.is_group(node.name))
    return fail(node, fmt::format("{} is a variable, not a function", node.name));
  std::vector<std::string_view> names;
  for (const Builtin& b : all_builtins()) names.push_back(b.name);
  const std::string_view near = nearest(node.name, names);
  return fail(node, near.empty() ? fmt::format("unknown function {}", node.name)
                                 : fmt::format("unknown function {}, did you mean {}?", node.name, near));
}

bool Checker::arity(const Node& node) {
  const Builtin& b = *node.builtin;
  const std::size_t given = node.children.size();
  if (given < b.min_arguments) {
    return fail(node, b.min_arguments == b.max_arguments
                          ? fmt::format("invalid number of arguments for {} (expected {}, got {})", b.name,
                                        b.min_arguments, given)
                          : fmt::format("not enough arguments to call {}", b.name)) != nullptr;
  }
  if (b.max_arguments != 255 && given > b.max_arguments)
    return fail(node, fmt::format("too many arguments to call {}", b.name)) != nullptr;
  return true;
}

const Type* Checker::builtin(Node& node) {
  if (!arity(node)) return nullptr;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Type* type = check(node.child(i));
    if (type == nullptr) return nullptr;
    if (!parameter_takes(parameter(*node.builtin, i), *type)) {
      return fail(node.child(i),
                  fmt::format("invalid argument for {} (type {})", node.builtin->name, to_string(*type)));
    }
  }
  return result_of(node);
}

const Type* Checker::result_of(const Node& node) {
  const auto first = [&]() -> const Type& { return node.children.empty() ? any_type : *node.child(0).type; };
  switch (node.builtin->returns) {
    case Returns::any: return &any_type;
    case Returns::boolean: return &boolean_type;
    case Returns::integer: return &integer_type;
    case Returns::floating: return &floating_type;
    case Returns::string: return &string_type;
    case Returns::time: return &time_type;
    case Returns::duration: return &duration_type;
    case Returns::zone: return &zone_type;
    case Returns::bytes: return &bytes_type;
    case Returns::array: return &array_type;
    case Returns::strings: return &strings_type;
    case Returns::map: return &map_type;
    case Returns::groups: return &groups_type;
    case Returns::same_as_first:
      return first().is(TypeKind::bytes) ? &array_type : first().is_open() ? &any_type : &first();
    case Returns::element_of_first: return &any_type;  // nil when there is none
    case Returns::array_of_predicate: return list_of(node.children.size() > 1 ? *node.child(1).type : any_type);
  }
  return &any_type;
}

const Type* Checker::list_of(const Type& element) {
  if (element.is_open()) return &array_type;
  return tree_.arena.make<Type>(TypeKind::array, &element);
}

const Type* Checker::loop(Node& node) {
  const Builtin& b = *node.builtin;
  if (!arity(node)) return nullptr;
  const Type* list = check(node.child(0));
  if (list == nullptr) return nullptr;
  if (!maybe_list(*list))
    return fail(node.child(0), fmt::format("builtin {} takes only array (got {})", b.name, to_string(*list)));
  if (node.children.size() > 1) {
    items_.push_back(list->is(TypeKind::array) ? &element_of(*list) : &any_type);
    const bool outer = std::exchange(folding_, b.loop == Loop::reduce);
    const std::uint32_t before = checked_;
    const Type* result = check(node.child(1));
    constexpr std::uint32_t nodes_a_step = 8;
    node.slot = (checked_ - before) / nodes_a_step;
    folding_ = outer;
    items_.pop_back();
    if (result == nullptr) return nullptr;
    const bool needs_bool = b.loop != Loop::map && b.loop != Loop::sum && b.loop != Loop::group_by &&
                            b.loop != Loop::sort_by && b.loop != Loop::reduce;
    if (needs_bool && !fits_condition(*result))
      return fail(node.child(1), fmt::format("predicate should return boolean (got {})", to_string(*result)));
  }
  if (node.children.size() > 2 && check(node.child(2)) == nullptr) return nullptr;
  return result_of(node);
}

}  // namespace taffrail::expr
