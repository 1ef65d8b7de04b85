#include "history/block/filter_keys.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/ascii.hpp"
#include "history/block/token.hpp"

namespace taffrail::history {
namespace {

constexpr std::uint64_t spread_factor = 0x9E3779B97F4A7C15;
constexpr std::size_t least_token = 5;
constexpr std::size_t run_length = 8;
constexpr std::size_t letters = 4;
constexpr std::string_view kelvin = "\xE2\x84\xAA";  // U+212A
constexpr std::string_view dotted_i = "\xC4\xB0";    // U+0130
constexpr std::string_view long_s = "\xC5\xBF";      // U+017F
/// 0: whole tokens only.
constexpr std::array<std::size_t, 4> part_lengths{12, 16, 24, 0};
constexpr std::size_t seen_bits = 13;
/// Each kind has hashes of its own.
constexpr std::uint64_t token_seed = 0x9E3779B97F4A7C15;
constexpr std::uint64_t run_seed = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t letter_seed = 0x165667B19E3779F9;

std::uint64_t mix(std::uint64_t value, std::uint64_t seed) {
  const auto product = static_cast<unsigned __int128>(value ^ seed) * (seed | 1);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
/// In small letters: the bit that capitals lack is set in small letters and digits.
constexpr std::uint64_t small = 0x2020202020202020;
std::uint64_t load(const char* from) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}
std::uint64_t token_key(std::string_view token) {
  if (token.size() > 16) {
    const std::string folded = ascii::to_lower(token);
    return XXH3_64bits_withSeed(folded.data(), folded.size(), token_seed);
  }
  const char* from = token.data();
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (token.size() > 8) {
    low = load(from) | small;
    high = load(from + token.size() - 8) | small;
  } else if (token.size() == 8) {
    low = load(from) | small;
  } else {
    low = (load(from) | small) & low_bits(token.size() * 8);
  }
  return mix(mix(low, token_seed + token.size()) ^ high, token_seed);
}
std::uint64_t run_key(const char* from) { return mix(load(from) | small, run_seed); }
std::uint64_t letter_key(const char* from) {
  std::uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return mix(value | std::uint32_t{0x20202020}, letter_seed);
}
bool has_digit(std::string_view text) { return std::ranges::any_of(text, ascii::is_digit); }

/// Calls `found` with each four letters in a row.
template <class Found>
void each_four_letters(std::string_view text, Found found) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = ascii::is_letter(text[i]) ? run + 1 : 0;
    if (run >= letters) found(text.data() + i + 1 - letters);
  }
}

/// The least of several hashes is small, and a key's upper bits choose its line: without this the first lines of a
/// filter would have most keys.
std::uint64_t spread(std::uint64_t least) { return least * spread_factor; }

/// Calls `found` with each of a token's runs of eight that is a key: in each window the least.
template <class Found>
void each_part(std::string_view token, std::size_t part_length, std::vector<std::uint64_t>& hashes, Found found) {
  const std::size_t window = part_length - run_length + 1;
  const std::size_t count = token.size() - run_length + 1;
  hashes.resize(count);
  for (std::size_t i = 0; i < count; ++i) hashes[i] = run_key(token.data() + i);
  // The least of 2, 4, 8 … that follow each other, then of two such that overlap.
  std::size_t width = 1;
  for (; 2 * width <= window; width *= 2) {
    for (std::size_t i = 0; i + width < count; ++i) hashes[i] = std::min(hashes[i], hashes[i + width]);
  }
  std::uint64_t before = 0;
  for (std::size_t i = 0; i + window <= count; ++i) {
    const std::uint64_t least = std::min(hashes[i], hashes[i + window - width]);
    if (i == 0 || least != before) found(spread(least));
    before = least;
  }
}

}  // namespace

FilterKeys::FilterKeys(bool words) : words_(words), seen_(std::size_t{1} << seen_bits) {}

void FilterKeys::clear() {
  other_letters_ = false;
  tokens_.clear();
  letters_.clear();
  long_tokens_.clear();
  long_ends_.clear();
  std::ranges::fill(seen_, 0);
}

void FilterKeys::add(std::vector<std::uint64_t>& to, std::uint64_t key) {
  std::uint64_t& seen = seen_[key & low_bits(seen_bits)];
  if (seen == key) return;
  seen = key;
  to.push_back(key);
}

void FilterKeys::add_token(std::string_view token, bool letters_apart) {
  if (token.size() < least_token) return;
  const std::uint64_t key = token_key(token);
  if (token.size() < part_lengths.front()) {
    add(tokens_, key);
  } else if (std::uint64_t& seen = seen_[key & low_bits(seen_bits)]; seen != key) {
    seen = key;
    long_tokens_ += token;
    long_ends_.push_back(static_cast<std::uint32_t>(long_tokens_.size()));
  }
  if (letters_apart && words_) add_letters(token);
}

void FilterKeys::add_letters(std::string_view text) {
  each_four_letters(text, [this](const char* from) { add(letters_, letter_key(from)); });
}

/// What winnowing random characters gives: two of a window and one more.
std::size_t FilterKeys::count_parts(std::size_t part_length) const {
  if (part_length == 0) return long_ends_.size();
  const std::size_t window = part_length - run_length + 1;
  std::size_t count = 0;
  std::size_t begin = 0;
  for (const std::uint32_t end : long_ends_) {
    const std::size_t size = end - begin;
    count += size < part_length ? 1 : (size - run_length + 1) * 2 / (window + 1) + 1;
    begin = end;
  }
  return count;
}

FilterKeys::Chosen FilterKeys::choose(std::size_t most) {
  KeyKinds kinds{.words = words_, .other_letters = other_letters_};
  std::size_t parts = 0;
  for (const std::size_t length : part_lengths) {
    kinds.part_length = static_cast<std::uint16_t>(length);
    parts = count_parts(length);
    if (tokens_.size() + letters_.size() + parts <= most) break;
  }
  if (tokens_.size() + letters_.size() + parts > most) kinds.words = false;
  if (tokens_.size() + parts > most) kinds.tokens = false;
  chosen_.clear();
  if (kinds.words) chosen_ = letters_;
  if (kinds.tokens) {
    chosen_.insert(chosen_.end(), tokens_.begin(), tokens_.end());
    // A part is loaded by eight bytes, a short token by sixteen.
    long_tokens_.append(16, '\0');
    std::vector<std::uint64_t> hashes;
    std::size_t begin = 0;
    for (const std::uint32_t end : long_ends_) {
      const std::string_view token = std::string_view(long_tokens_).substr(begin, end - begin);
      if (kinds.part_length == 0 || token.size() < kinds.part_length) {
        chosen_.push_back(token_key(token));
      } else {
        each_part(token, kinds.part_length, hashes, [this](std::uint64_t key) { chosen_.push_back(key); });
      }
      begin = end;
    }
    long_tokens_.resize(long_tokens_.size() - 16);
  }
  return {kinds, chosen_};
}

/// U+212A is a `k` in small letters, U+0130 an `i`, and patterns that fold take U+017F for an `s`.
void FilterKeys::look_for_other_letters(std::string_view text) {
  for (const std::string_view letter : {kelvin, dotted_i, long_s})
    if (text.find(letter) != std::string_view::npos) other_letters_ = true;
}

void FilterKeys::add_template(std::string_view text) {
  look_for_other_letters(text);
  if (!words_) return;
  // A code may look like a letter.
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t mark = std::min(text.find(variable_mark, begin), text.size());
    add_letters(text.substr(begin, mark - begin));
    begin = mark + 2;
  }
}

void FilterKeys::add_text(std::string_view line) {
  look_for_other_letters(line);
  if (words_) add_letters(line);
  std::string padded;
  for (std::size_t begin = 0; begin < line.size();) {
    if (!ascii::is_alphanumeric(line[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < line.size() && ascii::is_alphanumeric(line[end])) ++end;
    const std::string_view token = line.substr(begin, end - begin);
    if (has_digit(token)) {
      padded.assign(token).append(16, '\0');
      add_token(std::string_view(padded).substr(0, token.size()), false);
    }
    begin = end;
  }
}

bool cannot_hold(const KeyKinds& kinds, const Literal& literal) {
  return !kinds.other_letters && literal.text.find(long_s) != std::string::npos;
}

std::vector<std::uint64_t> keys_of(const Literal& literal, const KeyKinds& kinds) {
  std::vector<std::uint64_t> keys;
  const std::string_view text = literal.text;
  // Folded as Unicode folds, these two may be something else in the line.
  if (literal.folded && kinds.other_letters && text.find_first_of("ik") != std::string_view::npos) return keys;
  if (kinds.words) each_four_letters(text, [&](const char* from) { keys.push_back(letter_key(from)); });
  std::vector<std::uint64_t> hashes;
  for (std::size_t begin = 0; begin < text.size();) {
    if (!ascii::is_alphanumeric(text[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < text.size() && ascii::is_alphanumeric(text[end])) ++end;
    // At an end of the literal the line's token may go on; without a digit here, it may have none there.
    const bool open = !literal.whole && (begin == 0 || end == text.size());
    const std::string padded = std::string(text.substr(begin, end - begin)) + std::string(16, '\0');
    const std::string_view token = std::string_view(padded).substr(0, end - begin);
    begin = end;
    if (!kinds.tokens || !has_digit(token)) continue;
    if (kinds.part_length != 0 && token.size() >= kinds.part_length) {
      each_part(token, kinds.part_length, hashes, [&](std::uint64_t key) { keys.push_back(key); });
    } else if (!open && token.size() >= least_token) {
      keys.push_back(token_key(token));
    }
  }
  return keys;
}

}  // namespace taffrail::history
