#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "expr/code.hpp"

namespace taffrail::expr {

/// A comparison with a number that must hold for a condition to be true: `fields?.status == 502`.
struct Equality {
  const Code* operand = nullptr;  ///< what is compared: a variable, or a path into one
  double number = 0;
};

/// One of a compiled condition's, if it has one.
[[nodiscard]] std::optional<Equality> required_equality(const Code& condition);

/// For each of these the first one whose operand is equal to its own.
[[nodiscard]] std::vector<std::size_t> first_alike(std::span<const Equality> equalities);

/// Conditions that compare one and the same thing with numbers: its value tells which of them can be true, however many
/// there are. A look-up takes as long as a comparison.
class EqualityGroup {
 public:
  void add(double number, std::uint32_t condition);
  /// Those that can be true when the operand has this value. Where it failed, all of them fail. Lives as long as this.
  [[nodiscard]] std::span<const std::uint32_t> possible(Value operand) const;
  [[nodiscard]] std::span<const std::uint32_t> all() const { return all_; }

 private:
  std::vector<std::uint32_t> all_;
  std::unordered_map<double, std::vector<std::uint32_t>> by_number_;
};

}  // namespace taffrail::expr
