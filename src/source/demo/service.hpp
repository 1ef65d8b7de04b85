#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "source/demo/incident.hpp"
#include "source/demo/lifecycle.hpp"
#include "source/demo/pen.hpp"

namespace taffrail::demo {

/// What a service costs, for its metrics.
struct Appetite {
  double idle_cores = 0.001;
  double cpu_ms = 0.5;           ///< per event
  std::uint32_t memory_mb = 64;  ///< at rest
  double memory_swing = 0.1;     ///< how much of it comes and goes
  double net_kb = 1;             ///< per event, each way
  double disk_kb = 0;            ///< written per event
  std::uint32_t pids = 8;
};

/// What a service says of the requests of an incident.
struct Share {
  void (*write)(Pen&, const Request&) = nullptr;  ///< nullptr: nothing
  std::chrono::seconds late{0};                   ///< so long after they came
  std::uint32_t every = 1;                        ///< of so many it says one
};

/// One made-up service.
struct Service {
  std::string_view project = {};  ///< compose project; empty: started by hand
  std::string_view name;          ///< compose service
  std::string_view image;         ///< of what is deployed, without the last part of its version
  std::string_view command;
  std::string_view port = {};  ///< published; empty: none
  Life life = Life::steady;
  double rate = 1;      ///< events a second in the mean
  bool bursts = false;  ///< now and then many times as many for some seconds
  /// Writes one event: a line, or a few that belong together.
  void (*event)(Pen&) = nullptr;
  void (*start)(Pen&) = nullptr;  ///< the first event of a run, or nullptr
  void (*end)(Pen&) = nullptr;    ///< the last event of a run that ends by exiting, or nullptr
  /// An event when an incident's new version gets the traffic, and when it loses it; or nullptr.
  void (*news)(Pen&, const Incident&) = nullptr;
  Share requests = {};
  Appetite appetite = {};
  std::optional<double> cpu_limit = {};
  std::optional<std::uint32_t> memory_limit_mb = {};
};

/// All of them, in a fixed order.
[[nodiscard]] std::span<const Service> services();

}  // namespace taffrail::demo
