#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/made_once.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {

/// What inspections of containers said lately: however many ask about one container, its engine is asked once, and
/// anew when the container has changed or some seconds have passed.
class Inspections {
 public:
  /// An answer counts for so long while the registry says the same of the container.
  static constexpr std::chrono::seconds fresh{10};
  /// An inspection asks the engine; a list already answers most of it.
  static constexpr std::chrono::seconds limit{5};
  /// Answers kept: a page shows one container at a time. An answer takes about 3 KB, at its bounds 100.
  static constexpr std::size_t most = 200;

  /// All outlive this.
  Inspections(Executor executor, const Registry& registry, const SourceSet& sources, const Clock& clock)
      : executor_(std::move(executor)), registry_(registry), sources_(sources), clock_(clock) {}

  /// The container with all that its source can tell. Errors: not_found, and those of `Source::inspect` and a timeout;
  /// of these the caller may fall back on what the registry has.
  [[nodiscard]] Task<Result<ContainerPtr>> inspect(ContainerId id);

 private:
  struct Answer {
    explicit Answer(const Executor& executor) : inspected(executor) {}
    ContainerPtr known;  // as the registry had it when it was asked, or when it answered
    SteadyTime asked;
    MadeOnce<Result<ContainerPtr>> inspected;
  };
  [[nodiscard]] std::shared_ptr<Answer> answer_of(const ContainerPtr& container);

  Executor executor_;
  const Registry& registry_;
  const SourceSet& sources_;
  const Clock& clock_;
  std::map<ContainerId, std::shared_ptr<Answer>> answers_;
};

}  // namespace taffrail
