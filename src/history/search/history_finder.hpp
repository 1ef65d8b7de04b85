#pragma once

#include "history/history.hpp"
#include "history/search/line_query.hpp"
#include "pipeline/log_finder.hpp"

namespace taffrail::history {

/// Finds stored lines for those who may not know of history.
class HistoryFinder final : public LogFinder {
 public:
  /// @param history outlives it
  explicit HistoryFinder(History& history) : history_(history) {}

  [[nodiscard]] bool has(const ContainerId& id) const override;
  Task<Result<Found>> find(Wanted wanted, Take take) override;

 private:
  Task<Result<Found>> count(const LineQuery& query);

  History& history_;
};

}  // namespace taffrail::history
