#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/log_parameters.hpp"

/// Whatever follows the `?` of a log read is a request or a refusal with a reason.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string target = "/logs?" + std::string(reinterpret_cast<const char*>(data), size);
  const auto parsed = taffrail::net::parse_target(target);
  if (!parsed) return 0;
  static const taffrail::Registry registry;
  const auto request = taffrail::api::read_log_parameters(*parsed, registry, {taffrail::ContainerId("a")}, {});
  if (!request && request.error().detail.empty()) std::abort();
  return 0;
}
