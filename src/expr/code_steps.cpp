#include "expr/code_steps.hpp"

#include <algorithm>
#include <cstring>

#include "expr/builtin.hpp"
#include "expr/json_node.hpp"
#include "expr/predicate_loop.hpp"
#include "expr/unicode.hpp"
#include "expr/walker.hpp"

namespace taffrail::expr::steps {
namespace {

// Both operands of `f`, unless one fails.
template <class F>
Value both(const Code& code, Context& context, F f) {
  const Value a = run(*code.a, context);
  if (a.failed()) return a;
  const Value b = run(*code.b, context);
  return b.failed() ? b : f(a, b);
}

Value negated(Value v) { return v.failed() ? v : Value(!v.as_bool()); }

// Arguments of a call, on the stack for as many as most calls have.
class Arguments {
 public:
  Arguments(const Code& code, Context& context) : count_(code.more.size()) {
    Value* room = few_;
    if (count_ > std::size(few_)) {
      many_.resize(count_);
      room = many_.data();
    }
    for (std::size_t i = 0; i < count_; ++i) {
      room[i] = run(*code.more[i], context);
      if (room[i].failed()) {
        good_ = false;
        return;
      }
    }
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::span<const Value> get() const { return {count_ > std::size(few_) ? many_.data() : few_, count_}; }

 private:
  Value few_[4];
  std::vector<Value> many_;
  std::size_t count_;
  bool good_ = true;
};

}  // namespace

Value constant(const Code& code, Context&) { return code.value; }
Value variable(const Code& code, Context& context) { return context.variable(code.slot); }
Value local(const Code& code, Context& context) { return context.local(code.slot); }
Value group(const Code& code, Context& context) {
  return group_value(context, code.at, *code.environment, code.value.as_string());
}

Value item(const Code& code, Context& context) {
  return context.frame == nullptr ? context.fail(code.at, "# is known only in predicates") : context.frame->item;
}
Value item_index(const Code& code, Context& context) {
  return context.frame == nullptr ? context.fail(code.at, "# is known only in predicates")
                                  : Value(context.frame->index);
}
Value accumulator(const Code& code, Context& context) {
  return context.frame == nullptr ? context.fail(code.at, "# is known only in predicates") : context.frame->accumulator;
}

Value logical_not(const Code& code, Context& context) {
  const Value v = run(*code.a, context);
  if (v.is(Kind::boolean)) return Value(!v.as_bool());
  return v.failed() ? v : context.fail(code.at, "invalid operation: not %T", v);
}
Value minus(const Code& code, Context& context) {
  const Value v = run(*code.a, context);
  return v.failed() ? v : negate(context, code.at, v);
}
// What is no number goes through as it is where the checker could not see it, as in the reference.
Value plus(const Code& code, Context& context) { return run(*code.a, context); }

Value all_of(const Code& code, Context& context) {
  const std::size_t last = code.more.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const Value v = run(*code.more[i], context);
    if (!v.is(Kind::boolean)) return v.failed() ? v : context.fail(code.at, "invalid operation: and with %T", v);
    if (!v.as_bool()) return v;
  }
  return run(*code.more[last], context);
}
Value any_of(const Code& code, Context& context) {
  const std::size_t last = code.more.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const Value v = run(*code.more[i], context);
    if (!v.is(Kind::boolean)) return v.failed() ? v : context.fail(code.at, "invalid operation: or with %T", v);
    if (v.as_bool()) return v;
  }
  return run(*code.more[last], context);
}

Value comparisons(const Code& code, Context& context) {
  Value a = run(*code.more[0], context);
  for (std::size_t i = 1; i < code.more.size(); ++i) {
    if (a.failed()) return a;
    const Value b = run(*code.more[i], context);
    if (b.failed()) return b;
    const Value holds = expr::compare(context, code.at, static_cast<Comparison>(code.value.as_string()[i - 1]), a, b);
    if (holds.failed() || !holds.as_bool()) return holds;
    a = b;
  }
  return Value(true);
}

Value conditional(const Code& code, Context& context) {
  const Value c = run(*code.a, context);
  if (!c.is(Kind::boolean)) return c.failed() ? c : context.fail(code.at, "condition must be true or false, not %T", c);
  return run(*code.more[c.as_bool() ? 0 : 1], context);
}
Value elvis(const Code& code, Context& context) {
  const Value c = run(*code.a, context);
  if (!c.is(Kind::boolean)) return c.failed() ? c : context.fail(code.at, "condition must be true or false, not %T", c);
  return c.as_bool() ? c : run(*code.b, context);
}
Value coalesce(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  return a.is_nil() ? run(*code.b, context) : a;
}

Value equal(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::equal(context, code.at, a, b); });
}
Value not_equal(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return negated(expr::equal(context, code.at, a, b)); });
}
Value equal_text(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  if (a.failed() || !a.is(Kind::string)) return a.failed() ? a : Value(false);
  const std::string_view text = a.as_string();
  if (text.size() != code.value.as_string().size()) return Value(false);
  return context.scan(code.at, text.size()) ? Value(text == code.value.as_string()) : Value::error();
}
Value not_equal_text(const Code& code, Context& context) { return negated(equal_text(code, context)); }
Value equal_number(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  if (a.failed()) return a;
  if (a.is(Kind::integer) && code.value.is(Kind::integer)) return Value(a.as_int() == code.value.as_int());
  return Value(a.is_number() && a.number() == code.value.number());
}
Value not_equal_number(const Code& code, Context& context) { return negated(equal_number(code, context)); }

Value in(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return is_in(context, code.at, a, b); });
}
Value in_strings(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  return a.failed() ? a
                    : Value(a.is(Kind::string) &&
                            std::ranges::binary_search(code.value.as_array(), a.as_string(), {}, &Value::as_string));
}
Value matches(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::matches(context, code.at, a, b, nullptr); });
}
Value matches_constant(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  return a.failed() ? a : expr::matches(context, code.at, a, Value(""), code.regex);
}
Value contains(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return test_text(context, code.at, TextTest::contains, a, b); });
}
Value contains_text(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  if (a.is(Kind::string)) {
    const std::string_view text = a.as_string();
    const std::string_view part = code.value.as_string();
    if (!context.scan(code.at, text.size())) return Value::error();
    return Value(part.empty() || ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr);
  }
  return a.failed() ? a : test_text(context, code.at, TextTest::contains, a, code.value);
}
Value contains_folded(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  if (!a.is(Kind::string)) return a.failed() ? a : context.fail(code.slot, "lower takes a string, not %T", a);
  const std::string_view text = a.as_string();
  const std::string_view part = code.value.as_string();
  auto* folded = static_cast<char*>(context.arena().allocate(text.size(), 1));
  if (folded == nullptr) return context.out_of_memory(code.at);
  // A loop that the compiler turns into vector code; letters beyond ASCII take the long way.
  unsigned char seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    seen |= c;
    folded[i] = static_cast<char>(c + (static_cast<unsigned char>(c - 'A') < 26 ? 32 : 0));
  }
  if (seen >= 0x80) return Value(to_lower(text).find(part) != std::string::npos);
  return Value(part.empty() || ::memmem(folded, text.size(), part.data(), part.size()) != nullptr);
}
Value starts_with(const Code& code, Context& context) {
  return both(code, context,
              [&](Value a, Value b) { return test_text(context, code.at, TextTest::starts_with, a, b); });
}
Value starts_with_text(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  return a.failed() ? a : test_text(context, code.at, TextTest::starts_with, a, code.value);
}
Value ends_with(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return test_text(context, code.at, TextTest::ends_with, a, b); });
}
Value range(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::range(context, code.at, a, b); });
}
Value add(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::add(context, code.at, a, b); });
}
Value subtract(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::subtract(context, code.at, a, b); });
}
Value multiply(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::multiply(context, code.at, a, b); });
}
Value divide(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::divide(context, code.at, a, b); });
}
Value modulo(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::modulo(context, code.at, a, b); });
}
Value power(const Code& code, Context& context) {
  return both(code, context, [&](Value a, Value b) { return expr::power(context, code.at, a, b); });
}

// Links of a chain hand on a cut or a failure of the link before them.
Value member(const Code& code, Context& context) {
  const Value from = run(*code.a, context);
  if (from.stops()) return from;
  const Value key = run(*code.b, context);
  return key.failed() ? key : fetch(context, code.at, from, key);
}
Value optional_member(const Code& code, Context& context) {
  const Value from = run(*code.a, context);
  if (from.stops()) return from;
  if (from.is_nil()) return Value::cut();
  const Value key = run(*code.b, context);
  return key.failed() ? key : fetch(context, code.at, from, key);
}
Value field(const Code& code, Context& context) {
  const Value from = run(*code.a, context);
  return from.stops() ? from : fetch(context, code.at, from, code.value);
}
Value optional_field(const Code& code, Context& context) {
  const Value from = run(*code.a, context);
  if (from.stops()) return from;
  return from.is_nil() ? Value::cut() : fetch(context, code.at, from, code.value);
}
Value method(const Code& code, Context& context) {
  const Value self = run(*code.a, context);
  if (self.stops()) return self;
  if (code.slot != 0 && self.is_nil()) return Value::cut();
  const Arguments arguments(code, context);
  return arguments.good() ? call_method(context, code.at, self, code.value.as_string(), arguments.get())
                          : Value::error();
}
Value chain(const Code& code, Context& context) {
  const Value v = run(*code.a, context);
  return v.is(Kind::cut) || v.is_nil() ? Value() : v;
}
Value slice(const Code& code, Context& context) {
  const Value from = run(*code.a, context);
  if (from.failed()) return from;
  Value ends[2];
  for (std::size_t i = 0; i < 2; ++i) {
    if (code.more[i] == nullptr) continue;
    ends[i] = run(*code.more[i], context);
    if (ends[i].failed()) return ends[i];
  }
  return expr::slice(context, code.at, from, code.more[0] == nullptr ? nullptr : &ends[0],
                     code.more[1] == nullptr ? nullptr : &ends[1]);
}

Value builtin(const Code& code, Context& context) {
  if (!context.step(code.at)) return Value::error();
  const Arguments arguments(code, context);
  return arguments.good() ? code.builtin->function(context, code.at, arguments.get()) : Value::error();
}
Value loop(const Code& code, Context& context) {
  LoopCall call;
  call.loop = code.builtin->loop;
  call.weight = code.slot;
  call.at = code.at;
  call.list = run(*code.a, context);
  if (call.list.failed()) return call.list;
  call.has_predicate = code.b != nullptr;
  call.has_extra = !code.more.empty();
  if (call.has_extra) {
    call.extra = run(*code.more[0], context);
    if (call.extra.failed()) return call.extra;
  }
  auto predicate = [&] { return run(*code.b, context); };
  return PredicateLoop(context, call, predicate).run();
}
Value array(const Code& code, Context& context) {
  Value* room = context.make_elements(code.at, code.more.size());
  if (room == nullptr) return Value::error();
  for (std::size_t i = 0; i < code.more.size(); ++i) {
    room[i] = run(*code.more[i], context);
    if (room[i].failed()) return room[i];
  }
  return Value::array({room, code.more.size()});
}
Value map(const Code& code, Context& context) {
  MapBuilder builder(context.arena());
  for (std::size_t i = 0; i < code.more.size(); i += 2) {
    const Value key = run(*code.more[i], context);
    if (key.failed()) return key;
    if (!key.is(Kind::string)) return context.fail(code.more[i]->at, "a key of a map must be a string, not %T", key);
    const Value value = run(*code.more[i + 1], context);
    if (value.failed()) return value;
    // Of a key given twice the first counts, as in the reference.
    if (builder.find(key) == nullptr && !builder.set(key, value)) return context.out_of_memory(code.at);
  }
  const Map* made = builder.finish();
  return made == nullptr ? context.out_of_memory(code.at) : Value::map(*made);
}
Value let(const Code& code, Context& context) {
  const Value v = run(*code.a, context);
  if (v.failed()) return v;
  context.local(code.slot) = v;
  return run(*code.b, context);
}
Value sequence(const Code& code, Context& context) {
  Value last;
  for (const Code* part : code.more) {
    last = run(*part, context);
    if (last.failed()) return last;
  }
  return last;
}

// An evaluation that finds a value pays for it what computing it would have taken, so that the budgets are those of the
// program by itself. Not kept are failures, which may come from what was left of the budgets, and what may lie in the
// arena, which ends with the evaluation.
Value once(const Code& code, Context& context) {
  KeptValue& kept = context.kept[code.slot];
  if (kept.round == context.round) {
    if (!context.step(code.at, kept.steps)) return Value::error();
    if (kept.bytes != 0 && context.arena().allocate(kept.bytes, 1) == nullptr) return context.out_of_memory(code.at);
    return kept.value;
  }
  const std::uint64_t steps = context.steps_left();
  const std::size_t used = context.arena().used();
  const Value v = run(*code.a, context);
  const std::size_t bytes = context.arena().used() - used;
  if (v.failed() || (bytes != 0 && !(v.is(Kind::nil) || v.is(Kind::boolean) || v.is_number()))) return v;
  kept = {v, context.round, static_cast<std::uint32_t>(bytes), steps - context.steps_left()};
  return v;
}

}  // namespace taffrail::expr::steps
