#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/stored_lines.hpp"
#include "base/clock.hpp"
#include "history/pattern/moved_metrics.hpp"
#include "history/pattern/patterns.hpp"

namespace taffrail::api {

/// The two stretches of time that are compared; a bound that is nothing is that of what is stored.
struct ComparedTimes {
  std::optional<Time> since;
  std::optional<Time> until;
  std::optional<Time> base_since;
  std::optional<Time> base_until;
  bool by_time = false;  ///< whether numbers for times of the same length are compared, else shares of all lines
};

/// What patterns are compared with.
struct Comparison {
  const StoredLines& base;
  const ComparedTimes& times;
  /// By their places here metrics and events name their containers.
  std::vector<ContainerPtr> containers = {};
  /// Nothing where a time has no bounds, or the server keeps none.
  std::optional<history::MovedMetrics> metrics = {};
};

/// Patterns as JSON.
/// @param stored the lines that they are of @param comparison null: there is none
[[nodiscard]] std::string render_patterns(const history::Patterns& patterns, const StoredLines& stored,
                                          const Comparison* comparison, Duration elapsed);

}  // namespace taffrail::api
