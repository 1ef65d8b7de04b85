#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace taffrail::text {

/// Thirty-two bytes at once, by Clang's vector extensions: AVX2 on x86-64-v3, NEON on ARM, no code of either here.
/// Comparisons give a bit per byte, lowest first.
class ByteBlock {
 public:
  static constexpr std::size_t size = 32;

  /// Reads 32 bytes at `from`.
  static ByteBlock load(const char* from) {
    ByteBlock block;
    std::memcpy(&block.bytes_, from, size);
    return block;
  }
  /// Reads the last `count` < 32 bytes of a text; those behind are `fill`.
  static ByteBlock load_rest(const char* from, std::size_t count, char fill) {
    char padded[size];
    std::memset(padded, fill, size);
    std::memcpy(padded, from, count);
    return load(padded);
  }

  [[nodiscard]] std::uint32_t equal(char c) const { return bits(bytes_ == static_cast<unsigned char>(c)); }
  [[nodiscard]] std::uint32_t either(char a, char b) const {
    return bits((bytes_ == static_cast<unsigned char>(a)) | (bytes_ == static_cast<unsigned char>(b)));
  }
  [[nodiscard]] std::uint32_t below(unsigned char c) const { return bits(bytes_ < c); }
  [[nodiscard]] std::uint32_t non_ascii() const { return bits(bytes_ >= static_cast<unsigned char>(0x80)); }
  /// What JSON forbids inside a string as it is: quote, backslash, control characters.
  [[nodiscard]] std::uint32_t json_special() const {
    return bits((bytes_ == static_cast<unsigned char>('"')) | (bytes_ == static_cast<unsigned char>('\\')) |
                (bytes_ < static_cast<unsigned char>(0x20)));
  }

 private:
  using Bytes = unsigned char __attribute__((ext_vector_type(32)));
  using Bits = bool __attribute__((ext_vector_type(32)));
  template <class Mask>
  static std::uint32_t bits(Mask mask) {
    return std::bit_cast<std::uint32_t>(__builtin_convertvector(mask, Bits));
  }
  Bytes bytes_;
};

/// Where the first quote, backslash or control character of `text` at or behind `from` is; its size when there is none.
[[nodiscard]] inline std::size_t find_json_special(std::string_view text, std::size_t from) {
  while (from + ByteBlock::size <= text.size()) {
    if (const std::uint32_t hits = ByteBlock::load(text.data() + from).json_special(); hits != 0)
      return from + static_cast<std::size_t>(std::countr_zero(hits));
    from += ByteBlock::size;
  }
  if (from >= text.size()) return text.size();
  const std::uint32_t hits = ByteBlock::load_rest(text.data() + from, text.size() - from, ' ').json_special();
  return hits == 0 ? text.size() : from + static_cast<std::size_t>(std::countr_zero(hits));
}

/// Whether `text` holds one of two bytes, none of them a blank.
[[nodiscard]] inline bool holds_either(std::string_view text, char a, char b) {
  const auto holds = [&](const ByteBlock& block) { return block.either(a, b) != 0; };
  if (text.size() < ByteBlock::size) return !text.empty() && holds(ByteBlock::load_rest(text.data(), text.size(), ' '));
  for (std::size_t at = 0; at + ByteBlock::size <= text.size(); at += ByteBlock::size) {
    if (holds(ByteBlock::load(text.data() + at))) return true;
  }
  return holds(ByteBlock::load(text.data() + text.size() - ByteBlock::size));  // the rest, and some of it again
}

}  // namespace taffrail::text
