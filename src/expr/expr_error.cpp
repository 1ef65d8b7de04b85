#include "expr/expr_error.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "expr/unicode.hpp"

namespace taffrail::expr {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::parse: return "parse";
    case Stage::check: return "check";
    case Stage::run: return "run";
  }
  return "run";
}

Error ExprError::to_error() const {
  return Error{ErrorCode::invalid_argument, fmt::format("{} ({}:{})", message, line, column)};
}

std::string ExprError::with_snippet(std::string_view source) const {
  for (std::uint32_t skip = 1; skip < line; ++skip) {
    const std::size_t end = source.find('\n');
    if (end == std::string_view::npos) break;
    source.remove_prefix(end + 1);
  }
  std::string_view text = source.substr(0, source.find('\n'));
  // A minified source may be one long line; the caret must stay in sight.
  constexpr std::uint32_t before = 60;
  constexpr std::size_t after = 40;
  std::uint32_t caret = column - 1;
  std::string_view lead;
  if (caret > before) {
    for (std::uint32_t drop = caret - before; drop > 0 && !text.empty(); --drop)
      text.remove_prefix(decode_rune(text).size);
    caret = before;
    lead = "…";
  }
  std::string shown;
  for (std::size_t count = 0; !text.empty() && count < before + after; ++count) {
    const Rune rune = decode_rune(text);
    append_rune(shown, rune.value == '\t' ? U' ' : rune.value);
    text.remove_prefix(rune.size);
  }
  return fmt::format("{} ({}:{})\n | {}{}\n | {}{}^", message, line, column, lead, shown, lead.empty() ? "" : ".",
                     std::string(caret, '.'));
}

ExprError error_at(Stage stage, std::string_view source, std::uint32_t offset, std::uint32_t end, std::string message) {
  ExprError error{stage, std::move(message), 1, 1, offset, end > offset ? end - offset : 0};
  for (std::uint32_t i = 0; i < offset && !source.empty(); ++i) {
    const Rune rune = decode_rune(source);
    source.remove_prefix(rune.size);
    if (rune.value == '\n') {
      ++error.line;
      error.column = 1;
    } else {
      ++error.column;
    }
  }
  return error;
}

}  // namespace taffrail::expr
