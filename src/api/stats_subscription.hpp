#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/live_stage.hpp"
#include "api/live_subscription.hpp"
#include "api/services.hpp"
#include "api/stats_frames.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"

namespace taffrail::api {

/// The metrics of some or of all running containers: first the last samples of each, then each new one once. While the
/// page takes nothing, samples are passed over in favour of the newest.
class StatsSubscription final : public LiveSubscription {
 public:
  /// Rounds that wait for a page that takes nothing; of more, the oldest are passed over.
  static constexpr std::size_t max_frames = 2;

  /// @param containers absent: all running ones that the caller sees, whichever those are at a time
  /// @param history so many samples of each first
  /// @param wake notified when there is a message; it and `caller` outlive this
  StatsSubscription(Services& services, const Caller& caller, std::uint64_t sub,
                    std::optional<std::set<ContainerId>> containers, std::size_t history, SignalFlag& wake);

  [[nodiscard]] bool take(std::string& message) override { return stage_.take(message); }
  [[nodiscard]] Task<> stop() override;

 private:
  Task<> run();
  Task<> tell_history();
  Task<> tell(StatsFramePtr frame);
  /// The entries of a frame that this page gets; nothing: all.
  [[nodiscard]] std::optional<std::vector<std::size_t>> chosen_of(const StatsFrame& frame,
                                                                  const StatsFrame::Rendered& rendered);
  [[nodiscard]] std::string head() const;

  Services& services_;
  const Caller& caller_;
  std::uint64_t sub_;
  std::optional<std::set<ContainerId>> containers_;
  std::size_t history_;
  Sampler::Watch watch_;
  /// What the page has had as history, which the first frames hold too.
  std::unordered_map<ContainerId, Sampler::Number> shown_;
  Sampler::Number last_shown_ = 0;
  std::deque<StatsFramePtr> frames_;  // at most max_frames
  SignalFlag came_;
  LiveStage stage_;
  Subscription hears_;
  TaskGroup tasks_;
};

}  // namespace taffrail::api
