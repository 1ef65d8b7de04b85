#pragma once

#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <string>
#include <utility>

#include "model/record.hpp"
#include "source/demo/dice.hpp"

namespace taffrail::demo {

/// A time in parts, as log lines spell it; UTC.
struct Stamp {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned microsecond = 0;

  [[nodiscard]] static Stamp of(Time time);
  [[nodiscard]] unsigned millisecond() const { return microsecond / 1000; }
  [[nodiscard]] std::string_view month_name() const;  ///< "Jan"

  [[nodiscard]] std::string iso() const;        ///< 2026-11-21T09:10:05.123Z
  [[nodiscard]] std::string iso_micro() const;  ///< 2026-11-21T09:10:05.123456Z
  [[nodiscard]] std::string blank() const;      ///< 2026-11-21 09:10:05.123
  [[nodiscard]] std::string comma() const;      ///< 2026-11-21 09:10:05,123
  [[nodiscard]] std::string access() const;     ///< 21/Nov/2026:09:10:05 +0000
  [[nodiscard]] std::string slashes() const;    ///< 2026/11/21 09:10:05
};

/// What a service's writer knows when it writes one event, and where it writes its lines: the first carries the
/// event's time, each further one is a microsecond later.
class Pen {
 public:
  /// The most lines of one event: log.cpp keeps that many microseconds free for each.
  static constexpr std::size_t max_lines = 40;

  Pen(Batch& batch, Time time, Dice& dice, bool trouble, std::int64_t patch)
      : dice(dice), at(Stamp::of(time)), trouble(trouble), patch(patch), batch_(batch), time_(time) {}

  template <class... Args>
  void out(fmt::format_string<Args...> form, Args&&... args) {
    put(text::StdStream::out, fmt::string_view(form), fmt::make_format_args(args...));
  }
  template <class... Args>
  void err(fmt::format_string<Args...> form, Args&&... args) {
    put(text::StdStream::err, fmt::string_view(form), fmt::make_format_args(args...));
  }

  /// Whether its event lies in this second.
  [[nodiscard]] bool is_at(std::chrono::sys_seconds second) const {
    return std::chrono::floor<std::chrono::seconds>(time_) == second;
  }

  Dice& dice;
  const Stamp at;
  const bool trouble;        ///< a burst or a sick phase: more goes wrong
  const std::int64_t patch;  ///< the last part of its version, where it was deployed by an incident

 private:
  void put(text::StdStream stream, fmt::string_view form, fmt::format_args args);

  Batch& batch_;
  Time time_;
  std::size_t lines_ = 0;
};

}  // namespace taffrail::demo
