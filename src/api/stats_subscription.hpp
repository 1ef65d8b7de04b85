#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "api/services.hpp"
#include "api/subscription.hpp"
#include "base/signal_flag.hpp"

namespace taffrail::api {

/// The metrics of some or of all running containers: first the last samples of each, then each new one once. While the
/// page takes nothing, samples are passed over in favour of the newest.
class StatsSubscription final : public Subscription {
 public:
  /// @param containers absent: all running ones that the viewer sees, whichever those are at a time
  /// @param history so many samples of each first
  /// @param wake notified at each round of samples; it and `viewer` outlive this
  StatsSubscription(Services& services, const Viewer& viewer, std::uint64_t sub,
                    std::optional<std::set<ContainerId>> containers, std::size_t history, SignalFlag& wake);

  [[nodiscard]] bool take(std::string& message) override;

 private:
  [[nodiscard]] bool take_history(std::string& message);
  [[nodiscard]] bool take_tick(std::string& message);

  Services& services_;
  const Viewer& viewer_;
  std::uint64_t sub_;
  std::size_t history_;
  std::deque<ContainerId> owed_history_;
  std::unordered_map<ContainerId, Time> sent_;  // the newest sample that the page has of each
  std::uint64_t seen_round_ = 0;
  Sampler::Watch watch_;
};

}  // namespace taffrail::api
