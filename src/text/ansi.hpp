#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace taffrail::text {

/// A colour as SGR states it. `palette`: 0-7 the basic colours, 8-15 their bright forms, 16-255 the cube and greys.
struct AnsiColor {
  enum class Kind : std::uint8_t { normal, palette, rgb };
  Kind kind = Kind::normal;
  std::uint8_t r = 0;  ///< the index for `palette`
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  friend bool operator==(const AnsiColor&, const AnsiColor&) = default;
};

/// How a run of text is drawn.
struct AnsiStyle {
  AnsiColor foreground;
  AnsiColor background;
  bool bold = false;
  bool faint = false;
  bool italic = false;
  bool underline = false;
  bool inverse = false;
  bool hidden = false;
  bool strike = false;
  friend bool operator==(const AnsiStyle&, const AnsiStyle&) = default;
};

/// A run of text in one style. `text` views the line; an escape sequence always ends a run.
struct AnsiSpan {
  std::string_view text;
  AnsiStyle style;
};

/// Walks the runs of a line: `AnsiSpan span; while (spans.next(span)) …`, left to right, empty runs left out.
/// The line must outlive the walk. Escape sequences (ECMA-48: CSI, OSC, DCS, SOS, PM, APC, charset and two-byte ones)
/// are skipped; of them SGR changes the style. An unfinished or malformed sequence ends where it stops being one; no
/// byte is looked at more than twice, so hostile input costs linear time.
class AnsiSpans {
 public:
  explicit AnsiSpans(std::string_view line) : rest_(line) {}
  /// The next run, or false at the end of the line.
  bool next(AnsiSpan& span);

 private:
  std::string_view rest_;
  AnsiStyle style_;
};

/// The length of the escape sequence at the start of `bytes`, which begins with ESC: at least 1, at most all of it.
[[nodiscard]] std::size_t ansi_sequence_length(std::string_view bytes);

[[nodiscard]] inline bool has_ansi(std::string_view line) { return line.find('\x1b') != std::string_view::npos; }
/// Appends `line` without its escape sequences.
void append_without_ansi(std::string& out, std::string_view line);
[[nodiscard]] std::string strip_ansi(std::string_view line);
/// The same into `out` until that is full; how many bytes were written.
[[nodiscard]] std::size_t strip_ansi_into(std::span<char> out, std::string_view line);

}  // namespace taffrail::text
