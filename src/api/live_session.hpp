#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "api/live_message.hpp"
#include "api/live_subscription.hpp"
#include "api/services.hpp"
#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "net/websocket.hpp"

namespace taffrail::api {

/// One live connection, with all subscriptions of its page.
///
/// One task reads messages, one writes. The writer asks the subscriptions in turn for their next message whenever the
/// socket has taken the one before, so a page that stops reading holds up nothing but its own writer.
class LiveSession {
 public:
  /// @param caller, socket outlive this
  LiveSession(Services& services, const Caller& caller, net::WebSocket& socket);
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// Serves the connection until it ends, from either side.
  [[nodiscard]] Task<> run();
  /// Adds how full its queues and those of its subscriptions are.
  void add_queues(QueueLevels& levels) const;
  /// Starts the closing handshake; `run` returns when it is done.
  void stop();

 private:
  Task<> read_loop();
  Task<> write_loop();
  Task<> close(net::CloseCode code, std::string reason);
  struct Entry {
    std::unique_ptr<LiveSubscription> subscription;
    std::size_t followed = 0;  ///< containers whose logs it follows
  };
  Task<> bury(std::list<Entry>::iterator entry);
  /// The next message to send, if there is one: answers first, then each subscription in turn.
  [[nodiscard]] bool next_message(std::string& message);

  void handle(const ClientMessage& message);
  Answer<> subscribe(const Subscribe& message);
  Answer<Entry> make_stats(std::uint64_t sub, const WantStats& want);
  Answer<Entry> make_logs(std::uint64_t sub, const WantLogs& want);
  Answer<Entry> make_notifications(std::uint64_t sub);
  /// Containers whose logs are followed, those of subscriptions that are ending too.
  [[nodiscard]] std::size_t followed() const;
  Answer<std::vector<ContainerId>> resolve(const std::vector<std::string>& names) const;
  Answer<> unsubscribe(std::uint64_t sub);
  void reply_error(const Problem& problem, std::optional<std::uint64_t> sub);
  void end(std::map<std::uint64_t, Entry>::iterator subscription);

  Services& services_;
  const Caller& caller_;
  net::WebSocket& socket_;
  SignalFlag wake_;                  // the writer may have something to send
  SignalFlag room_;                  // answers have been sent
  std::deque<std::string> replies_;  // about max_replies
  std::map<std::uint64_t, Entry> subscriptions_;
  std::uint64_t last_served_ = 0;  // the subscription whose turn it was
  std::list<Entry> ending_;
  TaskGroup tasks_;
};

}  // namespace taffrail::api
