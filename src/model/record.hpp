#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"
#include "text/level.hpp"
#include "text/line.hpp"
#include "text/std_stream.hpp"

namespace taffrail {

/// Names a line of a container for good, and orders the lines of a container: strictly rising, the same number however
/// the line is reached, below 2^53 so that JavaScript holds it exactly. Not dense. Sources of engines derive it from
/// the line's time (source/sequencer.hpp).
using Seq = std::uint64_t;

/// Where a line stands among the lines of all containers. Made by the line's source, and the same however and whenever
/// the line is reached: live, paged from either end, by file or API, after a restart. In the order of a log it rises
/// strictly, so a log is sorted by it as it is, whatever its clock does (docs/adr/0006-order-of-lines.md).
struct Place {
  Time time;    ///< the latest time that a line of the log up to this one states: of most lines their own
  Seq seq = 0;  ///< the line's name
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// One physical line. Its bytes lie in its batch's arena.
struct Record {
  Seq seq = 0;
  Time time;                                 ///< what the line states: shown, and what bounds by time go by
  Time place_time;                           ///< of its place; later than `time` where a clock went back
  std::uint32_t offset = 0;                  ///< of the first byte in the arena
  std::uint32_t size = 0;                    ///< in bytes, without the newline
  text::Level level = text::Level::unknown;  ///< what the line itself states
  /// What filters go by: its own level, or for a continuation that of its head, so that a stack trace comes with its
  /// error.
  text::Level head_level = text::Level::unknown;
  text::StdStream stream = text::StdStream::out;
  text::Kind kind = text::Kind::text;
  bool continues = false;  ///< belongs to the head line before it
  bool truncated = false;  ///< longer than a line may be; the rest was dropped

  [[nodiscard]] Place place() const { return {place_time, seq}; }
};

/// A run of lines of one container in order of seq. Immutable once it is shared.
struct Batch {
  ContainerId container;
  std::string bytes;  ///< the arena: the lines, end to end
  std::vector<Record> records;

  [[nodiscard]] std::string_view text(const Record& record) const {
    return std::string_view(bytes).substr(record.offset, record.size);
  }
  void append(Time time, text::StdStream stream, std::string_view line, bool truncated) {
    Record& record = records.emplace_back();  // made in its place: a copy would wait for what was just written
    record.time = time;
    record.place_time = time;
    record.offset = static_cast<std::uint32_t>(bytes.size());
    record.size = static_cast<std::uint32_t>(line.size());
    record.stream = stream;
    record.truncated = truncated;
    bytes.append(line);
  }
};

/// The place of a line in the log of one container, or of several merged in (place, container) order. Written
/// `SEQ@TIME` or `SEQ@TIME~CONTAINER`, where CONTAINER is `ID` or `HOST/ID`.
struct Cursor {
  Seq seq = 0;
  Time time;              ///< of the place
  ContainerId container;  ///< empty: not said

  [[nodiscard]] static Cursor of(const Record& record, const ContainerId& container) {
    return Cursor{record.seq, record.place_time, container};
  }
  [[nodiscard]] Place place() const { return {time, seq}; }

  [[nodiscard]] std::string to_string() const;
  /// Error invalid_argument that shows the form of a cursor.
  [[nodiscard]] static Result<Cursor> parse(std::string_view text);
};

/// Lines that existed and are not delivered, between two that are.
struct Gap {
  ContainerId container;
  std::optional<Cursor> after;         ///< the last line delivered before it
  std::optional<Cursor> before;        ///< the first line delivered after it
  std::optional<std::uint64_t> lines;  ///< nothing where nobody can know
  std::string reason;                  ///< slow_consumer, rotated or engine
};

}  // namespace taffrail
