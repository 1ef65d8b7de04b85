#include "pipeline/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/manual_clock.hpp"
#include "base/timeout.hpp"
#include "pipeline/memory_source.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// A source of one host that never answers.
class HungSource final : public Source {
 public:
  explicit HungSource(const Executor& executor) : never_(executor) {}
  [[nodiscard]] std::string kind() const override { return "hung"; }
  Task<> run(SourceSink&) override { co_return; }
  [[nodiscard]] bool owns(const HostId& host) const override { return host.str() == "hung"; }
  Task<Result<Container>> inspect(ContainerId) override { co_return fail(ErrorCode::not_found, "none"); }
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId, LogQuery) override {
    co_return fail(ErrorCode::not_found, "none");
  }
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override {
    ++asked;
    co_await never_.wait();
    (void)ids;
    co_return std::vector<std::pair<ContainerId, StatCounters>>();
  }
  int asked = 0;

 private:
  SignalFlag never_;
};

struct SamplerTest : testing::Test {
  SamplerTest() {
    auto hung = std::make_unique<HungSource>(context.get_executor());
    hung_source = hung.get();
    std::vector<std::unique_ptr<Source>> made;
    made.push_back(std::move(hung));
    made.push_back(std::make_unique<MemorySource>(context.get_executor()));
    sources = std::make_unique<SourceSet>(std::move(made));
    const TaskGroup::Report report = [](std::string_view what) { ADD_FAILURE() << what; };
    sampler = std::make_unique<Sampler>(context.get_executor(), registry, *sources, clock, report);
  }

  /// Runs the sampler while `body` does.
  void run(Task<> body) {
    std::exception_ptr failure;
    auto whole = [](SamplerTest& test, Task<> inner) -> Task<> {
      TaskGroup tasks(test.context.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
      tasks.spawn("sampler", test.sampler->run());
      co_await std::move(inner);
      tasks.cancel();
      co_await tasks.join();
      co_await test.sampler->stop();
    };
    asio::co_spawn(context, whole(*this, std::move(body)), [&](const std::exception_ptr& error) { failure = error; });
    context.run_for(180s);
    ASSERT_TRUE(context.stopped());
    if (failure) std::rethrow_exception(failure);
  }
  Task<> next_round() {
    SignalFlag ended(context.get_executor());
    const Subscription hears = sampler->on_round([&ended] { ended.notify(); });
    co_await ended.wait();
  }

  asio::io_context context{1};
  ManualClock clock{Time(1000s)};
  Registry registry;
  HungSource* hung_source = nullptr;
  std::unique_ptr<SourceSet> sources;
  std::unique_ptr<Sampler> sampler;
};

TEST_F(SamplerTest, SamplesRunningContainersAndForgetsTheOthers) {
  registry.container_changed(MemorySource::container("runs"));
  registry.container_changed(MemorySource::container("rests", ContainerState::exited));
  run([](SamplerTest& test) -> Task<> {
    const Sampler& sampler = *test.sampler;
    const Sampler::Watch watch(*test.sampler, std::nullopt);
    const ContainerId runs = MemorySource::id("runs");
    while (!sampler.latest(runs)) co_await test.next_round();
    EXPECT_NEAR(sampler.latest(runs)->sample.unpack().cpu.value(), 1.0, 0.001) << "the source says one core, always";
    EXPECT_FALSE(sampler.latest(runs)->sample.unpack().memory.has_value()) << "not given is not 0";
    EXPECT_FALSE(sampler.latest(MemorySource::id("rests")).has_value());
    test.registry.container_changed(MemorySource::container("runs", ContainerState::exited));
    EXPECT_FALSE(sampler.latest(runs).has_value()) << "a stopped container has no present metrics";
    EXPECT_EQ(sampler.series(runs).samples.size(), 1U) << "but has had some";
    test.registry.container_removed(runs);
    EXPECT_TRUE(sampler.series(runs).samples.empty());
  }(*this));
}

TEST_F(SamplerTest, ASourceThatHangsHoldsUpNobodyElsesMetrics) {
  Container hung = MemorySource::container("aaaa");
  hung.host = HostId("hung");
  hung.id = ContainerId(hung.host, "aaaa");
  registry.container_changed(hung);
  registry.container_changed(MemorySource::container("bbbb"));
  run([](SamplerTest& test) -> Task<> {
    const Sampler::Watch watch(*test.sampler, std::nullopt);
    std::size_t heard = 0;
    const Subscription hears = test.sampler->on_sample([&heard](const Sampler::Sampled& sampled) {
      EXPECT_EQ(sampled.container->id, MemorySource::id("bbbb"));
      EXPECT_EQ(sampled.number, ++heard);
    });
    while (heard < 2) co_await test.next_round();
    EXPECT_EQ(test.hung_source->asked, 1) << "and it is not asked again meanwhile";
  }(*this));
}

TEST(SamplerTurns, OfFewContainersAreOneAndOfManyAreSpread) {
  for (const std::size_t running : {1UL, 50UL, 150UL, 400UL, 10'000UL}) {
    std::size_t rounds = 0;
    std::size_t most = 0;
    std::size_t all = 0;
    for (std::uint64_t round = 1000; round < 1010; ++round) {
      std::size_t in_round = 0;
      for (std::size_t hash = 0; hash < running; ++hash)
        in_round += Sampler::is_idle_turn(round, hash, running) ? 1 : 0;
      rounds += in_round > 0 ? 1 : 0;
      most = std::max(most, in_round);
      all += in_round;
    }
    EXPECT_EQ(all, running) << "each has one turn in ten rounds";
    EXPECT_EQ(rounds, std::clamp(running / 100, 1UL, 10UL)) << running;
    EXPECT_LE(most, std::max(200UL, running / 10)) << running;
  }
}

TEST_F(SamplerTest, AClockThatJumpsChangesNoRate) {
  registry.container_changed(MemorySource::container("aaaa"));
  const ContainerId id = MemorySource::id("aaaa");
  StatCounters counters;
  for (int second = 0; second <= 10; ++second) {
    // The wall clock goes an hour back and then a day forward.
    counters.time = Time(100'000s) + (second < 3 ? 0s : second < 6 ? -3600s : 86'400s);
    counters.steady = SteadyTime(1s + std::chrono::seconds(second));
    counters.net_rx = static_cast<std::uint64_t>(second) * 500;
    sampler->take(id, counters);
  }
  const auto series = sampler->series(id);
  ASSERT_EQ(series.samples.size(), 10U) << "and none is lost";
  for (const PackedSample& sample : series.samples) EXPECT_FLOAT_EQ(sample.unpack().net_rx.value(), 500);
}

TEST_F(SamplerTest, AReadingThatIsGivenAgainIsNoSampleAndOneWithoutATimeIsOfItsArrival) {
  registry.container_changed(MemorySource::container("aaaa"));
  const ContainerId id = MemorySource::id("aaaa");
  StatCounters counters;
  counters.cpu_ns = 0;
  clock.advance(1s);
  sampler->take(id, counters);
  counters.cpu_ns = 4'000'000'000;
  clock.advance(2s);
  sampler->take(id, counters);
  EXPECT_FLOAT_EQ(sampler->latest(id).value().sample.unpack().cpu.value(), 2);
  sampler->take(id, counters);
  EXPECT_EQ(sampler->kept(id), 1U);
}

TEST_F(SamplerTest, ThePresentMountsComeWithTheNewestSample) {
  registry.container_changed(MemorySource::container("aaaa"));
  const ContainerId id = MemorySource::id("aaaa");
  MountUses heard;
  const Subscription hears = sampler->on_sample([&heard](const Sampler::Sampled& sampled) { heard = sampled.mounts; });
  StatCounters counters;
  for (std::uint64_t second = 1; second <= 3; ++second) {
    counters.steady = SteadyTime(std::chrono::seconds(second));
    // Not yet looked at, half full, and not to be seen any more.
    counters.mounts =
        second == 2 ? std::make_shared<const std::vector<MountUse>>(std::vector<MountUse>{{"/data", {100, 50, 50}}})
                    : nullptr;
    sampler->take(id, counters);
    EXPECT_EQ(heard, counters.mounts);
    EXPECT_EQ(sampler->series(id).mounts, counters.mounts);
    if (second > 1) EXPECT_EQ(sampler->latest(id)->mounts, counters.mounts);
  }
  counters.mounts = std::make_shared<const std::vector<MountUse>>();
  counters.steady = SteadyTime(4s);
  sampler->take(id, counters);
  registry.container_changed(MemorySource::container("aaaa", ContainerState::exited));
  EXPECT_EQ(sampler->series(id).mounts, nullptr) << "a stopped container has mounted nothing";
}

TEST_F(SamplerTest, TheSeriesOfVeryManyContainersShareOneBound) {
  constexpr std::size_t share = 25;
  const std::size_t many = Sampler::max_samples / share;
  const auto id_of = [](std::size_t number) { return MemorySource::id(std::to_string(number)); };
  StatCounters counters;
  counters.steady = SteadyTime(1s);
  for (std::size_t i = 0; i < many; ++i) {
    registry.container_changed(MemorySource::container(id_of(i).str()));
    sampler->take(id_of(i), counters);
  }
  const ContainerId id = id_of(0);
  const auto sample = [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t second = first; second <= last; ++second) {
      counters.steady = SteadyTime(std::chrono::seconds(second));
      counters.pids = second;
      sampler->take(id, counters);
    }
  };
  sample(2, 100);
  EXPECT_EQ(sampler->kept(id), share);
  EXPECT_EQ(sampler->series(id).samples.back().unpack().pids, 100) << "the newest are kept";
  EXPECT_EQ(sampler->series(id).samples.front().unpack().pids, 76);
  for (std::size_t i = 1; i < many; ++i) registry.container_removed(id_of(i));
  sample(101, 500);
  EXPECT_EQ(sampler->kept(id), Sampler::ring_size) << "and more, once there is room";
  EXPECT_EQ(sampler->series(id, 7).samples.front().unpack().pids, 494);
}

}  // namespace
}  // namespace taffrail
