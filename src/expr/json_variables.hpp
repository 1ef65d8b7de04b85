#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "expr/arena.hpp"
#include "expr/environment.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// Variables from a JSON object, for the command line and for trying rules out.
class JsonVariables final : public Variables {
 public:
  /// Every member is a variable, with the type of its value; integers stay integers.
  [[nodiscard]] static Result<std::unique_ptr<JsonVariables>> open(std::string_view json);
  /// The members are values of an environment's variables, groups being objects; a missing one is the empty value of
  /// its type, times are RFC 3339 or milliseconds since 1970, and numbers inside open values are floats.
  /// @param environment must outlive this
  [[nodiscard]] static Result<std::unique_ptr<JsonVariables>> for_environment(std::string_view json,
                                                                              const Environment& environment);

  [[nodiscard]] const Environment& environment() const { return *environment_; }
  [[nodiscard]] Value get(std::size_t slot) const override { return values_[slot]; }

 private:
  JsonVariables() = default;
  [[nodiscard]] Result<void> read(std::string_view json, bool integers);

  Arena arena_{64UL << 20};  ///< of one environment; a batch reads one for each line
  Value root_;
  Environment own_;
  const Environment* environment_ = &own_;
  std::vector<Value> values_;
};

}  // namespace taffrail::expr
