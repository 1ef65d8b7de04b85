#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace taffrail {

/// What `--source demo` can be told.
struct DemoOptions {
  std::uint64_t seed = 1;  ///< another seed, another world
  double rate = 1;         ///< multiplies the number of lines; 1 is about 35 a second over all services

  /// The largest rate: about 100,000 lines a second over all services.
  static constexpr double max_rate = 3000;

  /// Reads what follows "demo" on the command line: nothing, or ":" and `rate=NUMBER` and `seed=NUMBER`, separated by
  /// commas. Errors: invalid_argument that names the part.
  [[nodiscard]] static Result<DemoOptions> parse(std::string_view text);
};

}  // namespace taffrail
