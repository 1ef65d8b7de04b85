#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace taffrail::net {

/// Why the bytes of a peer are no message that we take.
enum class HttpFault {
  malformed,
  start_line_too_long,
  head_too_large,
  body_too_large,
  truncated,  ///< the peer ended its side within a message
};

/// Takes the chunked transfer coding (RFC 9112 7.1) off a body, byte by byte and with no second reading: a size is bare
/// hexadecimal digits, a line ends with CR LF, blanks stand nowhere but in extensions and trailer values. Extensions
/// and trailers are checked and dropped.
///
/// Our own, because Beast's parser lets a quoted extension run on beyond its line, so that the same bytes meant
/// different things depending on how they were cut into reads, and asserts on some cuts (found by request_fuzz and
/// chunked_fuzz).
class ChunkDecoder {
 public:
  /// @param max_bytes the bound of the decoded body
  explicit ChunkDecoder(std::uint64_t max_bytes) : left_(max_bytes) {}

  struct Step {
    std::size_t consumed;
    std::size_t produced;
  };
  /// Decodes from the front of `in` into `into` until one of them is used up or the body is done.
  [[nodiscard]] std::expected<Step, HttpFault> decode(std::string_view in, std::span<std::byte> into);
  [[nodiscard]] bool done() const { return at_ == At::done; }

 private:
  enum class At {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
  };
  /// Reads one byte of the framing.
  std::optional<HttpFault> frame(char c);
  std::optional<HttpFault> add_digit(char c);

  At at_ = At::size_first;
  std::uint64_t chunk_ = 0;  // bytes of the current chunk still to come
  std::uint64_t left_;       // bytes that the body may still have
  std::size_t framing_ = 0;  // bytes of the current size line, or of the trailer
};

}  // namespace taffrail::net
