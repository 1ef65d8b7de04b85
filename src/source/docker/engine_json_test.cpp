#include "source/docker/engine_json.hpp"

#include <gtest/gtest.h>

#include <set>

#include "source/docker/discovery.hpp"
#include "source/docker/engine_client.hpp"
#include "source/docker/list_reader.hpp"
#include "source/docker/log_options.hpp"

namespace taffrail::docker {
namespace {

const HostId host("h");
const std::string id(64, 'a');

Result<Inspection> inspection_of(std::string_view json, const HostId& on) {
  Refusals refusals;
  return parse_inspection(json, on, refusals);
}
Result<std::optional<ContainerEvent>> event_of(std::string_view json, const HostId& on) {
  Refusals refusals;
  return parse_event(json, on, refusals);
}

TEST(EngineList, GivesStateHealthAndExitCodeFromWhatTheListAloneSays) {
  struct Case {
    const char* state;
    const char* status;
    ContainerState expected;
    Health health;
    std::optional<int> exit_code;
  };
  const Case cases[] = {
      {"running", "Up 2 hours", ContainerState::running, Health::none, std::nullopt},
      {"running", "Up 2 hours (healthy)", ContainerState::running, Health::healthy, std::nullopt},
      {"running", "Up 3 seconds (health: starting)", ContainerState::running, Health::starting, std::nullopt},
      {"running", "Up 2 hours (unhealthy)", ContainerState::running, Health::unhealthy, std::nullopt},
      {"paused", "Up 2 hours (Paused)", ContainerState::paused, Health::none, std::nullopt},
      {"exited", "Exited (137) 3 weeks ago", ContainerState::exited, Health::none, 137},
      {"exited", "Exited (x) 3 weeks ago", ContainerState::exited, Health::none, std::nullopt},
      {"restarting", "Restarting (1) 5 seconds ago", ContainerState::restarting, Health::none, 1},
      {"created", "Created", ContainerState::created, Health::none, std::nullopt},
      {"dead", "Dead", ContainerState::dead, Health::none, std::nullopt},
      {"removing", "Removal In Progress", ContainerState::exited, Health::none, std::nullopt},
      {"stopped", "Exited (0) About a minute ago", ContainerState::exited, Health::none, 0},
      {"configured", "", ContainerState::created, Health::none, std::nullopt},
      {"what", "", ContainerState::dead, Health::none, std::nullopt},
  };
  for (const Case& c : cases) {
    const auto list = parse_list(
        R"([{"Id":")" + id + R"(","Names":["/n"],"State":")" + c.state + R"(","Status":")" + c.status + R"("}])", host);
    ASSERT_TRUE(list.has_value() && list->size() == 1) << c.status;
    EXPECT_EQ(list->front().state, c.expected) << c.status;
    EXPECT_EQ(list->front().health, c.health) << c.status;
    EXPECT_EQ(list->front().exit_code, c.exit_code) << c.status;
  }
}

TEST(EngineList, GivesTheContainersOwnNameAndItsPorts) {
  const auto list =
      parse_list(R"([{"Id":")" + id +
                     R"(","Names":["/web/db","/db"],"Image":"pg:16","Command":"postgres -D x","Created":1795252205,
          "Ports":[{"IP":"0.0.0.0","PrivatePort":5432,"PublicPort":5433,"Type":"tcp"},
                   {"IP":"::","PrivatePort":5432,"PublicPort":5433,"Type":"tcp"},{"PrivatePort":9,"Type":"udp"}],
          "Labels":{"a":"b","n":5},"State":"running","Status":"Up"}])",
                 host);
  ASSERT_TRUE(list.has_value() && list->size() == 1);
  const Container& container = list->front();
  EXPECT_EQ(container.id, ContainerId(host, id));
  EXPECT_EQ(container.host, host);
  EXPECT_EQ(container.name, "db");
  EXPECT_EQ(container.image, "pg:16");
  EXPECT_EQ(container.command, "postgres -D x");
  EXPECT_EQ(container.created, Time(std::chrono::seconds(1'795'252'205)));
  EXPECT_EQ(container.ports, (std::vector<std::string>{"0.0.0.0:5433→5432/tcp", "[::]:5433→5432/tcp", "9/udp"}));
  EXPECT_EQ(container.labels, (std::map<std::string, std::string>{{"a", "b"}}));
  EXPECT_FALSE(container.restarts.has_value());
  EXPECT_EQ(container.log_driver, "");
}

TEST(EngineList, LeavesOutWhatHasNoProperIdAndRefusesWhatIsNoList) {
  EXPECT_EQ(parse_list(R"([{"Id":"../../x"},{"Id":""},{},5,null,{"Id":7}])", host)->size(), 0U);
  for (const char* bad : {"", "{}", "null", "[", "garbage", "[{]", "{\"message\":\"no\"}"}) {
    const auto list = parse_list(bad, host);
    ASSERT_FALSE(list.has_value()) << bad;
    EXPECT_EQ(list.error().code, ErrorCode::protocol);
  }
}

TEST(EngineLabels, NameServiceProjectAndGroupInTheirOrder) {
  struct Case {
    std::map<std::string, std::string> labels;
    std::string name, service, project, group;
  };
  const Case cases[] = {
      {{}, "engine-name", "", "", ""},
      {{{"dev.dozzle.name", "d"}, {"dev.dozzle.group", "dg"}}, "d", "", "", "dg"},
      {{{"taffrail.name", "t"}, {"dev.dozzle.name", "d"}, {"taffrail.group", "tg"}, {"dev.dozzle.group", "dg"}},
       "t",
       "",
       "",
       "tg"},
      {{{"com.docker.compose.service", "api"}, {"com.docker.compose.project", "shop"}},
       "engine-name",
       "api",
       "shop",
       ""},
      {{{"com.docker.swarm.service.name", "shop_api"}, {"com.docker.stack.namespace", "shop"}},
       "engine-name",
       "api",
       "shop",
       ""},
      {{{"com.docker.swarm.service.name", "alone"}}, "engine-name", "alone", "", ""},
      {{{"io.podman.compose.project", "pod"}, {"taffrail.name", ""}}, "engine-name", "", "pod", ""},
  };
  for (const Case& c : cases) {
    Container container;
    container.labels = c.labels;
    apply_labels(container, "/engine-name");
    EXPECT_EQ(container.name, c.name);
    EXPECT_EQ(container.service, c.service);
    EXPECT_EQ(container.project, c.project);
    EXPECT_EQ(container.group, c.group);
  }
  Container nameless;
  nameless.id = ContainerId(id);
  apply_labels(nameless, "");
  EXPECT_EQ(nameless.name, id.substr(0, 12));
}

TEST(EngineInspection, TellsWhatTheListDoesNot) {
  const auto inspection = inspection_of(
      R"({"Id":")" + id +
          R"(","Created":"2026-11-21T09:10:05.5Z","Path":"sh","Args":["-c","x"],"Name":"/web","RestartCount":3,
          "LogPath":"/var/lib/docker/x-json.log",
          "State":{"Status":"exited","Running":false,"OOMKilled":true,"Pid":0,"ExitCode":137,
                   "StartedAt":"2026-11-21T09:10:06Z","FinishedAt":"2026-11-21T09:10:07Z","Health":{"Status":"unhealthy"}},
          "HostConfig":{"LogConfig":{"Type":"json-file","Config":{"max-size":"1m","max-file":"5"}},"NanoCpus":1500000000,
                        "Memory":67108864},
          "Config":{"Image":"bb","Tty":true,"Labels":{"com.docker.compose.service":"s"}},
          "NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}],"81/tcp":null}}})",
      host);
  ASSERT_TRUE(inspection.has_value());
  const Container& container = inspection->container;
  EXPECT_EQ(container.id, ContainerId(host, id));
  EXPECT_EQ(container.name, "web");
  EXPECT_EQ(container.command, "sh -c x");
  EXPECT_EQ(container.state, ContainerState::exited);
  EXPECT_EQ(container.exit_code, 137);
  EXPECT_TRUE(container.oom_killed);
  EXPECT_EQ(container.restarts, 3U);
  EXPECT_EQ(container.health, Health::unhealthy);
  EXPECT_EQ(container.started, Time(std::chrono::seconds(1'795'252'206)));
  EXPECT_EQ(container.finished, Time(std::chrono::seconds(1'795'252'207)));
  EXPECT_EQ(container.tty, true);
  EXPECT_EQ(container.log_driver, "json-file");
  EXPECT_EQ(container.cpu_limit, 1.5);
  EXPECT_EQ(container.memory_limit, 67108864U);
  EXPECT_EQ(container.service, "s");
  EXPECT_EQ(container.ports, (std::vector<std::string>{"127.0.0.1:8080→80/tcp", "81/tcp"}));
  EXPECT_EQ(inspection->log_path, "/var/lib/docker/x-json.log");
  EXPECT_EQ(inspection->log_options.at("max-file"), "5");
}

TEST(EngineInspection, TellsTheMountsThatHaveAFolderOnTheHostUpToABound) {
  const auto mounts_of = [](const std::string& mounts) {
    return inspection_of(R"({"Id":"a","Mounts":)" + mounts + "}", host)->mounts;
  };
  const MountPoints mounts = mounts_of(
      R"([{"Type":"bind","Source":"/srv/a","Destination":"/data","Mode":"rw"},{"Type":"tmpfs","Source":"","Destination":"/tmp"},
          {"Type":"volume","Name":"v","Source":"/var/lib/docker/volumes/v/_data","Destination":"/v"},
          {"Type":"npipe","Source":"\\\\.\\pipe","Destination":"/p"},{"Source":"/x"},{"Source":7,"Destination":[]},null,"x"])");
  ASSERT_TRUE(mounts);
  EXPECT_EQ(*mounts, (std::vector<MountPoint>{{"/srv/a", "/data"}, {"/var/lib/docker/volumes/v/_data", "/v"}}));
  for (const char* none : {"[]", "null", "{}", "7", R"([{"Source":"","Destination":"/x"}])"})
    EXPECT_EQ(mounts_of(none), nullptr) << none;
  std::string many = R"([{"Source":"/)" + std::string(10'000, 'x') + R"(","Destination":"/long"})";
  for (int i = 0; i < 1000; ++i) many += R"(,{"Source":"/srv","Destination":"/)" + std::to_string(i) + "\"}";
  Refusals refusals;
  const auto bounded = parse_inspection(R"({"Id":"a","Mounts":)" + many + "]}", host, refusals);
  ASSERT_TRUE(bounded && bounded->mounts);
  EXPECT_EQ(bounded->mounts->size(), 64U);
  EXPECT_EQ(bounded->mounts->front(), (MountPoint{"/srv", "/0"}));
  EXPECT_EQ(refusals.labels, 1001U - 64U);
}

TEST(EngineInspection, HasNoEndOfARunningContainerAndNoTimeBeforeTheFirstStart) {
  const auto running = inspection_of(
      R"({"Id":")" + id + R"(","State":{"Status":"running","Pid":42,"ExitCode":0,"StartedAt":"2026-11-21T09:10:06Z",
          "FinishedAt":"2026-11-21T09:00:00Z"}})",
      host);
  EXPECT_FALSE(running->container.finished.has_value());
  EXPECT_FALSE(running->container.exit_code.has_value());
  EXPECT_EQ(running->pid, 42);
  const auto created = inspection_of(
      R"({"Id":")" + id +
          R"(","State":{"Status":"created","StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"}})",
      host);
  EXPECT_FALSE(created->container.started.has_value());
  EXPECT_FALSE(created->container.exit_code.has_value());
}

TEST(EngineInspection, RefusesWhatIsNone) {
  for (const char* bad : {"", "[]", "{}", "{\"Id\":5}", "{\"Id\":\"a/b\"}", "x"})
    EXPECT_FALSE(inspection_of(bad, host).has_value()) << bad;
  // Members of the wrong type are passed over.
  EXPECT_TRUE(inspection_of(
                  R"({"Id":"a","State":7,"Config":[],"HostConfig":"x","NetworkSettings":{"Ports":[]},"Args":{}})", host)
                  .has_value());
}

TEST(EngineEvent, GivesActionTimeAndAttributes) {
  const auto event = event_of(
      R"({"status":"die","id":")" + id + R"(","from":"bb","Type":"container","Action":"die","Actor":{"ID":")" + id +
          R"(","Attributes":{"exitCode":"3","name":"n"}},"scope":"local","time":1795252205,"timeNano":1795252205000000007})",
      host);
  ASSERT_TRUE(event.has_value() && event->has_value());
  EXPECT_EQ((*event)->action, "die");
  EXPECT_EQ((*event)->container, ContainerId(host, id));
  EXPECT_EQ((*event)->time, Time(std::chrono::nanoseconds(1'795'252'205'000'000'007)));
  EXPECT_EQ((*event)->attributes.at("exitCode"), "3");
}

TEST(EngineEvent, CutsTheArgumentOffAnActionAndKnowsPodmansNames) {
  const auto action = [](const std::string& name) {
    const auto event =
        event_of(R"({"Type":"container","Action":")" + name + R"(","Actor":{"ID":"a"},"timeNano":1})", host);
    return event && *event ? (*event)->action : "refused";
  };
  EXPECT_EQ(action("health_status: unhealthy"), "health_status");
  EXPECT_EQ(action("exec_create: sh -c ls"), "exec_create");
  EXPECT_EQ(action("died"), "die");
  EXPECT_EQ(action("remove"), "destroy");
  const auto health = event_of(R"({"Type":"container","Action":"health_status: unhealthy","Actor":{"ID":"a"}})", host);
  EXPECT_EQ((*health)->attributes.at("health"), "unhealthy");
}

TEST(EngineEvent, OfOtherThingsIsNothingAndGarbageIsAnError) {
  EXPECT_FALSE(event_of(R"({"Type":"network","Action":"connect","Actor":{"ID":"n"}})", host)->has_value());
  for (const char* bad :
       {"", "[]", "x", R"({"Type":"container"})", R"({"Type":"container","Action":"die","Actor":{"ID":"a b"}})"})
    EXPECT_FALSE(event_of(bad, host).has_value()) << bad;
}

TEST(EngineStats, AreCountersWithoutInactiveFileCache) {
  const auto stats = parse_stats(R"({"read":"2026-11-21T09:10:05Z","pids_stats":{"current":3},
    "cpu_stats":{"cpu_usage":{"total_usage":500},"throttling_data":{"throttled_time":7}},
    "memory_stats":{"usage":1000,"limit":5000,"stats":{"inactive_file":1,"total_inactive_file":400,"total_swap":2}},
    "networks":{"eth0":{"rx_bytes":10,"tx_bytes":20},"eth1":{"rx_bytes":1,"tx_bytes":2}},
    "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":5},{"op":"write","value":6},{"op":"Sync","value":9}]}})");
  ASSERT_TRUE(stats.has_value() && stats->has_value());
  EXPECT_EQ((*stats)->cpu_ns, 500U);
  EXPECT_EQ((*stats)->throttled_ns, 7U);
  EXPECT_EQ((*stats)->memory, 600U);
  EXPECT_EQ((*stats)->memory_limit, 5000U);
  EXPECT_EQ((*stats)->swap, 2U);
  EXPECT_EQ((*stats)->net_rx, 11U);
  EXPECT_EQ((*stats)->net_tx, 22U);
  EXPECT_EQ((*stats)->block_read, 5U);
  EXPECT_EQ((*stats)->block_write, 6U);
  EXPECT_FALSE((*stats)->oom_kills.has_value());
  // A container that does not run has all zeros.
  EXPECT_FALSE(
      parse_stats(R"({"read":"0001-01-01T00:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":0}}})")->has_value());
  EXPECT_FALSE(parse_stats("[]").has_value());
}

TEST(EngineVersions, AreAgreedOnAndPodmanIsKnown) {
  EXPECT_EQ(choose_api_version("1.12", "1.41"), "1.41");
  EXPECT_EQ(choose_api_version("", "1.24"), "1.24");
  EXPECT_EQ(choose_api_version("1.44", "1.99"), "1.51");
  EXPECT_EQ(choose_api_version("1.12", "1.23"), "");
  EXPECT_EQ(choose_api_version("1.60", "1.70"), "");
  EXPECT_EQ(choose_api_version("x", "1.41"), "");
  EXPECT_EQ(choose_api_version("", "2.0"), "");
  EXPECT_TRUE(
      parse_version(R"({"Version":"4.3.1","ApiVersion":"1.41","Components":[{"Name":"Podman Engine"}]})")->podman);
  EXPECT_FALSE(parse_version(R"({"Version":"20.10","ApiVersion":"1.41","Components":[{"Name":"Engine"}]})")->podman);
  EXPECT_FALSE(parse_version("no").has_value());
}

TEST(EngineErrors, AreShownInTheEnginesWordsOrAsTheyCame) {
  EXPECT_EQ(parse_error_message(R"({"message":"no such container"})"), "no such container");
  EXPECT_EQ(parse_error_message("<html>\nproxy"), "<html> proxy");
  EXPECT_EQ(parse_error_message(std::string(5000, 'x')).size(), 300U);
}

TEST(LogOptions, AreTakenForAContainersOwnFilesOnly) {
  Container container;
  container.id = ContainerId(id);
  container.log_driver = "json-file";
  const std::string path = "/var/lib/docker/containers/" + id + "/" + id + "-json.log";
  const auto options = file_log_options(container, path, {{"max-size", "1m"}, {"max-file", "5"}}, "/host");
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->path, "/host" + path);
  EXPECT_EQ(options->max_size, 1'000'000U);
  EXPECT_EQ(options->max_files, 5U);
  EXPECT_FALSE(file_log_options(container, "/etc/shadow", {}, "").has_value());
  EXPECT_FALSE(file_log_options(container, "/x/" + id + "/../../etc/shadow", {}, "").has_value());
  EXPECT_FALSE(file_log_options(container, "", {}, "").has_value());
  container.log_driver = "syslog";
  EXPECT_FALSE(file_log_options(container, path, {}, "").has_value());
  EXPECT_EQ(parse_log_size("10m"), 10'000'000U);
  EXPECT_EQ(parse_log_size("1.5 GB"), 1'500'000'000U);
  EXPECT_EQ(parse_log_size("500"), 500U);
  EXPECT_EQ(parse_log_size("-1"), std::nullopt);
  EXPECT_EQ(parse_log_size("5 apples"), std::nullopt);
}

TEST(Discovery, FindsWhatTheDockerClientWouldFind) {
  std::map<std::string, std::string> variables;
  std::set<std::string> sockets;
  const Surroundings surroundings{[&](const char* name) -> std::optional<std::string> {
                                    const auto found = variables.find(name);
                                    return found == variables.end() ? std::nullopt : std::optional(found->second);
                                  },
                                  [&](const std::string& path) { return sockets.contains(path); }};
  EXPECT_TRUE(discover_engines(surroundings)->empty());
  sockets = {"/run/podman/podman.sock", "/run/user/7/podman/podman.sock"};
  variables["XDG_RUNTIME_DIR"] = "/run/user/7";
  EXPECT_EQ(discover_engines(surroundings)->size(), 2U);
  sockets.insert("/var/run/docker.sock");
  EXPECT_EQ(*discover_engines(surroundings),
            (std::vector<EngineAddress>{{"", net::UnixEndpoint{"/var/run/docker.sock"}, ""}}));
  variables["DOCKER_HOST"] = "unix:///gone.sock";
  EXPECT_TRUE(discover_engines(surroundings)->empty()) << "nobody serves it";
  variables["DOCKER_HOST"] = "tcp://box:2376";
  variables["DOCKER_TLS_VERIFY"] = "1";
  variables["DOCKER_CERT_PATH"] = "/certs";
  EXPECT_EQ(*discover_engines(surroundings),
            (std::vector<EngineAddress>{{"", net::TcpEndpoint{"box", 2376, true}, "/certs"}}));
  variables["DOCKER_HOST"] = "box";
  EXPECT_EQ(discover_engines(surroundings).error().code, ErrorCode::invalid_argument);
}

TEST(Discovery, ReadsAnEnginesNameAndAddress) {
  EXPECT_EQ(*parse_engine_address("unix:///s"), (EngineAddress{"", net::UnixEndpoint{"/s"}, ""}));
  EXPECT_EQ(*parse_engine_address("prod=tcp://h:1"), (EngineAddress{"prod", net::TcpEndpoint{"h", 1, false}, ""}));
  EXPECT_EQ(*parse_engine_address("unix:///a=b"), (EngineAddress{"", net::UnixEndpoint{"/a=b"}, ""}));
  EXPECT_FALSE(parse_engine_address("=unix:///s").has_value());
  EXPECT_FALSE(parse_engine_address("").has_value());
}

}  // namespace
}  // namespace taffrail::docker
