#include "cli/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>

#include "text/ansi.hpp"
#include "text/utf8.hpp"

namespace taffrail::cli {
namespace {

constexpr std::string_view replacement = "\uFFFD";

/// Whether a well-formed character does something else to a terminal than to be shown.
bool acts(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
  // U+061C, and the marks U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069; U+2028 and U+2029 end a line.
  constexpr std::array turning{std::string_view("\u200E"), std::string_view("\u200F"), std::string_view("\u2028"),
                               std::string_view("\u2029"), std::string_view("\u202A"), std::string_view("\u202B"),
                               std::string_view("\u202C"), std::string_view("\u202D"), std::string_view("\u202E"),
                               std::string_view("\u2066"), std::string_view("\u2067"), std::string_view("\u2068"),
                               std::string_view("\u2069")};
  return std::ranges::find(turning, character) != turning.end();
}

void append_shown(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < 0x80) {
      if (byte >= 0x20 && byte != 0x7F) {
        out += text.front();
      } else if (byte == '\t') {
        out += '\t';
      } else {
        text::append_utf8(out, byte == 0x7F ? U'\u2421' : U'\u2400' + byte);
      }
      text.remove_prefix(1);
      continue;
    }
    const text::Utf8Sequence sequence = text::utf8_sequence(text);
    const std::string_view character = text.substr(0, sequence.length);
    out += sequence.valid && character != "\u061C" && !acts(character) ? character : replacement;
    text.remove_prefix(sequence.length);
  }
}

/// SGR parameters of a colour. @param base 30 for the text, 40 for what is behind it
void append_color(std::string& out, const text::AnsiColor& color, int base) {
  switch (color.kind) {
    case text::AnsiColor::Kind::normal: return;
    case text::AnsiColor::Kind::palette: fmt::format_to(std::back_inserter(out), ";{};5;{}", base + 8, color.r); return;
    case text::AnsiColor::Kind::rgb:
      fmt::format_to(std::back_inserter(out), ";{};2;{};{};{}", base + 8, color.r, color.g, color.b);
      return;
  }
}

void append_style(std::string& out, const text::AnsiStyle& style) {
  out += "\x1b[0";
  if (style.bold) out += ";1";
  if (style.faint) out += ";2";
  if (style.italic) out += ";3";
  if (style.underline) out += ";4";
  if (style.inverse) out += ";7";
  if (style.strike) out += ";9";
  append_color(out, style.foreground, 30);
  append_color(out, style.background, 40);
  out += 'm';
}

}  // namespace

void append_terminal_text(std::string& out, std::string_view text, bool colors) {
  text::AnsiSpans spans(text);
  text::AnsiSpan span;
  text::AnsiStyle style;
  while (spans.next(span)) {
    if (colors && !(span.style == style)) {
      style = span.style;
      append_style(out, style);
    }
    append_shown(out, span.text);
  }
  if (!(style == text::AnsiStyle())) out += "\x1b[0m";
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80; }));
}

std::string_view first_columns(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80 && columns-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

}  // namespace taffrail::cli
