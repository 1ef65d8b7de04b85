#include "model/record.hpp"

#include <charconv>

#include "base/time_format.hpp"

namespace taffrail {

std::string Cursor::to_string() const {
  std::string out = std::to_string(seq);
  out += '@';
  append_rfc3339(out, time);
  if (!container.empty()) {
    out += '~';
    out += container.full();
  }
  return out;
}

Result<Cursor> Cursor::parse(std::string_view text) {
  const std::string whole(text);
  Cursor cursor;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor.seq);
  const size_t digits = static_cast<size_t>(end - text.data());
  if (error == std::errc() && digits > 0 && digits < text.size() && text[digits] == '@') {
    text.remove_prefix(digits + 1);
    const size_t tilde = text.find('~');
    if (tilde != std::string_view::npos) cursor.container = ContainerId::parse(text.substr(tilde + 1));
    if (const auto time = parse_rfc3339(text.substr(0, tilde))) {
      cursor.time = *time;
      return cursor;
    }
  }
  return fail(ErrorCode::invalid_argument,
              "'" + whole + "' is not a cursor; one looks like 1738000000000001@2026-11-21T09:10:05.123456789Z");
}

}  // namespace taffrail
