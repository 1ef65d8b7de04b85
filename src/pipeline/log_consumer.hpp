#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "model/container.hpp"
#include "model/record.hpp"
#include "pipeline/classified_batch.hpp"

namespace taffrail {

/// Some lines of one container, for somebody who is owed them all.
struct LogDelivery {
  BatchPtr batch;          ///< may be empty when there is a gap
  std::optional<Gap> gap;  ///< lines that the source lost just before the batch
  bool live = false;       ///< they were read as they were written; else from what was written before
};

/// Where a consumer takes up a log.
struct LogStart {
  bool now = false;             ///< with the next line that is written
  std::optional<Cursor> after;  ///< after the last line that it has
  std::optional<Time> since;  ///< with what states this time or a later one; nothing of all: the log from its beginning
};

/// Somebody who is owed every line of the containers it wants: history, alerts. All calls are made on the owner thread;
/// the consumer outlives its registration with the hub.
///
/// For each wanted container, whether or not anybody looks, it gets each batch once and in order: first what the origin
/// has after the cursor that it names, then what is live. It acknowledges what it will not ask for again
/// (`LogHub::acknowledge`). What is not acknowledged is held, and when that is too much the log waits.
class LogConsumer {
 public:
  virtual ~LogConsumer() = default;
  /// For metrics: "history", "alerts".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Asked when a container comes or changes, until it is wanted; a wanted one stays so until it is removed, or until
  /// `LogHub::reconsider` asks again.
  [[nodiscard]] virtual bool wants(const Container& container) = 0;
  [[nodiscard]] virtual LogStart start_of(const ContainerId& id) = 0;
  /// How long lines may wait in their log while more are written, so that one look brings many. The first after a quiet
  /// time never waits; nor does a log that is written fast or that somebody views.
  [[nodiscard]] virtual Duration patience() const { return {}; }
  /// Takes the next batch, waiting while there is no room for it. After an error the batches from the last acknowledged
  /// one on come again, a while later.
  virtual Task<Result<>> take(LogDelivery delivery) = 0;
  /// More of this log waits until some of what was taken is acknowledged: what is held back to be written together is
  /// to be written now. May be said again and again.
  virtual void log_waits(const ContainerId& id) = 0;
  /// The container was removed, and everything of it was taken.
  virtual void ended(const ContainerId& id) = 0;
};

}  // namespace taffrail
