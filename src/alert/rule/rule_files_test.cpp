#include "alert/rule/rule_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

#include "base/temporary_folder.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

Result<> check_destination(std::string_view json) {
  if (json.contains("\"type\":\"webhook\"")) return {};
  return fail(ErrorCode::invalid_argument, "'type' is not known here");
}

RuleFile good(const std::string& yaml) {
  auto file = read_rule_file(yaml, "f.yaml", check_destination);
  if (!file)
    for (const FileProblem& problem : file.error()) ADD_FAILURE() << problem.text();
  return file.value_or(RuleFile{});
}

std::string problems(const std::string& yaml) {
  const auto file = read_rule_file(yaml, "f.yaml", check_destination);
  std::string all;
  if (file) return "none";
  for (const FileProblem& problem : file.error()) all += problem.text() + "\n";
  return all;
}

TEST(RuleFiles, HoldOneRuleOrListsInOneOrSeveralDocuments) {
  EXPECT_EQ(good("name: errors\nlog: level == \"error\"\n").rules.size(), 1U);
  EXPECT_EQ(good("").rules.size(), 0U);
  EXPECT_EQ(good("---\n---\n# nothing\n").rules.size(), 0U);
  const RuleFile file = good(R"(# what the shop's people look after
destinations:
  - name: ops
    type: webhook
    url: https://hooks.example/a
rules:
  - name: 5xx
    containers: true
    log: (fields?.status ?? 0) >= 500
    count: {over: 20, in: 5m}
    labels: {tier: 1, public: yes}
    destinations: [ops, 3]
  - name: always
    enabled: false
    event: true
---
name: memory
metric: memory > 90
for: 1m
share: 0.8
---
rules:
)");
  ASSERT_EQ(file.rules.size(), 3U);
  const RuleSpec& first = file.rules[0].spec;
  EXPECT_EQ(first.name, "5xx");
  EXPECT_EQ(first.containers, "true");
  EXPECT_EQ(first.count, (RuleSpec::Count{.over = 20, .in = 5min}));
  EXPECT_EQ(first.labels, (std::map<std::string, std::string>{{"tier", "1"}, {"public", "yes"}}));
  EXPECT_EQ(first.destination_names, std::vector<std::string>{"ops"});
  EXPECT_EQ(first.destinations, std::vector<DestinationId>{3});
  EXPECT_EQ(file.rules[0].line, 7U);
  EXPECT_FALSE(file.rules[1].spec.enabled);
  EXPECT_EQ(file.rules[1].spec.condition, "true");
  EXPECT_EQ(file.rules[2].spec.share, 0.8);
  ASSERT_EQ(file.destinations.size(), 1U);
  EXPECT_EQ(file.destinations[0].json, R"({"name":"ops","type":"webhook","url":"https://hooks.example/a"})");
}

TEST(RuleFiles, NameEveryProblemWithItsLine) {
  const std::pair<std::string, std::string> cases[] = {
      {"name: a\nlog: 'true'\ncoldown: 1m\n",
       "f.yaml:3: 'coldown' is not known here, did you mean cooldown? (rule a)\n"},
      {"name: a\nlog: 'true'\nname: b\n", "f.yaml:3: 'name' is given twice (rule a)\n"},
      {"name: a\nlog: 'true'\ncount:\n  over: 3\n  in: 0s\n",
       "f.yaml:5: 'count.in' must be a length of time from 1s to 30d, such as \"10m\" or \"1h30m\" (rule a)\n"},
      {"name: a\nlog: 'true'\ncount:\n  over: 3\n", "f.yaml:3: 'count.in' is missing (rule a)\n"},
      {"name: a\nlog: 'true'\nenabled: yes\n", "f.yaml:3: 'enabled' must be true or false (rule a)\n"},
      {"name: a\n\nmetric: cpu\n", "f.yaml:3: 'metric' does not compile: "},
      {"name: a\nlog: mesage == 1\n", "unknown name mesage, did you mean message? (1:1) (rule a)\n"},
      {"name: a\nlog: 'true'\nby:\n  - level\n  - levl\n", "f.yaml:5: 'by[1]' does not compile: unknown name levl"},
      {"rules:\n  - name: a\n    log: 'true'\n  - name: a\n    log: 'true'\n",
       "f.yaml:4: there are two rules called 'a'\n"},
      {"rules:\n  - name: a\n    log: 1 +\n  - log: 'true'\n",
       "f.yaml:4: 'name' is missing: what the rule is called\n"},
      {"rules: 5\n", "f.yaml:1: 'rules' must be a list\n"},
      {"rules: [5]\n", "f.yaml:1: a rule must be a JSON object\n"},
      {"rules: []\nrule: []\n", "f.yaml:2: 'rule' is not known here; there are rules, destinations, tests\n"},
      {"just text\n", "f.yaml:1: must be a rule, or have 'rules' or 'destinations'\n"},
      {"destinations:\n  - type: webhook\n", "f.yaml:2: a destination must have a 'name'"},
      {"destinations:\n  - name: a\n    type: pigeon\n", "f.yaml:3: 'type' is not known here (destination a)\n"},
      {"destinations:\n  - {name: a, type: webhook, type: webhook}\n", "f.yaml:2: 'type' is given twice\n"},
      {"destinations:\n  - {name: a, type: webhook}\n  - {name: a, type: webhook}\n",
       "f.yaml:3: there are two destinations called 'a'\n"},
      {"name: [a\n", "f.yaml:"},
      {"\tname: a", "f.yaml:1: "},
      {"name: \xff", "f.yaml:1: is not UTF-8"},
      {"? [a]\n: b\n", "f.yaml:1: a key must be a word"},
      {"name: !!binary aGk=\n", "f.yaml:1: tags other than !!str are not taken"},
      {"a: &a [x]\nb: *a\n", "f.yaml:2: aliases (*name) are not taken; write it out"},
  };
  for (const auto& [yaml, said] : cases) EXPECT_TRUE(problems(yaml).contains(said)) << yaml << "\n  " << problems(yaml);
}

TEST(RuleFiles, AreTakenAsAWholeOrNotAtAll) {
  const std::string yaml = "rules:\n  - {name: a, log: 'true'}\n  - {name: b, log: '1'}\n  - {name: c, log: 'x'}\n";
  EXPECT_TRUE(problems(yaml).contains("f.yaml:3: 'log' does not compile"));
  EXPECT_TRUE(problems(yaml).contains("f.yaml:4: 'log' does not compile"));
}

TEST(RuleFiles, RefuseBombs) {
  std::string laugh = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    laugh += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 9; ++k) laugh += fmt::format("*a{},", i - 1);
    laugh += "]\n";
  }
  EXPECT_TRUE(problems(laugh).contains("aliases"));
  EXPECT_TRUE(problems("a: " + std::string(100'000, '[')).contains("f.yaml:1: "));
  EXPECT_TRUE(problems("a: " + std::string(100'000, '{')).contains("f.yaml:1: "));
  EXPECT_TRUE(problems(std::string(40, '[') + std::string(40, ']')).contains("nested deeper than 32"));
  std::string indented;
  for (std::size_t i = 0; i < 900; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_TRUE(problems(indented).contains("f.yaml:")) << problems(indented);
  EXPECT_TRUE(problems(std::string(600UZ * 1024, '#')).contains("is longer than 512 KiB"));
  std::string many = "rules:\n";
  for (int i = 0; i < 1001; ++i) many += fmt::format("- {{name: r{}, log: 'true'}}\n", i);
  EXPECT_TRUE(problems(many).contains("holds more than 1000 rules"));
  std::string wrong = "rules:\n";
  for (int i = 0; i < 1000; ++i) wrong += "- {log: 'true'}\n";
  EXPECT_EQ(std::ranges::count(problems(wrong), '\n'), 100);
}

TEST(RuleFiles, SayTheSameWhenTheyAreWrittenAndReadAgain) {
  std::vector<RuleSpec> rules;
  for (
      const char* json :
      {R"({"name":"true","log":"true","labels":{"null":"~","1":"2","a: b":"- c #d","e":"\u00fc\u0000\t"},"cooldown":"0s"})",
       R"x({"name":"- x","metric":"cpu > 80 or any(mounts, .usedPercent >= 85)","for":"1m","share":0.85,"window":{"max":"5m"},"resolve":"cpu < 50"})x",
       R"({"name":"007","event":"name == \"die\" and\n  attributes.exitCode != \"0\"","count":{"over":3,"in":"5m"},
            "by":["container.service"],"destinations":["1","ops",7],"message":"{\"text\": \"{{ detail }}\"}\n\n ",
            "escalate":{"after":"15m","destinations":["null"]},
            "schedule":{"days":["mon"],"from":"08:00","to":"18:00","zone":"Europe/Paris"}})"}) {
    const auto spec = read_rule(json, RuleOrigin::file);
    ASSERT_TRUE(spec) << spec.error().to_error().detail;
    rules.push_back(*spec);
  }
  const std::string destination = R"({"name":"1","type":"webhook","headers":{"X":"5"},"concurrency":2,"on":true})";
  const std::string yaml = rules_to_yaml(rules, std::vector{destination});
  const RuleFile file = good(yaml);
  ASSERT_EQ(file.rules.size(), rules.size()) << yaml;
  for (std::size_t i = 0; i < rules.size(); ++i) EXPECT_EQ(file.rules[i].spec, rules[i]) << yaml;
  ASSERT_EQ(file.destinations.size(), 1U);
  EXPECT_EQ(file.destinations[0].json, destination) << yaml;
  EXPECT_EQ(good(rules_to_yaml({}, {})).rules.size(), 0U);
}

TEST(RuleDirectories, KeepGoodFilesBesideBadOnesAndNamesApart) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path() / name) << text;
  };
  write("a.yaml", "name: one\nlog: 'true'\n");
  write("b.yml", "name: two\nlog: nonsense\n");
  write("c.yaml", "rules: [{name: three, log: 'true'}, {name: one, log: 'true'}]\n");
  write("d.yaml", "name: three\nlog: 'true'\n");  // c.yaml was not taken
  write(".hidden.yaml", "nonsense");
  write("notes.txt", "nonsense");
  std::filesystem::create_directory(folder.path() / "e.yaml");
  const auto found = read_rule_directory(folder.path(), check_destination);
  ASSERT_TRUE(found) << found.error().detail;
  ASSERT_EQ(found->files.size(), 2U);
  EXPECT_EQ(found->files[0].rules[0].spec.name, "one");
  EXPECT_EQ(found->files[1].rules[0].spec.name, "three");
  ASSERT_EQ(found->problems.size(), 3U);
  EXPECT_TRUE(found->problems[0].text().contains("b.yml:2: 'log' does not compile"));
  EXPECT_TRUE(found->problems[1].text().contains("c.yaml:1: a rule 'one' is in"));
  EXPECT_TRUE(found->problems[2].text().contains("e.yaml: ")) << found->problems[2].text();
  EXPECT_FALSE(read_rule_directory(folder.path() / "none", check_destination));
}

}  // namespace
}  // namespace taffrail::alert
