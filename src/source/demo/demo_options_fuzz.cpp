#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/demo/options.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto options = taffrail::DemoOptions::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (options && !(options->rate > 0 && options->rate <= taffrail::DemoOptions::max_rate)) std::abort();
  if (!options && options.error().detail.empty()) std::abort();
  return 0;
}
