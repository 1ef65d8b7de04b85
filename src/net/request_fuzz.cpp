// A request as a server reads it, head and body (with its chunks), cut into reads by its own first byte. However the
// bytes are cut, the outcome must be the same.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_parser.hpp"
#include "net/request_target.hpp"

namespace {

using namespace taffrail::net;

std::string outcome(std::string_view bytes, std::size_t step, std::size_t room_size) {
  RequestParser parser({256, 1024, 16}, 512);
  MessageHead head;
  std::size_t seen = std::min(step, bytes.size());
  std::size_t taken = 0;
  for (;;) {
    const auto end = parser.head(bytes.substr(0, seen), head);
    if (!end) return "refused";
    taken = *end;
    if (taken > 0) break;
    if (seen == bytes.size()) return "more";
    seen = std::min(seen + step, bytes.size());
  }
  std::string body;
  std::array<std::byte, 64> room;
  while (!parser.done()) {
    const auto read = parser.body(bytes.substr(taken, seen - taken), std::span(room).first(room_size));
    if (!read) return "refused";
    body.append(reinterpret_cast<const char*>(room.data()), read->produced);
    taken += read->consumed;
    if (read->consumed > 0 || read->produced > 0) continue;
    if (seen == bytes.size()) return parser.end_of_input() ? "ended" : "cut";
    seen = std::min(seen + step, bytes.size());
  }
  if (body.size() > 512 || head.headers.size() > 16) std::abort();
  if (const auto target = parse_target(head.target))
    for (const auto& segment : target->segments)
      if (segment == ".." || segment == "." || segment.find('\0') != std::string::npos) std::abort();
  return head.method + ' ' + head.target + ' ' + std::to_string(parser.keep_alive()) + body + std::to_string(taken);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = outcome(bytes, bytes.size() + 1, 64);
  const std::string pieces = outcome(bytes, std::size_t{1} + data[0] % 32, std::size_t{1} + data[0] / 32);
  if (whole != pieces) std::abort();
  return 0;
}
