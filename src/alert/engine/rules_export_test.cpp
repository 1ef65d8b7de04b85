#include "alert/engine/rules_export.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "alert/destination/destination.hpp"
#include "alert/engine/alert_schema.hpp"
#include "alert/engine/destination_row.hpp"
#include "alert/rule/rule_files.hpp"
#include "base/temporary_folder.hpp"
#include "store/store.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

SecretBox box() { return SecretBox::with_key(std::string(64, '1')).value(); }

Result<> check_destination(std::string_view json) {
  auto destination = destination_of_json(json, box());
  if (!destination) return forward(destination);
  return {};
}

/// Rules of every form, with names and texts that YAML could take for something else.
class RandomRules {
 public:
  explicit RandomRules(std::uint64_t seed) : random_(seed) {}

  RuleSpec rule(int number) {
    RuleSpec spec;
    spec.name = std::to_string(number) + ' ' + text();
    spec.enabled = chance();
    spec.severity = pick<Severity>({Severity::info, Severity::warning, Severity::critical});
    for (std::uint64_t i = below(3); i > 0; --i) spec.labels[text()] = text();
    if (chance()) spec.runbook = "https://example.org/run#" + std::to_string(number);
    if (chance()) spec.message = "{{ detail }}\n" + text() + " 'x': #";
    if (chance()) spec.containers = pick<std::string>({"name == \"a: b\"", "true", "labels[\"x\"] == '#1'", "false"});
    spec.type = pick<RuleType>({RuleType::log, RuleType::metric, RuleType::event});
    if (spec.type == RuleType::metric) {
      spec.condition = pick<std::string>({"cpu > 90", "memory > 1 and cpu < 2.5"});
      if (chance()) {
        spec.hold = length();
        spec.share = pick<double>({1, 0.8, 1.0 / 3});
      }
      if (chance()) spec.window = RuleSpec::MovingWindow{RuleSpec::Aggregate::rate, length()};
    } else {
      const bool log = spec.type == RuleType::log;
      spec.condition = log ? pick<std::string>({"true", "text contains \"# \\\"x\\\": \\n\"",
                                                "level >= \"error\" // why\nand true", "(fields?.status ?? 0) >= 500"})
                           : pick<std::string>({"true", "name == \"die\" and attributes.exitCode != \"0\""});
      switch (below(log ? 4 : 3)) {
        case 0: spec.count = RuleSpec::Count{below(1000), length()}; break;
        case 1: spec.spike = RuleSpec::Spike{1.5, 5min, below(5)}; break;
        case 3:
          spec.absent = length();
          spec.absent_always = chance();
          break;
        default: break;
      }
    }
    if (chance()) spec.by = {"container.name", "container.labels[\"a\"]"};
    if (chance()) spec.cooldown = chance() ? 0s : length();
    if (chance())
      spec.resolve_after = length();
    else if (spec.type != RuleType::metric && chance())
      spec.resolve_when = "false";
    if (chance()) {
      spec.schedule = RuleSpec::Schedule{};
      spec.schedule->days = static_cast<std::uint8_t>(1 + below(127));
      spec.schedule->from = static_cast<std::int32_t>(60 * below(24UZ * 60));
      spec.schedule->to = static_cast<std::int32_t>(60 * below(24UZ * 60));
      if (chance()) spec.schedule->zone = "Europe/Paris";
    }
    if (chance()) spec.destinations = {1, 2};
    if (chance()) spec.escalate = RuleSpec::Escalation{length(), {2}, {}};
    return spec;
  }
  std::string text() {
    return pick<std::string>({"true",
                              "~",
                              "1e3",
                              "0x1F",
                              "a: b",
                              "- a",
                              "#c",
                              "\"q\"",
                              "'q'",
                              " blank ",
                              "a, [b]",
                              "{x}",
                              "sch\xC3\xB6n",
                              "\xF0\x9F\x90\xB3",
                              "&a *b",
                              "!t",
                              "%",
                              "@",
                              "`",
                              "|",
                              ">",
                              "\\n",
                              "null",
                              "2026-11-27",
                              "12:30",
                              "${X}",
                              "=",
                              "<<"});
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance() { return below(2) == 0; }
  Duration length() { return std::chrono::seconds(60 * (1 + below(600))); }
  template <class T>
  T pick(std::vector<T> from) {
    return from[below(from.size())];
  }
  std::mt19937_64 random_;
};

class RulesExports : public testing::Test {
 protected:
  /// Puts rules and destinations into a database as a server does.
  void fill(const std::vector<std::string>& rules, const std::vector<std::string>& destinations) {
    asio::io_context context;
    std::exception_ptr failure;
    const auto body = [&]() -> Task<> {
      store::StoreOptions options;
      options.file.path = data_.path() / "alerts.db";
      options.file.migrations = alert_schema;
      auto store = store::Store::open(context.get_executor(), std::move(options));
      EXPECT_TRUE(store.has_value());
      auto written = co_await (*store)->write([&](store::Transaction& t) -> Result<> {
        Result<> done;
        for (const std::string& json : destinations) {
          const auto destination = destination_of_json(json, box());
          EXPECT_TRUE(destination.has_value()) << destination.error().detail;
          done = t.run("INSERT INTO destination(json, created, changed) VALUES (?1, 0, 0)",
                       std::string_view(row_of(*destination)));
          if (!done) return done;
        }
        for (const std::string& json : rules) {
          done =
              t.run("INSERT INTO rule(version, json, created, changed) VALUES (1, ?1, 0, 0)", std::string_view(json));
          if (!done) return done;
        }
        return done;
      });
      EXPECT_TRUE(written.has_value());
      // Another process may have it open: it is not closed before it is read.
      read();
      co_await (*store)->close();
    };
    asio::co_spawn(context, body, [&](std::exception_ptr error) { failure = error; });
    context.run_for(180s);
    ASSERT_TRUE(context.stopped());
    if (failure) std::rethrow_exception(failure);
  }
  void read() {
    const std::string data = data_.path().string();
    status_ = run_export_command(std::vector<std::string>{"export", data}, out_, err_);
    directory_status_ =
        run_export_command(std::vector<std::string>{"export", data, "--out", out_dir()}, out_, err_dir_);
  }
  std::string out_dir() const { return (data_.path() / "rules").string(); }
  std::map<std::string, RuleSpec> read_back() {
    const auto found = read_rule_directory(out_dir(), check_destination);
    EXPECT_TRUE(found.has_value());
    for (const FileProblem& problem : found->problems) ADD_FAILURE() << problem.text();
    std::map<std::string, RuleSpec> rules;
    for (const RuleFile& file : found->files) {
      for (const FileRule& rule : file.rules) rules.emplace(rule.spec.name, rule.spec);
      destinations_ += file.destinations.size();
    }
    return rules;
  }

  TemporaryFolder data_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::ostringstream err_dir_;
  int status_ = -1;
  int directory_status_ = -1;
  std::size_t destinations_ = 0;
};

const std::vector<std::string> two_destinations{
    R"({"name": "ops", "type": "webhook", "url": "https://example.org/a", "secret": "sesame", "headers": {"X-Key": "opened", "X-Ref": "Bearer ${T}"}})",
    R"({"name": "chat: #1", "type": "slack", "url": "https://hooks.slack.com/services/T/B/opened"})"};

TEST_F(RulesExports, AreReadBackAsTheSameRules) {
  RandomRules random(7);
  std::vector<std::string> rows;
  std::map<std::string, RuleSpec> wanted;
  // More than one file holds.
  for (int i = 0; i < 1500; ++i) {
    RuleSpec spec = random.rule(i);
    ASSERT_TRUE(Rule::check(1, 1, spec).has_value())
        << Rule::check(1, 1, spec).error().to_error().detail << to_json(spec);
    rows.push_back(to_json(spec));
    const auto named = [](std::vector<DestinationId>& ids, std::vector<std::string>& names) {
      for (const DestinationId id : std::exchange(ids, {})) names.emplace_back(id == 1 ? "ops" : "chat: #1");
    };
    named(spec.destinations, spec.destination_names);
    if (spec.escalate) named(spec.escalate->destinations, spec.escalate->destination_names);
    wanted.emplace(spec.name, std::move(spec));
  }
  fill(rows, two_destinations);
  EXPECT_EQ(status_, 1) << "one file would be too long";
  EXPECT_EQ(directory_status_, 0) << err_dir_.str();
  const auto rules = read_back();
  EXPECT_EQ(rules.size(), wanted.size());
  for (const auto& [name, spec] : wanted) {
    const auto at = rules.find(name);
    ASSERT_NE(at, rules.end()) << name;
    EXPECT_EQ(at->second, spec) << to_json(at->second) << '\n' << to_json(spec);
  }
  EXPECT_EQ(destinations_, 2U);
  EXPECT_EQ(
      run_export_command(std::vector<std::string>{"export", data_.path().string(), "--out", out_dir()}, out_, err_), 1)
      << "nothing is written over";
}

TEST_F(RulesExports, HaveVariablesInThePlaceOfSecrets) {
  fill({R"({"name": "a", "log": "true", "destinations": [1, 2, 9]})", R"({"name": "a", "log": "true"})",
        R"({"name": "b", "log": "mesage == 1"})"},
       {two_destinations[0], two_destinations[1], two_destinations[0]});
  EXPECT_EQ(status_, 1);
  const std::string text = out_.str();
  for (const std::string_view hidden : {"sesame", "opened", "sealed:", "***"})
    EXPECT_FALSE(text.contains(hidden)) << text;
  for (const std::string_view shown : {"${SECRET_OPS_SECRET}", "${SECRET_OPS_X_KEY}", "Bearer ${T}",
                                       "${SECRET_CHAT___1_URL}", "ops (2)", "a (2)", "#   - name: b", "mesage"})
    EXPECT_TRUE(text.contains(shown)) << shown << '\n' << text;
  const std::string notes = err_.str();
  for (const std::string_view note :
       {"the secret 'url' of destination 'chat: #1' is not written: give it as the variable SECRET_CHAT___1_URL",
        "rule 1 names destination 9, which there is not any more", "rule 2 is called 'a (2)'",
        "destination 3 is called 'ops (2)'", "rule 3 ('b') does not work",
        "written: 2 rules, 3 destinations; not working: 1 rule\n"})
    EXPECT_TRUE(notes.contains(note)) << note << '\n' << notes;
  const auto rules = read_back();
  EXPECT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules.at("a").destination_names, (std::vector<std::string>{"ops", "chat: #1"}));
}

TEST_F(RulesExports, SayWhatIsWrongWithTheDirectory) {
  read();
  EXPECT_EQ(status_, 1);
  EXPECT_TRUE(err_.str().contains("alerts.db is not there")) << err_.str();
  EXPECT_EQ(run_export_command(std::vector<std::string>{"export"}, out_, err_), 2);
  EXPECT_EQ(run_export_command(std::vector<std::string>{"export", "x", "--in", "y"}, out_, err_), 2);
  std::ofstream(data_.path() / "alerts.db") << std::string(100, 'x');
  EXPECT_EQ(run_export_command(std::vector<std::string>{"export", data_.path().string()}, out_, err_), 1);
  EXPECT_TRUE(out_.str().empty());
}

}  // namespace
}  // namespace taffrail::alert
