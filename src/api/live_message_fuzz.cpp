#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/live_message.hpp"

/// Whatever a page sends is a message or a refusal with a reason.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = taffrail::api::parse_client_message({reinterpret_cast<const char*>(data), size}, {});
  if (!message && message.error().problem.detail.empty()) std::abort();
  return 0;
}
