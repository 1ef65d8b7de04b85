#include "source/docker/log_search.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "base/time_format.hpp"
#include "text/json_file.hpp"

namespace taffrail::docker {
namespace {

constexpr std::size_t block = 64 << 10;
/// A row longer than this is passed over as no row. dockerd's are at most 16 KiB of text, six times that escaped.
constexpr std::size_t max_row = 1 << 20;

constexpr std::size_t rows_between = 64;

/// Calls `each(row, begin)` for the rows from `offset` on, until it returns false or the whole rows are used up.
/// @return the beginning of the row at which it stopped
template <class Each>
Result<std::uint64_t> each_row(LogFile& file, std::uint64_t offset, Each each) {
  std::string buffer;
  std::uint64_t begin = offset;  // of buffer[0] in the file
  bool passing_over = false;
  for (;;) {
    const std::size_t kept = buffer.size();
    buffer.resize(kept + block);
    auto n = file.read_at(begin + kept, std::span(buffer).subspan(kept));
    if (!n) return forward(n);
    buffer.resize(kept + *n);
    if (*n == 0) return begin;
    std::size_t at = 0;
    for (std::size_t newline = buffer.find('\n', kept); newline != std::string::npos; newline = buffer.find('\n', at)) {
      if (!passing_over && !each(std::string_view(buffer).substr(at, newline - at), begin + at)) return begin + at;
      passing_over = false;
      at = newline + 1;
    }
    if (at == 0 && buffer.size() > max_row) {
      passing_over = true;
      at = buffer.size();
    }
    buffer.erase(0, at);
    begin += at;
  }
}

/// The first row at or after `offset` whose time can be read, if it begins before `end`.
struct Timed {
  std::uint64_t begin = 0;
  std::optional<Time> time;
};
Result<Timed> first_timed(LogFile& file, LogFormat format, std::uint64_t offset, std::uint64_t end) {
  Timed found;
  auto stop = each_row(file, offset, [&](std::string_view row, std::uint64_t begin) {
    if (begin >= end) return false;
    found.begin = begin;
    found.time = row_time(format, row);
    return !found.time;
  });
  if (!stop) return forward(stop);
  return found;
}

/// The first row that begins after `offset`: behind the next newline.
Result<std::uint64_t> next_row(LogFile& file, std::uint64_t offset) {
  std::uint64_t found = offset;
  bool first = true;
  auto stop = each_row(file, offset, [&](std::string_view, std::uint64_t begin) {
    found = begin;
    return std::exchange(first, false);
  });
  if (!stop) return forward(stop);
  return std::max(*stop, found);
}

Result<std::uint64_t> find_time_in(LogFile& file, LogFormat format, Time time) {
  std::uint64_t low = 0;  // rows that begin before it are earlier than `time`
  if (!file.compressed()) {
    std::uint64_t high = file.disk_bytes();  // the answer is not behind the first row after it
    while (high - low > 2 * block) {
      const std::uint64_t middle = low + (high - low) / 2;
      auto row = next_row(file, middle);
      if (!row) return row;
      auto timed = first_timed(file, format, *row, high);
      if (!timed) return forward(timed);
      if (timed->time && *timed->time < time)
        low = timed->begin;
      else
        high = middle;
    }
  }
  return each_row(file, low, [&](std::string_view row, std::uint64_t) {
    const auto of_row = row_time(format, row);
    return !of_row || *of_row < time;
  });
}

/// Goes back over up to `rows` rows that begin before `from`; takes those it passed off `rows`.
Result<std::uint64_t> step_back_in(LogFile& file, std::uint64_t from, std::uint64_t& rows) {
  if (file.compressed()) {
    std::uint64_t count = 0;
    auto counted =
        each_row(file, 0, [&](std::string_view, std::uint64_t begin) { return begin < from && ++count > 0; });
    if (!counted) return counted;
    const std::uint64_t passed = std::min(count, rows);
    rows -= passed;
    std::uint64_t left = count - passed;
    return each_row(file, 0, [&](std::string_view, std::uint64_t) { return left-- > 0; });
  }
  std::string buffer(block, '\0');
  std::uint64_t end = from;  // everything in [end, from) was seen
  while (end > 0 && rows > 0) {
    const std::uint64_t begin = end > block ? end - block : 0;
    const auto size = static_cast<std::size_t>(end - begin);
    auto n = file.read_at(begin, std::span(buffer).first(size));
    if (!n) return forward(n);
    // The newline right before `from` ends the row that is passed first, it does not begin one.
    std::size_t left = end == from ? std::min(*n, size - 1) : *n;
    while (const void* newline = ::memrchr(buffer.data(), '\n', left)) {
      left = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer.data());
      if (--rows == 0) return begin + left + 1;
    }
    end = begin;
  }
  if (from > 0 && rows > 0) --rows;  // the file's first row
  return std::uint64_t{0};
}

}  // namespace

std::optional<Time> row_time(LogFormat format, std::string_view row) {
  if (format == LogFormat::k8s_file) return parse_rfc3339(row.substr(0, row.find(' ')));
  thread_local std::string scratch;
  text::JsonFileRow parsed;
  if (!text::parse_json_file_row_fast(row, scratch, parsed) && !text::parse_json_file_row_any(row, scratch, parsed))
    return std::nullopt;
  return parsed.time;
}

Result<LogPlace> find_time(const LogFiles& files, LogFormat format, Time time) {
  for (std::size_t i = files.size(); i-- > 0;) {
    auto first = first_timed(*files[i], format, 0, std::uint64_t(-1));
    if (!first) return forward(first);
    if (!first->time || *first->time >= time) continue;
    auto offset = find_time_in(*files[i], format, time);
    if (!offset) return forward(offset);
    return LogPlace{i, *offset};
  }
  return LogPlace{0, 0};
}

Result<std::optional<LogRange>> find_rows(const LogFiles& files, LogFormat format, Time time) {
  auto begin = find_time(files, format, time);
  if (!begin) return forward(begin);
  bool met = false;
  LogRange range{*begin, *begin};
  std::size_t later = 0;  // rows since the last of this time
  auto stop = each_row(*files[begin->file], begin->offset, [&](std::string_view row, std::uint64_t) {
    const bool same = row_time(format, row) == time;
    met = met || same;
    later = same ? 0 : later + 1;
    // Lines of one time stand together but for those of the other stream in between.
    return met && later < rows_between;
  });
  if (!stop) return forward(stop);
  if (!met) return std::nullopt;
  range.end.offset = *stop;
  return range;
}

Result<LogPlace> end_of(const LogFiles& files) {
  const std::size_t last = files.size() - 1;
  auto size = files[last]->size();
  if (!size) return forward(size);
  // A row that is being written, or was torn, is not whole: behind the last newline.
  std::string buffer(block, '\0');
  for (std::uint64_t end = *size; end > 0;) {
    const std::uint64_t begin = end > block ? end - block : 0;
    auto n = files[last]->read_at(begin, std::span(buffer).first(static_cast<std::size_t>(end - begin)));
    if (!n) return forward(n);
    if (const void* newline = ::memrchr(buffer.data(), '\n', *n))
      return LogPlace{last, begin + static_cast<std::uint64_t>(static_cast<const char*>(newline) - buffer.data()) + 1};
    end = begin;
  }
  return LogPlace{last, 0};
}

Result<LogPlace> step_back(const LogFiles& files, LogPlace from, std::uint64_t rows) {
  for (;;) {
    auto offset = step_back_in(*files[from.file], from.offset, rows);
    if (!offset) return forward(offset);
    if (rows == 0 || from.file == 0) return LogPlace{from.file, *offset};
    --from.file;
    auto size = files[from.file]->size();
    if (!size) return forward(size);
    from.offset = *size;
  }
}

}  // namespace taffrail::docker
