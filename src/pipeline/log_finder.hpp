#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "model/record.hpp"
#include "pipeline/line_filter.hpp"
#include "pipeline/log_item.hpp"

namespace taffrail {

/// Finds lines that were written before, without reading all of them. A history is one.
class LogFinder {
 public:
  struct Wanted {
    struct Log {
      ContainerId container;
      FilterPtr filter;  ///< not null
    };
    std::vector<Log> logs;
    /// Over lines; every filter asks for what it says, or for more. What it needs of a line is looked for first.
    std::string condition;
    Time since;
    std::size_t most_lines = 10'000;
    Duration most_time = std::chrono::seconds(10);
  };
  struct Found {
    std::uint64_t lines = 0;  ///< that there are in this time
    /// From when on every line was found: where lines begin, or later, where there was no more time, or enough.
    std::optional<Time> from;  ///< nothing: there are no lines
    bool complete = true;      ///< all lines there are were looked at
  };
  /// Gets lines of one log, newest first. @return false: it is enough
  using Take = std::function<Task<bool>(LogLines)>;

  virtual ~LogFinder() = default;
  /// Whether it has lines of a container.
  [[nodiscard]] virtual bool has(const ContainerId& id) const = 0;
  /// Finds lines, the newest first. It ends within some 30 ms when it is cancelled. Errors: the store's.
  virtual Task<Result<Found>> find(Wanted wanted, Take take) = 0;
};

}  // namespace taffrail
