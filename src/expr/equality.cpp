#include "expr/equality.hpp"

#include "expr/code_steps.hpp"
#include "expr/shared_code.hpp"

namespace taffrail::expr {
namespace {

bool is_path(const Code& code) {
  if (code.run == steps::variable) return true;
  const bool leads_on = code.run == steps::chain || code.run == steps::field || code.run == steps::optional_field;
  return leads_on && is_path(*code.a);
}

}  // namespace

std::optional<Equality> required_equality(const Code& condition) {
  if (condition.run == steps::equal_number && is_path(*condition.a))
    return Equality{condition.a, condition.value.number()};
  if (condition.run != steps::all_of) return std::nullopt;
  for (const Code* operand : condition.more)
    if (const auto found = required_equality(*operand)) return found;
  return std::nullopt;
}

std::vector<std::size_t> first_alike(std::span<const Equality> equalities) {
  std::vector<const Code*> operands;
  operands.reserve(equalities.size());
  for (const Equality& equality : equalities) operands.push_back(equality.operand);
  const SharedCode shared(operands);  // equal programs become one
  std::unordered_map<const Code*, std::size_t> first;
  std::vector<std::size_t> firsts;
  firsts.reserve(equalities.size());
  for (std::size_t i = 0; i < equalities.size(); ++i)
    firsts.push_back(first.try_emplace(&shared.program(i), i).first->second);
  return firsts;
}

void EqualityGroup::add(double number, std::uint32_t condition) {
  all_.push_back(condition);
  by_number_[number].push_back(condition);
}

std::span<const std::uint32_t> EqualityGroup::possible(Value operand) const {
  if (operand.failed()) return all_;
  if (!operand.is_number()) return {};
  const auto found = by_number_.find(operand.number());
  if (found == by_number_.end()) return {};
  return found->second;
}

}  // namespace taffrail::expr
