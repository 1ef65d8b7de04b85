#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alert/notification.hpp"
#include "expr/container_variables.hpp"
#include "expr/metric_variables.hpp"
#include "model/container.hpp"
#include "model/stats.hpp"

namespace taffrail::alert {

/// A sample with its percentages: of the container's limit, else of the host; of a host that does not say how many
/// processors it has, of one. A `memory_percent` of 0 beside a `sample.memory` that is not: nobody knows of how much.
/// @param host null: unknown
[[nodiscard]] SampleFacts sample_facts(const StatSample& sample, const Container& container, const Host* host,
                                       std::vector<MountUse> mounts, std::optional<double> restarts_per_hour);

/// One line for people: "CPU: 93.1%, Memory: 45.6%", of what was measured.
[[nodiscard]] std::string summary_of(const SampleFacts& facts);

/// What expressions and templates see of a sample, with what the views in its fields point to.
class SampleView {
 public:
  /// @param container may be null; both must outlive this
  SampleView(const SampleFacts& facts, const expr::ContainerFields* container);
  SampleView(const SampleView&) = delete;
  SampleView& operator=(const SampleView&) = delete;

  [[nodiscard]] const expr::MetricVariables& variables() const { return variables_; }

 private:
  std::vector<expr::MetricFields::Mount> mounts_;
  expr::MetricFields fields_;
  expr::MetricVariables variables_;
};

}  // namespace taffrail::alert
