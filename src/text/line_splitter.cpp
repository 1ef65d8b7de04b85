#include "text/line_splitter.hpp"

#include <algorithm>

namespace taffrail::text {

void LineSplitter::feed(std::string_view chunk, LineSink sink) {
  const auto deliver = [&](const Line& line) {
    // A truncated line's last byte is not the one before the newline.
    if (carriage_return_ == CarriageReturn::keep || line.truncated || !line.bytes.ends_with('\r')) return sink(line);
    Line cut = line;
    cut.bytes.remove_suffix(1);
    sink(cut);
  };
  while (!chunk.empty()) {
    if (leading_nuls_ == LeadingNuls::strip && chunk.front() == '\0' && !rest_.open()) {
      const std::size_t nuls = std::min(chunk.find_first_not_of('\0'), chunk.size());
      offset_ += nuls;
      chunk.remove_prefix(nuls);
      continue;
    }
    const std::size_t newline = chunk.find('\n');
    if (newline == std::string_view::npos) {
      rest_.append(chunk, Time{}, offset_);
      offset_ += chunk.size();
      return;
    }
    const std::uint64_t begin = offset_;
    offset_ += newline + 1;
    complete_line(rest_, {.bytes = chunk.substr(0, newline), .begin = begin, .end = offset_}, bound_, deliver);
    chunk.remove_prefix(newline + 1);
  }
}

void LineSplitter::finish(LineSink sink) {
  if (!rest_.open()) return;
  sink(rest_.line(StdStream::out, offset_));
  rest_.clear();
}

void LineSplitter::reset(std::uint64_t offset) {
  rest_.clear();
  offset_ = offset;
}

}  // namespace taffrail::text
