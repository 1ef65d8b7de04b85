#include "expr/json_text.hpp"

#include <charconv>
#include <cstdint>

#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

// The unit of a `\uXXXX` that `text` begins with, or nothing.
std::optional<std::uint32_t> utf16_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return {};
  std::uint32_t unit = 0;
  const auto [end, code] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  if (code != std::errc() || end != text.data() + 6) return {};
  return unit;
}

}  // namespace

std::optional<std::string> unescape_json(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  while (!inside.empty()) {
    const std::size_t plain = std::min(inside.find('\\'), inside.size());
    out += inside.substr(0, plain);
    inside.remove_prefix(plain);
    if (inside.size() < 2) {
      if (inside.empty()) break;
      return {};
    }
    std::size_t taken = 2;
    switch (inside[1]) {
      case '"':
      case '\\':
      case '/': out += inside[1]; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        auto rune = utf16_unit(inside);
        if (!rune) return {};
        taken = 6;
        const auto low = *rune >= 0xD800 && *rune < 0xDC00 ? utf16_unit(inside.substr(6)) : std::nullopt;
        if (low && *low >= 0xDC00 && *low < 0xE000) {
          rune = 0x10000 + ((*rune - 0xD800) << 10) + (*low - 0xDC00);
          taken = 12;
        }
        append_rune(out, static_cast<char32_t>(*rune));
        break;
      }
      default: return {};
    }
    inside.remove_prefix(taken);
  }
  return out;
}

}  // namespace taffrail::expr
