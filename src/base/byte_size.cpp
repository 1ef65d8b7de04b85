#include "base/byte_size.hpp"

#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace taffrail {
namespace {

/// The largest first, as `to_byte_size` looks for one.
constexpr std::array<std::pair<std::string_view, unsigned>, 5> units{
    {{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}}};

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc()) {
    for (const auto& [name, shift] : units) {
      if (unit != name) continue;
      if (number > UINT64_MAX >> shift) break;
      return number << shift;
    }
  }
  return fail(
      ErrorCode::invalid_argument,
      "'" + std::string(text) + "' is no size; one looks like 512MiB (KiB, MiB, GiB, TiB, or a number of bytes)");
}

std::string to_byte_size(std::uint64_t bytes) {
  for (const auto& [name, shift] : units)
    if (bytes != 0 && (bytes >> shift) << shift == bytes) return std::to_string(bytes >> shift) + std::string(name);
  return std::to_string(bytes);
}

}  // namespace taffrail
