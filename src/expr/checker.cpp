#include "expr/checker.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "expr/builtin.hpp"
#include "expr/checker_rules.hpp"
#include "expr/type_rules.hpp"

namespace taffrail::expr {

Outcome<const Type*> Checker::run() {
  const Type* type = check(*tree_.root);
  if (type != nullptr && purpose_ == Purpose::condition && !fits_condition(*type)) {
    type = fail(*tree_.root, fmt::format("a condition must be true or false, but this is {}", to_string(*type)));
  }
  if (type == nullptr) return std::unexpected(error_);
  tree_.locals = locals_used_;
  return type;
}

const Type* Checker::fail(const Node& node, std::string message) {
  if (!failed_) {
    error_ = error_at(Stage::check, tree_.source, node.at, 0, std::move(message));
    error_.length = node.at >= node.start && node.end > node.at ? node.end - node.at : 0;
  }
  failed_ = true;
  return nullptr;
}

const Type* Checker::check(Node& node) {
  ++checked_;
  const Type* type = find(node);
  node.type = type;
  return type;
}

const Type* Checker::find(Node& node) {
  switch (node.kind) {
    case NodeKind::constant: return &type_of(node.value);
    case NodeKind::identifier: return identifier(node);
    case NodeKind::pointer: return pointer(node);
    case NodeKind::unary: return unary(node);
    case NodeKind::binary: return binary(node);
    case NodeKind::logical: return logical(node);
    case NodeKind::comparisons: return comparisons(node);
    case NodeKind::conditional:
    case NodeKind::elvis: return conditional(node);
    case NodeKind::member: return member(node);
    case NodeKind::chain: return chain(node);
    case NodeKind::slice: return slice(node);
    case NodeKind::method: return method(node);
    case NodeKind::call: return call(node);
    case NodeKind::builtin: return node.builtin->takes_predicate() ? loop(node) : builtin(node);
    case NodeKind::predicate: return check(node.child(0));
    case NodeKind::array: return array(node);
    case NodeKind::map: return map(node);
    case NodeKind::let: return let(node);
    case NodeKind::sequence: return sequence(node);
  }
  return nullptr;
}

const Type* Checker::unknown_name(const Node& node, std::string_view name) {
  std::string message = fmt::format("unknown name {}", name);
  if (const std::string near = environment_.suggest(name); !near.empty()) {
    message += fmt::format(", did you mean {}?", near);
  } else if (!environment_.dynamic().empty()) {
    message += fmt::format("; a field of a structured {} is {}.{}", environment_.what(), environment_.dynamic(), name);
  }
  return fail(node, std::move(message));
}

const Type* Checker::identifier(Node& node) {
  for (std::size_t i = locals_.size(); i > 0; --i) {
    if (locals_[i - 1].name == node.name) {
      node.meaning = Meaning::local;
      node.slot = locals_[i - 1].slot;
      return locals_[i - 1].type;
    }
  }
  if (node.name == "$env") {
    group(node, "");
    return &any_type;  // as a value of its own: a map of whatever there is
  }
  return environment_name(node, node.name);
}

const Type* Checker::group(Node& node, std::string_view prefix) {
  node.meaning = Meaning::group;
  node.name = prefix;
  return &group_type;
}

const Type* Checker::environment_name(Node& node, std::string_view name) {
  if (const auto slot = environment_.find(name)) {
    node.meaning = Meaning::variable;
    node.slot = static_cast<std::uint32_t>(*slot);
    return environment_.declarations()[*slot].type;
  }
  if (environment_.is_group(name)) return group(node, tree_.arena.copy(name));
  return unknown_name(node, name);
}

const Type* Checker::pointer(Node& node) {
  if (node.name == "index") return &integer_type;
  if (node.name == "acc") return folding_ ? &any_type : fail(node, "#acc is known only in reduce");
  return items_.empty() ? &any_type : items_.back();
}

const Type* Checker::let(Node& node) {
  if (environment_.find(node.name) || environment_.is_group(node.name) || node.name == "$env")
    return fail(node, fmt::format("cannot redeclare variable {}", node.name));
  if (find_builtin(node.name) != nullptr) return fail(node, fmt::format("cannot redeclare builtin {}", node.name));
  if (std::ranges::find(locals_, node.name, &Local::name) != locals_.end())
    return fail(node, fmt::format("cannot redeclare variable {}", node.name));
  const Type* value = check(node.child(0));
  if (value == nullptr) return nullptr;
  node.slot = static_cast<std::uint32_t>(locals_.size());
  locals_.push_back({node.name, node.slot, value});
  locals_used_ = std::max(locals_used_, node.slot + 1);
  const Type* body = check(node.child(1));
  locals_.pop_back();
  return body;
}

const Type* Checker::sequence(Node& node) {
  const Type* last = nullptr;
  for (Node* part : node.children) {
    last = check(*part);
    if (last == nullptr) return nullptr;
  }
  return last;
}

const Type* Checker::conditional(Node& node) {
  const Type* condition = check(node.child(0));
  if (condition == nullptr) return nullptr;
  if (!fits_condition(*condition)) {
    return fail(node.child(0), fmt::format("non-bool expression (type {}) used as condition", to_string(*condition)));
  }
  const Type* yes = node.kind == NodeKind::elvis ? condition : check(node.child(1));
  const Type* no = yes == nullptr ? nullptr : check(*node.children.back());
  return no == nullptr ? nullptr : &common(*yes, *no);
}

const Type* Checker::array(Node& node) {
  const Type* element = nullptr;
  for (Node* item : node.children) {
    const Type* type = check(*item);
    if (type == nullptr) return nullptr;
    element = element == nullptr ? type : &common(*element, *type);
  }
  return element == nullptr ? &array_type : list_of(*element);
}

const Type* Checker::map(Node& node) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Type* type = check(node.child(i));
    if (type == nullptr) return nullptr;
    if (i % 2 == 0 && !maybe_text(*type))
      return fail(node.child(i), fmt::format("a key of a map must be a string, not {}", to_string(*type)));
  }
  return &map_type;
}

Outcome<const Type*> check(Tree& tree, const Environment& environment, Purpose purpose) {
  return Checker(tree, environment, purpose).run();
}

}  // namespace taffrail::expr
