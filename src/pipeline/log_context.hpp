#pragma once

#include <cstddef>
#include <memory>
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

  /// What the read may hold of lines now.
  [[nodiscard]] std::size_t share() const { return pipeline.memory().read_share(); }
  /// Bytes of lines that the read's lanes may ask for together. Records and rendering make it six times that for short
  /// lines, and a lane may have two pieces; a read that is alone may have more than its share.
  [[nodiscard]] std::size_t piece_bytes() const { return share() / (pipeline.memory().reads() > 1 ? 12 : 4); }
  [[nodiscard]] PageWork page_work() {
    return {.workers = pipeline.workers(),
            .filter_workers = pipeline.filter_workers(),
            .budget = &filter_budget,
            .render = true,
            .memory = &pipeline.memory()};
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
  MemoryBudget::Read memory;
};
using LogContextPtr = std::shared_ptr<LogContext>;

}  // namespace taffrail
