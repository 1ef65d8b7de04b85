#include "alert/sample_facts.hpp"

#include <gtest/gtest.h>

#include "expr/condition.hpp"

namespace taffrail::alert {
namespace {

constexpr double gib = 1024.0 * 1024 * 1024;

SampleFacts facts_of(const StatSample& sample, const Container& container = {}, const Host* host = nullptr) {
  return sample_facts(sample, container, host, {}, std::nullopt);
}

StatSample sample_of(std::optional<double> cpu, std::optional<double> memory, std::optional<double> limit = {}) {
  StatSample sample;
  sample.cpu = cpu;
  sample.memory = memory;
  sample.memory_limit = limit;
  return sample;
}

Host host_of(std::uint32_t cpus) {
  Host host;
  host.cpus = cpus;
  host.memory = static_cast<std::uint64_t>(8 * gib);
  return host;
}

bool holds(const std::string& condition, const SampleFacts& facts) {
  const SampleView view(facts, nullptr);
  return expr::Condition::compile(condition, expr::Environment::metric()).value().matches(view.variables()).value();
}

TEST(SampleFacts, AreOfTheContainersLimitElseOfTheHostOnAnyNumberOfCores) {
  const StatSample sample = sample_of(3, gib);
  Container limited;
  limited.cpu_limit = 1.5;
  limited.memory_limit = static_cast<std::uint64_t>(2 * gib);
  for (const std::uint32_t cpus : {1U, 2U, 64U}) {
    const Host host = host_of(cpus);
    EXPECT_DOUBLE_EQ(facts_of(sample, {}, &host).cpu_percent, 300.0 / cpus);
    EXPECT_DOUBLE_EQ(facts_of(sample, {}, &host).memory_percent, 12.5);
    EXPECT_DOUBLE_EQ(facts_of(sample, limited, &host).cpu_percent, 200);
    EXPECT_DOUBLE_EQ(facts_of(sample, limited, &host).memory_percent, 50);
  }
  EXPECT_DOUBLE_EQ(facts_of(sample).cpu_percent, 300);
  EXPECT_DOUBLE_EQ(facts_of(sample, limited).memory_percent, 50);
}

TEST(SampleFacts, GoByTheLimitThatTheSampleItselfTellsAndNotByOneAboveTheHost) {
  const Host host = host_of(2);
  Container container;
  container.memory_limit = static_cast<std::uint64_t>(4 * gib);
  EXPECT_DOUBLE_EQ(facts_of(sample_of({}, gib, 2 * gib), container, &host).memory_percent, 50);
  EXPECT_DOUBLE_EQ(facts_of(sample_of({}, gib, 9.2e18), container, &host).memory_percent, 12.5);
}

TEST(SampleFacts, AreNilWhereNothingIsKnown) {
  const SampleFacts nothing = facts_of({});
  EXPECT_TRUE(
      holds("cpu == nil and memory == nil and memoryUsage == nil and swap == nil and restartsPerHour == nil", nothing));
  EXPECT_TRUE(holds("len(mounts) == 0", nothing));
  EXPECT_TRUE(holds("memory == nil and memoryUsage > 0", facts_of(sample_of({}, gib))));
  EXPECT_TRUE(holds("cpu == 0 and memory == 0", facts_of(sample_of(0, 0))));
}

TEST(SampleFacts, ShowEveryMetricUnderItsName) {
  StatSample sample;
  double next = 1;
  for (const Metric& metric : all_metrics) sample.*metric.value = next++;
  const SampleFacts facts =
      sample_facts(sample, {}, nullptr, {{"/data", {.total = 1000, .free = 100, .available = 50}}, {"/dead", {}}}, 4);
  EXPECT_TRUE(
      holds("cpuCores == 1 and cpuThrottled == 2 and memoryUsage == 3 and memoryLimit == 4 and swap == 5 and "
            "pids == 6 and netRx == 7 and netTx == 8 and blockRead == 9 and blockWrite == 10 and "
            "oomKills == 11 and cpuPressure == 12 and memoryPressure == 13 and ioPressure == 14 and "
            "restartsPerHour == 4 and cpu == 100 and memory == 75",
            facts));
  EXPECT_TRUE(
      holds("len(mounts) == 1 and mounts[0].usedPercent == 90 and mounts[0].usedBytes == 900 and "
            "mounts[0].availableBytes == 50 and mounts[0].destination == \"/data\"",
            facts));
}

}  // namespace
}  // namespace taffrail::alert
