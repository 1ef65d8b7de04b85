#include "pipeline/sampler.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>

#include "pipeline/memory_source.hpp"
#include "pipeline/source_set.hpp"

namespace taffrail {
namespace {

using namespace asio::experimental::awaitable_operators;

TEST(Sampler, SamplesRunningContainersAndForgetsTheOthers) {
  asio::io_context context(1);
  std::vector<std::unique_ptr<Source>> made;
  made.push_back(std::make_unique<MemorySource>(context.get_executor()));
  SourceSet sources(std::move(made));
  Registry registry;
  Sampler sampler(registry, sources);
  registry.container_changed(MemorySource::container("runs"));
  registry.container_changed(MemorySource::container("rests", ContainerState::exited));

  auto body = [](Sampler& under_test, Registry& containers, asio::io_context& io) -> Task<> {
    SignalFlag tick(io.get_executor());
    const Sampler::Watch watch(under_test, std::nullopt, tick);
    const ContainerId runs("runs");
    while (!under_test.latest(runs)) co_await tick.wait();
    EXPECT_NEAR(under_test.latest(runs)->cpu.value(), 1.0, 0.001) << "the source says one core, always";
    EXPECT_FALSE(under_test.latest(runs)->memory.has_value()) << "not given is not 0";
    EXPECT_EQ(under_test.latest_round(runs), under_test.round());
    EXPECT_FALSE(under_test.latest(ContainerId("rests")).has_value());
    containers.container_changed(MemorySource::container("runs", ContainerState::exited));
    EXPECT_FALSE(under_test.latest(runs).has_value()) << "a stopped container has no present metrics";
    EXPECT_EQ(under_test.series(runs).size(), 1U) << "but has had some";
    containers.container_removed(runs);
    EXPECT_TRUE(under_test.series(runs).empty());
  };
  std::exception_ptr failure;
  auto both = [](Task<> first, Task<> second) -> Task<> { co_await (std::move(first) || std::move(second)); };
  asio::co_spawn(context, both(body(sampler, registry, context), sampler.run()),
                 [&](std::exception_ptr error) { failure = error; });
  context.run_for(std::chrono::seconds(30));
  ASSERT_TRUE(context.stopped());
  if (failure) std::rethrow_exception(failure);
}

}  // namespace
}  // namespace taffrail
