#include "pipeline/registry.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/memory_source.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// Writes down what it hears.
class Ear final : public RegistryObserver {
 public:
  explicit Ear(Registry& registry) : registry_(registry) { registry_.add_observer(*this); }
  ~Ear() override { registry_.remove_observer(*this); }
  void on_host(const Host& host) override { heard.push_back("host " + host.id.str()); }
  void on_host_gone(const HostId& id) override { heard.push_back("no host " + id.str()); }
  void on_container(const Container& container, bool is_new) override {
    heard.push_back((is_new ? "new " : "is ") + container.id.str());
  }
  void on_gone(const Container& container) override {
    heard.push_back("gone " + container.id.str() + " " + std::string(to_string(container.state)));
  }
  void on_event(const ContainerEvent& event) override { heard.push_back(event.action + " " + event.container.str()); }

  std::vector<std::string> heard;

 private:
  Registry& registry_;
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
  registry.containers_listed(host, {MemorySource::container("aaaa"), MemorySource::container("bbbb")});
  registry.containers_listed(host, {MemorySource::container("bbbb"), MemorySource::container("cccc")});
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
  registry.containers_listed(HostId("memory"), {MemorySource::container("aaaa"), MemorySource::container("bbbb"),
                                                MemorySource::container("bbcc"), MemorySource::container("bbdd")});
  registry.container_changed(MemorySource::container("bbbb", ContainerState::exited));
  registry.container_removed(ContainerId("bbcc"));
  registry.containers_listed(
      HostId("memory"), {MemorySource::container("aaaa"), MemorySource::container("bbbb", ContainerState::exited)});
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new aaaa"}));
  ear.heard.clear();
  registry.admit(begins_with('b'));
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"gone aaaa removed", "new bbbb"})) << "bbcc and bbdd were removed";
  EXPECT_EQ(registry.find(ContainerId("bbbb"))->state, ContainerState::exited) << "as it has become meanwhile";
  ear.heard.clear();
  registry.admit({});
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new aaaa"}));
}

TEST(Registry, AHostThatTurnedOutToBeAnotherIsForgotten) {
  Registry registry;
  Ear ear(registry);
  Host guessed;
  guessed.id = HostId("unix-run-docker.sock");
  guessed.state = HostState::unreachable;
  registry.host_changed(guessed);
  registry.containers_listed(guessed.id, {});
  registry.host_removed(guessed.id);
  registry.host_removed(guessed.id);
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"host unix-run-docker.sock", "no host unix-run-docker.sock"}));
  EXPECT_TRUE(registry.hosts().empty());
  EXPECT_FALSE(registry.listed(guessed.id));
}

TEST(Registry, AListOfOneHostLeavesTheOthersAlone) {
  Registry registry;
  registry.container_changed(MemorySource::container("aaaa"));
  registry.containers_listed(HostId("other"), {});
  EXPECT_NE(registry.find(ContainerId("aaaa")), nullptr);
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

TEST(Registry, ContainersThatAreNotAdmittedDoNotExist) {
  Registry registry([](const Container& container, const Host*) { return container.name != "secret"; });
  Ear ear(registry);
  registry.container_changed(made("aaaa", "secret", ContainerState::running, 1s));
  registry.container_changed(made("bbbb", "open", ContainerState::running, 1s));
  registry.container_changed(made("bbbb", "secret", ContainerState::running, 1s));  // renamed
  registry.container_event({ContainerId("aaaa"), HostId("memory"), Time(1s), "die", {}});
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"new bbbb", "gone bbbb removed"}));
}

}  // namespace
}  // namespace taffrail
