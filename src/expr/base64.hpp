#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace taffrail::expr {

/// RFC 4648 base64 with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// The bytes of a base64 text (line ends are skipped), or nothing when it is not one.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace taffrail::expr
