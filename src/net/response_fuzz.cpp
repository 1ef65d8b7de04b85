// A response as the client reads it: interim heads, head, body until its end or the end of the input.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_negotiation.hpp"
#include "net/http_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail::net;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  MessageHead head;
  for (int interim = 0; interim < 4; ++interim) {
    ResponseParser parser({1024, 1024, 16}, std::nullopt);
    head = {};
    const auto end = parser.head(rest, head);
    if (!end || *end == 0) return 0;
    if (*end > rest.size() || *end > 1024) std::abort();
    rest.remove_prefix(*end);
    if (head.status < 100 || head.status > 999) std::abort();
    if (head.status / 100 == 1 && head.status != 101) continue;
    std::array<std::byte, 13> room;
    while (!parser.done()) {
      const auto read = parser.body(rest, room);
      if (!read) return 0;
      if (read->consumed > rest.size() || read->produced > read->consumed) std::abort();
      rest.remove_prefix(read->consumed);
      if (read->consumed == 0 && read->produced == 0) {
        if (parser.end_of_input() && !parser.done()) std::abort();
        return 0;
      }
    }
    (void)parser.keep_alive();
    break;
  }
  // The helpers that read fields of any content.
  constexpr std::array<std::string_view, 2> available{"br", "gzip"};
  (void)choose_encoding(head.headers, available);
  (void)not_modified(head.headers, "\"a\"");
  return 0;
}
