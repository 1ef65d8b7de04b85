#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/type.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

/// One variable that expressions over an environment may name.
struct Declaration {
  std::string name;  ///< "level"; "container.name" is `name` in the group `container`
  const Type* type = &any_type;
  std::string help;     ///< one sentence
  std::string example;  ///< an expression that uses it; empty for none
};

/// The names, types and documentation of the variables that an expression sees. The index of a declaration is the slot
/// under which Variables::get gives its value. Immutable once built, so threads may share it.
class Environment {
 public:
  Environment() = default;
  /// @param what the thing that expressions are about, for error messages: "log line"
  /// @param dynamic the variable whose fields a person may mean by an unknown name ("message"); may be empty
  Environment(std::string what, std::vector<Declaration> declarations, std::string dynamic = {});

  // What the product offers. The slots are those of the Variables classes in the same-named headers.
  [[nodiscard]] static const Environment& none();
  [[nodiscard]] static const Environment& container();  ///< container_variables.hpp
  [[nodiscard]] static const Environment& log();        ///< log_variables.hpp
  [[nodiscard]] static const Environment& metric();     ///< metric_variables.hpp
  [[nodiscard]] static const Environment& event();      ///< event_variables.hpp

  [[nodiscard]] static const Environment& notification();  ///< notification_variables.hpp

  [[nodiscard]] std::string_view what() const { return what_; }
  [[nodiscard]] std::string_view dynamic() const { return dynamic_; }
  [[nodiscard]] std::span<const Declaration> declarations() const { return declarations_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  /// Whether `name` is the first part of dotted names.
  [[nodiscard]] bool is_group(std::string_view name) const;
  /// The known name (variable, group or builtin) nearest to a mistyped one; empty when none is near.
  [[nodiscard]] std::string suggest(std::string_view name) const;

 private:
  std::string what_;
  std::string dynamic_;
  std::vector<Declaration> declarations_;
};

/// The candidate that the fewest edits (at most a third of the length, and 2) turn into `word`; empty for none.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace taffrail::expr
