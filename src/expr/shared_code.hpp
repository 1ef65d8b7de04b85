#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "expr/arena.hpp"
#include "expr/code.hpp"

namespace taffrail::expr {

/// Several compiled expressions over the same environment, of which equal parts are evaluated once for each set of
/// variables: a field that many rules look at, a comparison or a pattern that they have in common. Parts are equal when
/// their compiled steps are, wherever they stand. Immutable.
class SharedCode {
 public:
  /// @param programs their steps must outlive this
  explicit SharedCode(std::span<const Code* const> programs);

  /// Program `i`. Before it runs, Context::kept must have room for `parts()` values, and Context::round another number
  /// whenever the variables have changed. It gives the value that the program itself gives; only the message of a
  /// failure may name another place.
  [[nodiscard]] const Code& program(std::size_t i) const { return *roots_[i]; }
  /// How many parts are shared.
  [[nodiscard]] std::uint32_t parts() const { return parts_; }

 private:
  Arena arena_;
  std::vector<const Code*> roots_;
  std::uint32_t parts_ = 0;
};

}  // namespace taffrail::expr
