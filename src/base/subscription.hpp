#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace taffrail {

/// Somebody listens, until this is destroyed. It may outlive what is listened to.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::function<void()> end) : end_(std::move(end)) {}
  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    if (this != &other) {
      reset();
      end_ = std::exchange(other.end_, nullptr);
    }
    return *this;
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { reset(); }

  /// Listens no more.
  void reset() {
    if (const auto end = std::exchange(end_, nullptr)) end();
  }

 private:
  std::function<void()> end_;
};

/// Those who listen to one thing, all on the owner thread. Any of them may come or go while they are being told: who
/// goes hears nothing more, who comes hears what is told from then on. Bounded by who may subscribe: a live page has at
/// most 64 subscriptions, a log read one.
/// @tparam Observer a function, or a pointer to an interface
template <class Observer>
class Observers {
 public:
  [[nodiscard]] Subscription add(Observer observer) {
    const auto at = state_->all.insert(state_->all.end(), std::optional<Observer>(std::move(observer)));
    return Subscription([weak = std::weak_ptr<State>(state_), at] {
      const std::shared_ptr<State> state = weak.lock();
      if (!state) return;
      if (state->telling > 0) {
        at->reset();  // whoever is telling holds on to the entry
        state->left = true;
      } else {
        state->all.erase(at);
      }
    });
  }

  /// Calls `tell` with each.
  template <class Tell>
  void each(Tell tell) {
    const std::shared_ptr<State> state = state_;
    if (state->all.empty()) return;
    const Telling telling(*state);
    const auto last = std::prev(state->all.end());
    for (auto at = state->all.begin();; ++at) {
      if (*at) tell(**at);
      if (at == last) break;
    }
  }
  [[nodiscard]] bool empty() const { return state_->all.empty(); }
  [[nodiscard]] std::size_t size() const { return state_->all.size(); }

 private:
  struct State {
    std::list<std::optional<Observer>> all;
    int telling = 0;
    bool left = false;  // somebody went while they were told
  };
  class Telling {
   public:
    explicit Telling(State& state) : state_(state) { ++state_.telling; }
    ~Telling() {
      if (--state_.telling == 0 && std::exchange(state_.left, false))
        state_.all.remove_if([](const std::optional<Observer>& entry) { return !entry; });
    }
    Telling(const Telling&) = delete;
    Telling& operator=(const Telling&) = delete;

   private:
    State& state_;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace taffrail
