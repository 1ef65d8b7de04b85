#include "text/partial_line.hpp"

#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

/// A buffer larger than this is freed after its line, so that one huge line does not cost its size for good.
constexpr std::size_t kept_capacity = std::size_t{32} * 1024;

}  // namespace

void PartialLine::append(std::string_view part, Time time, std::uint64_t begin) {
  if (!open_) {
    open_ = true;
    time_ = time;
    begin_ = begin;
  }
  if (truncated_) return;
  const std::size_t room = bound_ - bytes_.size();
  if (part.size() <= room) {
    bytes_.append(part);
    return;
  }
  // One byte more than fits tells cut_at_character whether the bound lies inside a character.
  bytes_.append(part.substr(0, room + 1));
  bytes_.resize(cut_at_character(bytes_, bound_).size());
  truncated_ = true;
}

Line PartialLine::line(StdStream stream, std::uint64_t end) const {
  return {.time = time_, .stream = stream, .bytes = bytes_, .truncated = truncated_, .begin = begin_, .end = end};
}

void PartialLine::clear() {
  if (bytes_.capacity() > kept_capacity) {
    std::string().swap(bytes_);
  } else {
    bytes_.clear();
  }
  open_ = false;
  truncated_ = false;
}

void complete_line(PartialLine& before, const Line& last_part, std::size_t bound, LineSink sink) {
  if (before.open()) {
    before.append(last_part.bytes, last_part.time, last_part.begin);
    sink(before.line(last_part.stream, last_part.end));
    before.clear();
    return;
  }
  if (last_part.bytes.size() <= bound) return sink(last_part);
  Line cut = last_part;
  cut.bytes = cut_at_character(last_part.bytes, bound);
  cut.truncated = true;
  sink(cut);
}

void finish_lines(std::array<PartialLine, 2>& lines, std::uint64_t end, LineSink sink) {
  const auto finish = [&](StdStream stream) {
    PartialLine& line = lines[static_cast<std::size_t>(stream)];
    if (!line.open()) return;
    sink(line.line(stream, end));
    line.clear();
  };
  // In the order of their first parts, as everything before them.
  const bool err_first = lines[0].open() && lines[1].open() &&
                         lines[1].line(StdStream::err, 0).begin < lines[0].line(StdStream::out, 0).begin;
  finish(err_first ? StdStream::err : StdStream::out);
  finish(err_first ? StdStream::out : StdStream::err);
}

}  // namespace taffrail::text
