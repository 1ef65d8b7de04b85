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

/// One physical line. Its bytes lie in its batch's arena.
struct Record {
  Seq seq = 0;
  Time time;
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
    Record record;
    record.time = time;
    record.offset = static_cast<std::uint32_t>(bytes.size());
    record.size = static_cast<std::uint32_t>(line.size());
    record.stream = stream;
    record.truncated = truncated;
    bytes.append(line);
    records.push_back(record);
  }
};

/// A place in the log of one container, or of several merged in (time, seq, container) order. Written `SEQ@TIME` or
/// `SEQ@TIME~CONTAINER`.
struct Cursor {
  Seq seq = 0;
  Time time;
  ContainerId container;  ///< empty: not said

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
