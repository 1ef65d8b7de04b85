#include "expr/base64.hpp"

#include <array>
#include <cstdint>

namespace taffrail::expr {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out.push_back(k <= count ? alphabet[group >> (18 - 6 * k) & 63U] : '=');
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  std::uint32_t group = 0;
  std::size_t count = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      if (count % 4 < 2) return {};  // a group begins with two letters, and nothing follows the end
      ++padding;
      group <<= 6;
    } else {
      const std::size_t value = alphabet.find(c);
      if (padding > 0 || value == std::string_view::npos) return {};
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    if (++count % 4 != 0) continue;
    for (std::size_t k = 0; k + padding < 3; ++k) out.push_back(static_cast<char>(group >> (16 - 8 * k) & 0xFFU));
    group = 0;
  }
  if (count % 4 != 0) return {};
  return out;
}

}  // namespace taffrail::expr
