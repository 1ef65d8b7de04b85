#include "alert/engine/host_watch.hpp"

#include <fmt/format.h>

namespace taffrail::alert {

void HostWatch::on_host(const Host& host, SteadyTime now) {
  Known& known = hosts_[host.id];
  known.host = host;
  if (host.state == HostState::unreachable) {
    if (known.unreachable == SteadyTime{}) known.unreachable = now;
  } else if (host.state == HostState::connected) {
    // One that answers at the start may have been away in the run before.
    if (known.told || !known.met) tell_({"host_connected", {{"host", host.name}}, host.id, host.name, !known.told});
    known.unreachable = {};
    known.told = false;
    known.met = true;
  }
}

void HostWatch::on_host_gone(const HostId& id) {
  const auto at = hosts_.find(id);
  if (at == hosts_.end()) return;
  const std::string& name = at->second.host.name;
  if (at->second.told) tell_({"host_connected", {{"host", name}}, id, name});
  hosts_.erase(at);
  disks_.erase(id);
}

void HostWatch::pass(SteadyTime now) {
  for (auto& [id, known] : hosts_) {
    if (known.told || known.unreachable == SteadyTime{} || now - known.unreachable < away) continue;
    known.told = true;
    tell_({"host_unreachable", {{"host", known.host.name}, {"detail", known.host.detail}}, id, known.host.name});
  }
}

HostWatch::Level HostWatch::level_of(Level before, double percent) {
  if (percent >= (before == Level::full ? full - slack : full)) return Level::full;
  if (percent >= (before == Level::roomy ? filling : filling - slack)) return Level::filling;
  return Level::roomy;
}

void HostWatch::on_disk(const Host* host, const HostDisk& disk) {
  const HostId id = host ? host->id : HostId();
  const auto [at, is_new] = disks_.try_emplace(id, Level::roomy);
  const Level before = at->second;
  const double percent = disk.use.used_percent();
  at->second = level_of(before, percent);
  // A full one that still fills is no news.
  if (at->second == before ? !is_new : at->second == Level::filling && before == Level::full) return;
  const std::string name = host ? host->name : "";
  std::map<std::string, std::string> attributes{{"of", host ? "engine" : "taffrail"},
                                                {"path", disk.path},
                                                {"usedPercent", fmt::format("{:.1f}", percent)},
                                                {"availableBytes", std::to_string(disk.use.available)}};
  if (host) attributes.emplace("host", name);
  switch (at->second) {
    case Level::roomy: tell_({"disk_free", std::move(attributes), id, name, is_new}); break;
    case Level::filling: tell_({"disk_filling", std::move(attributes), id, name}); break;
    case Level::full: tell_({"disk_full", std::move(attributes), id, name}); break;
  }
}

}  // namespace taffrail::alert
