#include "text/tty_log.hpp"

#include <optional>

#include "base/time_format.hpp"
#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

/// dockerd's copier cuts a line into parts of exactly this size (daemon/logger/copier.go, defaultBufSize).
constexpr std::size_t part_bytes = std::size_t{16} * 1024;
/// How dockerd writes a time (RFC3339NanoFixed, UTC), with the blank behind it.
constexpr std::size_t fixed_time_bytes = 31;
/// Room for the times inside a line of max_line_bytes, and the one before it.
constexpr std::size_t raw_bound = max_line_bytes + (max_line_bytes / part_bytes + 1) * (fixed_time_bytes + 5);

std::optional<Time> time_before_blank(std::string_view text, std::size_t blank) {
  if (blank >= text.size() || text[blank] != ' ') return std::nullopt;
  return parse_rfc3339(text.substr(0, blank));
}

}  // namespace

TtyLogDecoder::TtyLogDecoder() : lines_(LineSplitter::CarriageReturn::strip, raw_bound) {}

void TtyLogDecoder::feed(std::string_view chunk, LineSink sink) {
  lines_.feed(chunk, [&](const Line& line) { deliver(line, sink); });
}

void TtyLogDecoder::finish(LineSink sink) {
  lines_.finish([&](const Line& line) { deliver(line, sink); });
}

void TtyLogDecoder::reset() {
  lines_.reset();
  time_ = Time{};
}

void TtyLogDecoder::deliver(Line line, LineSink sink) {
  std::string_view rest = line.bytes;
  const std::size_t blank = rest.substr(0, 36).find(' ');
  if (const auto time = time_before_blank(rest, blank)) {
    time_ = *time;
    rest.remove_prefix(blank + 1);
  }
  line.time = time_;
  line.bytes = rest;
  if (rest.size() > part_bytes) {
    joined_.clear();
    while (rest.size() > part_bytes && time_before_blank(rest.substr(part_bytes), fixed_time_bytes - 1)) {
      joined_.append(rest.substr(0, part_bytes));
      rest.remove_prefix(part_bytes + fixed_time_bytes);
    }
    joined_.append(rest);
    line.bytes = joined_;
  }
  if (line.bytes.size() > max_line_bytes) {
    line.bytes = cut_at_character(line.bytes, max_line_bytes);
    line.truncated = true;
  }
  sink(line);
}

}  // namespace taffrail::text
