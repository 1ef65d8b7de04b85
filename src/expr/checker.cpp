#include "expr/checker.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <re2/re2.h>
#include <utility>
#include <vector>

#include "expr/builtin.hpp"
#include "expr/context.hpp"
#include "expr/operations.hpp"

namespace taffrail::expr {
namespace {

bool fits_condition(const Type& type) { return type.is(TypeKind::boolean) || type.is_open(); }
bool maybe_text(const Type& type) { return type.is_text() || type.is_open(); }
bool maybe_number(const Type& type) { return type.is_number() || type.is_open(); }
bool maybe_list(const Type& type) { return type.is(TypeKind::array) || type.is(TypeKind::bytes) || type.is_open(); }
bool maybe_map(const Type& type) { return type.is(TypeKind::map) || type.is(TypeKind::group) || type.is_open(); }

// The type of a value that is either of two. Types are constants or live in the tree's arena, never temporaries.
const Type& common(const Type& a, const Type& b) {
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): no temporary, see above
  if (a.kind == b.kind && a.element == b.element) return a;
  if (a.is_text() && b.is_text()) return string_type;
  if (a.is(TypeKind::nil)) return any_type;
  return a.kind == b.kind ? (a.is(TypeKind::array) ? array_type : map_type) : any_type;
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

class Checker {
 public:
  Checker(Tree& tree, const Environment& environment, Purpose purpose)
      : tree_(tree), environment_(environment), purpose_(purpose) {}

  Outcome<const Type*> run() {
    const Type* type = check(*tree_.root);
    if (type != nullptr && purpose_ == Purpose::condition && !fits_condition(*type)) {
      type = fail(*tree_.root, fmt::format("a condition must be true or false, but this is {}", to_string(*type)));
    }
    if (type == nullptr) return std::unexpected(error_);
    tree_.locals = locals_used_;
    return type;
  }

 private:
  using Found = const Type*;  // null after failing

  Found fail(const Node& node, std::string message) {
    if (!failed_) {
      error_ = error_at(Stage::check, tree_.source, node.at, 0, std::move(message));
      error_.length = node.at >= node.start && node.end > node.at ? node.end - node.at : 0;
    }
    failed_ = true;
    return nullptr;
  }
  Found mismatch(const Node& node, const Type& a, const Type& b) {
    return fail(node, fmt::format("invalid operation: {} (mismatched types {} and {})", to_string(node.op),
                                  to_string(a), to_string(b)));
  }

  Found check(Node& node) {
    ++checked_;
    const Type* type = find(node);
    node.type = type;
    return type;
  }

  Found find(Node& node) {
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

  Found unknown_name(const Node& node, std::string_view name) {
    std::string message = fmt::format("unknown name {}", name);
    if (const std::string near = environment_.suggest(name); !near.empty()) {
      message += fmt::format(", did you mean {}?", near);
    } else if (!environment_.dynamic().empty()) {
      message +=
          fmt::format("; a field of a structured {} is {}.{}", environment_.what(), environment_.dynamic(), name);
    }
    return fail(node, std::move(message));
  }

  Found identifier(Node& node) {
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

  Found group(Node& node, std::string_view prefix) {
    node.meaning = Meaning::group;
    node.name = prefix;
    return &group_type;
  }

  // A variable or a group of them by its full name.
  Found environment_name(Node& node, std::string_view name) {
    if (const auto slot = environment_.find(name)) {
      node.meaning = Meaning::variable;
      node.slot = static_cast<std::uint32_t>(*slot);
      return environment_.declarations()[*slot].type;
    }
    if (environment_.is_group(name)) return group(node, tree_.arena.copy(name));
    return unknown_name(node, name);
  }

  Found pointer(Node& node) {
    if (node.name == "index") return &integer_type;
    if (node.name == "acc") return folding_ ? &any_type : fail(node, "#acc is known only in reduce");
    return items_.empty() ? &any_type : items_.back();
  }

  Found unary(Node& node) {
    const Found inner = check(node.child(0));
    if (inner == nullptr) return nullptr;
    const bool good = node.op == Op::logical_not
                          ? fits_condition(*inner)
                          : maybe_number(*inner) || (node.op == Op::minus && inner->is(TypeKind::duration));
    if (!good)
      return fail(node,
                  fmt::format("invalid operation: {} (mismatched type {})", to_string(node.op), to_string(*inner)));
    return node.op == Op::logical_not ? &boolean_type : inner->is_open() ? &any_type : inner;
  }

  Found binary(Node& node) {
    const Found a = check(node.child(0));
    const Found b = a == nullptr ? nullptr : check(node.child(1));
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

  Found comparisons(Node& node) {
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

  static bool comparable(const Type& a, const Type& b) {
    if (a.is_open() || b.is_open()) return true;
    if (a.is_number() && b.is_number()) return true;
    if (a.is_text() && b.is_text()) return true;
    if (a.is(TypeKind::bytes) || b.is(TypeKind::bytes))
      return a.is(TypeKind::array) || b.is(TypeKind::array) || a.kind == b.kind;
    return a.kind == b.kind || (maybe_map(a) && maybe_map(b));
  }

  Found ordering(Node& node, const Type& a, const Type& b) {
    if (a.is(TypeKind::level) || b.is(TypeKind::level)) {
      if (!maybe_text(a) || !maybe_text(b)) return mismatch(node, a, b);
      node.ordered_levels = true;
      return check_level_name(node);
    }
    const bool good = a.is_open() || b.is_open()
                          ? orderable(a) && orderable(b)
                          : (a.is_number() && b.is_number()) || (a.is_text() && b.is_text()) ||
                                (a.kind == b.kind && (a.is(TypeKind::time) || a.is(TypeKind::duration)));
    return good ? &boolean_type : mismatch(node, a, b);
  }
  static bool orderable(const Type& type) {
    return type.is_open() || type.is_number() || type.is_text() || type.is(TypeKind::time) ||
           type.is(TypeKind::duration);
  }

  // An order of levels needs real ones; `level == "warning"` stays a comparison of texts.
  Found check_level_name(Node& node) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Node& side = node.child(i);
      if (!side.is_constant(Kind::string)) continue;
      const std::string_view name = side.value.as_string();
      if (level_rank(name) >= 0) continue;
      constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warn", "error", "fatal"};
      const std::string_view near = name == "warning" ? "warn" : nearest(name, levels);
      return fail(
          side,
          near.empty()
              ? fmt::format("\"{}\" is not a level; the levels are trace, debug, info, warn, error and fatal", name)
              : fmt::format("\"{}\" is not a level, did you mean \"{}\"?", name, near));
    }
    return &boolean_type;
  }

  Found in(Node& node, const Type& a, const Type& b) {
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

  Found matches(Node& node, const Type& a, const Type& b) {
    if ((!maybe_text(a) && !a.is(TypeKind::bytes)) || !maybe_text(b)) return mismatch(node, a, b);
    if (node.child(1).is_constant(Kind::string)) {
      std::string error;
      if (compile_regex(node.child(1).value.as_string(), error) == nullptr)
        return fail(node.child(1), std::move(error));
    }
    return &boolean_type;
  }

  Found arithmetic(Node& node, const Type& a, const Type& b) {
    const bool numbers = maybe_number(a) && maybe_number(b);
    const bool open = a.is_open() || b.is_open();
    const auto is = [&](TypeKind x, TypeKind y) { return a.is(x) && b.is(y); };
    const auto half_open = [&](TypeKind kind) {
      return open && (a.is(kind) || a.is_open()) && (b.is(kind) || b.is_open());
    };
    const auto number = [&]() -> Found {
      if (open) return &any_type;
      return is(TypeKind::integer, TypeKind::integer) ? &integer_type : &floating_type;
    };
    switch (node.op) {
      case Op::add:
        if (numbers) return number();
        if (a.is_text() && b.is_text()) return &string_type;
        if (is(TypeKind::duration, TypeKind::duration)) return &duration_type;
        if (is(TypeKind::time, TypeKind::duration) || is(TypeKind::duration, TypeKind::time)) return &time_type;
        if (half_open(TypeKind::string) || half_open(TypeKind::level) || half_open(TypeKind::time) ||
            half_open(TypeKind::duration))
          return &any_type;
        break;
      case Op::subtract:
        if (numbers) return number();
        if (is(TypeKind::time, TypeKind::time) || is(TypeKind::duration, TypeKind::duration)) return &duration_type;
        if (is(TypeKind::time, TypeKind::duration)) return &time_type;
        if (half_open(TypeKind::time) || half_open(TypeKind::duration)) return &any_type;
        break;
      case Op::multiply:
        if (numbers) return number();
        if ((a.is(TypeKind::duration) || b.is(TypeKind::duration)) && (maybe_number(a) || a.is(TypeKind::duration)) &&
            (maybe_number(b) || b.is(TypeKind::duration))) {
          // A float makes a float of it, whatever the other side is; integers keep the duration.
          if (a.is(TypeKind::floating) || b.is(TypeKind::floating)) return &floating_type;
          return open ? &any_type : &duration_type;
        }
        break;
      case Op::divide:
      case Op::power:
        if (numbers) return &floating_type;
        break;
      case Op::modulo:
        if (numbers && !a.is(TypeKind::floating) && !b.is(TypeKind::floating)) {
          if (node.child(1).is_constant(Kind::integer) && node.child(1).value.as_int() == 0)
            return fail(node, "integer divide by zero");
          return open ? &any_type : &integer_type;
        }
        break;
      default: break;
    }
    return mismatch(node, a, b);
  }

  Found logical(Node& node) {
    for (Node* operand : node.children) {
      const Found type = check(*operand);
      if (type == nullptr) return nullptr;
      if (!fits_condition(*type)) {
        return fail(node,
                    fmt::format("invalid operation: {} (mismatched type {})", to_string(node.op), to_string(*type)));
      }
    }
    return &boolean_type;
  }

  Found conditional(Node& node) {
    const Found condition = check(node.child(0));
    if (condition == nullptr) return nullptr;
    if (!fits_condition(*condition)) {
      return fail(node.child(0), fmt::format("non-bool expression (type {}) used as condition", to_string(*condition)));
    }
    const Found yes = node.kind == NodeKind::elvis ? condition : check(node.child(1));
    const Found no = yes == nullptr ? nullptr : check(*node.children.back());
    return no == nullptr ? nullptr : &common(*yes, *no);
  }

  Found member(Node& node) {
    const Found from = check(node.child(0));
    const Found key = from == nullptr ? nullptr : check(node.child(1));
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

  Found group_member(Node& node, const Type& key) {
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

  Found chain(Node& node) {
    const Found inner = check(node.child(0));
    // The chain may end in nil, whatever its last link gives, but a field of a known type keeps it.
    if (inner == nullptr) return nullptr;
    return node.child(0).meaning == Meaning::variable ? inner : &any_type;
  }

  Found slice(Node& node) {
    const Found from = check(node.child(0));
    if (from == nullptr) return nullptr;
    if (!maybe_list(*from) && !from->is_text() && !from->is(TypeKind::bytes))
      return fail(node, fmt::format("cannot slice {}", to_string(*from)));
    for (std::size_t i = 1; i < 3; ++i) {
      if (node.children[i] == nullptr) continue;
      const Found end = check(node.child(i));
      if (end == nullptr) return nullptr;
      if (!end->is(TypeKind::integer) && !end->is_open() && !from->is_open())
        return fail(node.child(i), fmt::format("non-integer slice index {}", to_string(*end)));
    }
    return from->is(TypeKind::level) ? &string_type : from->is_open() ? &any_type : from;
  }

  Found method(Node& node) {
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

  Found call(Node& node) {
    if (environment_.find(node.name) || environment_.is_group(node.name))
      return fail(node, fmt::format("{} is a variable, not a function", node.name));
    std::vector<std::string_view> names;
    for (const Builtin& b : all_builtins()) names.push_back(b.name);
    const std::string_view near = nearest(node.name, names);
    return fail(node, near.empty() ? fmt::format("unknown function {}", node.name)
                                   : fmt::format("unknown function {}, did you mean {}?", node.name, near));
  }

  bool arity(const Node& node) {
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

  static bool parameter_takes(char parameter, const Type& type) {
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

  // The letter for argument `i` of a builtin.
  static char parameter(const Builtin& b, std::size_t i) {
    char last = '*';
    for (const char c : b.parameters) {
      if (c == '?' || c == '+') continue;
      last = c;
      if (i-- == 0) break;
    }
    return last;
  }

  Found builtin(Node& node) {
    if (!arity(node)) return nullptr;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Found type = check(node.child(i));
      if (type == nullptr) return nullptr;
      if (!parameter_takes(parameter(*node.builtin, i), *type)) {
        return fail(node.child(i),
                    fmt::format("invalid argument for {} (type {})", node.builtin->name, to_string(*type)));
      }
    }
    return result_of(node);
  }

  Found result_of(const Node& node) {
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

  Found list_of(const Type& element) {
    if (element.is_open()) return &array_type;
    return tree_.arena.make<Type>(TypeKind::array, &element);
  }

  Found loop(Node& node) {
    const Builtin& b = *node.builtin;
    if (!arity(node)) return nullptr;
    const Found list = check(node.child(0));
    if (list == nullptr) return nullptr;
    if (!maybe_list(*list))
      return fail(node.child(0), fmt::format("builtin {} takes only array (got {})", b.name, to_string(*list)));
    if (node.children.size() > 1) {
      items_.push_back(list->is(TypeKind::array) ? &element_of(*list) : &any_type);
      const bool outer = std::exchange(folding_, b.loop == Loop::reduce);
      const std::uint32_t before = checked_;
      const Found result = check(node.child(1));
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

  Found array(Node& node) {
    const Type* element = nullptr;
    for (Node* item : node.children) {
      const Found type = check(*item);
      if (type == nullptr) return nullptr;
      element = element == nullptr ? type : &common(*element, *type);
    }
    return element == nullptr ? &array_type : list_of(*element);
  }

  Found map(Node& node) {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Found type = check(node.child(i));
      if (type == nullptr) return nullptr;
      if (i % 2 == 0 && !maybe_text(*type))
        return fail(node.child(i), fmt::format("a key of a map must be a string, not {}", to_string(*type)));
    }
    return &map_type;
  }

  Found let(Node& node) {
    if (environment_.find(node.name) || environment_.is_group(node.name) || node.name == "$env")
      return fail(node, fmt::format("cannot redeclare variable {}", node.name));
    if (find_builtin(node.name) != nullptr) return fail(node, fmt::format("cannot redeclare builtin {}", node.name));
    if (std::ranges::find(locals_, node.name, &Local::name) != locals_.end())
      return fail(node, fmt::format("cannot redeclare variable {}", node.name));
    const Found value = check(node.child(0));
    if (value == nullptr) return nullptr;
    node.slot = static_cast<std::uint32_t>(locals_.size());
    locals_.push_back({node.name, node.slot, value});
    locals_used_ = std::max(locals_used_, node.slot + 1);
    const Found body = check(node.child(1));
    locals_.pop_back();
    return body;
  }

  Found sequence(Node& node) {
    Found last = nullptr;
    for (Node* part : node.children) {
      last = check(*part);
      if (last == nullptr) return nullptr;
    }
    return last;
  }

  struct Local {
    std::string_view name;
    std::uint32_t slot;
    const Type* type;
  };

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

}  // namespace

Outcome<const Type*> check(Tree& tree, const Environment& environment, Purpose purpose) {
  return Checker(tree, environment, purpose).run();
}

}  // namespace taffrail::expr
