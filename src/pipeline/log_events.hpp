#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <set>
#include <vector>

#include "base/clock.hpp"
#include "base/subscription.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_item.hpp"

namespace taffrail {

/// What happens to the containers of a read that follows, in the order of time, until it is put among their lines. An
/// event waits a little for the lines that were written before it: a log is read on another way than events come.
class LogEvents {
 public:
  /// Of further ones that wait the oldest are left out.
  static constexpr std::size_t most = 1000;
  static constexpr Duration patience = std::chrono::milliseconds(250);

  explicit LogEvents(const LogContextPtr& context);

  /// When the first one happened; without any the end of time.
  [[nodiscard]] Time next() const { return waiting_.empty() ? Time::max() : waiting_.front().event->time; }
  /// Moves those to `items` that stand before a line of this place: that happened no later.
  void take_before(const Place& line, std::vector<LogItem>& items);
  /// Moves those that have waited long enough.
  void take_ripe(std::vector<LogItem>& items);
  void take_all(std::vector<LogItem>& items);

 private:
  struct Waiting {
    EventPtr event;
    SteadyTime ripe;
  };

  void hear(const EventPtr& event);
  void take_first(std::vector<LogItem>& items);
  void set_timer();

  LogContextPtr context_;
  std::set<ContainerId> containers_;
  std::deque<Waiting> waiting_;  // by the times of the events
  asio::steady_timer timer_;
  Subscription hearing_;
};

}  // namespace taffrail
