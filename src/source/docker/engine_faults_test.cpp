#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "source/docker/docker_fixture.hpp"
#include "source/docker/list_reader.hpp"
#include "source/docker/own_path.hpp"
#include "source/logfile/json_log_writer.hpp"

// Engines that hang, lose, repeat, lie and flood.

namespace taffrail::docker {
namespace {

using namespace std::chrono_literals;

class EngineFaults : public DockerSources {
 protected:
  EngineFaults() {
    options_.pulse = {.quiet = 20ms, .patience = 200ms, .give_up = 20s};
    options_.list_again = 1h;
    options_.list_soon = 5ms;
  }
  [[nodiscard]] ContainerState state_of(int number) { return sink_.containers[id_of(number)].state; }
  [[nodiscard]] bool shows(int number) const { return sink_.containers.contains(id_of(number)); }
};

TEST_F(EngineFaults, AnEngineThatHangsIsSaidNotToAnswerAndGoesOnInTheSameSession) {
  start_engine();
  engine_.add(id_of(1), "web", "running");
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected() && sink_.containers[id_of(1)].log_driver == "json-file"; });
    engine_.hang(true);
    co_await until([&] { return sink_.hosts.back().state == HostState::unreachable; });
    EXPECT_NE(sink_.hosts.back().detail.find("does not answer"), std::string::npos) << sink_.hosts.back().detail;
    EXPECT_TRUE(shows(1)) << "what is known stays";
    // Who asks for something only the engine knows hears so at once; what is known is answered.
    auto unknown = co_await source.inspect(id_of(7));
    EXPECT_EQ(unknown.error().code, ErrorCode::unavailable);
    auto known = co_await source.inspect(id_of(1));
    EXPECT_TRUE(known.has_value());
    const std::map<std::string, int> before = engine_.requests;
    const std::size_t told = sink_.hosts.size();
    co_await sleep_for(500ms);  // 25 times as long as it takes to ask an engine that is quiet
    EXPECT_EQ(engine_.requests, before) << "one question stays open, no other is put beside it";
    EXPECT_EQ(sink_.hosts.size(), told);
    engine_.set_state(id_of(1), "exited");
    engine_.event("die", id_of(1), epoch + 1s, R"("name":"web","exitCode":"3")");
    engine_.hang(false);
    co_await until([&] { return sink_.connected() && state_of(1) == ContainerState::exited; });
    EXPECT_EQ(engine_.requests["/events"], 1);
    EXPECT_EQ(engine_.requests["/version"], 1);
    EXPECT_EQ(sink_.lists.size(), 1U);
  });
}

TEST_F(EngineFaults, AnEngineThatHangsFromTheStartIsSaidNotToAnswer) {
  start_engine();
  engine_.hang(true);
  engine_.add(id_of(1), "web", "running");
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return !sink_.hosts.empty(); });
    EXPECT_EQ(sink_.hosts.back().state, HostState::unreachable);
    EXPECT_NE(sink_.hosts.back().detail.find("does not answer"), std::string::npos) << sink_.hosts.back().detail;
    engine_.hang(false);
    co_await until([&] { return sink_.connected() && shows(1); });
    EXPECT_EQ(engine_.requests["/version"], 1);
  });
}

TEST_F(EngineFaults, AnEngineThatIsSilentForGoodIsGivenUpAndTriedAgain) {
  options_.pulse.give_up = 300ms;
  start_engine();
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    engine_.hang(true);
    co_await until([&] { return engine_.requests["/version"] >= 2; });
    engine_.hang(false);
    co_await until([&] { return sink_.connected(); });
  });
}

TEST_F(EngineFaults, AnEngineThatIsHeardIsNotAsked) {
  options_.pulse.quiet = 1h;
  start_engine();
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    engine_.add(id_of(1), "web", "created");
    engine_.event("create", id_of(1), epoch, R"("name":"web")");
    co_await until([&] { return shows(1); });
    EXPECT_EQ(engine_.requests["/_ping"], 0);
  });
}

TEST_F(EngineFaults, EventsOfOtherCenturiesAreTakenAndNoneAfterThemIsMissed) {
  const Time far(std::chrono::nanoseconds(std::numeric_limits<std::int64_t>::max() - 1));  // in 2262
  start_engine();
  engine_.add(id_of(1), "web", "running");
  with_source([&, this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    engine_.event("pause", id_of(1), far, R"("name":"web")");
    engine_.event("unpause", id_of(1), Time(1s), R"("name":"web")");
    engine_.event("pause", id_of(1), epoch + 2s, R"("name":"web")");
    engine_.event("pause", id_of(1), epoch + 2s, R"("name":"web")");  // to the byte: the engine repeats itself
    engine_.event("unpause", id_of(1), epoch + 1s, R"("name":"web")");
    co_await until([&] { return sink_.events.size() == 4; });
    // The session breaks; what follows is asked for from the last time that was not in the future.
    engine_.end_streams();
    co_await until([&] { return engine_.requests["/events"] == 2; });
    EXPECT_EQ(engine_.last_events_since, "1795252207.000000000");
    co_await until([&] { return sink_.connected(); });
    for (int i = 0; i < 10; ++i)
      engine_.event(i % 2 == 0 ? "pause" : "unpause", id_of(1), epoch + 3s + 1ms * i, R"("name":"web")");
    co_await until([&] { return sink_.events.size() == 14; });
    std::vector<Time> times;
    times.reserve(sink_.events.size());
    for (const ContainerEvent& event : sink_.events) times.push_back(event.time);
    EXPECT_EQ(times[0], far);
    EXPECT_EQ(times[1], Time(1s));
    EXPECT_EQ(times[13], epoch + 3s + 9ms);
  });
}

TEST_F(EngineFaults, WhatNoEventToldIsFoundByTheNextList) {
  options_.list_again = 60ms;
  start_engine();
  engine_.add(id_of(1), "web", "running");
  engine_.add(id_of(2), "old", "exited");
  engine_.add(id_of(3), "same", "exited");
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected() && sink_.containers[id_of(1)].log_driver == "json-file"; });
    engine_.set_state(id_of(1), "exited");
    engine_.remove(id_of(2));
    engine_.add(id_of(4), "new", "running");
    co_await until([&] {
      return state_of(1) == ContainerState::exited && !shows(2) && shows(4) && state_of(4) == ContainerState::running;
    });
    EXPECT_EQ(sink_.removed, std::vector<ContainerId>{id_of(2)});
    EXPECT_EQ(sink_.lists.size(), 1U) << "only what differs is told";
    // Nothing happens any more: further lists tell nothing.
    co_await until([&] { return sink_.containers[id_of(4)].log_driver == "json-file"; });
    const std::size_t changes = sink_.changes;
    const int lists = engine_.requests["/containers/json"];
    co_await until([&] { return engine_.requests["/containers/json"] >= lists + 3; });
    EXPECT_EQ(sink_.changes, changes);
    EXPECT_EQ(engine_.inspections[id_of(3).str()], 0);
  });
}

TEST_F(EngineFaults, AListThatAnEventHasOvertakenChangesNothing) {
  options_.list_again = 100ms;
  start_engine();
  engine_.add(id_of(1), "web", "running");
  engine_.add(id_of(2), "gone", "running");
  const std::string old_list = R"([{"Id":")" + id_of(1).str() +
                               R"(","Names":["/web"],"Image":"bb","State":"running","Status":"x"},{"Id":")" +
                               id_of(2).str() + R"(","Names":["/gone"],"Image":"bb","State":"running","Status":"x"}])";
  int asked = 0;
  bool go_on = false;
  with_source([&, this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected() && sink_.containers[id_of(1)].log_driver == "json-file"; });
    // From here on the engine takes its time for a list, and what it says at last is what was so when it was asked.
    engine_.list = [&](net::ResponseWriter& writer) -> Task<> {
      const int turn = ++asked;
      while (!go_on || turn > 1) co_await sleep_for(1ms);
      auto sent = co_await writer.send(200, {}, old_list);
      (void)sent;
    };
    co_await until([&] { return asked > 0; });
    engine_.set_state(id_of(1), "exited");
    engine_.event("die", id_of(1), epoch + 5s, R"("name":"web","exitCode":"0")");
    engine_.remove(id_of(2));
    engine_.event("destroy", id_of(2), epoch + 6s, R"("name":"gone")");
    engine_.add(id_of(3), "young", "running");
    engine_.event("start", id_of(3), epoch + 7s, R"("name":"young")");
    co_await until([&] { return state_of(1) == ContainerState::exited && !shows(2) && shows(3); });
    go_on = true;
    co_await until([&] { return asked > 1; });  // the first has been taken
    EXPECT_EQ(state_of(1), ContainerState::exited);
    EXPECT_FALSE(shows(2));
    EXPECT_TRUE(shows(3));
  });
}

TEST_F(EngineFaults, AFloodOfEventsOfMadeUpContainersGrowsNothing) {
  start_engine();
  engine_.add(id_of(1), "web", "running");
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    std::string flood;
    constexpr int made_up = 8000;
    for (int i = 0; i < made_up; ++i)
      flood += R"({"Type":"container","Action":"start","Actor":{"ID":")" + id_of(1000 + i).str() + R"("},"timeNano":)" +
               std::to_string(1000 + i) + "}\n";
    engine_.raw_event(flood);
    engine_.event("pause", id_of(1), epoch + 1s, R"("name":"web")");
    std::size_t most_shown = 0;
    std::size_t most_strangers = 0;
    co_await until([&] {
      most_shown = std::max(most_shown, sink_.containers.size());
      QueueLevels levels;
      source.add_queues(levels);
      most_strangers = std::max(most_strangers, levels.all().at("containers_by_event_alone").depth);
      // The event itself: a list that is asked for meanwhile says "running" again.
      return std::ranges::find(sink_.events, "pause", &ContainerEvent::action) != sink_.events.end();
    });
    EXPECT_GT(most_strangers, 0U);
    EXPECT_LE(most_strangers, Inventory::most_strangers);
    EXPECT_LE(most_shown, Inventory::most_strangers + 1);
    EXPECT_GT(source.refusals().strangers, 0U);
    // The engine is asked about them, says that it knows none of them, and they are gone.
    co_await until([&] { return sink_.containers.size() == 1; });
  });
}

TEST_F(EngineFaults, AnInspectionIsAskedForOnceUntilAnEventSaysThatSomethingChanged) {
  start_engine();
  engine_.add(id_of(1), "web", "exited");
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    for (int i = 0; i < 10; ++i) {
      auto container = co_await source.inspect(id_of(1));
      EXPECT_TRUE(container && container->state == ContainerState::exited);
    }
    EXPECT_EQ(engine_.inspections[id_of(1).str()], 1);
    engine_.set_state(id_of(1), "running");
    engine_.event("start", id_of(1), epoch + 1s, R"("name":"web")");
    co_await until([&] { return state_of(1) == ContainerState::running; });
    auto container = co_await source.inspect(id_of(1));
    EXPECT_TRUE(container && container->state == ContainerState::running);
    EXPECT_GE(engine_.inspections[id_of(1).str()], 2);
  });
}

/// What an engine may put in the place of a list, and what is shown of it then.
struct HostileList {
  const char* name;
  std::function<std::string(int)> piece;  // the n-th; empty: the end
  std::size_t shown;                      // containers, where it is taken
  std::string refusal;                    // part of the host's detail, where it is not
};

class HostileLists : public EngineFaults, public testing::WithParamInterface<HostileList> {
 protected:
  HostileLists() { options_.pulse = {}; }  // the engine, on this same thread, is busy
};

std::string entry(const std::string& id, const std::string& more = "") {
  return R"({"Id":")" + id + R"(","Names":["/n"],"State":"exited","Status":"x")" + more + "}";
}

TEST_P(HostileLists, AreReadWithoutHoldingThemAndSayWhatIsRefused) {
  start_engine();
  std::size_t sent = 0;
  engine_.list = [&](net::ResponseWriter& writer) -> Task<> {
    auto going = co_await writer.start(200, {});
    for (int i = 0; going; ++i) {
      const std::string piece = GetParam().piece(i);
      if (piece.empty()) break;
      sent += piece.size();
      going = co_await writer.write(piece);
    }
    auto finished = co_await writer.finish();
    (void)finished;
  };
  with_source([&, this](DockerSource& source) -> Task<> {
    if (GetParam().refusal.empty()) {
      co_await until([&] { return sink_.connected(); });
      EXPECT_EQ(sink_.containers.size(), GetParam().shown);
      const Refusals& refused = source.refusals();
      EXPECT_GT(refused.entries + refused.duplicates + refused.labels, 0U);
      for (const auto& [id, container] : sink_.containers) {
        EXPECT_LE(container.labels.size(), 256U);
        EXPECT_LE(container.name.size(), 256U);
      }
    } else {
      co_await until([&] { return !sink_.hosts.empty() && sink_.hosts.back().state == HostState::unreachable; });
      EXPECT_NE(sink_.hosts.back().detail.find(GetParam().refusal), std::string::npos) << sink_.hosts.back().detail;
      EXPECT_LE(sent, ListReader::most_bytes + (8U << 20)) << "the rest is not even read";
    }
  });
}
INSTANTIATE_TEST_SUITE_P(
    Answers, HostileLists,
    testing::Values(
        HostileList{"DuplicateIds",
                    [](int i) {
                      const std::string one = entry(id_of(i % 10).str());
                      return i == 0 ? "[" + one : i < 1000 ? "," + one : i == 1000 ? "]" : "";
                    },
                    10, ""},
        HostileList{"IdsThatArePaths",
                    [](int i) -> std::string {
                      if (i > 0) return "";
                      return "[" + entry("../../etc") + "," + entry("a/b") + "," + entry("a\\r\\nX: y") + "," +
                             entry("%2e%2e") + "," + entry(std::string(129, 'a')) + "," + entry(id_of(1).str()) + "]";
                    },
                    1, ""},
        HostileList{"AMillionLabels",
                    [](int i) -> std::string {
                      if (i == 0)
                        return "[" + entry(id_of(1).str()) + R"(,{"Id":")" + id_of(2).str() + R"(","Labels":{)";
                      if (i == 1001) return R"("z":"z"}}])";
                      if (i > 1001) return "";
                      std::string labels;
                      for (int n = 0; n < 1000; ++n) labels += R"("l)" + std::to_string(i * 1000 + n) + R"(":"v",)";
                      return labels;
                    },
                    1, ""},
        HostileList{"TenThousandLabels",
                    [](int i) -> std::string {
                      if (i > 0) return "";
                      std::string labels;
                      for (int n = 0; n < 10'000; ++n) labels += R"("l)" + std::to_string(n) + R"(":"v",)";
                      return "[" + entry(id_of(1).str(), R"(,"Labels":{)" + labels + R"("z":"z"})") + "]";
                    },
                    1, ""},
        HostileList{"NestedGarbage",
                    [](int i) -> std::string {
                      if (i > 0) return "";
                      return "[" +
                             entry(id_of(1).str(), R"(,"X":)" + std::string(150, '[') + "x" + std::string(150, ']')) +
                             "," + entry(id_of(2).str()) + "]";
                    },
                    1, ""},
        HostileList{"NestingWithoutAnEnd", [](int i) { return i == 0 ? "[" : std::string(1 << 20, '['); }, 0,
                    "nested more than 200 deep"},
        HostileList{"OneStringWithoutAnEnd", [](int i) { return i == 0 ? "[{\"Id\":\"" : std::string(1 << 20, 'a'); },
                    0, "more than 128 MiB"},
        HostileList{"ContainersWithoutAnEnd",
                    [](int i) {
                      static const std::string labels = R"(,"Labels":{"l":")" + std::string(30'000, 'x') + "\"}";
                      return (i == 0 ? "[" : ",") + entry(id_of(i).str(), labels);
                    },
                    0, "more than 64 MiB of their names and labels"}),
    [](const auto& test) { return test.param.name; });

TEST_F(EngineFaults, AnInspectionThatIsNoneIsRefusedAndTheContainerStays) {
  start_engine();
  engine_.add(id_of(1), "huge", "exited").more = R"(,"X":")" + std::string(5 << 20, 'x') + "\"";
  engine_.add(id_of(2), "deep", "exited").more = R"(,"X":)" + std::string(5000, '[') + std::string(5000, ']');
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    auto huge = co_await source.inspect(id_of(1));
    EXPECT_EQ(huge.error().code, ErrorCode::too_large) << huge.error().detail;
    auto deep = co_await source.inspect(id_of(2));
    EXPECT_EQ(deep.error().code, ErrorCode::protocol);
    EXPECT_EQ(sink_.containers.size(), 2U);
  });
}

TEST_F(EngineFaults, AnIdOfTheEngineThatIsNoNameIsNotTaken) {
  engine_.engine_id = "../../x?y";
  start_engine();
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    EXPECT_TRUE(sink_.hosts.back().id.str().starts_with("unix-")) << sink_.hosts.back().id.str();
  });
}

TEST(OwnPath, IsBelowTheEnginesFolderInAFolderOfTheContainersNameAndLeadsNowhereElse) {
  const TemporaryFolder temporary;
  const std::filesystem::path root = std::filesystem::canonical(temporary.path());
  const std::string data = (root / "data").string();
  const ContainerId id = id_of(1);
  const std::filesystem::path folder = root / "data/containers" / id.str();
  std::filesystem::create_directories(folder);
  std::filesystem::create_directories(root / "elsewhere" / id.str());
  for (const auto& file : {folder / "good", root / "elsewhere" / id.str() / "x", root / "data/other"})
    std::ofstream(file) << "x";
  std::filesystem::create_symlink(folder / "good", folder / "within");
  std::filesystem::create_symlink("/etc/passwd", folder / "out");
  std::filesystem::create_symlink(root / "data", root / "link");
  std::filesystem::create_symlink(root / "elsewhere" / id.str(), root / "data" / "sideways");
  std::filesystem::create_directory(folder / "folder");
  const auto check = [&](const std::string& path) -> std::string {
    const auto checked = check_own_path("", data, path, id);
    return checked ? "taken" : std::string(to_string(checked.error().code));
  };
  EXPECT_EQ(check(folder / "good"), "taken");
  EXPECT_EQ(check(folder / "within"), "taken");
  EXPECT_EQ(check(root / "link/containers" / id.str() / "good"), "taken");
  EXPECT_EQ(check(folder / "missing"), "not_found");
  for (const std::string& refused :
       {std::string("/etc/passwd"), std::string(), std::string("relative/") + id.str() + "/x",
        (folder / "../../other").string(), (folder / "out").string(), (root / "data/other").string(),
        (root / "elsewhere" / id.str() / "x").string(), (root / "data/sideways/x").string(),
        (folder / "folder").string(), (folder / "go\nod").string(), "/proc/self/root" + (folder / "out").string()})
    EXPECT_EQ(check(refused), "permission_denied") << refused;
  // The message says which path and why.
  const auto refused = check_own_path("", data, folder / "out", id);
  EXPECT_NE(refused.error().detail.find("/etc/passwd"), std::string::npos) << refused.error().detail;
  for (const char* bad : {"", "/", "data", "/..", "/x/../etc"})
    EXPECT_EQ(check_own_path("", bad, folder / "good", id).error().code, ErrorCode::permission_denied) << bad;
  EXPECT_FALSE(check_own_path("", data, folder / "good", ContainerId("containers")).has_value());
  EXPECT_TRUE(check_own_path(root.string(), "/data", "/data/containers/" + id.str() + "/good", id).has_value());
}

TEST_F(EngineFaults, ALogPathThatIsNotTheContainersOwnIsReadThroughTheEngine) {
  start_engine();
  const auto folder = directory_ / "containers" / id_of(1).str();
  std::filesystem::create_directories(folder);
  std::filesystem::create_symlink("/etc/passwd", folder / (id_of(1).str() + "-json.log"));
  FakeEngine::Entry& container = engine_.add(id_of(1), "web", "exited");
  container.log_path = folder / (id_of(1).str() + "-json.log");
  container.log.push_back({epoch, text::StdStream::out, "by the engine"});
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    auto reader = co_await source.open_log(id_of(1), {});
    EXPECT_TRUE(reader.has_value());
    auto lines = co_await read(**reader);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch, text::StdStream::out, "by the engine"}}));
    EXPECT_EQ(source.refusals().paths, 1U);
  });
}

TEST_F(EngineFaults, AnEngineReachedByTcpMakesUsOpenNoFileHere) {
  const net::HttpServer& server = serve(
      [this](const net::HttpRequest& request, net::ResponseWriter& writer) { return engine_.answer(request, writer); });
  options_.endpoint = server.listener().address();
  // All of it exists here, as on a machine of the same kind.
  const auto folder = directory_ / "containers" / id_of(1).str();
  std::filesystem::create_directories(folder);
  logfile::JsonLogWriter writer(folder / (id_of(1).str() + "-json.log"), 1, false);
  writer.line(epoch, text::StdStream::out, "by a file of this machine");
  options_.host_root = (directory_ / "host").string();
  const auto cgroup = directory_ / "host/sys/fs/cgroup/docker" / id_of(1).str();
  std::filesystem::create_directories(cgroup);
  std::filesystem::create_directories(directory_ / "host/proc/42");
  std::ofstream(directory_ / "host/proc/42/cgroup") << "0::/docker/" << id_of(1).str() << "\n";
  std::ofstream(directory_ / "host/sys/fs/cgroup/cgroup.controllers") << "cpu\n";
  std::ofstream(cgroup / "cpu.stat") << "usage_usec 77\n";
  FakeEngine::Entry& container = engine_.add(id_of(1), "web", "running");
  container.log_path = folder / (id_of(1).str() + "-json.log");
  container.pid = 42;
  container.log.push_back({epoch, text::StdStream::out, "by the engine"});
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected() && sink_.containers[id_of(1)].log_driver == "json-file"; });
    LogQuery query;
    query.follow = true;
    auto reader = co_await source.open_log(id_of(1), query);
    EXPECT_TRUE(reader.has_value());
    auto lines = co_await read(**reader);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch, text::StdStream::out, "by the engine"}}));
    std::vector<std::pair<ContainerId, StatCounters>> stats;
    while (stats.empty()) {
      stats = co_await source.read_stats({id_of(1)});
      co_await sleep_for(1ms);
    }
    EXPECT_EQ(stats.front().second.cpu_ns, 500U) << "the engine's figure, not the 77,000 of the file";
    EXPECT_EQ(stats.front().second.time, time_.now());
  });
}

}  // namespace
}  // namespace taffrail::docker
