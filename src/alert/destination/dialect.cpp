#include "alert/destination/dialect.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";
constexpr std::string_view at_sign = "@\xE2\x80\x8B";
constexpr std::string_view less = "<\xE2\x80\x8B";

std::size_t size_of_character(Unit unit, std::string_view character) {
  switch (unit) {
    case Unit::bytes: return character.size();
    case Unit::characters: return 1;
    case Unit::utf16: return character.size() == 4 ? 2 : 1;
  }
  return 0;
}

/// Marks that turn the writing around (U+202A to 202E, U+2066 to 2069): with them a text can look like another one.
bool turns_around(std::string_view character) {
  return character.size() == 3 && ((character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE") ||
                                   (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9"));
}

std::string_view html(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    default: return {};
  }
}

/// What stands for a character of ASCII that means something; empty: it means nothing.
std::string_view escape_of(char c, Dialect dialect) {
  constexpr std::string_view escaped = "\\\\\\`\\*\\_\\~\\|\\[\\]\\<\\>\\#";
  switch (dialect) {
    case Dialect::plain: return {};
    case Dialect::html: return html(c);
    case Dialect::mrkdwn: return c == '"' ? std::string_view() : html(c);
    case Dialect::chat: return c == '<' ? less : std::string_view();
    case Dialect::card:
      if (c == '\n') return "\n\n";
      if (c == '~' || c == '|' || c == '<' || c == '>') return {};
      break;
    case Dialect::markdown:
      if (c == '@') return at_sign;
      break;
  }
  for (std::size_t at = 0; at < escaped.size(); at += 2)
    if (escaped[at + 1] == c) return escaped.substr(at, 2);
  return {};
}

}  // namespace

std::size_t size_in(Unit unit, std::string_view text) {
  std::size_t size = 0;
  while (!text.empty()) {
    const std::size_t length = text::utf8_sequence(text).length;
    size += size_of_character(unit, text.substr(0, length));
    text.remove_prefix(length);
  }
  return size;
}

void append_escaped(std::string& out, std::string_view text, Dialect dialect, Limit limit) {
  const std::size_t dots = size_in(limit.unit, ellipsis);
  std::size_t used = 0;
  std::size_t cut = out.size();  // where "…" still fits
  while (!text.empty()) {
    const text::Utf8Sequence sequence = text::utf8_sequence(text);
    std::string_view piece = sequence.valid ? text.substr(0, sequence.length) : replacement;
    text.remove_prefix(sequence.length);
    const char first = piece.front();
    if (piece.size() == 1) {
      if ((static_cast<unsigned char>(first) < ' ' && first != '\n' && first != '\t') || first == '\x7f') continue;
      if (const std::string_view escape = escape_of(first, dialect); !escape.empty()) piece = escape;
    } else if (turns_around(piece)) {
      continue;
    }
    const std::size_t size = size_in(limit.unit, piece);
    if (used + size > limit.most) {
      out.resize(cut);
      if (dots <= limit.most) out += ellipsis;
      return;
    }
    out += piece;
    used += size;
    if (used + dots <= limit.most) cut = out.size();
  }
}

void append_link(std::string& out, std::string_view label, std::string_view address, Dialect dialect) {
  const auto put = [&](std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) out += part;
  };
  switch (dialect) {
    case Dialect::plain: put({label, ": ", address}); break;
    case Dialect::html: {
      put({"<a href=\""});
      append_escaped(out, address, Dialect::html, {address.size() * 6, Unit::bytes});
      put({"\">", label, "</a>"});
      break;
    }
    case Dialect::mrkdwn:
    case Dialect::chat: put({"<", address, "|", label, ">"}); break;
    case Dialect::markdown:
    case Dialect::card: put({"[", label, "](", address, ")"}); break;
  }
}

bool is_link(std::string_view address) {
  constexpr std::string_view marks = "-._~:/?#@!$&*+,;=%[]";  // no parentheses or quotes: they end links
  if (!address.starts_with("https://") && !address.starts_with("http://")) return false;
  return address.size() <= 1000 &&
         std::ranges::all_of(address, [&](char c) { return ascii::is_alphanumeric(c) || marks.contains(c); });
}

}  // namespace taffrail::alert
