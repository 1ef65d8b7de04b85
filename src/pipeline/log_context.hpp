#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "base/signal_flag.hpp"
#include "pipeline/log_pages.hpp"
#include "pipeline/log_request.hpp"
#include "pipeline/memory_budget.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {

/// What the parts of one LogRead share. Its lanes work in tasks of their own, which may end a little after the read.
struct LogContext {
  LogContext(Pipeline& where, LogRequest what)
      : pipeline(where),
        request(std::move(what)),
        begun(where.clock().now()),
        wake(where.executor()),
        filter_budget(where.clock()),
        memory(where.memory()) {}

  /// A read of more logs than this takes what it may hold when it begins, until what was written before is read, and
  /// does not begin where there is too little left.
  static constexpr std::size_t few_logs = 8;
  /// What one log of it takes at least, however little the read's share is (a piece of a kilobyte with records and
  /// rendering, what its reader keeps of a block, queries and tasks), and what it is given at most.
  static constexpr std::size_t least_lane = 16UZ << 10;
  static constexpr std::size_t most_lane = 256UZ << 10;
  /// How often what its lanes ask for goes into that: a piece takes six times its bytes, what its reader keeps of a
  /// block eight times.
  static constexpr std::size_t room_pieces = 16;
  /// What a read of so many logs takes of the budget; 0 of a few. One that is alone may have most of it, one that comes
  /// later a part of what is left, so that many more can come.
  [[nodiscard]] static std::size_t room_for(std::size_t logs, const MemoryBudget& budget) {
    if (logs <= few_logs) return 0;
    const std::size_t left = budget.for_reads() - std::min(budget.held(), budget.for_reads());
    return std::clamp(budget.reads() == 0 ? budget.read_share() : left / 16, logs * least_lane, logs * most_lane);
  }
  /// What a read of a few logs may have although others have taken all: a page of some hundred lines at once.
  static constexpr std::size_t least_of_few = 1UZ << 20;

  /// What the read may hold of lines now.
  [[nodiscard]] std::size_t share() const {
    if (room) return room_bytes;
    const MemoryBudget& budget = pipeline.memory();
    const std::size_t share = budget.read_share();
    if (request.containers.size() > few_logs) return share;
    return std::max(share, std::min(budget.for_reads() / std::max<std::size_t>(budget.reads(), 1), least_of_few));
  }
  /// Bytes of lines that the read's lanes may ask for together. Records and rendering make it six times that for short
  /// lines, and a lane may have two pieces; a read of a few logs that is alone may have more than its share.
  [[nodiscard]] std::size_t piece_bytes() const {
    if (room) return room_bytes / room_pieces;
    return share() / (pipeline.memory().reads() > 1 ? 12 : 4);
  }
  /// A query in the name of this read.
  void sign(LogQuery& query) const {
    query.asker = asker;
    query.counted = room.has_value();
  }
  [[nodiscard]] PageWork page_work() {
    return {.workers = pipeline.workers(),
            .filter_workers = pipeline.filter_workers(),
            .budget = &filter_budget,
            .render = true,
            .memory = room ? nullptr : &pipeline.memory()};
  }
  /// Of a read of one container alone the source's error is the read's.
  [[nodiscard]] bool is_alone() const { return request.containers.size() == 1 && !request.joins; }

  Pipeline& pipeline;
  LogRequest request;
  Time begun;
  SignalFlag wake;  ///< a lane has something to give
  FilterBudget filter_budget;
  std::size_t lanes = 0;  ///< that follow, and share what the read may hold
  bool closed = false;    ///< the read is gone: tasks end
  std::shared_ptr<FairPlaces::Asker> asker = std::make_shared<FairPlaces::Asker>();
  MemoryBudget::Read memory;
  std::size_t room_bytes = 0;
  std::optional<MemoryBudget::Held> room;  ///< of a read of many logs, until what was written before is read
};
using LogContextPtr = std::shared_ptr<LogContext>;

}  // namespace taffrail
