#pragma once

#include <cstdint>
#include <string>

#include "base/queue_levels.hpp"
#include "base/task.hpp"

namespace taffrail::api {

/// One thing that a page has asked for over its live connection. It is pulled: the connection asks for the next message
/// when the socket can take one, so what a stalled page does not take gathers here in its smallest form (the newest
/// state, not every change) and nowhere else. A subscription notifies the connection's flag when it may have something.
class LiveSubscription {
 public:
  LiveSubscription() = default;
  LiveSubscription(const LiveSubscription&) = delete;
  LiveSubscription& operator=(const LiveSubscription&) = delete;
  virtual ~LiveSubscription() = default;

  /// Puts the next message into `message`, which is empty, if there is one now.
  [[nodiscard]] virtual bool take(std::string& message) = 0;
  /// The page can take so many more bytes. @return false where this subscription goes without credit
  virtual bool grant(std::uint64_t bytes) {
    (void)bytes;
    return false;
  }
  /// True once its last message has been taken: it has ended by itself.
  [[nodiscard]] virtual bool ended() const { return false; }
  /// Adds how full its queues are.
  virtual void add_queues(QueueLevels& levels) const { (void)levels; }
  /// Ends its tasks. It must be awaited before the subscription dies. Idempotent.
  [[nodiscard]] virtual Task<> stop() { co_return; }
};

}  // namespace taffrail::api
