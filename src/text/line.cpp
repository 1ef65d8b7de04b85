#include "text/line.hpp"

#include "text/ansi.hpp"
#include "text/kind.hpp"

namespace taffrail::text {
namespace {

/// How much of a coloured line is looked at without its colours: beyond any line's head.
constexpr std::size_t max_bare_bytes = 1024;

/// Level and kind; the continuation is told apart by the caller.
LineInfo describe(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first != std::string_view::npos && line[first] == '{') {
    if (const JsonLine json = scan_json_line(line); json.object) return {.level = json.level, .kind = Kind::json};
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
  LineInfo info;
  std::array<char, max_bare_bytes> bare;  // uninitialised: filled only when it is used
  if (has_ansi(line)) {
    line = {bare.data(), strip_ansi_into(bare, line)};
    info = describe(line);
    info.kind = Kind::text;
  } else {
    info = describe(line);
  }
  info.continues = streams_[static_cast<std::size_t>(stream)].continues(line, info.level, time);
  if (info.continues) info.level = Level::unknown;
  return info;
}

}  // namespace taffrail::text
