#include "alert/rule/command.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "alert/rule/dozzle_import.hpp"
#include "base/temporary_folder.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

struct Ran {
  int status = 0;
  std::string out{};
  std::string err{};
};

Result<> check_nothing(std::string_view) { return {}; }

Ran run_rules(const std::vector<std::string>& args) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_rules_command(args, check_nothing, out, err);
  return {status, out.str(), err.str()};
}

Ran run_import(const std::vector<std::string>& args) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_import_command(args, out, err);
  return {status, out.str(), err.str()};
}

void write(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// As the reference writes it.
const std::string notifications = R"(subscriptions:
    - id: 1
      name: api 5xx
      enabled: true
      dispatcherId: 1
      logExpression: message.status >= 500
      containerExpression: name contains "api"
      cooldown: 300
    - id: 2
      name: broken
      enabled: true
      dispatcherId: 1
      logExpression: level ==
      containerExpression: "true"
    - id: 4
      name: busy
      enabled: false
      dispatcherId: 2
      logExpression: ""
      containerExpression: state == "running"
      metricExpression: cpu > 80 or any(mounts, .usedPercent >= 85)
      cooldown: 4000
      sampleWindow: 60
dispatchers:
    - id: 1
      name: ops
      type: webhook
      url: https://hooks.example/a
      template: '{"text": "{{ .Container.Name }}: {{ .Detail }}"}'
      headers:
        Authorization: Bearer abc
    - id: 2
      name: print
      type: webhook
      url: https://hooks.example/b
      template: '{{ printf "%s" .Detail }}'
)";

// Scenario 10: one bad rule takes no other with it, and the file stays as it is.
TEST(Import, LosesNoRuleBesideABadOneAndChangesNothing) {
  const TemporaryFolder folder;
  write(folder.path() / "notifications.yml", notifications);
  const Ran ran = run_import({"dozzle", folder.path()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(read(folder.path() / "notifications.yml"), notifications);
  EXPECT_TRUE(ran.err.contains("notifications.yml:13: rule 'broken' is a comment now: 'log' does not compile"))
      << ran.err;
  EXPECT_TRUE(
      ran.err.contains("notifications.yml:36: the template of 'print' is left out, the whole notification is sent: "
                       "printf is not supported"))
      << ran.err;
  EXPECT_TRUE(ran.err.contains("2 rules and 2 destinations were translated, 1 rules were not")) << ran.err;
  const auto file = read_rule_file(ran.out, "out.yaml", check_nothing);
  ASSERT_TRUE(file) << file.error().front().text() << ran.out;
  ASSERT_EQ(file->rules.size(), 2U);
  const RuleSpec& log = file->rules[0].spec;
  EXPECT_EQ(log.name, "api 5xx");
  EXPECT_EQ(log.condition, "message.status >= 500");
  EXPECT_EQ(log.containers, "name contains \"api\"");
  EXPECT_EQ(log.cooldown, std::nullopt);  // the reference has none for lines, whatever is written
  EXPECT_EQ(log.destination_names, std::vector<std::string>{"ops"});
  const RuleSpec& metric = file->rules[1].spec;
  EXPECT_FALSE(metric.enabled);
  EXPECT_EQ(metric.hold, 60s);
  EXPECT_EQ(metric.share, 0.8);
  EXPECT_EQ(metric.cooldown, 1h);
  ASSERT_EQ(file->destinations.size(), 2U);
  EXPECT_EQ(
      file->destinations[0].json,
      R"({"name":"ops","type":"webhook","url":"https://hooks.example/a","template":"{\"text\": \"{{ .Container.Name }}: {{ .Detail }}\"}","headers":{"Authorization":"Bearer abc"}})");
  EXPECT_EQ(file->destinations[1].json, R"({"name":"print","type":"webhook","url":"https://hooks.example/b"})");
  EXPECT_TRUE(ran.out.contains("#   - name: broken\n")) << ran.out;
}

TEST(Import, WritesANewFileAndNoneOverAnother) {
  const TemporaryFolder folder;
  write(folder.path() / "notifications.yml", notifications);
  EXPECT_EQ(run_import({"dozzle", folder.path(), "--out", folder.path()}).status, 1);
  const std::string made = read(folder.path() / "dozzle.yaml");
  EXPECT_TRUE(made.contains("api 5xx"));
  const Ran again = run_import({"dozzle", folder.path(), "--out", folder.path()});
  EXPECT_EQ(again.status, 1);
  EXPECT_TRUE(again.err.contains("dozzle.yaml")) << again.err;
  EXPECT_EQ(read(folder.path() / "dozzle.yaml"), made);
  EXPECT_EQ(read(folder.path() / "notifications.yml"), notifications);
}

TEST(Import, NamesWhatHasNoCounterpart) {
  const auto import = import_dozzle(R"(version: 3
subscriptions:
  - {id: 1, name: cloud, enabled: true, dispatcherId: 0, logExpression: 'true', containerExpression: 'true'}
  - {id: 2, name: gone, dispatcherId: 9, logExpression: 'true', containerExpression: 'true', mood: 1}
  - {id: 3, name: both, dispatcherId: 1, logExpression: 'true', containerExpression: 'true', eventExpression: name == "die", cooldown: 10}
  - {id: 4, name: none, dispatcherId: 1, containerExpression: 'true'}
  - {id: 5, name: everything, dispatcherId: 1, logExpression: 'true', containerExpression: ''}
  - {id: 6, name: "", dispatcherId: 1, metricExpression: cpu > 1, containerExpression: 'true', sampleWindow: 1}
  - {id: 7, name: cloud, dispatcherId: x, metricExpression: cpu, containerExpression: 'true', sampleWindow: 900}
  - text
dispatchers:
  - {id: 1, name: a, type: webhook, url: "http://x"}
  - {id: 2, name: a, type: webhook, url: "http://y"}
  - {id: 3, name: c, type: cloud}
)",
                                    "n.yml");
  ASSERT_TRUE(import) << import.error().detail;
  std::string notes;
  for (const FileProblem& note : import->notes) notes += note.text() + "\n";
  EXPECT_EQ(notes, R"(n.yml:1: 'version' is left out: it is not known
n.yml:13: destination 'a' is called 'a (2)' here
n.yml:14: destination 'c' is left out: there is no counterpart of type 'cloud'
n.yml:3: rule 'cloud' has no destination now: it went to Dozzle Cloud
n.yml:4: 'mood' is left out: it is not known
n.yml:4: rule 'gone' has no destination: there is none with the id 9
n.yml:5: rule 'both' is called 'both (log)' here
n.yml:5: rule 'both' is called 'both (event)' here
n.yml:6: rule 'none' is left out: it has no condition
n.yml:7: rule 'everything' is a comment now: 'containers' is empty; write true for all containers
n.yml:8: rule '' is called 'rule 6' here
n.yml:9: 'dispatcherId' is left out: it is no whole number
n.yml:9: rule 'cloud' has no destination now: it went to Dozzle Cloud
n.yml:9: rule 'cloud' is called 'cloud (2)' here
n.yml:9: rule 'cloud (2)' is a comment now: 'metric' does not compile: a condition must be true or false, but this is float (1:1)
n.yml:10: is left out: it is no map
)");
  ASSERT_EQ(import->rules.size(), 5U);
  EXPECT_EQ(import->rules[2].name, "both (log)");
  EXPECT_EQ(import->rules[3].cooldown, 10s);
  EXPECT_EQ(import->rules[4].hold, std::nullopt);
}

TEST(Import, RefusesWhatIsNoSuchFile) {
  for (const char* text : {"", "a: b\n", "[1]", "subscriptions: [", "a: &a x\nsubscriptions: *a\n"})
    EXPECT_FALSE(import_dozzle(text, "n.yml")) << text;
  const TemporaryFolder folder;
  const Ran missing = run_import({"dozzle", folder.path()});
  EXPECT_EQ(missing.status, 1);
  EXPECT_TRUE(missing.err.contains("notifications.yml")) << missing.err;
  for (const std::vector<std::string>& args : {std::vector<std::string>{},
                                               {"dozzle"},
                                               {"grafana", "."},
                                               {"dozzle", ".", "--out"},
                                               {"dozzle", ".", "--to", "x"}})
    EXPECT_EQ(run_import(args).status, 2);
}

TEST(RulesCommand, ChecksADirectory) {
  const TemporaryFolder folder;
  write(folder.path() / "a.yaml", "name: one\nlog: 'true'\n");
  Ran ran = run_rules({"check", folder.path()});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_EQ(ran.err, "1 files are good, with 1 rules and 0 destinations; 0 problems\n");
  write(folder.path() / "b.yaml", "name: two\n\nlog: levl\n");
  ran = run_rules({"check", folder.path()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, (folder.path() / "b.yaml").string() +
                         ":3: 'log' does not compile: unknown name levl, did you mean level? (1:1) (rule two)\n");
  EXPECT_EQ(run_rules({"check", folder.path() / "none"}).status, 1);
  EXPECT_EQ(run_rules({}).status, 2);
  EXPECT_EQ(run_rules({"check"}).status, 2);
  EXPECT_EQ(run_rules({"chek", "."}).status, 2);
}

}  // namespace
}  // namespace taffrail::alert
