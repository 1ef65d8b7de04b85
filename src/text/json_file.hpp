#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/json_file_row.hpp"
#include "text/line_sink.hpp"
#include "text/partial_line.hpp"

namespace taffrail::text {

/// Reads the times of rows. Most of a log's rows share their second with the row before, so of those the fraction alone
/// is read.
class RowTime {
 public:
  [[nodiscard]] std::optional<Time> read(std::string_view text);

 private:
  std::array<char, 20> second_{};  // "2026-11-21T09:10:05."
  Time begin_{};                   // of that second
};

/// Decodes the files of the engine's json-file log driver, rows such as
/// `{"log":"…\n","stream":"stdout","attrs":{…},"time":"2026-11-21T09:10:05.123456789Z"}` (`attrs` only with log
/// labels), fed from any chunks that start at a row's beginning. A row whose `log` does not end in '\n' is a part of a
/// longer line, joined per std stream. A row without its newline waits for the next chunk (dockerd is writing it). A
/// row that is no such object is skipped and counted. Memory is bounded whatever the file holds.
class JsonFileDecoder {
 public:
  /// times: lines come without their bytes (but for those of several rows), several times as fast; for who wants to
  /// know where and of when they are.
  enum class Want : std::uint8_t { lines, times };
  /// Lines of which a part has come, by std stream.
  using OpenLines = std::array<PartialLine, 2>;

  explicit JsonFileDecoder(Want want = Want::lines) : want_(want) {}

  /// Hands each line that is completed by `chunk` to the sink.
  void feed(std::string_view chunk, LineSink sink);
  /// The container's log has ended (no row will ever follow): hands over lines that lack their newline.
  void finish(LineSink sink);
  /// Ready for another file or place; unfinished rows and lines are dropped, offsets count from `offset`.
  void reset(std::uint64_t offset = 0);
  /// Another file of the same log follows (rotation): a torn row is dropped and counted, unfinished lines go on.
  void next_file(std::uint64_t offset = 0);
  /// What a decoder must be given to go on from the beginning of the next row.
  [[nodiscard]] const OpenLines& open_lines() const { return lines_; }
  void set_open_lines(const OpenLines& lines) { lines_ = lines; }

  /// Rows that were skipped because they could not be read.
  [[nodiscard]] std::uint64_t corrupt_rows() const { return corrupt_rows_; }

 private:
  bool outline(std::string_view row, std::uint64_t begin, std::uint64_t end, LineSink sink);
  void rows_in(std::string_view row, std::uint64_t begin, std::uint64_t end, LineSink sink);
  void accept(const JsonFileRow& row, bool truncated, std::uint64_t begin, std::uint64_t end, LineSink sink);
  void hold(std::string_view part);
  void oversized_row(std::uint64_t end, LineSink sink);

  Want want_;
  OpenLines lines_;
  RowTime row_time_;
  std::string rest_;     // the row that the last chunk cut
  std::string tail_;     // the end so far of a row that outgrew rest_
  std::string scratch_;  // the unescaped log of the row at hand
  std::uint64_t offset_ = 0;
  std::uint64_t row_begin_ = 0;
  std::uint64_t corrupt_rows_ = 0;
};

}  // namespace taffrail::text
