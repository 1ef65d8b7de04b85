#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/access.hpp"
#include "api/container_filter.hpp"
#include "api/problem.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::api {

/// Asks expressions about many containers, on the workers: one stretch of one list at a time, in turns, so that
/// somebody's dear expression is a short wait for others who filter, and nothing for those who do not.
class ContainerJudge {
 public:
  /// CPU time that one question about all containers may take: simple expressions need 10 ms for 10,000 of them.
  static constexpr std::chrono::milliseconds list_budget{500};
  /// A stretch on a worker, after which the next list, and what else waits there, has its turn.
  static constexpr std::chrono::milliseconds stretch{5};
  /// Lists under way; more are sent away. With as many dear ones a simple one is judged within half a second.
  static constexpr std::size_t max_waiting = 32;

  ContainerJudge(const Executor& executor, WorkerPool& workers, std::chrono::milliseconds budget = list_budget)
      : workers_(workers), budget_(budget), free_(executor) {}

  /// Which of the containers exist for the caller and are selected: their indices, rising. Refusals: 422 for an
  /// expression that takes more than one evaluation or the whole list may, and 503 when too many wait.
  /// @param filter nothing: all that the caller sees
  /// @param caller, filter live until this returns
  [[nodiscard]] Task<Answer<std::vector<std::uint32_t>>> select(const Caller& caller,
                                                                const std::optional<ContainerFilter>& filter,
                                                                std::shared_ptr<const Registry::Containers> containers,
                                                                std::shared_ptr<const Registry::HostNames> host_names);

 private:
  WorkerPool& workers_;
  std::chrono::milliseconds budget_;
  SignalFlag free_;
  bool busy_ = false;
  std::size_t waiting_ = 0;
};

}  // namespace taffrail::api
