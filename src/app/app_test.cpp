#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <prometheus/registry.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "app/data_directory.hpp"
#include "app/reload.hpp"
#include "app/sources.hpp"
#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "pipeline/log_read.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test.
class Files : public testing::Test {
 protected:
  TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

std::string error_of(const Result<Config>& config) { return config ? "" : config.error().detail; }

Result<Config> from_yaml(const std::string& text) {
  auto settings = settings_of_yaml(text, "t.yaml");
  if (!settings) return forward(settings);
  return make_config({*settings});
}

TEST(Config, AFlagBeatsAVariableBeatsTheFile) {
  const auto file = settings_of_yaml("base-path: /file\nlisten: 127.0.0.1:1\nlog-level: warn\n", "t.yaml");
  const auto environment = settings_of_environment(
      {"TAFFRAIL_BASE_PATH=/variable", "TAFFRAIL_LISTEN=127.0.0.1:2", "PATH=/bin", "TAFFRAIL_SECRET_KEY=x"});
  const std::vector<Setting> flags{{.option = "base-path", .values = {"/flag"}, .place = "--base-path"}};
  const auto config = make_config({flags, *environment, *file});
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->base_path, "/flag");
  EXPECT_EQ(config->listen_text, "127.0.0.1:2");
  EXPECT_EQ(config->log_level, LogLevel::warn);
}

TEST(Config, AListOfAStrongerLayerReplacesThatOfAWeakerOne) {
  const auto file = settings_of_yaml("source: [demo, docker]", "t.yaml");
  const auto environment = settings_of_environment({"TAFFRAIL_SOURCE=demo:rate=3,seed=1;docker"});
  EXPECT_EQ(make_config({{}, *environment, *file})->sources,
            (std::vector<std::string>{"demo:rate=3,seed=1", "docker"}));
  EXPECT_EQ(make_config({{}, {}, *file})->sources, (std::vector<std::string>{"demo", "docker"}));
}

TEST(Config, WhatIsWrongIsNamedWithItsPlace) {
  struct Case {
    const char* yaml;
    const char* error;  // how it begins
  };
  const Case cases[] = {
      {"source: [demo]\ncolour: red\n", "t.yaml:2: unknown key 'colour'"},
      {"\n\nlisten: nowhere\n", "t.yaml:3: listen: "},
      {"listen: [a, b]\n", "t.yaml:1: listen: needs exactly one value"},
      {"listen:\n  deep: er\n", "t.yaml:1: listen: needs a value or a list of values"},
      {"listen:\n", "t.yaml:1: listen: needs a value"},
      {"source: [[demo]]\n", "t.yaml:1: source: needs a list of plain values"},
      {"log-level: loud\n", "t.yaml:1: log-level: 'loud' is none of trace, debug, info, warn, error, off"},
      {"log-level: info\nlog-level: warn\n", "t.yaml:2: 'log-level' is given twice"},
      {"base-path: ops\n", "t.yaml:1: base-path: 'ops' does not begin with a slash"},
      {"base-path: '/a b'\n", "t.yaml:1: base-path: '/a b' holds other characters"},
      {"base-path: /a/../b\n", "t.yaml:1: base-path: "},
      {"base-path: /a//b\n", "t.yaml:1: base-path: '/a//b' has an empty segment"},
      {"docker: ftp://x\n", "t.yaml:1: docker: 'ftp://x'"},
      {"source: tealeaves\n", "t.yaml:1: source: 'tealeaves' is no kind of source"},
      {"source: demo:rate=x\n", "t.yaml:1: source: "},
      {"source: dockerx\n", "t.yaml:1: source: 'dockerx' is no kind of source"},
      {"containers: 'nme == 1'\n", "t.yaml:1: containers: 'nme == 1': unknown name nme"},
      {"allowed-origin: ops.example.com\n", "t.yaml:1: allowed-origin: 'ops.example.com' is no origin"},
      {"allowed-origin: https://ops.example.com/\n", "t.yaml:1: allowed-origin: "},
      {"allowed-host: logs.example.com:8080\n", "t.yaml:1: allowed-host: 'logs.example.com:8080' is no name of a host"},
      {"allowed-host: ['*', '']\n", "t.yaml:1: allowed-host: '' is no name"},
      {"host-root: host\n", "t.yaml:1: host-root: 'host' is no absolute path"},
      {"- listen\n", "t.yaml:1: a configuration is a map"},
      {"just words\n", "t.yaml:1: a configuration is a map"},
      {"listen: 'open\n", "t.yaml:"},
      {"a: *b\n", "t.yaml:"},
  };
  for (const Case& c : cases)
    EXPECT_TRUE(error_of(from_yaml(c.yaml)).starts_with(c.error)) << c.yaml << " gave: " << error_of(from_yaml(c.yaml));
}

TEST(Config, AnEmptyFileSaysNothing) {
  for (const char* yaml : {"", "\n", "# nothing\n", "---\n"}) EXPECT_EQ(error_of(from_yaml(yaml)), "") << yaml;
}

TEST(Config, KnowsItsVariablesAndThoseThatKubernetesMakes) {
  EXPECT_EQ(settings_of_environment({"TAFFRAIL_COLOUR=red"}).error().detail, "unknown variable TAFFRAIL_COLOUR");
  EXPECT_TRUE(settings_of_environment(
                  {"TAFFRAIL_SERVICE_HOST=10.0.0.1", "TAFFRAIL_PORT=tcp://10.0.0.1:80", "TAFFRAIL_PORT_80_TCP=x"})
                  ->empty());
  EXPECT_EQ(make_config({*settings_of_environment({"TAFFRAIL_LOG_FORMAT=xml"})}).error().detail,
            "TAFFRAIL_LOG_FORMAT: 'xml' is none of text, json");
}

TEST(Config, ReadsEnginesWithAndWithoutNames) {
  const auto config = from_yaml("docker: ['unix:///var/run/docker.sock', 'nas=tcp://10.0.0.2:2375', 'tcp+tls://h']");
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_EQ(config->engines.size(), 3U);
  EXPECT_EQ(config->engines[0].name, "");
  EXPECT_EQ(config->engines[1].name, "nas");
  EXPECT_EQ(net::to_string(config->engines[1].endpoint), "tcp://10.0.0.2:2375");
}

TEST(Config, TakesASizeOfMemoryAndRefusesOneThatNothingFitsInto) {
  EXPECT_EQ(from_yaml("")->memory, 192UL << 20U);
  EXPECT_EQ(from_yaml("memory: 64MiB")->memory, 64UL << 20U);
  EXPECT_EQ(from_yaml("memory: 1GiB")->memory, 1UL << 30U);
  EXPECT_EQ(error_of(from_yaml("memory: 63MiB")), "t.yaml:1: memory: '63MiB' is too little; at least 64MiB");
  EXPECT_TRUE(error_of(from_yaml("memory: 1G")).starts_with("t.yaml:1: memory: '1G' is no size;"));
}

TEST(Config, FollowsLinksOutOfAFolderOnlyWhenToldTo) {
  EXPECT_FALSE(from_yaml("")->files_follow_links);
  EXPECT_TRUE(from_yaml("files-follow-links: on")->files_follow_links);
  EXPECT_EQ(error_of(from_yaml("files-follow-links: yes")), "t.yaml:1: files-follow-links: 'yes' is none of on, off");
}

TEST(Config, TakesABasePathWithOrWithoutASlashAtItsEnd) {
  EXPECT_EQ(from_yaml("base-path: /")->base_path, "");
  EXPECT_EQ(from_yaml("base-path: /ops/logs/")->base_path, "/ops/logs");
}

TEST_F(Files, AConfigurationThatIsMissingOrFarTooLongIsNamed) {
  EXPECT_TRUE(settings_of_file(folder_ / "none.yaml").error().detail.contains((folder_ / "none.yaml").string()));
  std::ofstream(folder_ / "long.yaml") << std::string(2UZ * 1024 * 1024, '#');
  EXPECT_EQ(settings_of_file(folder_ / "long.yaml").error().code, ErrorCode::too_large);
}

Command parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "taffrail");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Config, AReloadAppliesWhatItCanAndNamesWhatNeedsARestart) {
  const auto running = from_yaml("log-level: info\nlisten: 127.0.0.1:1\ndocker: ['a=tcp://10.0.0.1']\n");
  EXPECT_EQ(describe(compare(*running, *running)), "nothing has changed");
  EXPECT_EQ(describe(compare(*running, *from_yaml("log-level: warn\nlisten: 127.0.0.1:1\ndocker: ['a=tcp://10.0.0.1']\n"
                                                  "containers: 'name == \"x\"'\nallowed-host: [h.example]\n"))),
            "containers, allowed-host, log-level: applied");
  EXPECT_EQ(
      describe(compare(*running, *from_yaml("log-level: info\nlisten: 127.0.0.1:1\ndocker: ['a=tcp://10.0.0.2']\n"))),
      "docker: changed, but only a restart applies it")
      << "as many engines, but others";
  EXPECT_EQ(describe(compare(*running, *from_yaml("log-level: debug\nhost-root: /host\n"))),
            "log-level: applied; listen, docker, host-root: changed, but only a restart applies them");
}

TEST(CommandLine, ReadsTheFlagsOfServeAsTheyAre) {
  const auto command =
      parse({"serve", "--source", "demo", "--source", "docker", "--base-path=/x", "--config", "c.yaml"});
  const auto* serve = std::get_if<ServeCommand>(&command);
  ASSERT_NE(serve, nullptr);
  EXPECT_EQ(serve->config_file, "c.yaml");
  ASSERT_EQ(serve->flags.size(), 2U);
  EXPECT_EQ(serve->flags[0].place, "--base-path");
  EXPECT_EQ(serve->flags[1].values, (std::vector<std::string>{"demo", "docker"}));
}

TEST(CommandLine, SaysWhatIsWrongAndLeavesWithTwo) {
  for (const auto& [arguments, part] : std::vector<std::pair<std::vector<const char*>, const char*>>{
           {{"serve", "--colour", "red"}, "--colour"},
           {{"serve", "--listen", "a", "--listen", "b"}, "--listen"},
           {{"serve", "--listen"}, "--listen"},
           {{"serve", "extra"}, "extra"},
           {{"fly"}, "fly"},
           {{}, "Usage: taffrail"}}) {
    const auto command = parse(arguments);
    const auto* print = std::get_if<PrintCommand>(&command);
    ASSERT_NE(print, nullptr);
    EXPECT_EQ(print->status, 2);
    EXPECT_TRUE(print->text.contains(part)) << print->text;
  }
}

TEST(CommandLine, HelpNamesEveryOption) {
  const auto command = parse({"serve", "--help"});
  const auto* print = std::get_if<PrintCommand>(&command);
  ASSERT_NE(print, nullptr);
  EXPECT_EQ(print->status, 0);
  for (const Option& option : options()) EXPECT_TRUE(print->text.contains("--" + std::string(option.name)));
}

TEST(CommandLine, HandsWhatFollowsExprOnAsItIs) {
  const auto command = parse({"expr", "--batch", "-1"});
  EXPECT_EQ(std::get<ExprCommand>(command).arguments, (std::vector<std::string>{"--batch", "-1"}));
}

TEST(CommandLine, HandsWhatFollowsRulesAndImportOnAsItIs) {
  const auto rules = parse({"rules", "check", "--here"});
  EXPECT_EQ(std::get<RulesCommand>(rules).arguments, (std::vector<std::string>{"check", "--here"}));
  const auto import = parse({"import", "dozzle", ".", "--out", "x"});
  EXPECT_EQ(std::get<ImportCommand>(import).arguments, (std::vector<std::string>{"dozzle", ".", "--out", "x"}));
}

TEST_F(Files, ADataDirectoryIsMadeForItsOwnerAloneAndHeldByOneServer) {
  const fs::path path = folder_ / "a" / "b";
  {
    const auto first = DataDirectory::open(path);
    ASSERT_TRUE(first) << first.error().detail;
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
    const auto second = DataDirectory::open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_TRUE(second.error().detail.contains(path.string()));
    EXPECT_TRUE(second.error().detail.contains(std::to_string(getpid())));
  }
  EXPECT_TRUE(DataDirectory::open(path)) << "the first is gone";
}

TEST_F(Files, AFileSystemThatHangsHoldsUpItsOwnSourceAlone) {
  fs::create_directories(folder_ / "hung");
  fs::create_directories(folder_ / "well");
  std::ofstream(folder_ / "well" / "a.log") << "one\n" << std::string(100'000, 'x') << "\n";  // enough for a worker
  Config config;
  for (const char* name : {"hung", "well"}) config.sources.push_back("files:" + (folder_ / name / "*.log").string());
  asio::io_context context(1);
  WorkerPool workers(1);
  const SystemClock clock;
  prometheus::Registry metrics;
  auto sources = make_sources(config, {}, context.get_executor(), workers, clock);
  ASSERT_TRUE(sources) << sources.error().detail;
  ASSERT_EQ(sources->file_workers.size(), 2U);
  WorkerPool& hung = *sources->file_workers.front();
  Pipeline pipeline(context.get_executor(), workers, clock, std::move(sources->all), {}, metrics,
                    [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; });
  std::atomic<bool> released = false;
  // More than the pool has threads: whatever the source asks of its files waits behind them.
  int hanging = 8;
  const auto hang = [](WorkerPool& pool, std::atomic<bool>& until, int& left) -> Task<> {
    co_await pool.run([&until] { until.wait(false); });
    --left;
  };
  for (int i = 0; i < hanging; ++i) asio::co_spawn(context, hang(hung, released, hanging), asio::detached);
  const auto body = [](Pipeline& all, std::atomic<bool>& until) -> Task<> {
    all.start();
    while (all.registry().containers().empty()) co_await sleep_for(std::chrono::milliseconds(5));
    LogRequest request;
    request.containers.push_back(all.registry().containers().begin()->first);
    auto read = LogRead::open(all, std::move(request));
    auto items = co_await (*read)->next();
    std::size_t lines = 0;
    for (const LogItem& item : *items)
      if (const auto* some = std::get_if<LogLines>(&item)) lines += some->size();
    EXPECT_EQ(lines, 2U);
    EXPECT_EQ(all.registry().containers().size(), 1U) << "the hung source has found nothing";
    until = true;
    until.notify_all();
    co_await all.stop();
  };
  asio::co_spawn(context, body(pipeline, released), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run_for(std::chrono::seconds(180));
  released = true;  // also when the test has failed, so that its threads end
  released.notify_all();
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(hanging, 0);
}

TEST_F(Files, ADataDirectoryThatCannotBeIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  for (const fs::path& path : {folder_ / "file", folder_ / "file" / "below", fs::path("/proc/nothing")}) {
    const auto opened = DataDirectory::open(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_TRUE(opened.error().detail.contains(path.string())) << opened.error().detail;
  }
}

TEST(DataDirectories, LieWhereTheirUserExpectsThem) {
  std::map<std::string, std::string> variables;
  const auto variable = [&](const char* name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
  EXPECT_EQ(default_data_directory(variable, true), "/var/lib/taffrail");
  variables["HOME"] = "/home/me";
  EXPECT_EQ(default_data_directory(variable, true), "/var/lib/taffrail");
  EXPECT_EQ(default_data_directory(variable, false), "/home/me/.local/share/taffrail");
  variables["XDG_DATA_HOME"] = "/data";
  EXPECT_EQ(default_data_directory(variable, true), "/data/taffrail");
}

}  // namespace
}  // namespace taffrail
