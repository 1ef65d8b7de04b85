#pragma once

#include <string>
#include <string_view>

namespace taffrail::text {

/// Appends `bytes` as a quoted JSON string: `"` and `\` and control characters (NUL and DEL too) are escaped (\n, \r,
/// \t,
/// \b, \f, else \u00XX), invalid UTF-8 becomes U+FFFD, U+2028 and U+2029 are escaped so that the result is also a
/// JavaScript literal and one NDJSON line in every reader. Other text stays as it is.
///
/// Every delivered line passes here: plain ASCII is copied at memory speed.
void append_json_string(std::string& out, std::string_view bytes);

}  // namespace taffrail::text
