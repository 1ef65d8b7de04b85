#include "expr/base64.hpp"

#include <algorithm>
#include <limits>
#include <openssl/evp.h>

#include "base/ascii.hpp"

namespace taffrail::expr {
namespace {

// OpenSSL counts in int. A value of the language is far smaller (limits.hpp).
constexpr std::size_t largest = std::numeric_limits<int>::max() / 2;

bool is_letter_of_base64(char c) { return ascii::is_alphanumeric(c) || c == '+' || c == '/'; }

}  // namespace

std::string to_base64(std::string_view bytes) {
  bytes = bytes.substr(0, largest);
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  if (bytes.empty()) return out;
  // It writes a zero behind the text, where std::string has one.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

// OpenSSL takes white space, a minus sign for the end and too much padding, which Go does not: what it is given has
// been looked through.
std::optional<std::string> from_base64(std::string_view text) {
  std::string letters(text);
  std::erase_if(letters, [](char c) { return c == '\n' || c == '\r'; });
  if (letters.size() % 4 != 0 || letters.size() > largest) return {};
  const std::size_t end = std::min(letters.find('='), letters.size());
  const std::size_t padding = letters.size() - end;
  if (padding > 2 || !std::ranges::all_of(std::string_view(letters).substr(0, end), is_letter_of_base64) ||
      !std::ranges::all_of(std::string_view(letters).substr(end), [](char c) { return c == '='; }))
    return {};
  std::string out(letters.size() / 4 * 3, '\0');
  if (out.empty()) return out;
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(letters.data()), static_cast<int>(letters.size()));
  if (size < 0) return {};
  out.resize(static_cast<std::size_t>(size) - padding);  // it counts the padding as zeros
  return out;
}

}  // namespace taffrail::expr
