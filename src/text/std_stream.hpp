#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace taffrail::text {

/// Which of a container's two outputs a line came from. (`stdout` is a macro of <cstdio>, so the names are short.)
enum class StdStream : std::uint8_t { out, err };

/// "stdout" or "stderr".
[[nodiscard]] constexpr std::string_view to_string(StdStream stream) {
  return stream == StdStream::out ? "stdout" : "stderr";
}
/// The reverse: exactly "stdout" or "stderr", or nothing.
[[nodiscard]] constexpr std::optional<StdStream> parse_std_stream(std::string_view name) {
  if (name == "stdout") return StdStream::out;
  if (name == "stderr") return StdStream::err;
  return std::nullopt;
}

}  // namespace taffrail::text
