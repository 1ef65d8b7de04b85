#include "pipeline/source_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/run_task.hpp"
#include "pipeline/memory_source.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// A source that owns one host, and gives samples.
class NamedSource final : public Source {
 public:
  explicit NamedSource(std::string host) : host_(std::move(host)) {}
  [[nodiscard]] std::string kind() const override { return "named"; }
  Task<> run(SourceSink&) override { co_return; }
  [[nodiscard]] bool owns(const HostId& host) const override { return host == host_; }
  Task<Result<Container>> inspect(ContainerId) override { co_return fail(ErrorCode::not_found, "none"); }
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId, LogQuery) override {
    co_return fail(ErrorCode::not_found, "none");
  }
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId>) override {
    co_return std::vector<std::pair<ContainerId, StatCounters>>();
  }

 private:
  HostId host_;
};

Container on_host(const char* host, const char* id) {
  Container container;
  container.host = HostId(host);
  container.id = ContainerId(container.host, id);
  container.name = id;
  return container;
}

Host host_of(const char* id) {
  Host host;
  host.id = HostId(id);
  return host;
}

struct SourceGateTest : testing::Test {
  SourceGateTest() {
    std::vector<std::unique_ptr<Source>> made;
    for (const char* host : {"a", "b", "a"}) made.push_back(std::make_unique<NamedSource>(host));
    sources = std::make_unique<SourceSet>(std::move(made));
    sampler = std::make_unique<Sampler>(context.get_executor(), registry, *sources, clock, [](std::string_view) {});
    for (const auto& source : sources->all())
      gates.push_back(std::make_unique<SourceGate>(*source, *sources, registry, *sampler));
  }
  asio::io_context context;
  SystemClock clock;
  Registry registry;
  std::unique_ptr<SourceSet> sources;
  std::unique_ptr<Sampler> sampler;
  std::vector<std::unique_ptr<SourceGate>> gates;
};

TEST_F(SourceGateTest, ASourceSpeaksForItsOwnHostOnly) {
  SourceGate& a = *gates[0];
  SourceGate& b = *gates[1];
  b.host_changed(host_of("b"));
  run_task(b.containers_listed(HostId("b"), {on_host("b", "1111")}));
  const auto version = registry.version();
  a.host_changed(host_of("b"));
  a.host_removed(HostId("b"));
  run_task(a.containers_listed(HostId("b"), {}));
  a.container_changed(on_host("b", "2222"));
  a.container_removed(ContainerId(HostId("b"), "1111"));
  a.container_event({ContainerId(HostId("b"), "1111"), HostId("a"), Time(1s), "die", {}});
  Container disguised = on_host("a", "3333");
  disguised.id = ContainerId(HostId("b"), "1111");
  a.container_changed(disguised);
  run_task(a.containers_listed(HostId("a"), {disguised, on_host("b", "4444"), on_host("a", "")}));
  EXPECT_EQ(registry.version(), version) << "nothing has changed";
  EXPECT_GE(a.refused(), 6U);
  run_task(a.containers_listed(HostId("a"), {on_host("a", "1111")}));
  EXPECT_EQ(registry.containers().size(), 2U) << "the same id on its own host is another container";
}

TEST_F(SourceGateTest, OfTwoSourcesWithOneHostTheFirstThatToldOfItHasIt) {
  run_task(gates[2]->containers_listed(HostId("a"), {on_host("a", "1111")}));
  run_task(gates[0]->containers_listed(HostId("a"), {}));
  EXPECT_NE(registry.find(ContainerId(HostId("a"), "1111")), nullptr);
  EXPECT_EQ(sources->of(HostId("a")), sources->all()[2].get());
  gates[2]->host_removed(HostId("a"));
  run_task(gates[0]->containers_listed(HostId("a"), {on_host("a", "2222")}));
  EXPECT_EQ(sources->of(HostId("a")), sources->all()[0].get());
}

TEST_F(SourceGateTest, SamplesThatASourceTellsUnaskedCountLikeItsAnswers) {
  run_task(gates[0]->containers_listed(HostId("a"), {on_host("a", "1111")}));
  const ContainerId id(HostId("a"), "1111");
  StatCounters counters;
  counters.steady = SteadyTime(1s);
  counters.cpu_ns = 0;
  gates[0]->container_sampled(id, counters);
  counters.steady = SteadyTime(3s);
  counters.cpu_ns = 1'000'000'000;
  gates[1]->container_sampled(id, counters);
  EXPECT_FALSE(sampler->latest(id).has_value()) << "told by the wrong source";
  gates[0]->container_sampled(id, counters);
  EXPECT_DOUBLE_EQ(sampler->latest(id).value().sample.unpack().cpu.value(), 0.5);
}

TEST(Source, ActionsAreUnsupportedWhereASourceHasNone) {
  asio::io_context context;
  NamedSource source("a");
  bool done = false;
  auto body = [&]() -> Task<> {
    auto acted = co_await source.act(ContainerId(HostId("a"), "1"), ContainerAction::restart);
    EXPECT_EQ(acted.error().code, ErrorCode::unsupported);
    auto session = co_await source.exec(ContainerId(HostId("a"), "1"), {});
    EXPECT_EQ(session.error().code, ErrorCode::unsupported);
    done = true;
  };
  asio::co_spawn(context, body(), [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
  context.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace taffrail
