#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "model/container.hpp"
#include "model/record.hpp"
#include "pipeline/classified_batch.hpp"

namespace taffrail {

/// Successive lines of a rendered batch.
struct LogLines {
  BatchPtr batch;
  std::uint32_t first = 0;
  std::uint32_t last = 0;   ///< one behind; more than `first`
  bool descending = false;  ///< they are to be delivered from the last one down

  [[nodiscard]] std::size_t size() const { return last - first; }
  /// The line that is delivered last.
  [[nodiscard]] const Record& end() const { return batch->batch().records[descending ? first : last - 1]; }
  [[nodiscard]] std::size_t ndjson_bytes() const { return batch->ndjson(first, last).size(); }
};

/// The backlog is delivered; what follows is live.
struct LogCaughtUp {};

/// What the reader of a container does now.
struct LogState {
  ContainerId container;
  enum class What : std::uint8_t { following, waiting, ended, unreadable } what = What::following;
  std::string reason;  ///< for a person; empty for following
};
[[nodiscard]] std::string_view to_string(LogState::What what);

/// An event stands before the lines that were written at its time or later, as far as they were there; it is not null.
using LogItem = std::variant<LogLines, Gap, LogState, LogCaughtUp, EventPtr>;

}  // namespace taffrail
