#include "api/stats_series.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace taffrail::api {
namespace {

template <class Number>
std::optional<Number> mean(std::span<const StatSample> samples, std::optional<Number> StatSample::* field) {
  double sum = 0;
  std::size_t count = 0;
  for (const StatSample& sample : samples)
    if (const auto& value = sample.*field) {
      sum += static_cast<double>(*value);
      ++count;
    }
  if (count == 0) return std::nullopt;
  return static_cast<Number>(sum / static_cast<double>(count));
}

StatSample combine(std::span<const StatSample> samples) {
  StatSample out = samples.back();
  for (auto field :
       {&StatSample::cpu, &StatSample::cpu_throttled, &StatSample::net_rx, &StatSample::net_tx, &StatSample::block_read,
        &StatSample::block_write, &StatSample::cpu_pressure, &StatSample::memory_pressure, &StatSample::io_pressure})
    out.*field = mean(samples, field);
  for (auto field : {&StatSample::memory, &StatSample::swap, &StatSample::pids}) out.*field = mean(samples, field);
  return out;
}

}  // namespace

std::vector<StatSample> cut_series(const std::vector<StatSample>& samples, Time since, Time until, Duration step) {
  std::vector<StatSample> inside;
  for (const StatSample& sample : samples)
    if (sample.time >= since && sample.time < until) inside.push_back(sample);
  if (step <= Duration::zero()) return inside;
  const auto step_of = [step](const StatSample& sample) { return sample.time.time_since_epoch() / step; };
  std::vector<StatSample> out;
  for (std::size_t first = 0; first < inside.size();) {
    std::size_t end = first + 1;
    while (end < inside.size() && step_of(inside[end]) == step_of(inside[first])) ++end;
    out.push_back(combine(std::span(inside).subspan(first, end - first)));
    first = end;
  }
  return out;
}

}  // namespace taffrail::api
