#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/docker/setup_json.hpp"

/// Any bytes in place of an inspection: what is read of it is no more than there was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail;
  const auto setup = docker::parse_setup({reinterpret_cast<const char*>(data), size});
  if (!setup) return 0;
  std::size_t bytes = 0;
  for (const auto& [name, value] : setup->environment) bytes += name.size() + value.size();
  if (bytes > size || setup->mounts.size() > size) std::abort();
  return 0;
}
