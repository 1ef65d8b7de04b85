#include "text/ansi.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace taffrail::text {
namespace {

constexpr char escape = '\x1b';
constexpr char bell = '\x07';
constexpr std::size_t npos = std::string_view::npos;
/// A sequence that does not end within this is no sequence; bounds what an unfinished OSC can hide.
constexpr std::size_t max_sequence_bytes = 4096;
/// More parameters than any terminal takes in one sequence (xterm: 30).
constexpr std::size_t max_parameters = 32;

bool within(char c, unsigned char low, unsigned char high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

/// CSI: parameter bytes 30..3F, intermediate bytes 20..2F, a final byte 40..7E (ECMA-48, 5.4).
std::size_t csi_length(std::string_view bytes) {
  std::size_t at = 2;
  while (at < bytes.size() && within(bytes[at], 0x30, 0x3F)) ++at;
  while (at < bytes.size() && within(bytes[at], 0x20, 0x2F)) ++at;
  return at < bytes.size() && within(bytes[at], 0x40, 0x7E) ? at + 1 : at;
}

/// OSC, DCS, SOS, PM, APC: a string up to ESC \ or, as xterm takes it, BEL. One without that end hides nothing: only
/// its introducer is skipped.
std::size_t string_length(std::string_view bytes) {
  constexpr std::size_t introducer = 2;
  const std::size_t end = bytes.find_first_of("\x07\x1b", introducer);
  if (end == npos) return introducer;
  if (bytes[end] == bell) return end + 1;
  return bytes.substr(end + 1).starts_with('\\') ? end + 2 : introducer;
}

AnsiColor palette(unsigned index) { return {.kind = AnsiColor::Kind::palette, .r = static_cast<std::uint8_t>(index)}; }

/// The numbers of an SGR sequence; an empty one is 0, one beyond 255 is 255, which means nothing.
struct Parameters {
  std::array<std::uint8_t, max_parameters> values{};
  std::size_t count = 0;
};

Parameters parse_parameters(std::string_view text) {
  Parameters parameters;
  unsigned value = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      value = std::min(value * 10 + static_cast<unsigned>(c - '0'), 255U);
      continue;
    }
    if (parameters.count < max_parameters) parameters.values[parameters.count++] = static_cast<std::uint8_t>(value);
    value = 0;
  }
  if (parameters.count < max_parameters) parameters.values[parameters.count++] = static_cast<std::uint8_t>(value);
  return parameters;
}

/// "38;5;n" and "38;2;r;g;b" (also with colons, where ISO 8613-6 has an empty colour space before r). Moves `i` to the
/// last parameter that was used.
void extended_color(const Parameters& p, std::size_t& i, bool colons, AnsiColor& color) {
  if (i + 2 < p.count && p.values[i + 1] == 5) {
    color = palette(p.values[i + 2]);
    i += 2;
    return;
  }
  if (i + 4 < p.count && p.values[i + 1] == 2) {
    const std::size_t first = colons && i + 5 < p.count ? i + 3 : i + 2;
    color = {.kind = AnsiColor::Kind::rgb, .r = p.values[first], .g = p.values[first + 1], .b = p.values[first + 2]};
    i = first + 2;
    return;
  }
  i = p.count;  // malformed: what follows cannot be told apart
}

void apply(AnsiStyle& style, const Parameters& p, bool colons) {
  for (std::size_t i = 0; i < p.count; ++i) {
    const unsigned n = p.values[i];
    switch (n) {
      case 0: style = {}; break;
      case 1: style.bold = true; break;
      case 2: style.faint = true; break;
      case 3: style.italic = true; break;
      case 4:
        // "4:0" to "4:5" are kinds of underline.
        style.underline = !(colons && i + 1 < p.count && p.values[i + 1] == 0);
        if (colons && i + 1 < p.count) ++i;
        break;
      case 21: style.underline = true; break;
      case 7: style.inverse = true; break;
      case 8: style.hidden = true; break;
      case 9: style.strike = true; break;
      case 22: style.bold = style.faint = false; break;
      case 23: style.italic = false; break;
      case 24: style.underline = false; break;
      case 27: style.inverse = false; break;
      case 28: style.hidden = false; break;
      case 29: style.strike = false; break;
      case 38: extended_color(p, i, colons, style.foreground); break;
      case 39: style.foreground = {}; break;
      case 48: extended_color(p, i, colons, style.background); break;
      case 49: style.background = {}; break;
      default:
        if (n >= 30 && n <= 37) style.foreground = palette(n - 30);
        if (n >= 40 && n <= 47) style.background = palette(n - 40);
        if (n >= 90 && n <= 97) style.foreground = palette(n - 90 + 8);
        if (n >= 100 && n <= 107) style.background = palette(n - 100 + 8);
    }
  }
}

void apply_sequence(AnsiStyle& style, std::string_view sequence) {
  if (sequence.size() < 3 || sequence[1] != '[' || sequence.back() != 'm') return;
  const std::string_view parameters = sequence.substr(2, sequence.size() - 3);
  if (parameters.find_first_not_of("0123456789;:") != npos) return;  // a private sequence that ends in 'm' too
  apply(style, parse_parameters(parameters), parameters.find(':') != npos);
}

}  // namespace

std::size_t ansi_sequence_length(std::string_view bytes) {
  bytes = bytes.substr(0, max_sequence_bytes);
  if (bytes.size() < 2) return 1;
  const char kind = bytes[1];
  if (kind == '[') return csi_length(bytes);
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') return string_length(bytes);
  if (within(kind, 0x20, 0x2F)) {  // "ESC ( B" and the like: intermediates and a final byte
    std::size_t at = 2;
    while (at < bytes.size() && within(bytes[at], 0x20, 0x2F)) ++at;
    return at < bytes.size() && within(bytes[at], 0x30, 0x7E) ? at + 1 : at;
  }
  return within(kind, 0x30, 0x7E) ? 2 : 1;
}

bool AnsiSpans::next(AnsiSpan& span) {
  while (rest_.starts_with(escape)) {
    const std::size_t length = ansi_sequence_length(rest_);
    apply_sequence(style_, rest_.substr(0, length));
    rest_.remove_prefix(length);
  }
  if (rest_.empty()) return false;
  const std::size_t end = std::min(rest_.find(escape), rest_.size());
  span = {.text = rest_.substr(0, end), .style = style_};
  rest_.remove_prefix(end);
  return true;
}

void append_without_ansi(std::string& out, std::string_view line) {
  while (!line.empty()) {
    const std::size_t text = std::min(line.find(escape), line.size());
    out.append(line.substr(0, text));
    line.remove_prefix(text);
    if (!line.empty()) line.remove_prefix(ansi_sequence_length(line));
  }
}

std::size_t strip_ansi_into(std::span<char> out, std::string_view line) {
  std::size_t used = 0;
  while (!line.empty() && used < out.size()) {
    const std::size_t text = std::min({line.find(escape), line.size(), out.size() - used});
    std::memcpy(out.data() + used, line.data(), text);
    used += text;
    line.remove_prefix(text);
    if (line.starts_with(escape)) line.remove_prefix(ansi_sequence_length(line));
  }
  return used;
}

std::string strip_ansi(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  append_without_ansi(out, line);
  return out;
}

}  // namespace taffrail::text
