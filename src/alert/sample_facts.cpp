#include "alert/sample_facts.hpp"

#include <fmt/format.h>
#include <utility>

namespace taffrail::alert {
namespace {

using expr::Measure;

constexpr std::pair<Measure, std::optional<double> StatSample::*> measures[] = {
    {Measure::cpu_cores, &StatSample::cpu},
    {Measure::cpu_throttled, &StatSample::cpu_throttled},
    {Measure::memory_limit, &StatSample::memory_limit},
    {Measure::swap, &StatSample::swap},
    {Measure::pids, &StatSample::pids},
    {Measure::net_rx, &StatSample::net_rx},
    {Measure::net_tx, &StatSample::net_tx},
    {Measure::block_read, &StatSample::block_read},
    {Measure::block_write, &StatSample::block_write},
    {Measure::oom_kills, &StatSample::oom_kills},
    {Measure::cpu_pressure, &StatSample::cpu_pressure},
    {Measure::memory_pressure, &StatSample::memory_pressure},
    {Measure::io_pressure, &StatSample::io_pressure},
};
// Restarts are no metric of the sampler; memory in use is one of the reference's variables.
static_assert(std::size(measures) + 1 == expr::measure_count && std::size(measures) + 1 == all_metrics.size());

/// Mounts that nobody could measure are left out, as the reference does.
std::vector<expr::MetricFields::Mount> mounts_of(const SampleFacts& facts) {
  std::vector<expr::MetricFields::Mount> mounts;
  for (const auto& [destination, disk] : facts.mounts) {
    if (disk.total == 0) continue;
    mounts.push_back({.destination = destination,
                      .total_bytes = static_cast<double>(disk.total),
                      .free_bytes = static_cast<double>(disk.free),
                      .used_bytes = static_cast<double>(disk.used()),
                      .used_percent = disk.used_percent(),
                      .available_bytes = static_cast<double>(disk.available)});
  }
  return mounts;
}

}  // namespace

SampleFacts sample_facts(const StatSample& sample, const Container& container, const Host* host,
                         std::vector<MountUse> mounts, std::optional<double> restarts_per_hour) {
  SampleFacts facts{.sample = sample, .mounts = std::move(mounts), .restarts_per_hour = restarts_per_hour};
  if (sample.cpu) {
    double cores = container.cpu_limit.value_or(0);
    if (!(cores > 0)) cores = host != nullptr && host->cpus.value_or(0) > 0 ? *host->cpus : 1;
    facts.cpu_percent = 100 * *sample.cpu / cores;
  }
  if (sample.memory) {
    double bytes = sample.memory_limit.value_or(0);
    if (!(bytes > 0)) bytes = static_cast<double>(container.memory_limit.value_or(0));
    const double most = host != nullptr ? static_cast<double>(host->memory.value_or(0)) : 0;
    // A limit above what the host has is none.
    if (!(bytes > 0) || (most > 0 && bytes > most)) bytes = most;
    if (bytes > 0) facts.memory_percent = 100 * *sample.memory / bytes;
  }
  return facts;
}

std::string summary_of(const SampleFacts& facts) {
  std::string detail;
  if (facts.sample.cpu) detail = fmt::format("CPU: {:.1f}%", facts.cpu_percent);
  if (facts.sample.memory) detail += fmt::format("{}Memory: {:.1f}%", detail.empty() ? "" : ", ", facts.memory_percent);
  return detail;
}

SampleView::SampleView(const SampleFacts& facts, const expr::ContainerFields* container)
    : mounts_(mounts_of(facts)),
      fields_([&] {
        const StatSample& sample = facts.sample;
        expr::MetricFields fields{.memory_bytes = sample.memory, .mounts = mounts_, .container = container};
        if (sample.cpu) fields.cpu_percent = facts.cpu_percent;
        if (sample.memory && (facts.memory_percent != 0 || *sample.memory == 0))
          fields.memory_percent = facts.memory_percent;
        for (const auto& [measure, value] : measures)
          fields.measures[static_cast<std::size_t>(measure)] = sample.*value;
        fields.measures[static_cast<std::size_t>(Measure::restarts_per_hour)] = facts.restarts_per_hour;
        return fields;
      }()),
      variables_(fields_) {}

}  // namespace taffrail::alert
