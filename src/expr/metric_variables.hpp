#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "expr/arena.hpp"
#include "expr/container_variables.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// One sample of a container's use, in the reference's units.
struct MetricFields {
  double cpu_percent = 0;  ///< 0 to 100 of the container's CPU limit, else of the host
  double memory_percent = 0;
  double memory_bytes = 0;
  struct Mount {
    std::string_view destination{};
    double total_bytes = 0;
    double free_bytes = 0;
    double used_bytes = 0;
    double used_percent = 0;
    double available_bytes = 0;
  };
  std::span<const Mount> mounts{};
  const ContainerFields* container = nullptr;
};

/// Variables of Environment::metric() over one sample.
class MetricVariables final : public Variables {
 public:
  /// The fields must outlive this.
  explicit MetricVariables(const MetricFields& fields);
  [[nodiscard]] Value get(std::size_t slot) const override;

  enum Slot : std::size_t { cpu, memory, memory_usage, mounts, container_first };

 private:
  const MetricFields& fields_;
  Arena arena_;
  Value mounts_;
};

}  // namespace taffrail::expr
