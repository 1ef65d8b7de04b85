#include "expr/walker.hpp"

#include <array>
#include <vector>

#include "expr/builtin.hpp"
#include "expr/operations.hpp"
#include "expr/predicate_loop.hpp"

namespace taffrail::expr {
namespace {

Comparison comparison_of(Op op) {
  switch (op) {
    case Op::less: return Comparison::less;
    case Op::less_equal: return Comparison::less_equal;
    case Op::greater: return Comparison::greater;
    default: return Comparison::greater_equal;
  }
}

// Every function is small: the recursion goes as deep as the tree is high.
class Walker {
 public:
  Walker(const Environment& environment, Context& context) : environment_(environment), context_(context) {}

  Value eval(const Node& node) {
    if (!context_.step(node.at)) return Value::error();
    switch (node.kind) {
      case NodeKind::constant: return node.value;
      case NodeKind::identifier: return named(node);
      case NodeKind::pointer: return pointer(node);
      case NodeKind::unary: return unary(node);
      case NodeKind::binary: return binary(node);
      case NodeKind::logical: return logical(node);
      case NodeKind::comparisons: return comparisons(node);
      case NodeKind::conditional: return conditional(node);
      case NodeKind::elvis: return elvis(node);
      case NodeKind::member:
      case NodeKind::method: {
        bool cut = false;
        return link(node, cut);
      }
      case NodeKind::chain: return chain(node);
      case NodeKind::slice: return slice_of(node);
      case NodeKind::builtin: return node.builtin->takes_predicate() ? loop(node) : builtin(node);
      case NodeKind::predicate: return eval(node.child(0));
      case NodeKind::array: return array(node);
      case NodeKind::map: return map(node);
      case NodeKind::let: return let(node);
      case NodeKind::sequence: return sequence(node);
      case NodeKind::call: break;  // the checker lets none through
    }
    return context_.fail(node.at, "not a function");
  }

 private:
  Value named(const Node& node) {
    switch (node.meaning) {
      case Meaning::variable: return context_.variable(node.slot);
      case Meaning::local: return context_.local(node.slot);
      case Meaning::group: return group_value(context_, node.at, environment_, node.name);
      case Meaning::none: break;
    }
    return context_.fail(node.at, "unknown name");
  }

  Value pointer(const Node& node) {
    if (context_.frame == nullptr) return context_.fail(node.at, "# is known only in predicates");
    if (node.name == "index") return Value(context_.frame->index);
    return node.name == "acc" ? context_.frame->accumulator : context_.frame->item;
  }

  Value unary(const Node& node) {
    const Value v = eval(node.child(0));
    if (v.failed()) return v;
    if (node.op == Op::minus) return negate(context_, node.at, v);
    if (node.op == Op::plus) return v;  // the checker has refused what it could; the reference lets the rest through
    return v.is(Kind::boolean) ? Value(!v.as_bool()) : context_.fail(node.at, "invalid operation: not %T", v);
  }

  Value binary(const Node& node) {
    const Value a = eval(node.child(0));
    if (a.failed()) return a;
    if (node.op == Op::coalesce) return a.is_nil() ? eval(node.child(1)) : a;
    const Value b = eval(node.child(1));
    if (b.failed()) return b;
    return apply(node, node.op, a, b);
  }

  Value apply(const Node& node, Op op, Value a, Value b) {
    Context& c = context_;
    const std::uint32_t at = node.at;
    switch (op) {
      case Op::equal: return equal(c, at, a, b);
      case Op::not_equal: {
        const Value same = equal(c, at, a, b);
        return same.failed() ? same : Value(!same.as_bool());
      }
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal:
        return node.ordered_levels ? compare_levels(c, at, comparison_of(op), a, b)
                                   : compare(c, at, comparison_of(op), a, b);
      case Op::in: return is_in(c, at, a, b);
      case Op::matches: return matches(c, at, a, b, nullptr);
      case Op::contains: return test_text(c, at, TextTest::contains, a, b);
      case Op::starts_with: return test_text(c, at, TextTest::starts_with, a, b);
      case Op::ends_with: return test_text(c, at, TextTest::ends_with, a, b);
      case Op::range: return range(c, at, a, b);
      case Op::add: return add(c, at, a, b);
      case Op::subtract: return subtract(c, at, a, b);
      case Op::multiply: return multiply(c, at, a, b);
      case Op::divide: return divide(c, at, a, b);
      case Op::modulo: return modulo(c, at, a, b);
      case Op::power: return power(c, at, a, b);
      default: return c.fail(at, "not an operator");
    }
  }

  Value logical(const Node& node) {
    const bool stops_at = node.op == Op::logical_or;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Value v = eval(node.child(i));
      if (v.failed() || i + 1 == node.children.size()) return v;
      if (!v.is(Kind::boolean))
        return context_.fail(node.at, stops_at ? "invalid operation: or with %T" : "invalid operation: and with %T", v);
      if (v.as_bool() == stops_at) return v;
    }
    return {};
  }

  Value comparisons(const Node& node) {
    Value a = eval(node.child(0));
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      if (a.failed()) return a;
      const Value b = eval(node.child(i));
      if (b.failed()) return b;
      const Value holds = apply(node, node.operators[i - 1], a, b);
      if (holds.failed() || !holds.as_bool()) return holds;
      a = b;
    }
    return Value(true);
  }

  Value conditional(const Node& node) {
    const Value c = eval(node.child(0));
    if (c.failed()) return c;
    if (!c.is(Kind::boolean)) return context_.fail(node.at, "condition must be true or false, not %T", c);
    return eval(node.child(c.as_bool() ? 1 : 2));
  }

  Value elvis(const Node& node) {
    const Value c = eval(node.child(0));
    if (c.failed()) return c;
    if (!c.is(Kind::boolean)) return context_.fail(node.at, "condition must be true or false, not %T", c);
    return c.as_bool() ? c : eval(node.child(1));
  }

  // A member or method call. `cut` is set when a `?.` ends the chain that this link is part of.
  Value link(const Node& node, bool& cut) {
    if (node.meaning != Meaning::none) return named(node);
    const Node& base = node.child(0);
    const bool linked = base.kind == NodeKind::member || base.kind == NodeKind::method;
    const Value from = linked ? link(base, cut) : eval(base);
    if (from.failed() || cut) return from;
    if (node.optional && from.is_nil()) {
      cut = true;
      return {};
    }
    if (node.kind == NodeKind::method) return method(node, from);
    const Value key = eval(node.child(1));
    return key.failed() ? key : fetch(context_, node.at, from, key);
  }

  Value method(const Node& node, Value self) {
    std::vector<Value> arguments;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      arguments.push_back(eval(node.child(i)));
      if (arguments.back().failed()) return arguments.back();
    }
    return call_method(context_, node.at, self, node.name, arguments);
  }

  Value chain(const Node& node) {
    bool cut = false;
    const Node& inner = node.child(0);
    const bool linked = inner.kind == NodeKind::member || inner.kind == NodeKind::method;
    const Value v = linked ? link(inner, cut) : eval(inner);
    return !v.failed() && v.is_nil() ? Value() : v;
  }

  Value slice_of(const Node& node) {
    const Value from = eval(node.child(0));
    if (from.failed()) return from;
    std::array<Value, 2> ends;
    for (std::size_t i = 0; i < 2; ++i) {
      if (node.children[i + 1] == nullptr) continue;
      ends[i] = eval(node.child(i + 1));
      if (ends[i].failed()) return ends[i];
    }
    return slice(context_, node.at, from, node.children[1] == nullptr ? nullptr : &ends[0],
                 node.children[2] == nullptr ? nullptr : &ends[1]);
  }

  Value builtin(const Node& node) {
    std::vector<Value> arguments;
    for (const Node* argument : node.children) {
      arguments.push_back(eval(*argument));
      if (arguments.back().failed()) return arguments.back();
    }
    return node.builtin->function(context_, node.at, arguments);
  }

  Value loop(const Node& node) {
    LoopCall call;
    call.loop = node.builtin->loop;
    call.at = node.at;
    call.list = eval(node.child(0));
    if (call.list.failed()) return call.list;
    call.has_predicate = node.children.size() > 1;
    call.has_extra = node.children.size() > 2;
    if (call.has_extra) {
      call.extra = eval(node.child(2));
      if (call.extra.failed()) return call.extra;
    }
    auto predicate = [&] { return eval(node.child(1)); };
    return PredicateLoop(context_, call, predicate).run();
  }

  Value array(const Node& node) {
    Value* room = context_.make_elements(node.at, node.children.size());
    if (room == nullptr) return Value::error();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      room[i] = eval(node.child(i));
      if (room[i].failed()) return room[i];
    }
    return Value::array({room, node.children.size()});
  }

  Value map(const Node& node) {
    MapBuilder builder(context_.arena());
    for (std::size_t i = 0; i < node.children.size(); i += 2) {
      const Value key = eval(node.child(i));
      if (key.failed()) return key;
      if (!key.is(Kind::string)) return context_.fail(node.child(i).at, "a key of a map must be a string, not %T", key);
      const Value value = eval(node.child(i + 1));
      if (value.failed()) return value;
      // Of a key given twice the first counts, as in the reference.
      if (builder.find(key) == nullptr && !builder.set(key, value)) return context_.out_of_memory(node.at);
    }
    const Map* made = builder.finish();
    return made == nullptr ? context_.out_of_memory(node.at) : Value::map(*made);
  }

  Value let(const Node& node) {
    const Value v = eval(node.child(0));
    if (v.failed()) return v;
    context_.local(node.slot) = v;
    return eval(node.child(1));
  }

  Value sequence(const Node& node) {
    Value last;
    for (const Node* part : node.children) {
      last = eval(*part);
      if (last.failed()) return last;
    }
    return last;
  }

  const Environment& environment_;
  Context& context_;
};

}  // namespace

Value group_value(Context& context, std::uint32_t at, const Environment& environment, std::string_view prefix) {
  MapBuilder all(context.arena());
  const auto declarations = environment.declarations();
  for (std::size_t slot = 0; slot < declarations.size(); ++slot) {
    std::string_view name = declarations[slot].name;
    if (!prefix.empty()) {
      if (!environment.is_group(prefix) || !name.starts_with(prefix) || name.size() <= prefix.size() ||
          name[prefix.size()] != '.')
        continue;
      name.remove_prefix(prefix.size() + 1);
      if (!all.set(Value(name), context.variable(slot))) return context.out_of_memory(at);
      continue;
    }
    const std::size_t dot = name.find('.');
    const std::string_view first = name.substr(0, dot);
    if (dot != std::string_view::npos && all.find(Value(first)) != nullptr) continue;
    const Value value =
        dot == std::string_view::npos ? context.variable(slot) : group_value(context, at, environment, first);
    if (value.failed()) return value;
    if (!all.set(Value(first), value)) return context.out_of_memory(at);
  }
  const Map* map = all.finish();
  return map == nullptr ? context.out_of_memory(at) : Value::map(*map);
}

Value walk(const Tree& tree, const Environment& environment, const Variables& variables, Context& context) {
  context.begin(variables, tree.locals);
  return Walker(environment, context).eval(*tree.root);
}

}  // namespace taffrail::expr
