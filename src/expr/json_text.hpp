#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace taffrail::expr {

/// The text of a JSON string: what stands between its quotes with the escapes of RFC 8259 undone. Half a surrogate
/// pair, which a program that cuts its texts by UTF-16 units may write, becomes the replacement rune, as the reference
/// has it; simdjson would refuse the whole string. Nothing when an escape is no escape.
[[nodiscard]] std::optional<std::string> unescape_json(std::string_view inside);

}  // namespace taffrail::expr
