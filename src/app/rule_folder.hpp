#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "alert/engine/alerts.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"

namespace taffrail {

/// `--rules DIR`: has the rules that come from files be those of the folder, now and whenever it changes.
class RuleFolder {
 public:
  /// How often it is looked at. A change is seen by names, sizes and times.
  static constexpr Duration interval = std::chrono::seconds(5);

  /// @param folder empty: there is none
  RuleFolder(std::filesystem::path folder, alert::Alerts& alerts, const Executor& executor)
      : folder_(std::move(folder)), alerts_(alerts), again_(executor) {}

  Task<> run();
  /// Reads it at once, changed or not.
  void reload();

 private:
  Task<> read();

  std::filesystem::path folder_;
  alert::Alerts& alerts_;
  // A folder may lie on a mount that hangs: then only this waits.
  WorkerPool worker_{1, WorkerPool::Priority::low};
  SignalFlag again_;
  std::string seen_;
  bool wanted_ = true;
};

/// Checks a destination of a file without keeping anything.
[[nodiscard]] Result<> check_destination(std::string_view json);

}  // namespace taffrail
