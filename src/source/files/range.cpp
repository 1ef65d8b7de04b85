#include "source/files/range.hpp"

#include <algorithm>
#include <utility>

#include "source/files/seek.hpp"

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;

/// Sets where each part ends for this query.
Result<> find_ends(std::vector<Part>& parts, const LogQuery& query, Time now) {
  for (Part& part : parts) {
    const FileStatus& status = part.generation.status;
    Seek seek(part.generation.file, status);
    if (!query.follow) {
      part.end = status.size;
      const bool current = &part == &parts.back();
      if (current && now - status.modified < quiet) {
        auto whole = seek.line_begin(status.size);
        if (!whole) return forward(whole);
        part.end = *whole;
      }
      if (query.until) {
        auto found = seek.first_at(*query.until);
        if (!found) return forward(found);
        part.end = std::min(part.end, *found);
      }
    }
    if (query.before) {
      const Seq first = part.generation.place.base + 1;
      part.end = std::min(part.end, query.before->seq > first ? query.before->seq - first : 0);
    }
  }
  return {};
}

Result<Start> find_since(const std::vector<Part>& parts, Time since) {
  for (std::size_t i = parts.size(); i-- > 0;) {
    Seek seek(parts[i].generation.file, parts[i].generation.status);
    auto found = seek.first_at(since);
    if (!found) return forward(found);
    if (*found > 0 || i == 0) return Start{i, *found};
  }
  return Start{};
}

Result<Start> find_after(const std::vector<Part>& parts, LogQuery& query) {
  const Cursor after = *query.after;
  const bool names_line = after.seq > 0;
  for (std::size_t i = parts.size(); i-- > 0;) {
    const Generation& generation = parts[i].generation;
    if (after.seq <= generation.place.base) continue;
    const std::uint64_t begin = after.seq - generation.place.base - 1;
    if (begin < generation.status.size) {
      Seek seek(generation.file, generation.status);
      auto end = seek.line_end(begin);
      if (!end) return forward(end);
      return Start{i, *end};
    }
    if (i + 1 < parts.size()) return Start{i + 1, 0, names_line};
    // No line of ours: the numbers began anew since (numbering.hpp says when), so the cursor's time counts.
    query.after.reset();
    const Time next = after.time + 1ns;
    query.since = query.since ? std::max(*query.since, next) : next;
    return Start{0, 0, names_line};
  }
  return Start{0, 0, names_line};
}

Result<Start> find_tail(const std::vector<Part>& parts, const LogQuery& query, Start low) {
  std::uint64_t missing = *query.tail;
  Start found = low;
  for (std::size_t i = parts.size(); i-- > low.part;) {
    const Part& part = parts[i];
    const FileStatus& status = part.generation.status;
    Seek seek(part.generation.file, status);
    std::uint64_t high = std::min(part.end, status.size);
    if (query.follow && i + 1 == parts.size()) {
      auto whole = seek.line_begin(status.size);
      if (!whole) return forward(whole);
      high = *whole;
    }
    const std::uint64_t first = i == low.part ? low.offset : 0;
    auto tail = seek.last_lines(first, high, missing);
    if (!tail) return forward(tail);
    missing -= tail->lines;
    found = {i, std::max(tail->begin, first), false};
    if (missing == 0) break;
  }
  // With more lines there than asked for, what may be missing lies before those.
  found.after_gone = low.after_gone && missing > 0;
  return found;
}

}  // namespace

Result<Start> find_range(std::vector<Part>& parts, LogQuery& query, Time now) {
  if (auto done = find_ends(parts, query, now); !done) return forward(done);
  Start start;
  if (query.after) {
    auto found = find_after(parts, query);
    if (!found) return forward(found);
    start = *found;
  }
  if (query.since) {
    auto found = find_since(parts, *query.since);
    if (!found) return forward(found);
    // With a line there from before, nothing is missing from then on.
    if (std::pair(found->part, found->offset) > std::pair(start.part, start.offset)) start = *found;
  }
  if (!query.tail) return start;
  return find_tail(parts, query, start);
}

Result<std::optional<Time>> time_before(const std::vector<Part>& parts, const Start& start) {
  for (std::size_t i = start.part + 1; i-- > 0;) {
    const Generation& generation = parts[i].generation;
    Seek seek(generation.file, generation.status);
    auto time = seek.time_before(i == start.part ? start.offset : generation.status.size);
    if (!time || *time) return time;
  }
  return std::nullopt;
}

}  // namespace taffrail::files
