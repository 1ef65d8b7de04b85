#pragma once

#include "expr/code.hpp"
#include "expr/operations.hpp"

/// The functions that compiled steps run. Each documents what it reads of its Code; `a` and `b` are always evaluated
/// in that order. Private to the compiler and its tests.
namespace taffrail::expr::steps {

Value constant(const Code& code, Context& context);  // value
Value variable(const Code& code, Context& context);  // slot
Value local(const Code& code, Context& context);     // slot
Value group(const Code& code, Context& context);     // value: prefix; environment
Value item(const Code& code, Context& context);
Value item_index(const Code& code, Context& context);
Value accumulator(const Code& code, Context& context);

Value logical_not(const Code& code, Context& context);  // a
Value minus(const Code& code, Context& context);
Value plus(const Code& code, Context& context);
Value all_of(const Code& code, Context& context);  // more
Value any_of(const Code& code, Context& context);
Value comparisons(const Code& code, Context& context);  // more; value: a Comparison for each pair, as bytes
Value conditional(const Code& code, Context& context);  // a ? more[0] : more[1]
Value elvis(const Code& code, Context& context);        // a ?: b
Value coalesce(const Code& code, Context& context);

Value equal(const Code& code, Context& context);
Value not_equal(const Code& code, Context& context);
Value equal_text(const Code& code, Context& context);  // a == value
Value not_equal_text(const Code& code, Context& context);
Value equal_number(const Code& code, Context& context);
Value not_equal_number(const Code& code, Context& context);
Value in(const Code& code, Context& context);
Value in_strings(const Code& code, Context& context);  // a in value, sorted strings
Value matches(const Code& code, Context& context);
Value matches_constant(const Code& code, Context& context);  // a matches regex; value: its pattern
Value contains(const Code& code, Context& context);
Value contains_text(const Code& code, Context& context);    // a contains value
Value contains_folded(const Code& code, Context& context);  // lower(a) contains value; slot: where lower stands
Value starts_with(const Code& code, Context& context);
Value starts_with_text(const Code& code, Context& context);
Value ends_with(const Code& code, Context& context);
Value range(const Code& code, Context& context);
Value add(const Code& code, Context& context);
Value subtract(const Code& code, Context& context);
Value multiply(const Code& code, Context& context);
Value divide(const Code& code, Context& context);
Value modulo(const Code& code, Context& context);
Value power(const Code& code, Context& context);

template <Comparison op>
Value compare(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  if (a.failed()) return a;
  const Value b = run(*code.b, context);
  return b.failed() ? b : expr::compare(context, code.at, op, a, b);
}
template <Comparison op>
Value compare_number(const Code& code, Context& context) {  // a op value
  const Value a = run(*code.a, context);
  if (a.is(Kind::floating)) {
    const double x = a.as_double();
    const double y = code.value.number();
    switch (op) {
      case Comparison::less: return Value(x < y);
      case Comparison::less_equal: return Value(x <= y);
      case Comparison::greater: return Value(x > y);
      case Comparison::greater_equal: return Value(x >= y);
    }
  }
  return a.failed() ? a : expr::compare(context, code.at, op, a, code.value);
}
template <Comparison op>
Value compare_level(const Code& code, Context& context) {
  const Value a = run(*code.a, context);
  if (a.failed()) return a;
  const Value b = run(*code.b, context);
  return b.failed() ? b : compare_levels(context, code.at, op, a, b);
}

Value member(const Code& code, Context& context);  // a[b]
Value optional_member(const Code& code, Context& context);
Value field(const Code& code, Context& context);  // a.value
Value optional_field(const Code& code, Context& context);
Value method(const Code& code, Context& context);  // a.value(more); slot: optional
Value chain(const Code& code, Context& context);   // a
Value slice(const Code& code, Context& context);   // a[more[0]:more[1]], either may be null

Value builtin(const Code& code, Context& context);   // builtin(more)
Value loop(const Code& code, Context& context);      // builtin(a, b, more[0])
Value array(const Code& code, Context& context);     // more
Value map(const Code& code, Context& context);       // more: key, value, …
Value let(const Code& code, Context& context);       // local slot = a; b
Value sequence(const Code& code, Context& context);  // more
Value once(const Code& code, Context& context);      // a, kept in slot

}  // namespace taffrail::expr::steps
