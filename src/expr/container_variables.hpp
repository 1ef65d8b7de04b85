#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "expr/environment.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// What expressions see of a container: views that the caller fills and keeps alive. An empty text is an unknown one.
struct ContainerFields {
  std::string_view id{};  ///< the reference compares 12 characters, so hand in as many
  std::string_view name{};
  std::string_view image{};
  std::string_view state{};
  std::string_view health{};
  std::string_view host{};     ///< the host's name
  std::string_view host_id{};  ///< the reference's hostId
  std::string_view service{};
  std::string_view project{};
  std::string_view group{};
  std::int64_t restarts = 0;
  std::optional<std::int64_t> exit_code{};
  std::optional<Time> created{};
  std::optional<Time> started{};
  std::optional<Time> finished{};
  const MapSource* labels = nullptr;  ///< null for none; StringMapSource wraps any map of strings
};

/// Variables of Environment::container().
class ContainerVariables final : public Variables {
 public:
  explicit ContainerVariables(const ContainerFields& fields) : fields_(fields) {}
  [[nodiscard]] Value get(std::size_t slot) const override { return field(fields_, slot); }

  /// How many slots there are, and the value of one: other environments hold the same fields as a group.
  static constexpr std::size_t count = 18;
  [[nodiscard]] static Value field(const ContainerFields& fields, std::size_t slot);
  /// Declarations for those slots. @param prefix "container." in other environments
  [[nodiscard]] static std::vector<Declaration> declare(std::string_view prefix);

 private:
  const ContainerFields& fields_;
};

}  // namespace taffrail::expr
