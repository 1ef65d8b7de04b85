#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "expr/arena.hpp"
#include "expr/container_variables.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// What is measured of a container beyond the reference's four variables, in the units of the samples.
enum class Measure : std::uint8_t {
  cpu_cores,
  cpu_throttled,
  memory_limit,
  swap,
  pids,
  net_rx,
  net_tx,
  block_read,
  block_write,
  oom_kills,
  cpu_pressure,
  memory_pressure,
  io_pressure,
  restarts_per_hour,
};
inline constexpr std::size_t measure_count = 14;

/// One sample of a container's use. What the platform does not give is absent, and nil in expressions.
struct MetricFields {
  std::optional<double> cpu_percent{};  ///< 0 to 100 of the container's CPU limit, else of the host
  std::optional<double> memory_percent{};
  std::optional<double> memory_bytes{};
  std::array<std::optional<double>, measure_count> measures{};  ///< by Measure
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

  enum Slot : std::size_t {
    cpu,
    memory,
    memory_usage,
    mounts,
    first_measure,
    container_first = first_measure + measure_count
  };
  /// Declarations for the slots before `container_first`. @param prefix "stat." in notifications, where they may be nil
  [[nodiscard]] static std::vector<Declaration> declare(std::string_view prefix);

 private:
  const MetricFields& fields_;
  Arena arena_;
  Value mounts_;
};

}  // namespace taffrail::expr
