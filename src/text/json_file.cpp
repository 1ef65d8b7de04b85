#include "text/json_file.hpp"

#include <algorithm>
#include <cstring>

#include "base/time_format.hpp"
#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

/// A row of which more than this has come without its newline is none of dockerd's (16 KiB of log, six bytes each when
/// all are escaped, and the labels). Its head, enough for max_line_bytes of log, and its tail are kept, what is between
/// is dropped.
constexpr std::size_t max_row_bytes = 6 * max_line_bytes + 1024;
/// Enough for the end of a row's log, its stream, the attributes of a few labels, and its time.
constexpr std::size_t max_tail_bytes = std::size_t{16} * 1024;
/// What a rest of more than this leaves behind is given back.
constexpr std::size_t kept_capacity = std::size_t{128} * 1024;

void release(std::string& buffer) {
  if (buffer.capacity() > kept_capacity) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

std::optional<Time> RowTime::read(std::string_view text) {
  if (text.size() <= second_.size() + 1 || text.size() > second_.size() + 10 || text.back() != 'Z' ||
      std::memcmp(text.data(), second_.data(), second_.size()) != 0) {
    const auto time = parse_rfc3339(text);
    if (time && text.size() > second_.size() && text[second_.size() - 1] == '.' && text.back() == 'Z') {
      std::memcpy(second_.data(), text.data(), second_.size());
      begin_ = std::chrono::floor<std::chrono::seconds>(*time);
      // A leap second is shown as the next one, which its text does not begin with.
      if (text.substr(17, 2) == "60") second_[0] = '\0';
    }
    return time;
  }
  std::int64_t nanos = 0;
  std::int64_t scale = 1'000'000'000;
  for (const char c : text.substr(second_.size(), text.size() - second_.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    nanos = nanos * 10 + (c - '0');
    scale /= 10;
  }
  return begin_ + std::chrono::nanoseconds(nanos * scale);
}

void JsonFileDecoder::feed(std::string_view chunk, LineSink sink) {
  while (!chunk.empty()) {
    if (chunk.front() == '\0' && rest_.empty()) {
      // A hole: the file was cut under a writer that went on at its old place, or the machine crashed.
      const std::size_t nuls = std::min(chunk.find_first_not_of('\0'), chunk.size());
      offset_ += nuls;
      chunk.remove_prefix(nuls);
      continue;
    }
    const std::size_t newline = chunk.find('\n');
    if (rest_.empty()) row_begin_ = offset_;
    if (newline == std::string_view::npos) {
      hold(chunk);
      offset_ += chunk.size();
      return;
    }
    const std::string_view part = chunk.substr(0, newline);
    chunk.remove_prefix(newline + 1);
    offset_ += newline + 1;
    if (rest_.empty() && part.size() < max_row_bytes) {
      rows_in(part, row_begin_, offset_, sink);
      continue;
    }
    hold(part);
    if (rest_.size() < max_row_bytes) {
      rows_in(rest_, row_begin_, offset_, sink);
    } else {
      oversized_row(offset_, sink);
    }
    release(rest_);
    release(tail_);
    release(scratch_);
  }
}

void JsonFileDecoder::hold(std::string_view part) {
  const std::string_view fits = part.substr(0, max_row_bytes - rest_.size());
  rest_.append(fits);
  part.remove_prefix(fits.size());
  if (part.empty()) return;
  if (part.size() >= max_tail_bytes) {
    tail_.assign(part.substr(part.size() - max_tail_bytes));
    return;
  }
  if (tail_.size() + part.size() > 2 * max_tail_bytes) tail_.erase(0, tail_.size() - max_tail_bytes);
  tail_.append(part);
}

/// A row that is one whole line, where nothing but its time is wanted.
bool JsonFileDecoder::outline(std::string_view row, std::uint64_t begin, std::uint64_t end, LineSink sink) {
  JsonFileRowOutline found;
  if (!outline_json_file_row(row, found) || lines_[static_cast<std::size_t>(found.stream)].open()) return false;
  const auto time = row_time_.read(found.time);
  if (!time) return false;
  sink({.time = *time, .stream = found.stream, .bytes = {}, .begin = begin, .end = end});
  return true;
}

void JsonFileDecoder::rows_in(std::string_view row, std::uint64_t begin, std::uint64_t end, LineSink sink) {
  if (want_ == Want::times && outline(row, begin, end, sink)) return;
  JsonFileRow parsed;
  if (parse_json_file_row_fast(row, scratch_, parsed) || parse_json_file_row_any(row, scratch_, parsed)) {
    accept(parsed, false, begin, end, sink);
    return;
  }
  // A crash of the machine leaves NUL bytes, or a torn row, in front of the row that is written after it.
  const std::size_t whole = row.rfind(R"({"log":")");
  const bool nuls_only = row.substr(0, whole).find_first_not_of('\0') == std::string_view::npos;
  if (!nuls_only || whole == 0 || whole == std::string_view::npos) ++corrupt_rows_;
  if (whole == 0 || whole == std::string_view::npos) return;
  if (parse_json_file_row_fast(row.substr(whole), scratch_, parsed)) {
    accept(parsed, false, begin + whole, end, sink);
  } else if (nuls_only) {
    ++corrupt_rows_;
  }
}

void JsonFileDecoder::oversized_row(std::uint64_t end, LineSink sink) {
  // The tail gives stream and time: it is read as a row whose log is what precedes them. The last such place is the
  // real one, for inside the log its quotes would be escaped.
  constexpr std::string_view head = R"({"log":")";
  const std::string_view kept_tail = std::string_view(tail_).empty() ? std::string_view(rest_) : tail_;
  const std::size_t place = kept_tail.rfind(R"(","stream":")");
  JsonFileRow parsed;
  std::string tail_scratch;
  if (!rest_.starts_with(head) || place == std::string_view::npos ||
      !parse_json_file_row_fast(std::string(head) + std::string(kept_tail.substr(place)), tail_scratch, parsed) ||
      unescape_json_string(rest_, head.size(), scratch_, max_line_bytes) == std::string_view::npos) {
    ++corrupt_rows_;
    return;
  }
  parsed.log = cut_at_character(scratch_, max_line_bytes);
  // Whether the row ended the line is told by the two bytes in front of the place.
  parsed.ends_line = kept_tail.substr(0, place).ends_with("\\n");
  accept(parsed, true, row_begin_, end, sink);
}

void JsonFileDecoder::accept(const JsonFileRow& row, bool truncated, std::uint64_t begin, std::uint64_t end,
                             LineSink sink) {
  PartialLine& partial = lines_[static_cast<std::size_t>(row.stream)];
  std::string_view log = row.log;
  // Only an unescaped log can hold a newline, and none that dockerd writes does.
  if (log.data() == scratch_.data()) {
    for (std::size_t newline; (newline = log.find('\n')) != std::string_view::npos; log.remove_prefix(newline + 1)) {
      complete_line(
          partial,
          {.time = row.time, .stream = row.stream, .bytes = log.substr(0, newline), .begin = begin, .end = end},
          max_line_bytes, sink);
    }
  }
  if (truncated || !row.ends_line) {
    if (log.empty() && !truncated && !row.ends_line) return;
    partial.append(log, row.time, begin);
    if (truncated) partial.mark_truncated();
    if (!row.ends_line) return;
    sink(partial.line(row.stream, end));
    partial.clear();
    return;
  }
  complete_line(partial, {.time = row.time, .stream = row.stream, .bytes = log, .begin = begin, .end = end},
                max_line_bytes, sink);
}

void JsonFileDecoder::finish(LineSink sink) { finish_lines(lines_, offset_, sink); }

void JsonFileDecoder::reset(std::uint64_t offset) {
  for (PartialLine& line : lines_) line.clear();
  rest_.clear();
  tail_.clear();
  offset_ = offset;
}

void JsonFileDecoder::next_file(std::uint64_t offset) {
  if (!rest_.empty()) ++corrupt_rows_;
  rest_.clear();
  tail_.clear();
  offset_ = offset;
}

}  // namespace taffrail::text
