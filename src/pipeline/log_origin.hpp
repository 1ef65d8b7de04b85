#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/timeout.hpp"
#include "model/record.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/source_set.hpp"
#include "source/source.hpp"

namespace taffrail {

/// Where reads get the lines that were written before they began: the sources, or a history, which asks what it has
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

/// What a source may take to open a log: a mount or an engine that hangs would else keep whatever asked it for good.
inline constexpr Duration open_limit = std::chrono::seconds(60);

/// `Source::open_log`; error timeout where that gives no answer.
inline Task<Result<std::unique_ptr<LogReader>>> open_within(Duration limit, Source& source, ContainerId id,
                                                            LogQuery query) {
  auto opening = source.open_log(std::move(id), std::move(query));
  return with_timeout(limit, "opening the log", std::move(opening));
}

/// The sources alone.
class SourceOrigin final : public LogOrigin {
 public:
  SourceOrigin(const Registry& registry, SourceSet& sources, Duration limit = open_limit)
      : registry_(registry), sources_(sources), limit_(limit) {}

  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override {
    const Container* container = registry_.find(id);
    Source* source = container ? sources_.of(*container) : nullptr;
    if (!source) co_return fail(ErrorCode::not_found, "container " + id.str() + " is gone, and its log with it");
    auto reader = co_await open_within(limit_, *source, std::move(id), std::move(query));
    co_return reader;
  }
  [[nodiscard]] ContainerPtr find_gone(const ContainerId&) const override { return nullptr; }

 private:
  const Registry& registry_;
  SourceSet& sources_;
  Duration limit_;
};

/// The origin that is asked at present.
class CurrentOrigin final : public LogOrigin {
 public:
  explicit CurrentOrigin(LogOrigin& origin) : origin_(&origin) {}
  /// @param origin outlives this, or the next call
  void set(LogOrigin& origin) { origin_ = &origin; }

  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override {
    return origin_->open_log(std::move(id), std::move(query));
  }
  [[nodiscard]] ContainerPtr find_gone(const ContainerId& id) const override { return origin_->find_gone(id); }

 private:
  LogOrigin* origin_;
};

}  // namespace taffrail
