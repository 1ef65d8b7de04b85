// A chunked body behind a fixed head, cut in two at a place that the first two bytes give; the outcome must not depend
// on it. What is taken must be what a plain reading of the standard's grammar gives.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "net/http_parser.hpp"

namespace {

using namespace taffrail::net;

constexpr std::string_view head_bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The body, or nothing when it is refused or incomplete.
std::optional<std::string> decode(std::string_view bytes, std::size_t cut) {
  RequestParser parser({256, 1024, 16}, 1U << 20);
  MessageHead head;
  if (parser.head(head_bytes, head) != head_bytes.size()) std::abort();
  std::string body;
  std::array<std::byte, 100> room;
  std::size_t taken = 0;
  for (std::size_t seen = std::min(cut, bytes.size());;) {
    if (parser.done()) return body;
    const auto read = parser.body(bytes.substr(taken, seen - taken), room);
    if (!read) return std::nullopt;
    body.append(reinterpret_cast<const char*>(room.data()), read->produced);
    taken += read->consumed;
    if (read->consumed > 0 || read->produced > 0) continue;
    if (seen == bytes.size()) return std::nullopt;
    seen = bytes.size();
  }
}

/// Chunks without extensions and trailers, read the slow and obvious way; nothing for everything else.
std::optional<std::string> plain(std::string_view bytes) {
  std::string body;
  for (;;) {
    std::size_t size = 0;
    std::size_t digits = 0;
    for (; digits < bytes.size() && digits < 8; ++digits) {
      const char c = bytes[digits];
      const int value = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) break;
      size = size * 16 + static_cast<std::size_t>(value);
    }
    bytes.remove_prefix(digits);
    if (digits == 0 || !bytes.starts_with("\r\n")) return std::nullopt;
    bytes.remove_prefix(2);
    if (bytes.size() < size + 2 || bytes.substr(size, 2) != "\r\n") return std::nullopt;
    body.append(bytes.substr(0, size));
    bytes.remove_prefix(size + 2);
    if (size == 0) return body;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = (static_cast<std::size_t>(data[0]) * 256 + data[1]) % (bytes.size() + 1);
  const auto whole = decode(bytes, bytes.size());
  if (whole != decode(bytes, cut)) std::abort();
  const auto expected = plain(bytes);
  if (expected && expected->size() <= (1U << 20) && whole != expected) std::abort();
  return 0;
}
