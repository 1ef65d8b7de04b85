#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "history/search/regex_positions.hpp"

namespace taffrail::history {

/// Runs regular expressions over a text of which some characters are known by their kind alone, and says whether it may
/// have a match: for templates, whose variables are elsewhere. It never says no where there may be one.
///
/// A state is the set of positions that a match may have come to; states and their ways are made as they are needed,
/// and kept. Of one thread at a time.
class OpenRegex {
 public:
  using State = std::uint16_t;
  /// There may be a match: no text leads out of it.
  static constexpr State found = 0;

  /// What is known of a character.
  enum class Open : std::uint8_t {
    digit,   ///< 0 to 9
    lower,   ///< 0 to 9, a to f
    upper,   ///< 0 to 9, A to F
    digits,  ///< one or more of such, as the next two
    lowers,
    uppers,
    token,  ///< one or more letters and digits
    any,    ///< nothing
    end,    ///< there is none: the line ends
  };

  /// @param patterns in the syntax of is_shared_syntax, of which a line matches at least one
  /// @return nothing where they tell no line from another, or have too many positions
  [[nodiscard]] static std::optional<OpenRegex> of(std::span<const std::string> patterns);

  /// Where a line begins.
  [[nodiscard]] State begin() const { return begin_; }
  /// Within a line, where no match has begun.
  [[nodiscard]] State idle() const { return idle_; }
  /// Where one comes to from a state by some text, and by `count` characters of a kind.
  [[nodiscard]] State behind(State from, std::string_view text) {
    for (const char c : text) from = step(from, symbols_[static_cast<unsigned char>(c)]);
    return from;
  }
  [[nodiscard]] State behind(State from, Open kind, std::size_t count = 1) {
    for (; count > 0 && from != found; --count) from = step(from, static_cast<Symbol>(kind));
    return from;
  }

 private:
  using Symbol = std::uint8_t;
  using Set = RegexPositions::Set;
  static constexpr State unknown = 0xFFFF;
  static constexpr std::size_t open_symbols = 9;

  explicit OpenRegex(RegexPositions positions);
  void make_symbols();
  [[nodiscard]] State step(State from, Symbol symbol) {
    const State to = ways_[from * reach_.size() + symbol];
    return to != unknown ? to : find_way(from, symbol);
  }
  State find_way(State from, Symbol symbol);
  [[nodiscard]] Set next(const Set& from, const Set& reach) const;
  State state_of(const Set& positions);

  RegexPositions positions_;
  std::array<Symbol, 256> symbols_{};  // of each byte
  std::vector<Set> reach_;             // positions that take a symbol, those of Open first
  std::vector<Set> states_;
  std::vector<State> ways_;  // by state and symbol
  std::unordered_map<Set, State> known_;
  State begin_ = found;
  State idle_ = found;
};

}  // namespace taffrail::history
