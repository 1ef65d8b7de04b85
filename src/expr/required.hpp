#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "expr/ast.hpp"
#include "expr/environment.hpp"

namespace taffrail::expr {

/// Something that a line holds when a condition is true of it.
struct Needle {
  enum class Kind : std::uint8_t {
    exact,   ///< these bytes
    folded,  ///< this text, already in small letters, in the line put in small letters (unicode.hpp's to_lower)
    regex,   ///< a match of this RE2 pattern; only where no literal could be found in it
  };
  std::string text;
  Kind kind = Kind::exact;
  bool whole = false;  ///< where it begins or ends with an ASCII letter or digit, there is none beside it
  auto operator<=>(const Needle&) const = default;
};

/// At least one of these is in the line.
using Clause = std::vector<Needle>;

/// Levels as bits: 1 << level_rank(), and bit 6 for what is no level.
using LevelMask = std::uint8_t;
inline constexpr LevelMask all_levels = 0x7F;
[[nodiscard]] LevelMask level_bit(std::string_view level);

/// What must hold of a line for a condition over Environment::log() to be true of it, read off the condition alone:
/// history skips blocks by it, rule sets skip rules. It is never too much: where nothing can be said, nothing is.
struct Required {
  std::vector<Clause> all;  ///< each of these
  /// RE2 patterns that the line matches, each of them, whatever literals of theirs are in `all`.
  std::vector<std::string> patterns;
  LevelMask levels = all_levels;
  std::optional<Time> from;   ///< inclusive
  std::optional<Time> until;  ///< inclusive
  /// The condition is true of every line of which all of this holds, so that nobody needs to ask it.
  bool suffices = false;
};

/// @param node of a tree checked against Environment::log()
[[nodiscard]] Required required(const Node& node);
/// The same for a source; everything is possible when it does not compile.
[[nodiscard]] Required required(std::string_view source);

}  // namespace taffrail::expr
