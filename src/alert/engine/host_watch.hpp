#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "model/container.hpp"

namespace taffrail::alert {

/// What happens to engines and disks, as events: each is told once, when it begins and when it is over, however often
/// somebody looks. A pure machine with the clock of who calls it.
class HostWatch {
 public:
  /// An event that is no container's.
  struct Happening {
    std::string action;  ///< as docs/alert-rules.md names it
    std::map<std::string, std::string> attributes;
    HostId host{};            ///< empty: Taffrail's own
    std::string host_name{};  ///< as it was then
    /// It is so since before this run, so nothing has happened; but it ends what an earlier run may have begun.
    bool ends_only = false;
  };
  /// How long an engine is away before that is an event.
  static constexpr Duration away = std::chrono::minutes(1);
  /// From these percentages on a disk fills, and is full; it is so until it has fallen this far below.
  static constexpr double filling = 85;
  static constexpr double full = 95;
  static constexpr double slack = 5;

  explicit HostWatch(std::function<void(Happening)> tell) : tell_(std::move(tell)) {}

  /// A host as it is now.
  void on_host(const Host& host, SteadyTime now);
  /// A host is none any more: it turned out to have another id, and is told under that.
  void on_host_gone(const HostId& id);
  /// A disk as it is now. @param host null: of Taffrail's own data
  void on_disk(const Host* host, const HostDisk& disk);
  /// Time passes.
  void pass(SteadyTime now);

 private:
  enum class Level : std::uint8_t { roomy, filling, full };
  struct Known {
    Host host;
    SteadyTime unreachable{};  // since when; none: it is not
    bool told = false;         // that it is away
    bool met = false;          // it was connected once
  };
  [[nodiscard]] static Level level_of(Level before, double percent);

  std::function<void(Happening)> tell_;
  std::map<HostId, Known> hosts_;
  std::map<HostId, Level> disks_;
};

}  // namespace taffrail::alert
