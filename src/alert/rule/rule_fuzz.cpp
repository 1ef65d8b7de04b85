#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alert/rule/rule.hpp"

/// Whatever a body holds is a rule that says the same when it is written and read again, or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail::alert;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  for (const RuleOrigin origin : {RuleOrigin::api, RuleOrigin::file}) {
    const auto spec = read_rule(json, origin);
    if (!spec) {
      if (spec.error().message.empty()) std::abort();
      continue;
    }
    if (read_rule(to_json(*spec), origin) != spec) std::abort();
    (void)Rule::compile(1, 1, *spec);
  }
  return 0;
}
