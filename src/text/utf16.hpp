#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/line_sink.hpp"
#include "text/partial_line.hpp"

namespace taffrail::text {

enum class ByteOrder : std::uint8_t { little, big };

/// Which UTF-16 a file is that begins with these bytes: by its mark, FF FE or FE FF. Nothing for other files.
[[nodiscard]] std::optional<ByteOrder> utf16_mark(std::string_view first_bytes);

/// Appends UTF-16 as UTF-8. A mark at the start is left out; half of a pair, and an odd byte at the end, become U+FFFD.
void append_utf16(std::string& out, std::string_view units, ByteOrder order);

/// LineSplitter for files of UTF-16: splits at U+000A, cuts one U+000D in front of it, and hands over UTF-8. Places are
/// the bytes of the file. Memory is bounded by the line bound, which counts the bytes of the file as well.
class Utf16Splitter {
 public:
  explicit Utf16Splitter(ByteOrder order, std::size_t bound = max_line_bytes)
      : order_(order), bound_(bound), rest_(bound) {}

  void feed(std::string_view chunk, LineSink sink);
  void finish(LineSink sink);
  /// @param offset of a line's start: an even number of bytes
  void reset(std::uint64_t offset = 0);
  [[nodiscard]] std::uint64_t offset() const { return offset_ + (half_ ? 1 : 0); }
  [[nodiscard]] bool has_rest() const { return rest_.open() || half_; }

 private:
  void take_units(std::string_view units, LineSink sink);
  void deliver(Line raw, LineSink sink);

  ByteOrder order_;
  std::size_t bound_;
  PartialLine rest_;
  std::uint64_t offset_ = 0;    ///< of the whole units that were fed
  std::optional<char> half_{};  ///< the first byte of a unit whose other has not come
  std::string decoded_;
};

}  // namespace taffrail::text
