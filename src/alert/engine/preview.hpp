#pragma once

#include <functional>
#include <string>

#include "alert/rule/rule.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::alert {

/// What a rule would have said about what is still there. Bounded; the newest containers first.
struct PreviewLimits {
  std::size_t containers = 100;
  std::uint64_t bytes = 64UZ << 20;  ///< of lines that are read
  Duration time = std::chrono::seconds(5);
  std::size_t matches = 20'000;
  std::size_t shown = 100;  ///< notifications and groups
};

/// Plays a rule over the lines since a time, or over the samples that the sampler keeps. Nothing is remembered and
/// nothing is sent.
/// @param sees which containers exist for whom asks; empty: all
/// @return a JSON object of the API. Error: what the logs say.
[[nodiscard]] Task<Result<std::string>> preview(Pipeline& pipeline, RulePtr rule, Time since,
                                                std::function<bool(const Container&)> sees, PreviewLimits limits = {});

}  // namespace taffrail::alert
