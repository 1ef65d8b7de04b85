#include "source/docker/engine_pulse.hpp"

#include <algorithm>

#include "base/second.hpp"
#include "base/timeout.hpp"

namespace taffrail::docker {
namespace {

/// What may lie ready to be read when this process itself was held up: it is read before a verdict.
constexpr Duration second_look = std::chrono::milliseconds(100);
/// What is at least so far away can be done with what others do every second.
constexpr Duration together = std::chrono::seconds(1);

}  // namespace

Task<> EnginePulse::until_it_answers() {
  while (silent_) co_await turned_.wait();
}

void EnginePulse::begin() {
  client_.note_heard();
  silent_ = false;
}

Task<Result<>> EnginePulse::ask() {
  for (;;) {
    const Duration rest = timing_.quiet - client_.silence();
    // About then, so that the process does not wake up for this alone.
    if (rest >= together) {
      co_await sleep_to_second(rest);
      continue;
    }
    if (rest > timing_.quiet / 4) {
      co_await sleep_for(rest);
      continue;
    }
    auto answer = co_await client_.ping(timing_.give_up);
    if (!answer) co_return answer;
    turn(false);
  }
}

Task<Result<>> EnginePulse::watch() {
  const Duration most = timing_.quiet + timing_.patience - std::min(second_look, timing_.patience / 2);
  for (;;) {
    const Duration rest = most - client_.silence();
    if (rest > Duration::zero()) {
      co_await sleep_for(rest);
      continue;
    }
    co_await sleep_for(std::min(second_look, timing_.patience / 2));
    if (client_.silence() < most) continue;
    turn(true);
    co_await until_it_answers();
  }
}

void EnginePulse::turn(bool silent) {
  if (std::exchange(silent_, silent) == silent) return;
  turned_.notify();
  changed_();
}

}  // namespace taffrail::docker
