#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "history/block/literal.hpp"

namespace taffrail::history {

/// Which keys of its lines a filter has. One that does not have a kind never says no by it.
struct KeyKinds {
  bool tokens = true;  ///< tokens with a digit
  /// Tokens with a digit that have so many characters or more are found by any so many characters in a row; shorter
  /// ones only as a whole. 0: all of them only as a whole.
  std::uint16_t part_length = 12;
  bool words = true;  ///< four letters in a row, of all words
  /// The lines have one of the three letters that Unicode folds to `i`, `k` or `s`: what was folded so and holds one of
  /// these may be there in another form than ASCII's.
  bool other_letters = false;
  friend bool operator==(const KeyKinds&, const KeyKinds&) = default;
};

/// Gathers what the lines of a block are found by. A *token* is a maximal run of ASCII letters and digits.
///  1. A token with a digit, of 5 characters up to part_length: itself, in small letters.
///  2. A longer one: of any part_length - 7 runs of eight characters that follow each other, the one with the least
///     hash (winnowing). So any part_length characters of it have a key in common with it.
///  3. Each four letters in a row.
/// Where these are too many, as of lines of random characters, part_length is 16, then 24, then only whole tokens are
/// keys, then words are none, at last nothing is.
class FilterKeys {
 public:
  /// @param words whether four letters in a row are keys
  explicit FilterKeys(bool words = true);

  /// For the next block. Nothing is remembered: a key that the last block had is one of this block again.
  void clear();
  /// @param token with a digit in it; 16 bytes can be read at its begin
  /// @param letters_apart its letters stand in no template
  void add_token(std::string_view token, bool letters_apart);
  /// @param text of a template, with marks of variables
  void add_template(std::string_view text);
  /// All keys of a line.
  void add_text(std::string_view line);

  struct Chosen {
    KeyKinds kinds;
    std::span<const std::uint64_t> keys;  ///< some more than once; until the next call
  };
  /// Of what was added, not many more keys than `most`.
  [[nodiscard]] Chosen choose(std::size_t most);

 private:
  void add(std::vector<std::uint64_t>& to, std::uint64_t key);
  [[nodiscard]] std::size_t count_parts(std::size_t part_length) const;
  void add_letters(std::string_view text);
  void look_for_other_letters(std::string_view text);

  bool words_;
  bool other_letters_ = false;
  std::vector<std::uint64_t> tokens_;  // short ones
  std::vector<std::uint64_t> letters_;
  std::string long_tokens_;  // end to end
  std::vector<std::uint32_t> long_ends_;
  std::vector<std::uint64_t> seen_;  // by its lowest bits the last key that had them: most are met again soon
  std::vector<std::uint64_t> chosen_;
};

/// Whether it is certain, without a key, that no line has it: it holds U+017F, which stands beside literals that are
/// looked for by patterns.
[[nodiscard]] bool cannot_hold(const KeyKinds& kinds, const Literal& literal);
/// The keys that lines with this literal have; none when nothing can be said.
[[nodiscard]] std::vector<std::uint64_t> keys_of(const Literal& literal, const KeyKinds& kinds);

}  // namespace taffrail::history
