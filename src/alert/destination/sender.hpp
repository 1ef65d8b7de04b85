#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "alert/notification.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"

namespace taffrail::alert {

/// Where notifications go, as people describe it (CONTRACT, "Alerts").
struct Destination {
  DestinationId id = 0;
  std::string name;
  std::string type;  ///< a row of the table of services: "webhook", "slack", …
  /// The type's own keys, checked against its row of the table. Secrets among them are sealed (secret_box.hpp).
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> headers;  ///< further ones of a webhook; values may be secret
  std::uint32_t rate = 600;                    ///< at most this many; 0: no bound …
  Duration per = std::chrono::minutes(1);      ///< … within this long
  std::uint32_t concurrency = 1;
  Duration deadline = std::chrono::hours(24);  ///< how long a delivery is tried
};

/// What became of one attempt.
struct Attempt {
  enum class Outcome : std::uint8_t {
    delivered,
    again,    ///< it may go better later: no answer, 5xx, 408, 425, 429
    refused,  ///< it will not: 4xx, a template that gives nothing, a blocked address
  };
  Outcome outcome = Outcome::again;
  std::optional<int> status;            ///< HTTP or SMTP; of a command its exit status
  std::optional<Duration> retry_after;  ///< what the other side asks for, at most a day
  std::string error;                    ///< for people: what, where, what to do; empty when delivered
  std::string answer;                   ///< its first bytes, at most `longest_answer`, as UTF-8; never a secret of ours
  Duration took{};

  static constexpr std::size_t longest_answer = 512;
};

/// Sends notifications. Lives on the owner thread; what takes long happens elsewhere.
class Sender {
 public:
  virtual ~Sender() = default;
  /// One attempt, of at most 15 s. A cancellation ends it soon and leaves nothing behind.
  virtual Task<Attempt> send(const Destination& destination, const Notification& notification) = 0;
};

}  // namespace taffrail::alert
