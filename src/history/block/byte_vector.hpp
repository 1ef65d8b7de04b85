#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Bytes of a text, 32 at a time.
namespace taffrail::history {

using ByteVector = unsigned char __attribute__((ext_vector_type(32)));

[[nodiscard]] inline ByteVector load_bytes(const char* from) {
  ByteVector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

/// What a comparison of two vectors says, the first byte in the lowest bit.
template <class Mask>
[[nodiscard]] std::uint64_t bits_of(Mask mask) {
  using Flags = bool __attribute__((ext_vector_type(32)));
  return std::bit_cast<std::uint32_t>(__builtin_convertvector(mask, Flags));
}

/// Calls `found` with each place of `needle`, until that says false. Looks for its first and its last byte at once.
/// @param needle of a byte at least
template <class Found>
void each_place(std::string_view text, std::string_view needle, Found found) {
  const std::size_t last = needle.size() - 1;
  const auto first_byte = static_cast<unsigned char>(needle.front());
  const auto last_byte = static_cast<unsigned char>(needle.back());
  std::size_t at = 0;
  for (; at + last + sizeof(ByteVector) <= text.size(); at += sizeof(ByteVector)) {
    const char* from = text.data() + at;
    std::uint64_t places = bits_of((load_bytes(from) == first_byte) & (load_bytes(from + last) == last_byte));
    for (; places != 0; places &= places - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(places));
      if (std::memcmp(from + place, needle.data(), needle.size()) == 0 && !found(at + place)) return;
    }
  }
  for (at = text.find(needle, at); at != std::string_view::npos; at = text.find(needle, at + 1)) {
    if (!found(at)) return;
  }
}

}  // namespace taffrail::history
