#include "pipeline/registry.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/race.hpp"
#include "base/run_task.hpp"
#include "pipeline/container_bounds.hpp"
#include "pipeline/memory_source.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// Writes down what it hears.
class Ear final : public RegistryObserver {
 public:
  explicit Ear(Registry& registry)
      : observing_(registry.observe(*this)), events_(registry.on_event([this](const EventPtr& event) {
          heard.push_back(event->action + " " + event->container.str());
        })) {}
  void on_host(const Host& host) override { heard.push_back("host " + host.id.str()); }
  void on_host_gone(const HostId& id) override { heard.push_back("no host " + id.str()); }
  void on_container(const ContainerPtr& container, const ContainerPtr& before) override {
    heard.push_back((before ? "is " : "new ") + container->id.str());
  }
  void on_gone(const Container& container) override {
    heard.push_back("gone " + container.id.str() + " " + std::string(to_string(container.state)));
  }

  std::vector<std::string> heard;

 private:
  Subscription observing_;
  Subscription events_;
};

Container made(const std::string& id, const std::string& name, ContainerState state, std::chrono::seconds created) {
  Container container = MemorySource::container(id, state);
  container.name = name;
  container.created = Time(created);
  return container;
}

TEST(Registry, AListReplacesWhatTheHostHadBeforeAndTellsOnlyChanges) {
  Registry registry;
  Ear ear(registry);
  const HostId host("memory");
  run_task(registry.containers_listed(host, {MemorySource::container("aaaa"), MemorySource::container("bbbb")}));
  run_task(registry.containers_listed(host, {MemorySource::container("bbbb"), MemorySource::container("cccc")}));
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new aaaa", "new bbbb", "new cccc", "gone aaaa removed"}));
  EXPECT_TRUE(registry.listed(host));
  EXPECT_FALSE(registry.listed(HostId("other")));
}

TEST(Registry, AChangedAdmissionLetsContainersGoAndCome) {
  const auto begins_with = [](char c) {
    return [c](const Container& container, const Host*) { return container.id.str().front() == c; };
  };
  Registry registry(begins_with('a'));
  Ear ear(registry);
  run_task(
      registry.containers_listed(HostId("memory"), {MemorySource::container("aaaa"), MemorySource::container("bbbb"),
                                                    MemorySource::container("bbcc"), MemorySource::container("bbdd")}));
  registry.container_changed(MemorySource::container("bbbb", ContainerState::exited));
  registry.container_removed(MemorySource::id("bbcc"));
  run_task(registry.containers_listed(
      HostId("memory"), {MemorySource::container("aaaa"), MemorySource::container("bbbb", ContainerState::exited)}));
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new aaaa"}));
  ear.heard.clear();
  run_task(registry.admit(begins_with('b')));
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"gone aaaa removed", "new bbbb"})) << "bbcc and bbdd were removed";
  EXPECT_EQ(registry.find(MemorySource::id("bbbb"))->state, ContainerState::exited) << "as it has become meanwhile";
  ear.heard.clear();
  run_task(registry.admit({}));
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new aaaa"}));
}

TEST(Registry, TakesUpAListInTurnsAndWhatIsToldMeanwhileIsNewer) {
  constexpr int many = 20'000;
  Registry registry;
  std::vector<Container> list;
  for (int i = 0; i < many; ++i) list.push_back(MemorySource::container(std::to_string(100'000 + i)));
  const ContainerId changed = list[many - 1].id;
  const ContainerId removed = list[many - 2].id;
  const ContainerId come = MemorySource::id("come");
  registry.container_changed(MemorySource::container("gone"));
  run_task([](Registry& all, std::vector<Container> containers, ContainerId gone) -> Task<> {
    int turns = 0;
    const auto others = [&]() -> Task<> {
      co_await asio::post(asio::use_awaitable);
      all.container_changed(MemorySource::container("119999", ContainerState::exited));
      all.container_removed(gone);
      all.container_changed(MemorySource::container("come"));
      for (;; ++turns) co_await asio::post(asio::use_awaitable);
    };
    co_await first_of(all.containers_listed(HostId("memory"), std::move(containers)), others());
    EXPECT_GT(turns, 5) << "the owner thread did other things meanwhile";
  }(registry, list, removed));
  EXPECT_EQ(registry.containers().size(), static_cast<std::size_t>(many)) << "one removed, one come";
  EXPECT_EQ(registry.find(changed)->state, ContainerState::exited);
  EXPECT_EQ(registry.find(removed), nullptr);
  EXPECT_NE(registry.find(come), nullptr);
  EXPECT_EQ(registry.find(MemorySource::id("gone")), nullptr);
  run_task([](Registry& all) -> Task<> {
    int turns = 0;
    const auto others = [&]() -> Task<> {
      for (;; ++turns) co_await asio::post(asio::use_awaitable);
    };
    co_await first_of(all.admit([](const Container& container, const Host*) { return container.id.str() == "come"; }),
                      others());
    EXPECT_GT(turns, 5);
  }(registry));
  EXPECT_EQ(registry.containers().size(), 1U);
}

TEST(Registry, AHostThatTurnedOutToBeAnotherIsForgotten) {
  Registry registry;
  Ear ear(registry);
  Host guessed;
  guessed.id = HostId("unix-run-docker.sock");
  guessed.state = HostState::unreachable;
  registry.host_changed(guessed);
  run_task(registry.containers_listed(guessed.id, {}));
  registry.host_removed(guessed.id);
  registry.host_removed(guessed.id);
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"host unix-run-docker.sock", "no host unix-run-docker.sock"}));
  EXPECT_TRUE(registry.hosts().empty());
  EXPECT_FALSE(registry.listed(guessed.id));
}

TEST(Registry, AListOfOneHostLeavesTheOthersAlone) {
  Registry registry;
  registry.container_changed(MemorySource::container("aaaa"));
  run_task(registry.containers_listed(HostId("other"), {}));
  EXPECT_NE(registry.find(MemorySource::id("aaaa")), nullptr);
}

TEST(Registry, ResolvesIdsPrefixesAndTheLivingBearerOfAName) {
  Registry registry;
  registry.container_changed(made("abcd1111", "web", ContainerState::exited, 50s));
  registry.container_changed(made("abcd2222", "web", ContainerState::running, 10s));
  registry.container_changed(made("ef001111", "web", ContainerState::exited, 90s));
  registry.container_changed(made("ef112222", "db", ContainerState::exited, 10s));
  registry.container_changed(made("ef113333", "db", ContainerState::exited, 20s));
  EXPECT_EQ(registry.resolve("abcd1111").value().str(), "abcd1111");
  EXPECT_EQ(registry.resolve("abcd1").value().str(), "abcd1111");
  EXPECT_EQ(registry.resolve("web").value().str(), "abcd2222") << "the running one";
  EXPECT_EQ(registry.resolve("db").value().str(), "ef113333") << "else the newest";
  EXPECT_EQ(registry.resolve("abcd").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(registry.resolve("ef0").error().code, ErrorCode::not_found) << "too short for a prefix";
  EXPECT_EQ(registry.resolve("").error().code, ErrorCode::not_found);
}

Container on_host(const std::string& host, const std::string& id) {
  Container container = MemorySource::container(id);
  container.id = ContainerId(HostId(host), id);
  container.host = HostId(host);
  return container;
}

TEST(Registry, OneIdOnTwoHostsIsTwoContainers) {
  Registry registry;
  run_task(registry.containers_listed(HostId("a"), {on_host("a", "abcd1111"), on_host("a", "abcd3333")}));
  run_task(registry.containers_listed(HostId("b"), {on_host("b", "abcd1111")}));
  EXPECT_EQ(registry.containers().size(), 3U);
  EXPECT_TRUE(registry.ambiguous(ContainerId(HostId("a"), "abcd1111")));
  EXPECT_FALSE(registry.ambiguous(ContainerId(HostId("a"), "abcd3333")));
  const auto refused = registry.resolve("abcd1111");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().detail.find("a/abcd1111, b/abcd1111"), std::string::npos) << refused.error().detail;
  EXPECT_EQ(registry.resolve("b/abcd1111").value(), ContainerId(HostId("b"), "abcd1111"));
  EXPECT_EQ(registry.resolve("b/abcd").value(), ContainerId(HostId("b"), "abcd1111")) << "a prefix within a host";
  EXPECT_EQ(registry.resolve("a/abcd").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(registry.resolve("abcd3").value(), ContainerId(HostId("a"), "abcd3333"));
  EXPECT_EQ(registry.resolve("abcd1111", [](const Container& c) { return c.host.str() == "b"; }).value().host(),
            HostId("b"))
      << "what somebody does not see makes nothing ambiguous for them";
  registry.container_removed(ContainerId(HostId("b"), "abcd1111"));
  EXPECT_EQ(registry.resolve("abcd1111").value().host(), HostId("a"));
  EXPECT_FALSE(registry.ambiguous(ContainerId(HostId("a"), "abcd1111")));
}

TEST(Registry, ANameMayHaveASlash) {
  Registry registry;
  registry.container_changed(made("1111", "logs/app.log", ContainerState::running, 1s));
  EXPECT_EQ(registry.resolve("logs/app.log").value(), MemorySource::id("1111"));
}

TEST(Registry, ASnapshotIsSharedUntilSomethingChangesAndStaysAsItWas) {
  Registry registry;
  registry.container_changed(MemorySource::container("aaaa"));
  const auto first = registry.snapshot();
  EXPECT_EQ(registry.snapshot(), first) << "the same object";
  const auto version = registry.version();
  registry.container_changed(MemorySource::container("aaaa"));
  EXPECT_EQ(registry.version(), version) << "nothing is different";
  registry.container_changed(MemorySource::container("aaaa", ContainerState::exited));
  EXPECT_GT(registry.version(), version);
  EXPECT_EQ(first->at(0)->state, ContainerState::running);
  EXPECT_EQ(registry.snapshot()->at(0)->state, ContainerState::exited);
}

TEST(Registry, WhatAnEngineMakesUpHasItsBounds) {
  Registry registry;
  Container huge = MemorySource::container("aaaa");
  huge.name.assign(1 << 20, 'n');
  huge.command.assign(1 << 20, 'c');
  huge.ports.assign(100'000, std::string(1 << 10, 'p'));
  for (int i = 0; i < 10'000; ++i) huge.labels["label" + std::to_string(i)] = std::string(100, 'v');
  huge.labels["a-huge-one"] = std::string(1 << 20, 'v');
  registry.container_changed(huge);
  const Container& kept = *registry.find(huge.id);
  EXPECT_EQ(kept.name.size(), max_name_bytes);
  EXPECT_EQ(kept.command.size(), max_command_bytes);
  EXPECT_EQ(kept.ports.size(), max_ports);
  EXPECT_EQ(kept.labels.size(), max_labels);
  EXPECT_FALSE(kept.labels.contains("a-huge-one")) << "half of a value would be another value";
  EXPECT_LT(weight_of(kept), 300'000U);

  // Of such ones a host has not as many as of ordinary ones.
  Container another = kept;
  for (std::size_t i = 0; registry.refused() == 0; ++i) {
    ASSERT_LT(i, 10'000U);
    another.id = MemorySource::id("b" + std::to_string(i));
    registry.container_changed(another);
  }
  EXPECT_LE(registry.containers().size() * weight_of(another), Registry::max_bytes_of_host);
  // Another host is not concerned, and room that becomes free can be had again.
  registry.container_changed(on_host("other", "cccc"));
  EXPECT_NE(registry.find(ContainerId(HostId("other"), "cccc")), nullptr);
  const auto full = registry.containers().size();
  registry.container_removed(MemorySource::id("aaaa"));
  registry.container_changed(another);
  EXPECT_EQ(registry.containers().size(), full);
}

TEST(Registry, AHostHasABoundedNumberOfContainersAdmittedOrNot) {
  Registry registry([](const Container& container, const Host*) { return container.id.str().size() % 2 == 0; });
  for (std::size_t i = 0; i < Registry::max_containers_of_host; ++i)
    registry.container_changed(MemorySource::container(std::to_string(i)));
  EXPECT_EQ(registry.refused(), 0U);
  registry.container_changed(MemorySource::container("x"));
  registry.container_changed(MemorySource::container("xx"));
  EXPECT_EQ(registry.refused(), 2U);
  EXPECT_EQ(registry.find(MemorySource::id("xx")), nullptr);
  registry.container_removed(MemorySource::id("7"));
  registry.container_changed(MemorySource::container("xx"));
  EXPECT_NE(registry.find(MemorySource::id("xx")), nullptr);
}

TEST(Registry, WhoListensMayGoWhileTheyAreTold) {
  Registry registry;
  int heard = 0;
  Subscription second;
  Subscription first = registry.on_event([&](const EventPtr&) {
    ++heard;
    second.reset();
    first.reset();
  });
  second = registry.on_event([&](const EventPtr&) { heard += 100; });
  const Subscription third = registry.on_event([&](const EventPtr&) { heard += 10; });
  registry.container_changed(MemorySource::container("aaaa"));
  const ContainerEvent event{MemorySource::id("aaaa"), HostId("memory"), Time(1s), "die", {}};
  registry.container_event(event);
  EXPECT_EQ(heard, 11);
  registry.container_event(event);
  EXPECT_EQ(heard, 21);
}

TEST(Registry, ContainersThatAreNotAdmittedDoNotExist) {
  Registry registry([](const Container& container, const Host*) { return container.name != "secret"; });
  Ear ear(registry);
  registry.container_changed(made("aaaa", "secret", ContainerState::running, 1s));
  registry.container_changed(made("bbbb", "open", ContainerState::running, 1s));
  registry.container_changed(made("bbbb", "secret", ContainerState::running, 1s));  // renamed
  registry.container_event({MemorySource::id("aaaa"), HostId("memory"), Time(1s), "die", {}});
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new bbbb", "gone bbbb removed"}));
}

}  // namespace
}  // namespace taffrail
