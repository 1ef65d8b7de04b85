#include "expr/compiler.hpp"

#include <algorithm>
#include <array>
#include <re2/re2.h>
#include <unordered_set>

#include "expr/builtin.hpp"
#include "expr/code_steps.hpp"
#include "expr/operations.hpp"

namespace taffrail::expr {

CodeStore::CodeStore(std::size_t bytes) : arena(static_cast<std::size_t>(-1), bytes) {}
CodeStore::CodeStore(CodeStore&&) noexcept = default;
CodeStore& CodeStore::operator=(CodeStore&&) noexcept = default;
CodeStore::~CodeStore() = default;

namespace {

bool is_scalar(Value v) {
  switch (v.kind()) {
    case Kind::nil:
    case Kind::boolean:
    case Kind::integer:
    case Kind::floating:
    case Kind::string:
    case Kind::time:
    case Kind::duration:
    case Kind::zone: return true;
    default: return false;
  }
}

class Compiler {
 public:
  Compiler(const Environment& environment, CodeStore& store)
      : environment_(environment), store_(store), context_(Limits::for_conditions()) {}

  Code* compile(const Node& node) {
    Code* code = emit(node);
    return fold(node, code);
  }

 private:
  Code* make(Code::Run run, const char* label, const Node& node) {
    Code* code = store_.arena.make<Code>();
    code->run = run;
    code->label = label;
    code->at = node.at;
    return code;
  }

  Value keep(Value v) {
    if (v.is(Kind::string)) return Value(store_.arena.copy(v.as_string()));
    return v.is(Kind::bytes) ? Value::bytes(store_.arena.copy(v.as_string())) : v;
  }

  Code* constant(const Node& node, Value v) {
    Code* code = make(steps::constant, "constant", node);
    code->value = v;
    return code;
  }

  static bool is_constant(const Code* code) { return code != nullptr && code->run == steps::constant; }

  // Operators and functions of constants become constants, unless they fail.
  Code* fold(const Node& node, Code* code) {
    const bool foldable =
        node.kind == NodeKind::unary || node.kind == NodeKind::binary || node.kind == NodeKind::comparisons ||
        (node.kind == NodeKind::builtin && !node.builtin->takes_predicate() && node.builtin->name != "now");
    if (!foldable || is_constant(code)) return code;
    for (const Node* child : node.children) {
      if (child == nullptr || !constants_.contains(child)) return code;
    }
    context_.begin(no_variables_, 0);
    const Value v = run(*code, context_);
    constexpr std::size_t longest = 256;  // a constant lives as long as the program
    if (!is_scalar(v) || (v.is(Kind::string) && v.as_string().size() > longest)) return code;
    constants_.insert(&node);
    return constant(node, keep(v));
  }

  Code* emit(const Node& node) {
    switch (node.kind) {
      case NodeKind::constant: constants_.insert(&node); return constant(node, keep(node.value));
      case NodeKind::identifier: return named(node);
      case NodeKind::pointer:
        return node.name == "index" ? make(steps::item_index, "#index", node)
                                    : make(node.name == "acc" ? steps::accumulator : steps::item,
                                           node.name == "acc" ? "#acc" : "#", node);
      case NodeKind::unary: return unary(node);
      case NodeKind::binary: return binary(node);
      case NodeKind::logical:
        return with_children(make(node.op == Op::logical_or ? steps::any_of : steps::all_of,
                                  node.op == Op::logical_or ? "or" : "and", node),
                             node, 0);
      case NodeKind::comparisons: return comparisons(node);
      case NodeKind::conditional: {
        Code* code = make(steps::conditional, "conditional", node);
        code->a = compile(node.child(0));
        return with_children(code, node, 1);
      }
      case NodeKind::elvis: return pair(make(steps::elvis, "elvis", node), node);
      case NodeKind::member: return member(node);
      case NodeKind::method: return method(node);
      case NodeKind::chain: {
        Code* code = make(steps::chain, "chain", node);
        code->a = compile(node.child(0));
        return code;
      }
      case NodeKind::slice: return slice_of(node);
      case NodeKind::builtin: return node.builtin->takes_predicate() ? loop(node) : builtin(node);
      case NodeKind::predicate: return compile(node.child(0));
      case NodeKind::array: return array(node);
      case NodeKind::map: return with_children(make(steps::map, "map", node), node, 0);
      case NodeKind::let: {
        Code* code = pair(make(steps::let, "let", node), node);
        code->slot = node.slot;
        return code;
      }
      case NodeKind::sequence: return with_children(make(steps::sequence, "sequence", node), node, 0);
      case NodeKind::call: break;  // the checker lets none through
    }
    return constant(node, {});
  }

  Code* pair(Code* code, const Node& node) {
    code->a = compile(node.child(0));
    code->b = compile(node.child(1));
    return code;
  }

  // Operands from `first` on.
  Code* with_children(Code* code, const Node& node, std::size_t first) {
    const std::size_t count = node.children.size() - first;
    auto* room = store_.arena.array<const Code*>(count);
    for (std::size_t i = 0; i < count; ++i) room[i] = compile(node.child(first + i));
    code->more = {room, count};
    return code;
  }

  Code* named(const Node& node) {
    Code* code = nullptr;
    switch (node.meaning) {
      case Meaning::variable: code = make(steps::variable, "variable", node); break;
      case Meaning::local: code = make(steps::local, "local", node); break;
      case Meaning::group:
      case Meaning::none:
        code = make(steps::group, "group", node);
        code->value = keep(Value(node.name));
        code->environment = &environment_;
        return code;
    }
    code->slot = node.slot;
    return code;
  }

  Code* unary(const Node& node) {
    Code* code = make(node.op == Op::logical_not ? steps::logical_not
                      : node.op == Op::minus     ? steps::minus
                                                 : steps::plus,
                      "", node);
    code->label = node.op == Op::logical_not ? "not" : node.op == Op::minus ? "minus" : "plus";
    code->a = compile(node.child(0));
    return code;
  }

  Code* binary(const Node& node) {
    Code* code = make(nullptr, "", node);
    if (node.op == Op::in && is_strings(node.child(1))) return in_strings(code, node);
    operands(*code, node);
    choose(node, *code);
    settle(*code);
    return code;
  }

  static bool is_strings(const Node& node) {
    return node.kind == NodeKind::array &&
           std::ranges::all_of(node.children, [](const Node* item) { return item->is_constant(Kind::string); });
  }

  Code* in_strings(Code* code, const Node& node) {
    const Node& list = node.child(1);
    code->run = steps::in_strings;
    code->label = "in strings";
    code->a = compile(node.child(0));
    auto* room = store_.arena.array<Value>(list.children.size() + 1);
    std::ranges::transform(list.children, room, [&](const Node* item) { return keep(item->value); });
    std::ranges::sort(room, room + list.children.size(), {}, &Value::as_string);
    code->value = Value::array({room, list.children.size()});
    constants_.insert(&list);
    return code;
  }

  // Compiles both sides. A constant on the right lies in `spare_` until it is known whether the step holds it itself,
  // as most do: take_constant() makes it the step's own, settle() a step of its own.
  void operands(Code& code, const Node& node) {
    code.a = compile(node.child(0));
    const Node& right = node.child(1);
    if (right.kind != NodeKind::constant) {
      code.b = compile(right);
      return;
    }
    constants_.insert(&right);
    spare_ = Code{};
    spare_.run = steps::constant;
    spare_.label = "constant";
    spare_.at = right.at;
    spare_.value = keep(right.value);
    code.b = &spare_;
  }
  static void take_constant(Code& code) {
    code.value = code.b->value;
    code.b = nullptr;
  }
  void settle(Code& code) {
    if (code.b == &spare_) code.b = store_.arena.make<Code>(spare_);
  }

  // The step for an operator: a special one where the right side is a constant of the fitting kind.
  void choose(const Node& node, Code& code) {
    const auto use = [&code](Code::Run run, const char* label) {
      code.run = run;
      code.label = label;
    };
    const bool constant = is_constant(code.b);
    const Value right = constant ? code.b->value : Value();
    const bool text = right.is(Kind::string);
    switch (node.op) {
      case Op::equal:
      case Op::not_equal: {
        const bool equal = node.op == Op::equal;
        if (text)
          use(equal ? steps::equal_text : steps::not_equal_text, equal ? "equal text" : "not equal text");
        else if (right.is_number())
          use(equal ? steps::equal_number : steps::not_equal_number, equal ? "equal number" : "not equal number");
        else
          return use(equal ? steps::equal : steps::not_equal, equal ? "equal" : "not equal");
        return take_constant(code);
      }
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal: return choose_order(node, code, right);
      case Op::in: return use(steps::in, "in");
      case Op::matches: {
        if (text) {
          std::string error;  // the checker has compiled it before
          if (auto regex = compile_regex(right.as_string(), error)) {
            code.regex = store_.regexes.emplace_back(std::move(regex)).get();
            use(steps::matches_constant, "matches regex");
            return take_constant(code);
          }
        }
        return use(steps::matches, "matches");
      }
      case Op::contains:
        if (!text) return use(steps::contains, "contains");
        take_constant(code);
        if (node.child(0).kind != NodeKind::builtin || node.child(0).builtin->name != "lower" ||
            code.a->run != steps::builtin)
          return use(steps::contains_text, "contains text");
        code.slot = code.a->at;  // a failure of lower names lower's place
        code.a = code.a->more[0];
        return use(steps::contains_folded, "lower contains text");
      case Op::starts_with:
        if (!text) return use(steps::starts_with, "starts with");
        use(steps::starts_with_text, "starts with text");
        return take_constant(code);
      case Op::ends_with: return use(steps::ends_with, "ends with");
      case Op::range: return use(steps::range, "range");
      case Op::add: return use(steps::add, "add");
      case Op::subtract: return use(steps::subtract, "subtract");
      case Op::multiply: return use(steps::multiply, "multiply");
      case Op::divide: return use(steps::divide, "divide");
      case Op::modulo: return use(steps::modulo, "modulo");
      case Op::power: return use(steps::power, "power");
      case Op::coalesce: return use(steps::coalesce, "coalesce");
      default: return use(steps::equal, "equal");
    }
  }

  void choose_order(const Node& node, Code& code, Value right) {
    static constexpr std::array<Code::Run, 4> plain = {
        steps::compare<Comparison::less>, steps::compare<Comparison::less_equal>, steps::compare<Comparison::greater>,
        steps::compare<Comparison::greater_equal>};
    static constexpr std::array<Code::Run, 4> number = {
        steps::compare_number<Comparison::less>, steps::compare_number<Comparison::less_equal>,
        steps::compare_number<Comparison::greater>, steps::compare_number<Comparison::greater_equal>};
    static constexpr std::array<Code::Run, 4> level = {
        steps::compare_level<Comparison::less>, steps::compare_level<Comparison::less_equal>,
        steps::compare_level<Comparison::greater>, steps::compare_level<Comparison::greater_equal>};
    static constexpr std::array<const char*, 4> labels = {"less", "less or equal", "greater", "greater or equal"};
    const auto i = static_cast<std::size_t>(node.op) - static_cast<std::size_t>(Op::less);
    code.label = labels[i];
    code.run = node.ordered_levels ? level[i] : right.is_number() ? number[i] : plain[i];
    if (!node.ordered_levels && right.is_number()) take_constant(code);
  }

  Code* comparisons(const Node& node) {
    Code* code = with_children(make(steps::comparisons, "comparisons", node), node, 0);
    // The operators, as the text of a constant.
    auto* room = store_.arena.array<char>(node.operators.size());
    for (std::size_t i = 0; i < node.operators.size(); ++i)
      room[i] = static_cast<char>(static_cast<int>(node.operators[i]) - static_cast<int>(Op::less));
    code->value = Value(std::string_view(room, node.operators.size()));
    return code;
  }

  Code* member(const Node& node) {
    if (node.meaning != Meaning::none) return named(node);
    const bool optional = node.optional;
    Code* code = make(optional ? steps::optional_member : steps::member, optional ? "optional member" : "member", node);
    operands(*code, node);
    if (is_constant(code->b) && code->b->value.is(Kind::string)) {
      take_constant(*code);
      code->run = optional ? steps::optional_field : steps::field;
      code->label = optional ? "optional field" : "field";
    }
    settle(*code);
    return code;
  }

  Code* method(const Node& node) {
    Code* code = make(steps::method, "method", node);
    code->a = compile(node.child(0));
    code->value = keep(Value(node.name));
    code->slot = node.optional ? 1 : 0;
    return with_children(code, node, 1);
  }

  Code* slice_of(const Node& node) {
    Code* code = make(steps::slice, "slice", node);
    code->a = compile(node.child(0));
    auto* room = store_.arena.array<const Code*>(2);
    for (std::size_t i = 0; i < 2; ++i)
      room[i] = node.children[i + 1] == nullptr ? nullptr : compile(node.child(i + 1));
    code->more = {room, 2};
    return code;
  }

  Code* builtin(const Node& node) {
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): names of builtins are literals
    Code* code = make(steps::builtin, node.builtin->name.data(), node);
    code->builtin = node.builtin;
    return with_children(code, node, 0);
  }

  Code* loop(const Node& node) {
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): names of builtins are literals
    Code* code = make(steps::loop, node.builtin->name.data(), node);
    code->slot = node.slot;
    code->builtin = node.builtin;
    code->a = compile(node.child(0));
    if (node.children.size() > 1) code->b = compile(node.child(1));
    if (node.children.size() > 2) {
      auto* room = store_.arena.array<const Code*>(1);
      room[0] = compile(node.child(2));
      code->more = {room, 1};
    }
    return code;
  }

  Code* array(const Node& node) {
    const bool constants =
        std::ranges::all_of(node.children, [](const Node* item) { return item->kind == NodeKind::constant; });
    if (!constants) return with_children(make(steps::array, "array", node), node, 0);
    auto* room = store_.arena.array<Value>(node.children.size() + 1);
    std::ranges::transform(node.children, room, [&](const Node* item) { return keep(item->value); });
    constants_.insert(&node);
    return constant(node, Value::array({room, node.children.size()}));
  }

  const Environment& environment_;
  CodeStore& store_;
  Context context_;
  NoVariables no_variables_;
  std::unordered_set<const Node*> constants_;
  Code spare_;
};

}  // namespace

const Code* compile(const Tree& tree, const Environment& environment, CodeStore& store) {
  return Compiler(environment, store).compile(*tree.root);
}

}  // namespace taffrail::expr
