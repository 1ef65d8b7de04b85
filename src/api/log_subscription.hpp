#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/live_subscription.hpp"
#include "api/log_credit.hpp"
#include "api/services.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "pipeline/log_read.hpp"

namespace taffrail::api {

/// The lines of some containers. Its task reads only while the page has granted credit and holds one frame at a time; a
/// page that grants none falls behind the shared ring, and is told how many lines that was.
class LogSubscription final : public LiveSubscription {
 public:
  /// @param request follows, with Behind::gap
  /// @param credit more than 0
  /// @param wake notified when a frame is ready; outlives this
  LogSubscription(Services& services, std::uint64_t sub, LogRequest request, std::uint64_t credit, SignalFlag& wake);

  [[nodiscard]] bool take(std::string& message) override;
  [[nodiscard]] bool ended() const override { return ended_ && staged_.empty(); }
  void add_queues(QueueLevels& levels) const override;
  [[nodiscard]] Task<> stop() override;
  bool grant(std::uint64_t bytes) override;

 private:
  Task<> run(LogRequest request);
  Task<> deliver(const LogItem& item);
  Task<> add_lines(const LogLines& lines);
  Task<> add_entry(std::string_view entry);
  /// The end of the run of lines from `first` on that fits into the frame; `first` when none does.
  [[nodiscard]] std::size_t fitting_run(const ClassifiedBatch& batch, std::size_t first, std::size_t last) const;
  /// Stages the lines gathered so far, if there are any or `live` has to be told.
  Task<> flush();
  /// Hands a message to the connection, once it has taken the one before and, for lines, once there is credit.
  Task<> stage(std::string message, bool spends_credit);

  Services& services_;
  std::uint64_t sub_;
  SignalFlag& wake_;
  LogCredit credit_;
  std::string frame_;  // the frame being gathered; empty between frames
  std::size_t cut_at_ = 0;
  bool tell_live_ = false;
  std::string staged_;  // the message that the connection takes next
  bool ended_ = false;
  SignalFlag moved_;  // credit came, or the staged message was taken
  TaskGroup tasks_;
};

}  // namespace taffrail::api
