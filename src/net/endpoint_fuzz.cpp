// Endpoints and listen addresses: what is taken prints as something that reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/endpoint.hpp"
#include "net/request_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto endpoint = parse_endpoint(text)) {
    const auto again = parse_endpoint(to_string(*endpoint));
    if (!again || *again != *endpoint) std::abort();
  }
  if (const auto address = parse_listen_address(text))
    if (const auto* tcp = std::get_if<TcpEndpoint>(&*address))
      if (parse_listen_address(host_header(*tcp)) != *address) std::abort();
  const std::string encoded = "/" + percent_encode(text);
  if (const auto target = parse_target(encoded)) {
    const bool same =
        text.empty() ? target->segments.empty() : target->segments.size() == 1 && target->segments[0] == text;
    if (!same) std::abort();
  }
  return 0;
}
