#pragma once

#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "source/docker/engine_client.hpp"

namespace taffrail::docker {

/// Finds out when an engine hangs: it is still connected then, and simply says nothing. Whoever says nothing for
/// about `quiet` is asked (`GET /_ping`, 0.1 ms of either side), and has `patience` to answer until it is said that it
/// does not. The question stays the only one, and the connections stay open: an engine that goes on answers it, and
/// goes on where it stood. Only one that is silent for `give_up` is taken for lost (a remote host that vanished looks
/// like this, too).
class EnginePulse {
 public:
  struct Timing {
    Duration quiet = std::chrono::seconds(2);
    Duration patience = std::chrono::milliseconds(2500);
    Duration give_up = std::chrono::seconds(60);
  };

  /// @param changed called when `is_silent` changes
  /// @param client outlives it
  EnginePulse(const Executor& executor, EngineClient& client, Timing timing, std::function<void()> changed)
      : client_(client), timing_(timing), changed_(std::move(changed)), turned_(executor) {}

  /// Whether the engine leaves questions unanswered.
  [[nodiscard]] bool is_silent() const { return silent_; }
  /// Waits while it does.
  Task<> until_it_answers();

  /// A session begins: its first answer has not come yet.
  void begin();
  /// Asks, for as long as the session lasts. Ends with the Error of a question that failed.
  Task<Result<>> ask();
  /// Watches the answers; ends never.
  Task<Result<>> watch();

 private:
  void turn(bool silent);

  EngineClient& client_;
  Timing timing_;
  std::function<void()> changed_;
  SignalFlag turned_;
  bool silent_ = false;
};

}  // namespace taffrail::docker
