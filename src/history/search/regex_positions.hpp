#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace taffrail::history {

/// Regular expressions as positions: each character that a pattern names is one, and a match is a walk from one to
/// another that follows it (Glushkov, "The abstract theory of automata", 1961). At least what RE2 matches on lines of
/// printable ASCII: `\b` and `\B` are taken for nothing, as are `^` and `$` but at a pattern's ends.
struct RegexPositions {
  static constexpr std::size_t most = 256;
  using Set = std::bitset<most>;
  /// Characters of ASCII, and two that stand before a line and behind it.
  using Characters = std::bitset<130>;
  static constexpr std::size_t line_begin = 128;
  static constexpr std::size_t line_end = 129;

  std::vector<Characters> characters;  ///< that each position takes
  std::vector<Set> follow;             ///< of each, those that may come next
  Set first;                           ///< where a match begins
  Set last;                            ///< where it may end
  bool empty = false;                  ///< the empty text is a match
};

/// What a line must match one of; nothing where there are too many positions.
/// @param patterns that RE2 takes, in the syntax of is_shared_syntax
[[nodiscard]] std::optional<RegexPositions> positions_of(std::span<const std::string> patterns);

}  // namespace taffrail::history
