#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/line_sink.hpp"
#include "text/partial_line.hpp"

namespace taffrail::text {

/// Splits a byte stream into lines at '\n'. Memory is bounded by the line bound: of a longer line the first part is
/// kept and marked truncated, the rest of it dropped.
class LineSplitter {
 public:
  enum class CarriageReturn : std::uint8_t { keep, strip };  ///< strip: one '\r' right before the '\n' is cut
  /// strip: NUL bytes at a line's beginning are none of it (a file truncated under a writer that goes on at its old
  /// place has a hole there), however many they are.
  enum class LeadingNuls : std::uint8_t { keep, strip };

  explicit LineSplitter(CarriageReturn carriage_return = CarriageReturn::keep, std::size_t bound = max_line_bytes,
                        LeadingNuls leading_nuls = LeadingNuls::keep)
      : carriage_return_(carriage_return), leading_nuls_(leading_nuls), bound_(bound), rest_(bound) {}

  /// Hands each line that ends in `chunk` to the sink (its `time` and `stream` are the defaults); keeps the rest.
  void feed(std::string_view chunk, LineSink sink);
  /// The stream has ended: hands over a last line without a newline, if there is one.
  void finish(LineSink sink);
  /// Forgets the unfinished rest; offsets count from `offset` again.
  void reset(std::uint64_t offset = 0);
  /// How many bytes were fed, counted from construction or the offset of the last reset.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Whether bytes of an unfinished line are held.
  [[nodiscard]] bool has_rest() const { return rest_.open(); }

 private:
  CarriageReturn carriage_return_;
  LeadingNuls leading_nuls_;
  std::size_t bound_;
  PartialLine rest_;
  std::uint64_t offset_ = 0;
};

}  // namespace taffrail::text
