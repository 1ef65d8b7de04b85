#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"

namespace taffrail {

/// The options that a newly read configuration sets otherwise than the running one.
struct ConfigChanges {
  std::vector<std::string> live;     ///< those that can change while the server runs
  std::vector<std::string> restart;  ///< those that count from the next start on
};

/// What was written is compared, so an option that is given its default for the first time counts as changed.
[[nodiscard]] ConfigChanges compare(const Config& running, const Config& wanted);

/// For the log: "log-level: applied; listen, data: changed, but only a restart applies them".
[[nodiscard]] std::string describe(const ConfigChanges& changes);

}  // namespace taffrail
