#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_item.hpp"
#include "pipeline/log_merge.hpp"

namespace taffrail {

/// A container of a read, and the newest line that its backlog may have: what is live begins behind that.
struct BacklogPart {
  ContainerPtr container;
  std::optional<Seq> ceiling;
};

/// The first stage of a read: what was written before it began, in the direction asked for, or the tail of that.
///
/// A tail is collected backwards and delivered at once. When it is too long to be held it is only counted, to the line
/// before its first one, and everything behind that is then read forwards.
class LogBacklog {
 public:
  LogBacklog(LogContextPtr context, std::vector<BacklogPart> parts);

  /// Adds some items with at most `most` lines, unless this is the end.
  Task<Result<>> next(std::vector<LogItem>& items, std::uint64_t most);
  [[nodiscard]] bool done() const { return done_; }
  /// Whether the container is part of it.
  [[nodiscard]] bool has(const ContainerId& id) const;
  /// The newest line of a container that was looked at, wanted or not.
  [[nodiscard]] std::optional<Cursor> newest(const ContainerId& id) const;

 private:
  [[nodiscard]] std::unique_ptr<LogMerge> make_merge(bool backward, const std::optional<Cursor>& after) const;
  Task<Result<>> merge(std::vector<LogItem>& items, std::uint64_t most);
  Task<Result<>> collect_tail(std::vector<LogItem>& items);
  Task<Result<>> count_tail(std::uint64_t wanted, std::uint64_t counted, std::optional<Cursor> oldest);
  void remember_newest();

  LogContextPtr context_;
  std::vector<BacklogPart> parts_;
  std::unique_ptr<LogMerge> merge_;
  std::vector<Cursor> newest_;         // of containers whose lanes are gone
  std::optional<std::uint64_t> tail_;  // still to be collected
  bool done_ = false;
};

}  // namespace taffrail
