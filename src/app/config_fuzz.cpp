#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "app/config.hpp"

/// Whatever a configuration file holds is a configuration or an error that names the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto settings = taffrail::settings_of_yaml(text, "file.yaml");
  if (!settings) {
    if (!settings.error().detail.starts_with("file.yaml:")) std::abort();
    return 0;
  }
  const auto config = taffrail::make_config({*settings});
  if (!config && !config.error().detail.starts_with("file.yaml:")) std::abort();
  return 0;
}
