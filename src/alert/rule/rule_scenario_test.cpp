#include "alert/rule/rule_scenario.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "alert/rule/command.hpp"
#include "base/temporary_folder.hpp"

namespace taffrail::alert {
namespace {

Result<> check_nothing(std::string_view) { return {}; }

/// What `taffrail rules test` prints of one file, without its folder.
std::string tested(const std::string& yaml, int status) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "f.yaml") << yaml;
  std::ostringstream out;
  std::ostringstream err;
  const std::vector<std::string> args{"test", folder.path()};
  EXPECT_EQ(run_rules_command(args, check_nothing, out, err), status) << out.str() << err.str();
  std::string text = out.str();
  const std::string prefix = folder.path().string() + "/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

const std::string rules = R"(rules:
  - name: many 5xx
    containers: project == "shop"
    log: (fields?.status ?? 0) >= 500
    count: {over: 20, in: 5m}
    by: ["fields?.tenant"]
    message: "{{ container.name }}: {{ log.text }}"
  - {name: silent, log: 'true', absent: 10m}
  - {name: errors, log: level == "error", cooldown: 5m}
  - {name: stuck, log: text contains "full", resolve: text contains "drained"}
  - {name: busy, metric: cpu > 80, for: 1m, cooldown: 10m}
  - {name: leak, metric: memoryUsage > 1000, window: {rate: 1m}}
  - {name: disk, metric: 'any(mounts, .usedPercent >= 85)'}
  - {name: loop, event: name == "die" and attributes.exitCode != "0", count: {over: 2, in: 5m}}
  - {name: at work, log: 'true', schedule: {days: [mon], from: "08:00", to: "18:00"}}
tests:
)";

TEST(Scenarios, TellWhatTheRulesOfAFileWould) {
  EXPECT_EQ(tested(rules + R"(
  - name: tells after twenty of one tenant
    rule: many 5xx
    container: {name: api-1, project: shop}
    inputs:
      - {at: 10s, line: '{"status":500,"tenant":"a"}', times: 21, every: 1s}
      - {at: 15s, line: '{"status":500,"tenant":"b"}', times: 20}
      - {at: 16s, line: 'status=500 tenant=c', times: 30}
    until: 10m
    alerts:
      - {at: 30s, state: firing, count: 21, group: [a], message: 'api-1: {"status":500,"tenant":"a"}'}
      - {at: 310s, state: resolved}
  - name: other containers are none of its business
    rule: many 5xx
    container: {project: blog}
    inputs: [{at: 0s, line: '{"status":500}', times: 100}]
  - rule: silent
    inputs: [{at: 1m, line: hello}, {at: 30m, line: again}, {at: 31m, stops: true}]
    until: 2h
    alerts: [{at: 11m}, {at: 30m, state: resolved}]
  - rule: errors
    inputs: [{at: 0s, line: 'ERROR a'}, {at: 1m, line: b, level: error}, {at: 2m, line: 'INFO c'}]
    until: 1h
    alerts: [{at: 0s, count: 1}, {at: 5m, state: repeated, count: 1}]
  - rule: stuck
    inputs: [{at: 1s, line: full}, {at: 1h, line: drained}]
    alerts: [{at: 1s}, {at: 1h, state: resolved}]
  - rule: busy
    inputs: [{at: 0s, sample: {cpu: 95}, times: 61, every: 1s}, {at: 61s, sample: {cpu: 5}}]
    alerts: [{at: 1m}, {at: 61s, state: resolved}]
  - rule: leak
    inputs:
      - {at: 0s, sample: {memoryUsage: 1000000}}
      - {at: 10s, sample: {memoryUsage: 1005000}}
      - {at: 20s, sample: {memoryUsage: 1025000}}
    alerts: [{at: 20s}]
  - rule: disk
    inputs: [{at: 5s, sample: {mounts: [{destination: /data, usedPercent: 91}]}}]
    alerts: [{at: 5s}]
  - rule: loop
    inputs:
      - {at: 1s, event: die, attributes: {exitCode: "1"}, times: 3, every: 10s}
      - {at: 2s, event: die, attributes: {exitCode: "0"}, times: 3}
    alerts: [{at: 21s, count: 3}]
  - rule: at work
    start: 2026-01-05T07:00:00Z
    inputs: [{at: 59m, line: early}, {at: 1h, line: morning}]
    alerts: [{at: 1h}]
)",
                   0),
            "");
}

TEST(Scenarios, ShowWhatIsToldInsteadOfWhatShouldBe) {
  const std::string said = tested(rules + R"(
  - name: late
    rule: errors
    inputs: [{at: 3s, line: 'ERROR a'}]
    alerts: [{at: 4s, count: 2}]
  - name: none
    rule: errors
    inputs: [{at: 3s, line: 'INFO a'}]
    alerts: [{at: 3s}]
  - name: some
    rule: errors
    inputs: [{at: 3s, line: 'ERROR a'}]
  - name: lost
    rule: error
)",
                                  1);
  EXPECT_TRUE(
      said.contains("f.yaml:21: test 'late': alert 1 should be firing at 4s, count 2, but is firing at 3s, count 1"))
      << said;
  EXPECT_TRUE(said.contains("f.yaml:25: test 'none': alert 1 should be firing at 3s, but is none")) << said;
  EXPECT_TRUE(said.contains("f.yaml:26: test 'some': alert 1 should be none, but is firing at 3s")) << said;
  EXPECT_TRUE(said.contains("f.yaml:29: test 'lost': there is no rule 'error'")) << said;
}

TEST(Scenarios, AreRefusedWithTheirLine) {
  const std::pair<std::string, std::string> cases[] = {
      {"- text", "f.yaml:17: must be a map with name, rule,"},
      {"- {rule: errors, mood: 1}", "f.yaml:17: 'mood' is not known here"},
      {"- {name: x}", "f.yaml:17: a test needs 'rule'"},
      {"- {rule: errors, start: noon}", "f.yaml:17: 'start' must be a time"},
      {"- {rule: errors, inputs: 5}", "f.yaml:17: 'inputs' must be a list"},
      {"- {rule: errors, inputs: [{line: x}]}", "f.yaml:17: 'at' must be a length of time"},
      {"- {rule: errors, inputs: [{at: 1s}]}", "an input is one of 'line', 'sample', 'event' and 'stops'"},
      {"- {rule: errors, inputs: [{at: 1s, line: x, event: y}]}", "an input is one of"},
      {"- {rule: errors, inputs: [{at: 1s, line: x, times: 100001}]}", "'times' must be a whole number up to 100000"},
      {"- {rule: errors, inputs: [{at: 1s, line: x, times: 99999}, {at: 1s, line: x, times: 9}]}",
       "more than 100000 inputs"},
      {"- {rule: busy, inputs: [{at: 1s, sample: {heat: 3}}]}", "'heat' is not known here"},
      {"- {rule: busy, inputs: [{at: 1s, sample: {cpu: warm}}]}", "'cpu' must be a number"},
      {"- {rule: busy, inputs: [{at: 9999d, sample: {cpu: 1}}]}", "'at' must be a length of time"},
      {"- {rule: busy, alerts: [{at: 1s, state: ended}]}", "'state' must be firing, repeated or resolved"},
      {"- {rule: busy, container: {colour: red}}", "'colour' is not known here"},
  };
  for (const auto& [test, said] : cases) {
    const std::string is = tested(fmt::format("{}  {}\n", rules, test), 1);
    EXPECT_TRUE(is.contains(said)) << test << "\n  " << is;
  }
}

}  // namespace
}  // namespace taffrail::alert
