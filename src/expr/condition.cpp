#include "expr/condition.hpp"

#include "expr/context.hpp"
#include "expr/program.hpp"

namespace taffrail::expr {
namespace {

// Conditions are asked millions of times; each thread keeps the memory that they work in. Asking does not nest.
Context& thread_context() {
  thread_local Context context(Limits::for_conditions());
  return context;
}

}  // namespace

Outcome<Condition> Condition::check(std::string_view source, const Environment& environment) {
  auto program = Program::compile(source, environment, Purpose::condition);
  if (!program) return std::unexpected(std::move(program.error()));
  return Condition(std::move(*program));
}

Result<Condition> Condition::compile(std::string_view source, const Environment& environment) {
  auto condition = check(source, environment);
  if (!condition) return std::unexpected(condition.error().to_error());
  return std::move(*condition);
}

Result<bool> Condition::matches(const Variables& variables) const {
  Context& context = thread_context();
  const Value value = program_->run(variables, context);
  if (value.is(Kind::boolean)) return value.as_bool();
  if (value.failed()) return std::unexpected(context.error(program_->source()).to_error());
  return fail(ErrorCode::invalid_argument,
              "the condition gave " + std::string(type_name(value)) + " where true or false is needed");
}

bool Condition::test(const Variables& variables, bool& failed) const {
  const Value value = program_->run(variables, thread_context());
  if (value.is(Kind::boolean)) return value.as_bool();
  failed = true;
  return false;
}

Verdict Condition::judge(const Variables& variables) const {
  Context& context = thread_context();
  const Value value = program_->run(variables, context);
  if (value.is(Kind::boolean)) return value.as_bool() ? Verdict::yes : Verdict::no;
  // Running out of steps takes the last one.
  return context.steps_left() == 0 ? Verdict::spent : Verdict::failed;
}

std::string_view Condition::source() const { return program_->source(); }

}  // namespace taffrail::expr
