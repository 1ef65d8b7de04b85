#include "expr/condition.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "expr/event_variables.hpp"
#include "expr/log_variables.hpp"
#include "expr/metric_variables.hpp"
#include "expr/program.hpp"

namespace taffrail::expr {
namespace {

Condition condition(std::string_view source, const Environment& environment) {
  auto compiled = Condition::compile(source, environment);
  EXPECT_TRUE(compiled) << source << ": " << (compiled ? "" : compiled.error().detail);
  return *compiled;
}

std::string error_of(std::string_view source, const Environment& environment) {
  const auto compiled = Condition::compile(source, environment);
  return compiled ? "" : compiled.error().detail;
}

struct LineCase {
  std::string_view source;
  bool text;  // what it says of the text line below
  bool json;  // and of the JSON line
};

TEST(LogConditions, SeeTextAndFieldsOfALine) {
  const std::map<std::string, std::string> labels = {{"env", "prod"}};
  const StringMapSource label_source(labels);
  ContainerFields container;
  container.name = "shop-api-1";
  container.service = "api";
  container.labels = &label_source;
  LogVariables text;
  text.set({.text = "GET /health 500 timeout", .level = "error", .stream = "stderr", .container = &container});
  LogVariables json;
  json.set(
      {.text =
           R"({"status": 503, "path": "/a\u00e9", "user": {"id": 7}, "tags": ["x", "y"], "ok": true, "status": 502})",
       .level = "warn",
       .stream = "stdout",
       .kind = LineKind::json,
       .container = &container});
  for (const LineCase& c : {
           LineCase{"text contains \"timeout\"", true, false},
           LineCase{"level >= \"warn\"", true, true},
           LineCase{"level > \"warn\"", true, false},
           LineCase{"level == \"warn\"", false, true},
           LineCase{"type == \"complex\" and message.status >= 500", false, true},
           LineCase{"kind == \"json\" and message.status == 502", false, true},
           LineCase{"fields?.user?.id == 7", false, true},
           LineCase{"fields?.path == \"/aé\"", false, true},
           LineCase{"\"y\" in (fields?.tags ?? [])", false, true},
           LineCase{"any(fields?.tags ?? [], # == \"x\")", false, true},
           LineCase{"fields?.missing?.deeper == nil", true, true},
           LineCase{"container.service == \"api\" and container.labels[\"env\"] == \"prod\"", true, true},
           LineCase{"container.labels.none == \"\"", true, true},
           LineCase{"::type(message) == \"string\" and stream in [\"stderr\"]", true, false},
           LineCase{"type(message) == \"map\"", false, true},
           LineCase{"text matches \"(?i)TIME(out|d)\"", true, false},
       }) {
    const Condition asked = condition(c.source, Environment::log());
    EXPECT_EQ(asked.matches(text), c.text) << c.source;
    EXPECT_EQ(asked.matches(json), c.json) << c.source;
  }
}

TEST(LogConditions, ReportWhatALineCannotAnswer) {
  LogVariables line;
  line.set({.text = "plain", .level = "info"});
  const auto answer = condition("message.status >= 500", Environment::log()).matches(line);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail, "invalid operation: int(string) (1:9)");
  bool failed = false;
  EXPECT_FALSE(condition("message.status >= 500", Environment::log()).test(line, failed));
  EXPECT_TRUE(failed);
}

TEST(LogConditions, AnswerOverAnEmptyLineInAFreshContext) {
  const auto program = Program::compile("not (lower(text) contains \"x\")", Environment::log());
  LogVariables line;
  line.set({.text = "", .level = "info"});
  Context context;
  const Value value = (*program)->run(line, context);
  EXPECT_TRUE(value.is(Kind::boolean) && value.as_bool());
}

TEST(LogConditions, FindKeysHoweverTheyAreWritten) {
  const Condition asked =
      condition(R"(fields["a:b"] == 1 and fields["q\" "] == "x\\" and fields?.last == nil)", Environment::log());
  for (const std::string_view text :
       {R"({"a:b":1,"q\" ":"x\\"})", "{ \"a:b\" \t:\n 1 , \"q\\\" \"  :  \"x\\\\\" , \"last\" : null } ",
        R"({"last":2,"\u0061:b":2,"\u0061:b":1,"q\" ":"x\u005c","last":null})"}) {
    LogVariables line;
    line.set({.text = text, .level = "info", .kind = LineKind::json});
    EXPECT_EQ(asked.matches(line), true) << text;
  }
}

TEST(LogConditions, TakeMalformedJsonForText) {
  for (const std::string_view broken :
       {"{\"a\": ", "{\"a\": tru}", "[1, 2]", "{}garbage", "\xff\xfe", "", "{\"a\":1e999}", "{\"a\"b:1}", "{\"a\" 1}",
        "{\"a\"}", "{\"a\"::1}", "{:1}", "{a:1}"}) {
    LogVariables line;
    line.set({.text = broken, .level = "info", .kind = LineKind::json});
    const auto answer = condition("fields?.a == nil", Environment::log()).matches(line);
    EXPECT_TRUE(answer && *answer) << broken;
  }
}

TEST(Conditions, MustBeTrueOrFalse) {
  EXPECT_EQ(error_of("cpu", Environment::metric()), "a condition must be true or false, but this is float (1:1)");
  EXPECT_EQ(error_of("\"abc\"", Environment::log()), "a condition must be true or false, but this is string (1:1)");
  EXPECT_EQ(error_of("cpu in 90..100", Environment::metric()),
            "a range holds whole numbers only, and this number has a fraction: compare with >= and <= (1:5)");
}

TEST(Conditions, SuggestTheNameThatWasMeant) {
  EXPECT_EQ(error_of("mesage contains \"x\"", Environment::log()), "unknown name mesage, did you mean message? (1:1)");
  EXPECT_EQ(error_of("service == \"x\"", Environment::log()),
            "unknown name service, did you mean container.service? (1:1)");
  EXPECT_EQ(error_of("status >= 500", Environment::log()),
            "unknown name status; a field of a structured line is message.status (1:1)");
  EXPECT_EQ(error_of("level >= \"wran\"", Environment::log()),
            "\"wran\" is not a level, did you mean \"warn\"? (1:10)");
  EXPECT_EQ(error_of("container.nam == \"x\"", Environment::log()),
            "unknown name container.nam, did you mean container.name? (1:11)");
}

TEST(ContainerConditions, KnowTheReferencesNames) {
  ContainerFields fields;
  fields.name = "db";
  fields.state = "exited";
  fields.host = "node-1";
  fields.exit_code = 137;
  const ContainerVariables variables(fields);
  for (const std::string_view source :
       {"name == \"db\" && state == \"exited\"", "hostName == host", "exitCode == 137", "labels[\"x\"] == \"\"",
        "not running", "created == nil", "health not in [\"unhealthy\"]", "$env.name == name"}) {
    EXPECT_EQ(condition(source, Environment::container()).matches(variables), true) << source;
  }
}

TEST(MetricConditions, SeeMounts) {
  const MetricFields::Mount mounts[] = {{.destination = "/data", .total_bytes = 100, .used_percent = 91.5}};
  MetricFields fields;
  fields.cpu_percent = 91.5;
  fields.memory_percent = 0.5;
  fields.mounts = mounts;
  const MetricVariables variables(fields);
  EXPECT_EQ(condition("any(mounts, .usedPercent >= 85 and .destination == \"/data\")", Environment::metric())
                .matches(variables),
            true);
  EXPECT_EQ(condition("cpu > 90 and memory < 1", Environment::metric()).matches(variables), true);
}

TEST(MetricConditions, SeeEveryMeasureAndNilForWhatIsNotMeasured) {
  MetricFields fields;
  for (std::size_t i = 0; i < measure_count; ++i) fields.measures[i] = static_cast<double>(i + 1);
  const MetricVariables full(fields);
  EXPECT_EQ(
      condition("[cpuCores, cpuThrottled, memoryLimit, swap, pids, netRx, netTx, blockRead, blockWrite, oomKills, "
                "cpuPressure, memoryPressure, ioPressure, restartsPerHour] == map(1..14, float(#))",
                Environment::metric())
          .matches(full),
      true);
  const MetricFields nothing;
  const MetricVariables empty(nothing);
  for (const Declaration& d : Environment::metric().declarations()) {
    if (d.type->kind != TypeKind::floating) continue;
    EXPECT_EQ(condition(d.name + " == nil and (" + d.name + " ?? 7.0) == 7", Environment::metric()).matches(empty),
              true)
        << d.name;
    EXPECT_EQ(condition(d.name + " > 0 or true", Environment::metric()).judge(empty), Verdict::failed) << d.name;
    EXPECT_FALSE(Condition::compile(d.name, Environment::metric())) << d.name;
  }
}

TEST(EventConditions, SeeAttributes) {
  const std::map<std::string, std::string> attributes = {{"exitCode", "137"}};
  const StringMapSource source(attributes);
  EventFields fields;
  fields.name = "die";
  fields.attributes = &source;
  const EventVariables variables(fields);
  EXPECT_EQ(condition("name == \"die\" and int(attributes.exitCode) > 128", Environment::event()).matches(variables),
            true);
  EXPECT_EQ(
      condition("\"exitCode\" in attributes and attributes.signal == \"\"", Environment::event()).matches(variables),
      true);
  EXPECT_EQ(condition("timestamp.Year() == 1970", Environment::event()).matches(variables), true);
}

TEST(Environments, HaveExamplesThatCompile) {
  for (const Environment* environment :
       {&Environment::container(), &Environment::log(), &Environment::metric(), &Environment::event()}) {
    std::size_t examples = 0;
    for (const Declaration& d : environment->declarations()) {
      if (d.example.empty()) continue;
      ++examples;
      EXPECT_EQ(error_of(d.example, *environment), "") << d.example;
    }
    EXPECT_GE(examples, 3U);
  }
}

}  // namespace
}  // namespace taffrail::expr
