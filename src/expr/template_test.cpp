#include "expr/template.hpp"

#include <gtest/gtest.h>

#include <map>
#include <simdjson.h>

#include "expr/notification_variables.hpp"

namespace taffrail::expr {
namespace {

class Templates : public testing::Test {
 protected:
  Templates() {
    container_.name = "shop-api-1";
    container_.image = "shop/api:2";
    container_.host = "node-1";
    container_.labels = &label_source_;
    line_.set({.text = "quote \" and\nline", .level = "error", .stream = "stderr", .time = time_});
    fields_.type = "log";
    fields_.detail = "it \"broke\" \\ badly\n\x01";
    fields_.time = time_;
    fields_.container = &container_;
    fields_.log = &line_;
    fields_.rule_name = "Errors";
  }

  std::string render(std::string_view text) {
    const auto made = Template::compile(text, Environment::notification());
    if (!made)
      return "error " + std::to_string(made.error().line) + ":" + std::to_string(made.error().column) + " " +
             made.error().message;
    const auto rendered = made->render(NotificationVariables(fields_));
    if (!rendered) return "too large";
    if (made->is_json()) {
      simdjson::dom::parser parser;
      EXPECT_EQ(parser.parse(rendered->text).error(), simdjson::SUCCESS) << rendered->text;
    }
    return rendered->text;
  }

  const Time time_{std::chrono::seconds(1'700'000'000)};
  const std::map<std::string, std::string> labels_ = {{"env", "prod"}, {"a.b", "dotted"}};
  const StringMapSource<std::map<std::string, std::string>> label_source_{labels_};
  ContainerFields container_;
  LogVariables line_;
  NotificationFields fields_;
};

TEST_F(Templates, FillInText) {
  EXPECT_EQ(render("{{ container.name }} on {{ container.host }}: {{ log.level | upper() }}"),
            "shop-api-1 on node-1: ERROR");
  EXPECT_EQ(render("{{ if type == \"log\" { 1 } else { 2 } }}"), "1");
  EXPECT_EQ(render("no actions"), "no actions");
  EXPECT_EQ(render(""), "");
  EXPECT_EQ(render("{{ {a: {b: 1}} }} {{ \"}}\" }}"), "{\"a\": {\"b\": 1}} }}");
  EXPECT_EQ(render("[alert] {{ rule.name }}"), "[alert] Errors");
  EXPECT_EQ(render("{{ 1234567.0 }} {{ 0.5 }} {{ timestamp }} {{ [1, \"a\"] }}"),
            "1234567 0.5 2023-11-14T22:13:20Z [1, \"a\"]");
}

TEST_F(Templates, LeaveMissingValuesEmpty) {
  EXPECT_EQ(render("<{{ container.labels.none }}|{{ stat.cpu }}|{{ event.attributes.exitCode }}>"), "<||>");
  EXPECT_EQ(render("{\"a\": \"{{ stat.cpu }}\", \"b\": {{ stat.cpu }}, \"c\": {{ event.attributes.x }}}"),
            "{\"a\": \"\", \"b\": null, \"c\": null}");
  const auto made = Template::compile("x {{ event.attributes.x }}", Environment::notification());
  const auto rendered = made->render(NotificationVariables(fields_));
  ASSERT_EQ(rendered->failures.size(), 1U);
  EXPECT_EQ(rendered->failures[0].column, 5U);
}

TEST_F(Templates, MakeValidJsonOfAnyValue) {
  EXPECT_EQ(render("{\"text\": \"{{ detail }}\", \"n\": {{ len(detail) }}, \"l\": {{ labels }}}"),
            "error 1:56 unknown name labels, did you mean container.labels?");
  EXPECT_EQ(render("{\"text\": \"{{ detail }}\", \"n\": {{ len(detail) }}}"),
            "{\"text\": \"it \\\"broke\\\" \\\\ badly\\n\\u0001\", \"n\": 20}");
  EXPECT_EQ(render("{\"d\": {{ detail }}, \"labels\": {{ container.labels }}}"),
            "{\"d\": \"it \\\"broke\\\" \\\\ badly\\n\\u0001\", \"labels\": {\"a.b\": \"dotted\", \"env\": \"prod\"}}");
  EXPECT_EQ(render("{\"q\": \"{{ detail contains \\\"broke\\\" ? \\\"yes\\\" : \\\"no\\\" }}\"}"), "{\"q\": \"yes\"}");
  EXPECT_EQ(render("[\"{{ type }}\"]"), "[\"log\"]");
  EXPECT_EQ(render("{\"big\": 12345678901234567890, \"z\": 1, \"a\": \"<{{ type }}>\"}"),
            "{\"big\": 12345678901234567890, \"z\": 1, \"a\": \"<log>\"}");
}

TEST_F(Templates, SayWhereTheyAreWrong) {
  EXPECT_EQ(render("a {{ container.nam }}"), "error 1:16 unknown name container.nam, did you mean container.name?");
  EXPECT_EQ(render("a\n{{ 1 + }}"), "error 2:8 unexpected token EOF");
  EXPECT_EQ(render("a {{ detail"), "error 1:3 the action is not closed with }}");
  EXPECT_EQ(render("{\"a\": \"{{ detail }}\""),
            "error 1:1 the template starts like JSON, but is not: The JSON document has an improper "
            "structure: missing or superfluous commas, braces, missing keys, etc.");
  EXPECT_EQ(render("{\"a\": \"x"), "error 1:7 the template starts like JSON, but this string is not closed");
}

TEST_F(Templates, UnderstandTheReferencesTemplates) {
  EXPECT_EQ(render("{{ .Container.Name }}: {{ .Detail }}"), "shop-api-1: it \"broke\" \\ badly\n\x01");
  EXPECT_EQ(render("{\"text\": \"{{ .Container.Name }}\", \"t\": \"{{ .Timestamp.Format \\\"2006-01-02\\\" }}\"}"),
            "{\"text\": \"shop-api-1\", \"t\": \"2023-11-14\"}");
  EXPECT_EQ(render("{{ .Timestamp.Unix }} {{ .Timestamp.Format `15:04` }}"), "1700000000 22:13");
  EXPECT_EQ(render("{{ index .Container.Labels \"a.b\" }} {{ .Container.Labels.env }}"), "dotted prod");
  EXPECT_EQ(
      render("{{ if eq .Type \"log\" }}L {{ .Log.Level }}{{ else if eq .Type \"metric\" }}M{{ else }}E{{ end }}!"),
      "L error!");
  EXPECT_EQ(render("{{ if .Stat }}cpu{{ else }}none{{ end }}"), "none");
  EXPECT_EQ(render("{{ if and .Container.Name (not .Container.Health) }}ok{{ end }}"), "ok");
  EXPECT_EQ(render("{{ range .Stat.Mounts }}{{ .Destination }} {{ end }}-"), "-");
  EXPECT_EQ(render("a  {{- /* note */ -}}  b {{ .Detail | len }}"), "ab 20");
  EXPECT_EQ(render("{{ .Subscription.Name }} {{ .Container.HostName }} {{ .Log.Message }}"),
            "Errors node-1 quote \" and\nline");
}

TEST_F(Templates, PrintTheMountsOfASample) {
  const MetricFields::Mount mounts[] = {{.destination = "/a", .used_percent = 91.5},
                                        {.destination = "/b", .used_percent = 10}};
  MetricFields sample;
  sample.cpu_percent = 12.5;
  sample.mounts = mounts;
  const MetricVariables variables(sample);
  fields_.metric = &variables;
  EXPECT_EQ(render("{{ range .Stat.Mounts }}{{ .Destination }}={{ .UsedPercent }}{{ if gt .UsedPercent 90 }}!{{ end }} "
                   "{{ end }}"),
            "/a=91.5! /b=10 ");
  EXPECT_EQ(render("{{ .Stat.CPUPercent }}% {{ stat.mounts[0].usedPercent }}"), "12.5% 91.5");
}

TEST_F(Templates, RefuseWhatTheyCannotTranslate) {
  EXPECT_EQ(render("{{ printf \"%.1f\" .Stat.CPUPercent }}"), "error 1:3 printf is not supported in templates");
  EXPECT_EQ(render("{{ with .Log }}x{{ end }}"), "error 1:3 with is not supported in templates");
  EXPECT_EQ(render("{{ $x := .Detail }}"), "error 1:5 variables are not supported");
  EXPECT_EQ(render("{{ .Nothing }}"), "error 1:4 there is no .Nothing in a notification");
  EXPECT_EQ(render("{{ if .Type }}x"), "error 1:1 a block is not closed with {{ end }}");
  EXPECT_EQ(render("{{ end }}"), "error 1:3 {{ end }} without a block");
  EXPECT_EQ(render("{\"a\": {{ if .Type }}1{{ end }}}"), "error 1:7 in JSON, blocks can stand only inside of a string");
}

}  // namespace
}  // namespace taffrail::expr
