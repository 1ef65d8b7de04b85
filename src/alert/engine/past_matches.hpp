#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alert/engine/alert_book.hpp"
#include "alert/rule/rule.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "model/variables/container_view.hpp"
#include "pipeline/log_finder.hpp"
#include "pipeline/past_finder.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::alert {

/// How far it is looked back. The youngest containers and the newest lines come first.
struct PastLimits {
  std::size_t containers = 100;      ///< of which nothing is stored: their lines are read, or the sampler's ring
  std::size_t stored = 10'000;       ///< of which something is stored
  std::uint64_t bytes = 64UZ << 20;  ///< of lines that are read; those that are stored are found without
  Duration time = std::chrono::seconds(5);
  std::size_t matches = 20'000;  ///< and events that are looked at
  std::size_t samples = 300'000;
  std::size_t said = 60'000;  ///< of samples of which more is kept than whether the condition holds
};

/// Something that a rule was asked about and that matters to it.
struct PastMatch {
  /// What is left out of a sample that cannot make the rule speak, for there are many.
  struct Said {
    std::vector<std::string> group;  ///< empty: by container
    std::string detail;              ///< as a trigger's
    std::string message;             ///< likewise
  };
  Time at;
  std::uint32_t container = 0;
  bool resolves = false;  ///< of a rule on lines or events
  bool holds = true;      ///< of a metric rule
  std::uint64_t count = 1;
  std::unique_ptr<Said> said;
};

struct PastMatches {
  std::vector<ContainerPtr> containers;
  std::vector<std::shared_ptr<const ContainerView>> views;  ///< of each container
  std::vector<PastMatch> matches;                           ///< in the order in which they happened
  std::uint64_t lines = 0;                                  ///< that were looked at, one way or the other
  std::uint64_t samples = 0;
  std::uint64_t events = 0;
  std::uint64_t failures = 0;  ///< lines that the rule could not deal with
  std::string failure;
  bool truncated = false;    ///< something was not looked at
  std::optional<Time> from;  ///< of lines and events: where what was looked at begins; nothing: there is nothing
};

/// What is stored: both null where nothing is.
struct PastSources {
  LogFinder* lines = nullptr;
  PastFinder* others = nullptr;  ///< samples and events
};

/// Asks a rule about what there was since a time: about lines (those that are stored are found by what the rule asks
/// for, others are read), about samples (those that are stored, then those that the sampler keeps), or about the events
/// of containers that are stored.
/// @param sees which containers exist for whom asks; empty: all
/// Errors: what the logs say, the store's.
[[nodiscard]] Task<Result<PastMatches>> past_matches(Pipeline& pipeline, PastSources sources, RulePtr rule, Time since,
                                                     std::function<bool(const Container&)> sees, PastLimits limits);

}  // namespace taffrail::alert
