#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/record.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/source_set.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Where reads get the lines that were written before they began: today the sources; a history asks what it has
/// stored first and goes on with the source. A container that is gone, and whose source knows nothing of it any more,
/// can still be asked for.
class LogOrigin {
 public:
  virtual ~LogOrigin() = default;
  /// What `Source::open_log` says, of queries without `follow`. Error not_found where nobody has the log.
  virtual Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) = 0;
  /// What is known of a container that the registry does not know (any more); null: nothing.
  [[nodiscard]] virtual ContainerPtr find_gone(const ContainerId& id) const = 0;
};

/// The sources alone.
class SourceOrigin final : public LogOrigin {
 public:
  SourceOrigin(const Registry& registry, SourceSet& sources) : registry_(registry), sources_(sources) {}

  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override {
    const Container* container = registry_.find(id);
    Source* source = container ? sources_.of(*container) : nullptr;
    if (!source) co_return fail(ErrorCode::not_found, "container " + id.str() + " is gone, and its log with it");
    auto reader = co_await source->open_log(std::move(id), std::move(query));
    co_return reader;
  }
  [[nodiscard]] ContainerPtr find_gone(const ContainerId&) const override { return nullptr; }

 private:
  const Registry& registry_;
  SourceSet& sources_;
};

}  // namespace taffrail
