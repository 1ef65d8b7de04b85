#pragma once

#include <memory>

#include "history/catalogue.hpp"
#include "history/stored_reader.hpp"
#include "pipeline/log_origin.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::history {

/// Answers what was written before from what is stored, and goes on with the source behind it: the names and the order
/// of stored lines are as they were when they were stored, whatever became of the container or its log since.
class HistoryOrigin final : public LogOrigin {
 public:
  /// All outlive it. @param sources the origin that reads behind what is stored
  HistoryOrigin(StoredLines lines, const Catalogue& catalogue, const Registry& registry, LogOrigin& sources)
      : lines_(lines), catalogue_(catalogue), registry_(registry), sources_(sources) {}

  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override;
  [[nodiscard]] ContainerPtr find_gone(const ContainerId& id) const override;

 private:
  class Rest;
  Task<Result<std::unique_ptr<LogReader>>> open_tail(ContainerId id, LogQuery query, LogKey log, bool stored_only);

  StoredLines lines_;
  const Catalogue& catalogue_;
  const Registry& registry_;
  LogOrigin& sources_;
};

}  // namespace taffrail::history
