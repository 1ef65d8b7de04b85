#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/access.hpp"
#include "api/container_filter.hpp"
#include "api/problem.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::api {

/// Asks expressions about many containers, on the workers: one stretch of one list at a time. The next turn is of
/// whoever has the fewest lists under way, and of theirs the one that has taken the least so far, so that a crowd of
/// lists, or somebody's dear expression, is a short wait for others who filter, and nothing for those who do not.
class ContainerJudge {
 public:
  /// CPU time that one question about all containers may take: simple expressions need 10 ms for 10,000 of them.
  static constexpr std::chrono::milliseconds list_budget{500};
  /// A stretch on a worker, after which the next list, and what else waits there, has its turn.
  static constexpr std::chrono::milliseconds stretch{5};
  /// Lists under way; more are sent away. Lists of one origin may take half of what the others leave.
  static constexpr std::size_t max_lists = 256;

  explicit ContainerJudge(WorkerPool& workers, std::chrono::milliseconds budget = list_budget)
      : workers_(workers), budget_(budget) {}

  /// Which of the containers exist for the caller and are selected: their indices, rising. Refusals: 422 for an
  /// expression that takes more than one evaluation or the whole list may, and 503 when too many wait.
  /// @param filter nothing: all that the caller sees
  /// @param caller, filter live until this returns
  [[nodiscard]] Task<Answer<std::vector<std::uint32_t>>> select(const Caller& caller,
                                                                const std::optional<ContainerFilter>& filter,
                                                                std::shared_ptr<const Registry::Containers> containers,
                                                                std::shared_ptr<const Registry::HostNames> host_names);

 private:
  struct Judging;
  class UnderWay;
  [[nodiscard]] Judging* next() const;
  [[nodiscard]] bool has_room_for(const std::string& origin) const;

  WorkerPool& workers_;
  std::chrono::milliseconds budget_;
  bool busy_ = false;
  std::list<Judging*> lists_;  // under way, oldest first
  std::map<std::string, std::size_t> of_origin_;
};

}  // namespace taffrail::api
