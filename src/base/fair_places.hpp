#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <utility>

#include "base/clock.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"

namespace taffrail {

/// A few places for many who ask again and again. The next place goes to whoever has had one for the least time in all:
/// who asks for a little passes by those who have asked for minutes, and these share alike. Every fourth goes to who
/// has waited longest, so that all come to their end however many others come and go.
///
/// On the owner thread; outlives those who wait.
class FairPlaces {
 public:
  /// Who asks, perhaps in several tasks at once.
  struct Asker {
    Duration had{};  ///< how long it had places so far
  };

  FairPlaces(const Executor& executor, std::size_t places) : executor_(executor), free_(places) {}
  FairPlaces(const FairPlaces&) = delete;
  FairPlaces& operator=(const FairPlaces&) = delete;

  /// Waits for a place, which is to be given back. False: closed.
  /// @param asker null: somebody who has had none so far; else lives until this returns
  Task<bool> take(const Asker* asker) {
    if (closed_) co_return false;
    if (free_ > 0) {
      --free_;
      co_return true;
    }
    Waiter waiter(*this, asker);
    while (!waiter.has_place && !closed_) co_await waiter.called.wait();
    co_return !closed_ && std::exchange(waiter.has_place, false);
  }
  void give_back() {
    if (waiting_.empty() || closed_) {
      ++free_;
      return;
    }
    const auto next = ++given_ % turns_of_longest == 0 ? waiting_.begin() : std::ranges::min_element(waiting_, {}, had);
    Waiter& waiter = **next;
    waiting_.erase(next);
    waiter.has_place = true;
    waiter.called.notify();
  }
  /// No more places; those who wait are told.
  void close() {
    closed_ = true;
    for (Waiter* waiter : waiting_) waiter->called.notify();
  }

 private:
  static constexpr std::uint64_t turns_of_longest = 4;

  struct Waiter {
    Waiter(FairPlaces& where, const Asker* who) : places(where), asker(who), called(where.executor_) {
      places.waiting_.push_back(this);
    }
    ~Waiter() {
      std::erase(places.waiting_, this);
      if (has_place) places.give_back();  // it was cancelled when it was called
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    FairPlaces& places;
    const Asker* asker;
    SignalFlag called;
    bool has_place = false;
  };
  static Duration had(const Waiter* waiter) { return waiter->asker ? waiter->asker->had : Duration::zero(); }

  Executor executor_;
  std::size_t free_;
  bool closed_ = false;
  std::uint64_t given_ = 0;     // to those who waited
  std::list<Waiter*> waiting_;  // who has waited longest first
};

}  // namespace taffrail
