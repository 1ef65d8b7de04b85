#pragma once

#include <cstddef>

#include "expr/value.hpp"

namespace taffrail::expr {

/// Where an evaluation reads its variables. One is filled for each line (or container, sample, event) and handed to
/// every condition over it; nothing is copied or built for variables that no condition names.
class Variables {
 public:
  virtual ~Variables() = default;
  /// The value of the variable declared at `slot` of the Environment. What it points to must outlive the evaluation.
  [[nodiscard]] virtual Value get(std::size_t slot) const = 0;
};

/// For expressions without variables.
class NoVariables final : public Variables {
 public:
  [[nodiscard]] Value get(std::size_t) const override { return {}; }
};

}  // namespace taffrail::expr
