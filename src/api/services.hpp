#pragma once

#include <memory>
#include <prometheus/collectable.h>
#include <string>
#include <vector>

#include "api/access.hpp"
#include "api/api_metrics.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "pipeline/inspections.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::alert {
class Alerts;
}  // namespace taffrail::alert

namespace taffrail::history {
class History;
}  // namespace taffrail::history

namespace taffrail::api {

class ContainerJudge;
class ContainerLists;
class StatsFrames;

struct ApiOptions {
  std::string version;
  /// The path that everything lies below: empty, or "/" and segments, without a slash at the end.
  std::string base_path;
  AccessRules access = {};
  /// A sentence for the page to show at its top, such as why the demo runs; empty: none.
  std::string notice;
};

/// What handlers work with. Lives as long as the server.
struct Services {
  Pipeline& pipeline;
  alert::Alerts* alerts;      ///< null: this server has none
  history::History* history;  ///< null: likewise
  ContainerJudge& judge;
  ContainerLists& lists;
  StatsFrames& frames;
  Inspections& inspections;
  prometheus::Registry& prometheus;
  ApiMetrics& metrics;
  const Access& access;
  const ApiOptions& options;
  TaskGroup::Report report;
  Time started;
  /// What /metrics shows beside the registry.
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables;

  [[nodiscard]] const Registry& registry() const { return pipeline.registry(); }
};

}  // namespace taffrail::api
