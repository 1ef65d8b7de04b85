#include "alert/engine/host_watch.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

struct HostWatchTest : testing::Test {
  /// The names of what was told since the last call; those that only end something in brackets.
  std::vector<std::string> take() {
    std::vector<std::string> names;
    for (const HostWatch::Happening& one : std::exchange(told, {})) {
      last = one;
      names.push_back(one.ends_only ? "(" + one.action + ")" : one.action);
    }
    return names;
  }
  static Host host(HostState state, const char* id = "a") {
    Host made;
    made.id = HostId(id);
    made.name = std::string("box ") + id;
    made.state = state;
    made.detail = state == HostState::unreachable ? "it is gone" : "";
    return made;
  }
  static HostDisk disk(std::uint64_t percent) {
    return {"/var/lib/docker", {1000, 1000 - percent * 10, 1000 - percent * 10}};
  }

  std::vector<HostWatch::Happening> told;
  HostWatch::Happening last;
  HostWatch watch{[this](HostWatch::Happening happening) { told.push_back(std::move(happening)); }};
  const SteadyTime start{1000s};
  using Names = std::vector<std::string>;
};

TEST_F(HostWatchTest, TellsOnceThatAnEngineIsAwayAndOnceThatItIsBack) {
  const Host here = host(HostState::connected);
  const Host away = host(HostState::unreachable);
  watch.on_host(here, start);
  EXPECT_EQ(take(), Names{"(host_connected)"}) << "what an earlier run told is over";
  watch.on_host(away, start + 1s);
  // A host is told again whenever it tries and fails, and looks come when they can.
  for (const auto passed : {2s, 30s, 60s}) {
    watch.on_host(away, start + passed);
    watch.pass(start + passed);
  }
  EXPECT_EQ(take(), Names{});
  watch.pass(start + 64s);
  EXPECT_EQ(take(), Names{"host_unreachable"}) << "also where no look came in the very second";
  EXPECT_EQ(last.host, HostId("a"));
  EXPECT_EQ(last.host_name, "box a");
  EXPECT_EQ(last.attributes, (std::map<std::string, std::string>{{"host", "box a"}, {"detail", "it is gone"}}));
  for (const auto passed : {65s, 200s, 9000s}) {
    watch.on_host(away, start + passed);
    watch.pass(start + passed);
  }
  EXPECT_EQ(take(), Names{});
  watch.on_host(here, start + 9001s);
  watch.on_host(here, start + 9002s);
  watch.pass(start + 9100s);
  EXPECT_EQ(take(), Names{"host_connected"});
}

TEST_F(HostWatchTest, TellsNothingOfAnEngineThatIsBackInTime) {
  watch.on_host(host(HostState::connecting), start);
  watch.on_host(host(HostState::unreachable), start);
  watch.pass(start + 59s);
  watch.on_host(host(HostState::connected), start + 59s);
  take();
  watch.on_host(host(HostState::unreachable), start + 70s);
  watch.pass(start + 129s);
  watch.on_host(host(HostState::connected), start + 129s);
  watch.pass(start + 1000s);
  EXPECT_EQ(take(), Names{});
}

TEST_F(HostWatchTest, EndsWhatItToldOfAHostThatTurnsOutToHaveAnotherId) {
  watch.on_host(host(HostState::unreachable, "unix-docker.sock"), start);
  watch.pass(start + 60s);
  EXPECT_EQ(take(), Names{"host_unreachable"});
  watch.on_host_gone(HostId("unix-docker.sock"));
  EXPECT_EQ(take(), Names{"host_connected"});
  EXPECT_EQ(last.host, HostId("unix-docker.sock"));
  EXPECT_EQ(last.host_name, "box unix-docker.sock");
  watch.on_host_gone(HostId("unix-docker.sock"));
  watch.pass(start + 1000s);
  EXPECT_EQ(take(), Names{});
}

TEST_F(HostWatchTest, TellsOnceThatADiskFillsIsFullAndHasRoomAgain) {
  const Host of = host(HostState::connected);
  const std::vector<std::pair<int, std::string>> looks{{10, "(disk_free)"},
                                                       {84, ""},
                                                       {85, "disk_filling"},
                                                       {84, ""},
                                                       {90, ""},
                                                       {81, ""},
                                                       {86, ""},
                                                       {95, "disk_full"},
                                                       {94, ""},
                                                       {99, ""},
                                                       {90, ""},
                                                       {89, ""},
                                                       {94, ""},
                                                       {95, "disk_full"},
                                                       {91, ""},
                                                       {79, "disk_free"},
                                                       {80, ""},
                                                       {96, "disk_full"},
                                                       {10, "disk_free"}};
  for (const auto& [percent, name] : looks) {
    watch.on_disk(&of, disk(static_cast<std::uint64_t>(percent)));
    EXPECT_EQ(take(), name.empty() ? Names{} : Names{name}) << percent;
  }
  watch.on_disk(&of, disk(96));
  take();
  EXPECT_EQ(last.attributes, (std::map<std::string, std::string>{{"of", "engine"},
                                                                 {"host", "box a"},
                                                                 {"path", "/var/lib/docker"},
                                                                 {"usedPercent", "96.0"},
                                                                 {"availableBytes", "40"}}));
  // Another one, which is full from the start on.
  watch.on_disk(nullptr, disk(97));
  EXPECT_EQ(take(), Names{"disk_full"});
  EXPECT_EQ(last.attributes.at("of"), "taffrail");
  EXPECT_EQ(last.host, HostId());
}

}  // namespace
}  // namespace taffrail::alert
