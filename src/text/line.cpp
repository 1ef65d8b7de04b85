#include "text/line.hpp"

#include <string>

#include "base/ascii.hpp"
#include "text/ansi.hpp"
#include "text/byte_block.hpp"
#include "text/kind.hpp"

namespace taffrail::text {
namespace {

/// A coloured line up to here is looked at without an allocation; longer ones are rare.
constexpr std::size_t max_bare_bytes = 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Takes off what stands in front of and behind a line and says nothing: a byte order mark (a file's first line has
/// it), blanks and carriage returns.
std::string_view trimmed(std::string_view line) {
  if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  while (!line.empty() && (ascii::is_blank(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

/// Level and kind; the continuation is told apart by the caller.
LineInfo describe(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  if (line[first] == '{') {
    const JsonLine json = scan_json_line(line);
    if (json.object || json.level != Level::unknown)
      return {.level = json.level, .kind = json.object ? Kind::json : Kind::text};
  }
  const LogfmtLine logfmt = scan_logfmt_line(line);
  const Level level = logfmt.level != Level::unknown ? logfmt.level : text_level(line);
  return {.level = level, .kind = logfmt.logfmt ? Kind::logfmt : Kind::text};
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::text: return "text";
    case Kind::json: return "json";
    case Kind::logfmt: return "logfmt";
  }
  return "text";
}

LineInfo LineClassifier::classify(std::string_view line, Time time, StdStream stream) {
  std::array<char, max_bare_bytes> head;  // uninitialised: filled only when it is used
  std::string whole;
  if (holds_either(line, '\x1b', '\r')) {
    if (const std::size_t size = strip_ansi_into(head, line); size < head.size()) {
      line = {head.data(), size};
    } else {  // a long line may be one JSON object: all of it matters
      append_without_ansi(whole, line);
      line = whole;
    }
    line = trimmed(line);
    // What a terminal shows of a progress display is its last state. (The library's rfind looks at each byte.)
    if (line.contains('\r')) line.remove_prefix(line.rfind('\r') + 1);
  }
  line = trimmed(line);
  LineInfo info = describe(line);
  info.continues = streams_[static_cast<std::size_t>(stream)].continues(line, info.level, time);
  if (info.continues) info.level = Level::unknown;
  return info;
}

}  // namespace taffrail::text
