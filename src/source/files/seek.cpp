#include "source/files/seek.hpp"

#include <algorithm>
#include <string.h>
#include <string_view>

namespace taffrail::files {
namespace {

constexpr std::uint64_t block_size = 64 << 10;
/// How far to look for a line with a time, before and behind a place.
constexpr std::uint64_t time_reach = 1 << 20;

/// The place of the last newline in `text`, or nothing.
std::optional<std::size_t> last_newline(std::string_view text) {
  const void* found = ::memrchr(text.data(), '\n', text.size());
  if (!found) return std::nullopt;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

Result<std::string_view> Seek::block(std::uint64_t offset, std::uint64_t size) {
  buffer_.resize(std::max<std::size_t>(buffer_.size(), size));
  auto count = file_.read(offset, std::span(buffer_).first(size));
  if (!count) return forward(count);
  return std::string_view(buffer_).substr(0, *count);
}

Result<std::uint64_t> Seek::line_begin(std::uint64_t at) {
  while (at > 0) {
    const std::uint64_t begin = at > block_size ? at - block_size : 0;
    auto text = block(begin, at - begin);
    if (!text) return forward(text);
    if (const auto newline = last_newline(*text)) return begin + *newline + 1;
    at = begin;
  }
  return 0;
}

Result<std::uint64_t> Seek::line_end(std::uint64_t at) {
  for (;;) {
    auto text = block(at, block_size);
    if (!text) return forward(text);
    if (text->empty()) return at;
    if (const std::size_t newline = text->find('\n'); newline != std::string_view::npos) return at + newline + 1;
    at += text->size();
  }
}

Result<Seek::Tail> Seek::last_lines(std::uint64_t low, std::uint64_t high, std::uint64_t count) {
  Tail tail{high, 0};
  if (high <= low || count == 0) return tail;
  // A newline just before a place is the end of the line before; the newline that ends the last line is not counted.
  std::uint64_t at = high - 1;
  while (at > low) {
    const std::uint64_t begin = std::max(low, at > block_size ? at - block_size : 0);
    auto text = block(begin, at - begin);
    if (!text) return forward(text);
    std::string_view rest = *text;
    while (const auto newline = last_newline(rest)) {
      tail = {begin + *newline + 1, tail.lines + 1};
      if (tail.lines == count) return tail;
      rest = rest.substr(0, *newline);
    }
    at = begin;
  }
  return Tail{low, tail.lines + 1};
}

Result<std::optional<Seek::Timed>> Seek::first_timed(std::uint64_t from, std::uint64_t to) {
  // Of each line only the part in its first block is looked at: the time stands at its beginning.
  bool at_begin = from == 0;
  std::uint64_t offset = from == 0 ? 0 : from - 1;
  while (offset < to) {
    auto text = block(offset, block_size);
    if (!text) return forward(text);
    if (text->empty()) break;
    std::string_view rest = *text;
    std::uint64_t line = offset;
    while (!rest.empty() && line < to) {
      const std::size_t newline = rest.find('\n');
      const bool whole = newline != std::string_view::npos;
      if (at_begin) {
        // A line that begins near the block's end is looked at again in a block that begins with it.
        if (!whole && rest.size() < text->size() && rest.size() < 4096) break;
        if (const auto time = line_time_.of(rest.substr(0, newline), status_.modified)) return Timed{line, *time};
      }
      at_begin = whole;
      const std::size_t used = whole ? newline + 1 : rest.size();
      line += used;
      rest.remove_prefix(used);
    }
    offset = line;
  }
  return std::nullopt;
}

Result<std::uint64_t> Seek::first_at(Time time) {
  const std::uint64_t size = status_.size;
  auto first = first_timed(0, std::min(size, time_reach));
  if (!first) return forward(first);
  if (!*first) {
    // No times at all, or a long beginning without (a hole that truncation left): the end tells.
    auto last = first_timed(size - std::min(size, time_reach), size);
    if (!last) return forward(last);
    if (!*last) return time <= status_.modified ? 0 : size;
  } else if ((*first)->time >= time) {
    return 0;
  }
  std::uint64_t low = *first ? (*first)->begin : 0;  // what begins here states a time before `time`, or none
  std::uint64_t high = size;
  while (high - low > block_size) {
    const std::uint64_t middle = low + (high - low) / 2;
    auto found = first_timed(middle, std::min(high, middle + time_reach));
    if (!found) return forward(found);
    // A stretch without times belongs to what stands before it, so the answer is searched there.
    if (*found && (*found)->time < time)
      low = (*found)->begin;
    else
      high = middle;
  }
  // What is left is short, but for a last line of any length.
  for (std::uint64_t at = low; at < size;) {
    auto found = first_timed(at, size);
    if (!found) return forward(found);
    if (!*found) break;
    if ((*found)->time >= time) return (*found)->begin;
    at = (*found)->begin + 1;
  }
  return size;
}

Result<std::optional<Time>> Seek::time_before(std::uint64_t at) {
  const std::uint64_t limit = at > time_reach ? at - time_reach : 0;
  while (at > limit) {
    auto begin = line_begin(at - 1);
    if (!begin) return forward(begin);
    auto text = block(*begin, std::min<std::uint64_t>(at - *begin, 4096));
    if (!text) return forward(text);
    const auto time = line_time_.of(text->substr(0, text->find('\n')), status_.modified);
    if (time) return time;
    at = *begin;
  }
  return std::nullopt;
}

}  // namespace taffrail::files
