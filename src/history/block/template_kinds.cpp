#include "history/block/template_kinds.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "history/block/token.hpp"

namespace taffrail::history {
namespace {

std::uint8_t without_width(std::uint8_t code) {
  constexpr std::uint8_t hex_widths = variable::most_hex - variable::least_hex;
  std::uint8_t least = variable::opaque;
  least = static_cast<std::uint8_t>(code - variable::upper_hex) <= hex_widths ? variable::upper_hex : least;
  least = static_cast<std::uint8_t>(code - variable::lower_hex) <= hex_widths ? variable::lower_hex : least;
  return code <= variable::max_digits ? std::uint8_t{1} : least;
}

}  // namespace

Bytes TemplateKinds::without_widths(std::string_view text) {
  Bytes kinds = Bytes::of_size(text.size());
  if (text.empty()) return kinds;
  const char* __restrict from = text.data();
  char* __restrict to = kinds.data.get();
  to[0] = from[0];
  // No branch and no state: the compiler makes vectors of it.
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char code = static_cast<char>(without_width(static_cast<std::uint8_t>(from[i])));
    to[i] = from[i - 1] == variable_mark ? code : from[i];
  }
  return kinds;
}

std::uint64_t TemplateKinds::hash(std::string_view bytes) const {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_);
}

}  // namespace taffrail::history
