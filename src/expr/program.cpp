#include "expr/program.hpp"

#include "expr/parser.hpp"

namespace taffrail::expr {

Outcome<std::shared_ptr<const Program>> Program::compile(std::string_view source, const Environment& environment,
                                                         Purpose purpose, const Limits& limits) {
  auto tree = parse(source, limits);
  if (!tree) return std::unexpected(std::move(tree.error()));
  auto type = check(**tree, environment, purpose);
  if (!type) return std::unexpected(std::move(type.error()));
  // The tree is several times the size of the steps and nobody needs it any more.
  std::shared_ptr<Program> program(new Program);
  program->source_ = source;
  program->environment_ = &environment;
  program->type_ = Type{(*type)->kind, nullptr};
  program->locals_ = (*tree)->locals;
  // Compiling takes microseconds and rules stay for months: once to measure, once into a block of just that size.
  CodeStore measured;
  (void)expr::compile(**tree, environment, measured);
  constexpr std::size_t slack = 32;  // alignment of the block
  program->store_ = CodeStore(measured.arena.used() + slack);
  program->code_ = expr::compile(**tree, environment, program->store_);
  return program;
}

Value Program::run(const Variables& variables, Context& context) const {
  context.begin(variables, locals_);
  return expr::run(*code_, context);
}

std::string Program::print() const { return print_code(*code_); }

}  // namespace taffrail::expr
