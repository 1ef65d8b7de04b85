#include "alert/rule/rule.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/time_format.hpp"
#include "expr/event_variables.hpp"
#include "expr/log_variables.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

RuleSpec read(const std::string& json) {
  auto spec = rule_of_json(json);
  EXPECT_TRUE(spec) << json << ": " << (spec ? "" : spec.error().detail);
  return spec.value_or(RuleSpec{});
}

RulePtr compiled(const std::string& json) {
  auto rule = Rule::compile(7, 3, read(json));
  EXPECT_TRUE(rule) << json << ": " << (rule ? "" : rule.error().detail);
  return rule.value_or(nullptr);
}

std::string refusal(const std::string& json) {
  auto spec = rule_of_json(json);
  if (!spec) {
    EXPECT_EQ(spec.error().code, ErrorCode::invalid_argument);
    return spec.error().detail;
  }
  auto rule = Rule::compile(1, 1, std::move(*spec));
  return rule ? "none" : rule.error().detail;
}

/// A rule with this besides its name and a condition over lines.
std::string log_rule(const std::string& rest) {
  return std::string(R"({"name":"n","log":"true")") + (rest.empty() ? "" : ",") + rest + "}";
}
std::string metric_rule(const std::string& rest) {
  return std::string(R"({"name":"n","metric":"cpu > 1")") + (rest.empty() ? "" : ",") + rest + "}";
}

const std::string full_rule = R"({
  "name": "api 5xx", "enabled": false, "severity": "critical", "labels": {"team": "shop", "tier": "1"},
  "runbook": "https://wiki.example/5xx", "message": "{{ container.name }}: {{ detail }}",
  "containers": "name contains \"api\"", "log": "(fields?.status ?? 0) >= 500",
  "spike": {"factor": 2.5, "in": "90s", "min": 20}, "by": ["container.service", "fields?.tenant"],
  "cooldown": "0s", "resolve": "fields?.status == 200",
  "schedule": {"days": ["mon", "tue"], "from": "08:30", "to": "18:00", "zone": "Europe/Paris"},
  "destinations": [1, 2], "escalate": {"after": "15m", "destinations": [3]}})";

TEST(RuleJson, IsReadWithAllItsKeys) {
  const RuleSpec spec = read(full_rule);
  EXPECT_EQ(spec.name, "api 5xx");
  EXPECT_FALSE(spec.enabled);
  EXPECT_EQ(spec.severity, Severity::critical);
  EXPECT_EQ(spec.labels.at("tier"), "1");
  EXPECT_EQ(spec.type, RuleType::log);
  EXPECT_EQ(spec.spike, (RuleSpec::Spike{.factor = 2.5, .in = 90s, .min = 20}));
  EXPECT_EQ(spec.by.size(), 2U);
  EXPECT_EQ(spec.cooldown, Duration(0));
  EXPECT_EQ(spec.resolve_when, "fields?.status == 200");
  EXPECT_EQ(spec.schedule, (RuleSpec::Schedule{.days = 3, .from = 30600, .to = 64800, .zone = "Europe/Paris"}));
  EXPECT_EQ(spec.destinations, (std::vector<DestinationId>{1, 2}));
  ASSERT_TRUE(spec.escalate);
  EXPECT_EQ(spec.escalate->after, 15min);
  EXPECT_TRUE(Rule::compile(1, 1, spec));
}

TEST(RuleJson, SaysTheSameWhenItIsWrittenAndReadAgain) {
  for (const std::string& json : {
           full_rule,
           log_rule(""),
           log_rule(R"("cooldown":"0s")"),
           log_rule(R"("count":{"over":0,"in":"30d"},"resolve":"10m")"),
           log_rule(R"("absent":"10m")"),
           log_rule(R"("absent":{"for":"90m","always":true},"containers":"")"),
           log_rule(R"("spike":{"factor":1000000,"in":"1s"})"),
           log_rule(R"("labels":{"a b\"\n":"x\u0000\u00fc"},"severity":"info")"),
           log_rule(R"("schedule":{"from":"22:00","to":"06:00"})"),
           log_rule(R"("schedule":{"days":["sun"]})"),
           metric_rule(R"("for":"1m30s","share":0.8333333333333334,"window":{"avg":"5m"})"),
           metric_rule(R"("window":{"max":"1.5s"},"cooldown":"1ms")"),
           metric_rule(R"("window":{"rate":"1h"})"),
           std::string(R"({"name":"e","event":"name == \"die\"","count":{"over":3,"in":"5m"}})"),
       }) {
    const RuleSpec spec = read(json);
    EXPECT_EQ(read(to_json(spec)), spec) << json << "\n" << to_json(spec);
    EXPECT_EQ(to_json(read(to_json(spec))), to_json(spec));
  }
}

TEST(RuleJson, WritesOnlyWhatDiffersFromTheDefaults) {
  EXPECT_EQ(to_json(read(log_rule(""))), R"({"name":"n","enabled":true,"severity":"warning","log":"true"})");
}

// Scenario 19: a cooldown of nothing is not the default.
TEST(RuleJson, KeepsACooldownOfNothing) {
  const RuleSpec spec = read(metric_rule(R"("cooldown":"0s")"));
  EXPECT_EQ(read(to_json(spec)).cooldown, Duration(0));
  EXPECT_EQ(compiled(metric_rule(R"("cooldown":"0s")"))->cooldown(), 0s);
  EXPECT_EQ(compiled(metric_rule(""))->cooldown(), 5min);
  EXPECT_EQ(compiled(log_rule(""))->cooldown(), 0s);
}

TEST(RuleJson, TakesNullForAbsent) {
  EXPECT_EQ(read(log_rule(R"("cooldown":null,"metric":null,"count":null,"by":null,"enabled":null)")),
            read(log_rule("")));
}

TEST(RuleJson, RefusesWrongTypesOfEveryKey) {
  const std::pair<std::string, std::string> keys[] = {
      {"name", "text"},    {"enabled", "bool"},    {"severity", "text"},     {"labels", "object"},
      {"runbook", "text"}, {"message", "text"},    {"containers", "text"},   {"log", "text"},
      {"count", "object"}, {"absent", "text"},     {"spike", "object"},      {"for", "text"},
      {"share", "number"}, {"window", "object"},   {"by", "list"},           {"cooldown", "text"},
      {"resolve", "text"}, {"schedule", "object"}, {"destinations", "list"}, {"escalate", "object"},
      {"metric", "text"},  {"event", "text"},
  };
  const std::pair<std::string, std::string> values[] = {
      {"text", R"("x")"}, {"number", "0.5"},  {"bool", "true"}, {"list", "[[]]"}, {"object", R"({"x":1})"},
      {"other", "-1"},    {"other", "1e999"}, {"list", "[{}]"}, {"list", "[-1]"},
  };
  for (const auto& [key, wanted] : keys) {
    for (const auto& [type, value] : values) {
      const bool condition = key == "log" || key == "metric" || key == "event";
      // What has the right type may still be right.
      if (type == wanted && (wanted == "text" || wanted == "bool" || wanted == "number")) continue;
      const std::string json = fmt::format(R"({{{}"{}":{}}})",
                                           key == "name" ? R"("log":"true",)"
                                           : condition   ? R"("name":"n",)"
                                                         : R"("name":"n","log":"true",)",
                                           key, value);
      const std::string said = refusal(json);
      EXPECT_TRUE(said.starts_with("'" + key) || value == "1e999") << json << ": " << said;
      EXPECT_NE(said, "none") << json;
    }
  }
}

TEST(RuleJson, RefusesWhatIsOutOfBoundsAndSaysWhatMayStandThere) {
  const auto many = [](std::size_t count, auto&& item) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + item(i);
    return list;
  };
  const auto text = [](std::size_t size) { return '"' + std::string(size, 'x') + '"'; };
  const std::string days30 = "from 1s to 30d";
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "a rule must be a JSON object"},
      {"{", "a rule must be one JSON object ("},
      {"{} {}", "a rule must be one JSON object ("},
      {"", "a rule must be one JSON object ("},
      {"{\"name\":\"\xff\",\"log\":\"true\"}", "a rule must be one JSON object ("},
      {std::string(2000, '[') + std::string(2000, ']'), "a rule must be one JSON object ("},
      {R"({"log":"true"})", "'name' is missing"},
      {R"({"name":" \t","log":"true"})", "'name' is missing"},
      {R"({"name":"a\nb","log":"true"})", "'name' must be one line"},
      {R"({"log":"true","name":)" + text(201) + "}", "'name' is longer than 200 bytes"},
      {R"({"name":"n"})", "a rule needs a condition: one of 'log', 'metric' and 'event'"},
      {log_rule(R"("event":"true")"), "'event' does not go with 'log': a rule has one condition"},
      {log_rule(R"("metric":"cpu > 1")"), "'metric' does not go with 'log'"},
      {log_rule(R"("colour":1)"), "'colour' is not known here; there are name, enabled,"},
      {log_rule(R"("coldown":"1m")"), "'coldown' is not known here, did you mean cooldown?"},
      {log_rule(R"("name":"m")"), "'name' is given twice"},
      {log_rule(R"("count":{"over":1,"over":2,"in":"5m"})"), "'count.over' is given twice"},
      {log_rule(R"("count":{"over":1,"inn":"5m"})"), "'count.inn' is not known here, did you mean in?"},
      {log_rule(R"("severity":"high")"), "'severity' must be info, warning or critical"},
      {log_rule(R"("count":{"in":"5m"})"), "'count.over' is missing"},
      {log_rule(R"("count":{"over":1000000001,"in":"5m"})"),
       "'count.over' must be a whole number from 0 to 1000000000"},
      {log_rule(R"("count":{"over":-1,"in":"5m"})"), "'count.over' must be a whole number"},
      {log_rule(R"("count":{"over":1.5,"in":"5m"})"), "'count.over' must be a whole number"},
      {log_rule(R"("count":{"over":"1","in":"5m"})"), "'count.over' must be a whole number"},
      {log_rule(R"("count":{"over":1,"in":"999ms"})"), "'count.in' must be a length of time " + days30},
      {log_rule(R"("count":{"over":1,"in":"31d"})"), "'count.in' must be a length of time " + days30},
      {log_rule(R"("count":{"over":1,"in":300})"), "'count.in' must be a length of time " + days30},
      {log_rule(R"("absent":"0s")"), "'absent' must be a length of time " + days30},
      {log_rule(R"("absent":{"always":true})"), "'absent.for' is missing"},
      {log_rule(R"("absent":{"for":"1m","always":1})"), "'absent.always' must be true or false"},
      {log_rule(R"("spike":{"factor":0.5,"in":"5m"})"), "'spike.factor' must be a number from 1 to 1000000"},
      {log_rule(R"("spike":{"factor":2,"in":"7h"})"), "'spike.in' must be a length of time from 1s to 6h"},
      {log_rule(R"("spike":{"factor":2,"in":"1h","min":-1})"), "'spike.min' must be a whole number"},
      {log_rule(R"("cooldown":"-1s")"), "'cooldown' must be a length of time from 0s to 30d"},
      {log_rule(R"("cooldown":"1y")"), "'cooldown' must be a length of time from 0s to 30d"},
      {log_rule(R"("resolve":"0.5s")"), "'resolve' must be a length of time " + days30},
      {log_rule(R"("resolve":" ")"), "'resolve' must be an expression, or a length of time"},
      {log_rule(R"("by":[)" + many(9, [](std::size_t i) { return fmt::format("\"{}\"", i); }) + "]"),
       "'by' must be a list of at most 8"},
      {log_rule(R"("by":["level","level"])"), "'by[1]' is given twice"},
      {log_rule(R"("destinations":[)" + many(51, [](std::size_t i) { return std::to_string(i + 1); }) + "]"),
       "'destinations' must be a list of at most 50"},
      {log_rule(R"("destinations":[1,1])"), "'destinations[1]' is given twice"},
      {log_rule(R"("destinations":[0])"), "'destinations[0]' must be a destination's number"},
      {log_rule(R"("destinations":["ops"])"), "'destinations[0]' must be a destination's number"},
      {log_rule(R"("escalate":{"after":"1m","destinations":[]})"), "'escalate.destinations' must name a destination"},
      {log_rule(R"("escalate":{"destinations":[1]})"), "'escalate.after' is missing"},
      {log_rule(R"("labels":{)" + many(65, [](std::size_t i) { return fmt::format("\"{}\":\"\"", i); }) + "}"),
       "'labels' are more than 64"},
      {log_rule(R"("labels":{"a":1})"), "'labels.a' must be a text (in quotes)"},
      {log_rule(R"("labels":{"a":"1","a":"2"})"), "'labels.a' is given twice"},
      {log_rule(R"("labels":{"":"1"})"), "'labels' have a name that is empty"},
      {log_rule(R"("runbook":"javascript:alert`1`")"), "'runbook' must be an address that begins with https://"},
      {log_rule(R"("runbook":"https://a\r\nX: y")"), "'runbook' must be an address"},
      {log_rule("\"message\":" + text(65537)), "'message' is longer than 65536 bytes"},
      {log_rule("\"containers\":" + text(65537)), "'containers' is longer than 65536 bytes"},
      {log_rule(R"("schedule":{"days":[]})"), "'schedule.days' must name a day"},
      {log_rule(R"("schedule":{"days":["monday"]})"), "'schedule.days[0]' must be one of mon, tue,"},
      {log_rule(R"("schedule":{"days":["mon","mon"]})"), "'schedule.days[1]' is given twice"},
      {log_rule(R"("schedule":{"from":"8:00"})"), "'schedule.from' must be a time of day"},
      {log_rule(R"("schedule":{"from":"08:60"})"), "'schedule.from' must be a time of day"},
      {log_rule(R"("schedule":{"to":"24:01"})"), "'schedule.to' must be a time of day"},
      {log_rule(R"("schedule":{"from":"08:00","to":"08:00"})"), "'schedule' begins and ends at the same time"},
      {log_rule(R"("schedule":{"from":"24:00"})"), "'schedule' begins and ends at the same time"},
      {log_rule(R"("schedule":{"zone":"Mars/Base"})"), "'schedule.zone' is no time zone"},
      {log_rule(R"("schedule":{"zone":"../../etc/passwd"})"), "'schedule.zone' is no time zone"},
      {metric_rule(R"("share":0.5)"), "'share' needs 'for'"},
      {metric_rule(R"("for":"1m","share":0)"), "'share' must be a number from 0.01 to 1"},
      {metric_rule(R"("for":"1m","share":1.01)"), "'share' must be a number from 0.01 to 1"},
      {metric_rule(R"("window":{})"), "'window' must have one of avg, max and rate"},
      {metric_rule(R"("window":{"avg":"1m","max":"1m"})"), "'window' must have one of avg, max and rate, not several"},
      {metric_rule(R"("window":{"median":"1m"})"), "'window.median' is not known here"},
  };
  for (const auto& [json, begin] : cases)
    EXPECT_TRUE(refusal(json).starts_with(begin)) << json.substr(0, 200) << "\n  " << refusal(json) << "\n  " << begin;
}

TEST(RuleJson, KnowsWhichModifiersGoTogether) {
  const std::string count = R"("count":{"over":1,"in":"5m"})";
  const std::string spike = R"("spike":{"factor":2,"in":"5m"})";
  const std::string absent = R"("absent":"5m")";
  const std::string hold = R"("for":"5m")";
  const std::string window = R"("window":{"avg":"5m"})";
  const auto with = [](const char* type, std::initializer_list<std::string> parts) {
    std::string json = fmt::format(R"({{"name":"n","{}":"true")", type);
    for (const std::string& part : parts) json += "," + part;
    return refusal(json + "}");
  };
  for (const std::string& part : {count, spike, absent}) EXPECT_EQ(with("log", {part}), "none") << part;
  for (const std::string& part : {count, spike}) EXPECT_EQ(with("event", {part}), "none") << part;
  for (const std::string& part : {hold, window}) EXPECT_EQ(with("metric", {part}), "none") << part;
  EXPECT_EQ(with("metric", {hold, window}), "none");
  EXPECT_TRUE(with("metric", {count}).starts_with("'count' goes with 'log' and 'event'"));
  EXPECT_TRUE(with("metric", {spike}).starts_with("'spike' goes with 'log' and 'event'"));
  EXPECT_TRUE(with("metric", {absent}).starts_with("'absent' goes with 'log', not with 'metric'"));
  EXPECT_TRUE(with("event", {absent}).starts_with("'absent' goes with 'log', not with 'event'"));
  EXPECT_TRUE(with("log", {hold}).starts_with("'for' goes with 'metric', not with 'log'"));
  EXPECT_TRUE(with("event", {window}).starts_with("'window' goes with 'metric', not with 'event'"));
  EXPECT_TRUE(with("log", {absent, count}).starts_with("'count' does not go with 'absent'"));
  EXPECT_TRUE(with("log", {spike, absent}).starts_with("'spike' does not go with 'absent'"));
  EXPECT_TRUE(with("log", {spike, count}).starts_with("'spike' does not go with 'count'"));
}

TEST(RuleJson, LetsFilesNameDestinations) {
  const auto spec = read_rule(log_rule(R"("destinations":["ops",4],"escalate":{"after":"1m","destinations":["boss"]})"),
                              RuleOrigin::file);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->destinations, std::vector<DestinationId>{4});
  EXPECT_EQ(spec->destination_names, std::vector<std::string>{"ops"});
  EXPECT_EQ(spec->escalate->destination_names, std::vector<std::string>{"boss"});
  EXPECT_EQ(read_rule(to_json(*spec), RuleOrigin::file), spec);
  const auto twice = read_rule(log_rule(R"("destinations":["ops","ops"])"), RuleOrigin::file);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().key, "destinations[1]");
}

// Scenario 16: a condition that is neither true nor false is refused. Scenario 18: nothing is not everything.
TEST(Rules, AreRefusedWhenAnExpressionIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"name":"n","metric":"cpu"})", "'metric' does not compile: "},
      {R"({"name":"n","metric":"cpu in 90..100"})", "'metric' does not compile: "},
      {R"({"name":"n","log":"\"abc\""})", "'log' does not compile: "},
      {R"({"name":"n","log":"mesage == 1"})",
       "'log' does not compile: unknown name mesage, did you mean message? (1:1)"},
      {R"({"name":"n","log":"level == \"error\" and\n  mesage contains \"x\""})",
       "'log' does not compile: unknown name mesage, did you mean message? (2:3)"},
      {log_rule(R"("containers":"")"), "'containers' is empty; write true for all containers"},
      {log_rule(R"("containers":" \n")"), "'containers' is empty; write true for all containers"},
      {R"({"name":"n","log":""})", "'log' is empty; write true for every line"},
      {R"({"name":"n","event":" "})", "'event' is empty; write true for every event"},
      {log_rule(R"("containers":"level == \"error\"")"), "'containers' does not compile: unknown name level"},
      {log_rule(R"("resolve":"10")"), "'resolve' does not compile: "},
      {log_rule(R"("resolve":"cpu < 1")"), "'resolve' does not compile: unknown name cpu"},
      {log_rule(R"("by":["container.nam"])"), "'by[0]' does not compile: "},
      {log_rule(R"("by":["level",""])"), "'by[1]' does not compile: "},
      {log_rule(R"("message":"{{ detail")"), "'message' does not compile: "},
      {log_rule(R"("message":"{{ nothing }}")"), "'message' does not compile: unknown name nothing"},
  };
  for (const auto& [json, begin] : cases)
    EXPECT_TRUE(refusal(json).starts_with(begin)) << json << "\n  " << refusal(json);
}

TEST(Rules, KnowTheirPartsAndWhoTheyAre) {
  const RulePtr rule = compiled(full_rule);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->id(), 7);
  EXPECT_EQ(rule->version(), 3);
  EXPECT_EQ(rule->containers().source(), "name contains \"api\"");
  EXPECT_EQ(rule->condition().source(), "(fields?.status ?? 0) >= 500");
  ASSERT_TRUE(rule->resolve_when());
  ASSERT_TRUE(rule->message());
  const RulePtr bare = compiled(log_rule(R"("resolve":"10m")"));
  EXPECT_EQ(bare->resolve_when(), nullptr);
  EXPECT_EQ(bare->message(), nullptr);
  EXPECT_EQ(bare->spec().resolve_after, 10min);
}

TEST(Rules, GroupByWhatTheirExpressionsGive) {
  expr::ContainerFields container;
  container.id = "0123456789ab";
  container.host_id = "h1";
  container.service = "api";
  expr::LogVariables line;
  const std::string text = R"({"tenant":7,"cut":")" + std::string(255, 'x') + "\u00fc\"}";
  line.set({.text = text, .level = "error", .kind = expr::LineKind::json, .container = &container});
  EXPECT_EQ(compiled(log_rule(""))->group_of(line), std::vector<std::string>{"h1/0123456789ab"});
  const RulePtr rule = compiled(log_rule(
      R"("by":["container.service","fields?.tenant","fields?.none","1 + fields?.none","level == \"error\"","fields?.cut"])"));
  EXPECT_EQ(rule->group_of(line), (std::vector<std::string>{"api", "7", "", "", "true", std::string(255, 'x')}));
  const expr::EventFields none{.name = "disk"};
  EXPECT_EQ(compiled(R"({"name":"n","event":"true"})")->group_of(expr::EventVariables(none)),
            std::vector<std::string>{"/"});
}

TEST(Rules, AreOnDutyByTheirSchedule) {
  const auto at = [](const char* text) { return *parse_rfc3339(text); };
  const auto duty = [](const std::string& schedule) { return compiled(log_rule("\"schedule\":" + schedule)); };
  EXPECT_TRUE(compiled(log_rule(""))->is_on_duty(Time(0s)));
  // 2026-11-26 is a Thursday; Paris is one hour ahead, in summer two.
  const RulePtr office = duty(R"({"days":["thu","fri"],"from":"08:00","to":"18:00","zone":"Europe/Paris"})");
  EXPECT_FALSE(office->is_on_duty(at("2026-11-26T06:59:59Z")));
  EXPECT_TRUE(office->is_on_duty(at("2026-11-26T07:00:00Z")));
  EXPECT_TRUE(office->is_on_duty(at("2026-11-26T16:59:59Z")));
  EXPECT_FALSE(office->is_on_duty(at("2026-11-26T17:00:00Z")));
  EXPECT_FALSE(office->is_on_duty(at("2026-11-25T12:00:00Z")));
  EXPECT_TRUE(office->is_on_duty(at("2026-07-02T06:00:00Z")));
  EXPECT_FALSE(office->is_on_duty(at("2026-07-02T05:59:59Z")));
  const RulePtr night = duty(R"({"days":["thu"],"from":"22:00","to":"06:00"})");
  EXPECT_FALSE(night->is_on_duty(at("2026-11-26T05:00:00Z")));  // belongs to Wednesday's night
  EXPECT_TRUE(night->is_on_duty(at("2026-11-26T22:00:00Z")));
  EXPECT_TRUE(night->is_on_duty(at("2026-11-27T05:59:59Z")));
  EXPECT_FALSE(night->is_on_duty(at("2026-11-27T06:00:00Z")));
  const RulePtr sundays = duty(R"({"days":["sun"]})");
  EXPECT_TRUE(sundays->is_on_duty(at("1969-12-28T23:59:59Z")));
  EXPECT_FALSE(sundays->is_on_duty(at("1969-12-29T00:00:00Z")));
}

}  // namespace
}  // namespace taffrail::alert
