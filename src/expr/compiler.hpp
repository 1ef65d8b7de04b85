#pragma once

#include <memory>
#include <vector>

#include "expr/arena.hpp"
#include "expr/ast.hpp"
#include "expr/code.hpp"
#include "expr/environment.hpp"

namespace taffrail::expr {

/// What compiled steps point to.
struct CodeStore {
  /// @param bytes of the steps, when they are known
  explicit CodeStore(std::size_t bytes = 4096);
  CodeStore(CodeStore&&) noexcept;
  CodeStore& operator=(CodeStore&&) noexcept;
  ~CodeStore();
  Arena arena;
  std::vector<std::unique_ptr<re2::RE2>> regexes;
};

/// Compiles a checked tree. Nothing in the result points into the tree. Constant parts are evaluated now, unless that
/// fails: then they fail when they run, as the walker has it.
[[nodiscard]] const Code* compile(const Tree& tree, const Environment& environment, CodeStore& store);

}  // namespace taffrail::expr
