#include "expr/program.hpp"

#include "expr/parser.hpp"
#include "expr/walker.hpp"

namespace taffrail::expr {

Outcome<std::shared_ptr<const Program>> Program::compile(std::string_view source, const Environment& environment,
                                                         Purpose purpose, const Limits& limits) {
  auto tree = parse(source, limits);
  if (!tree) return std::unexpected(std::move(tree.error()));
  auto type = check(**tree, environment, purpose);
  if (!type) return std::unexpected(std::move(type.error()));
  return std::shared_ptr<const Program>(new Program(std::move(*tree), environment, **type));
}

Value Program::run(const Variables& variables, Context& context) const {
  return walk(*tree_, *environment_, variables, context);
}

std::string Program::print() const { return print_ast(*tree_->root, true); }

}  // namespace taffrail::expr
