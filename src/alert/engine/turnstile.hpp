#pragma once

#include <memory>

#include "alert/engine/alerts.hpp"
#include "base/task.hpp"

namespace taffrail::alert {

/// One change of rules or destinations at a time: the next waits until this is destroyed.
class Alerts::Turnstile {
 public:
  static Task<std::unique_ptr<Turnstile>> enter(Alerts& alerts) {
    while (alerts.changing_) co_await alerts.change_over_.wait();
    co_return std::unique_ptr<Turnstile>(new Turnstile(alerts));
  }
  ~Turnstile() {
    alerts_.changing_ = false;
    alerts_.change_over_.notify();
  }
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

 private:
  explicit Turnstile(Alerts& alerts) : alerts_(alerts) { alerts_.changing_ = true; }
  Alerts& alerts_;
};

}  // namespace taffrail::alert
