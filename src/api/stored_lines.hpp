#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>
#include <string_view>
#include <vector>

#include "api/exchange.hpp"
#include "api/problem.hpp"
#include "api/services.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "history/search/line_query.hpp"

namespace taffrail::api {

/// What /metrics shows of searches, and how many there may be.
struct SearchMetrics {
  /// Searches, findings, countings and queries at a time. Each has two of the store's four readers in turns of 30 ms,
  /// and holds 16 MiB at most; a query twice that for its groups, so there are fewer of them.
  static constexpr double most_searches = 16;
  static constexpr double most_queries = 4;

  explicit SearchMetrics(prometheus::Registry& registry);
  void took(Duration time) { seconds.Observe(std::chrono::duration<double>(time).count()); }

  prometheus::Gauge& running;
  prometheus::Gauge& queries;
  prometheus::Histogram& seconds;
};
using SearchMetricsPtr = std::shared_ptr<SearchMetrics>;

/// Refuses a search of a server without history, and one too many.
[[nodiscard]] Answer<> check_room(const Services& services, const SearchMetrics& metrics);

/// Which stored lines a request is about, and the containers of their logs.
struct StoredLines {
  history::LineQuery lines;
  std::vector<ContainerPtr> containers;  ///< of each of `lines.logs`
};
/// Reads it: `containers`, `since`, `until`, `levels`, `streams`, and a condition over lines. What was written until
/// now is stored then.
/// @param condition nothing: all lines
[[nodiscard]] Task<Answer<StoredLines>> read_query(Services& services, Exchange& exchange,
                                                   std::optional<std::string> condition);
/// The same within other bounds and of other containers.
/// @param containers the name of the parameter that selects them
[[nodiscard]] Task<Answer<StoredLines>> read_query_within(Services& services, Exchange& exchange,
                                                          std::optional<std::string> condition,
                                                          std::string_view containers, std::optional<Time> since,
                                                          std::optional<Time> until);

/// The condition in a parameter; nothing where every line fulfils it.
/// @param box whether it may be the shorthand of a search box
[[nodiscard]] Answer<std::optional<std::string>> read_condition(const Exchange& exchange, std::string_view name,
                                                                bool box);
/// A whole number in a parameter. @param otherwise where it is not there
[[nodiscard]] Answer<std::size_t> read_within(const Exchange& exchange, std::string_view name, std::size_t least,
                                              std::size_t most, std::size_t otherwise);

/// A parameter that is one of two words: whether it is `yes`. @param otherwise where it is not there
[[nodiscard]] Answer<bool> read_choice(const Exchange& exchange, std::string_view name, std::string_view yes,
                                       std::string_view no, bool otherwise);

}  // namespace taffrail::api
