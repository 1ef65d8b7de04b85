#include "expr/unicode.hpp"

#include <locale.h>
#include <wctype.h>

#include "base/ascii.hpp"

namespace taffrail::expr {
namespace {

// The C.UTF-8 locale is built into Debian's C library. Without it only ASCII changes its case, which is still right.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool is_continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

template <class MapAscii, class MapWide>
std::string map_runes(std::string_view text, MapAscii map_ascii, MapWide map_wide) {
  std::string out;
  out.reserve(text.size());
  const locale_t locale = unicode_locale();
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < 0x80) {
      out.push_back(map_ascii(static_cast<char>(byte)));
      text.remove_prefix(1);
      continue;
    }
    const Rune rune = decode_rune(text);
    text.remove_prefix(rune.size);
    append_rune(
        out, locale == nullptr ? rune.value : static_cast<char32_t>(map_wide(static_cast<wint_t>(rune.value), locale)));
  }
  return out;
}

}  // namespace

Rune decode_rune(std::string_view text) {
  const auto b0 = static_cast<unsigned char>(text[0]);
  if (b0 < 0x80) return {b0, 1};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (b0 >= 0xC2 && b0 <= 0xDF && text.size() >= 2 && is_continuation(byte(1))) {
    return {static_cast<char32_t>((b0 & 0x1FU) << 6 | (byte(1) & 0x3FU)), 2};
  }
  if ((b0 & 0xF0U) == 0xE0U && text.size() >= 3 && is_continuation(byte(1)) && is_continuation(byte(2))) {
    const auto value = static_cast<char32_t>((b0 & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU));
    if (value >= 0x800 && (value < 0xD800 || value > 0xDFFF)) return {value, 3};
  }
  if (b0 >= 0xF0 && b0 <= 0xF4 && text.size() >= 4 && is_continuation(byte(1)) && is_continuation(byte(2)) &&
      is_continuation(byte(3))) {
    const auto value = static_cast<char32_t>((b0 & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 |
                                             (byte(3) & 0x3FU));
    if (value >= 0x10000 && value <= 0x10FFFF) return {value, 4};
  }
  return {};
}

void append_rune(std::string& out, char32_t rune) {
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) rune = replacement_rune;
  const auto put = [&](unsigned value) { out.push_back(static_cast<char>(value)); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xC0U | (rune >> 6));
    put(0x80U | (rune & 0x3FU));
  } else if (rune < 0x10000) {
    put(0xE0U | (rune >> 12));
    put(0x80U | ((rune >> 6) & 0x3FU));
    put(0x80U | (rune & 0x3FU));
  } else {
    put(0xF0U | (rune >> 18));
    put(0x80U | ((rune >> 12) & 0x3FU));
    put(0x80U | ((rune >> 6) & 0x3FU));
    put(0x80U | (rune & 0x3FU));
  }
}

std::size_t rune_count(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(static_cast<unsigned char>(text.front()) < 0x80 ? 1 : decode_rune(text).size);
    ++count;
  }
  return count;
}

std::string to_upper(std::string_view text) {
  return map_runes(text, [](char c) { return ascii::to_upper(c); }, towupper_l);
}

std::string to_lower(std::string_view text) {
  return map_runes(text, [](char c) { return ascii::to_lower(c); }, towlower_l);
}

bool is_letter(char32_t rune) {
  if (rune < 0x80) return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z');
  const locale_t locale = unicode_locale();
  return locale != nullptr && iswalpha_l(static_cast<wint_t>(rune), locale) != 0;
}

bool is_digit(char32_t rune) {
  // C's iswdigit knows ASCII only; other scripts' digits count as letters there, which names may hold as well.
  return rune >= '0' && rune <= '9';
}

bool is_upper(char32_t rune) {
  if (rune < 0x80) return rune >= 'A' && rune <= 'Z';
  const locale_t locale = unicode_locale();
  return locale != nullptr && iswupper_l(static_cast<wint_t>(rune), locale) != 0;
}

bool has_upper(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (is_upper(rune.value)) return true;
    text.remove_prefix(rune.size);
  }
  return false;
}

bool is_space(char32_t rune) {
  if (rune < 0x80) return rune == ' ' || (rune >= '\t' && rune <= '\r');
  return rune == 0x85 || rune == 0xA0 || rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 ||
         rune == 0x2029 || rune == 0x202F || rune == 0x205F || rune == 0x3000;
}

}  // namespace taffrail::expr
