#include "expr/editor.hpp"

#include <gtest/gtest.h>

namespace taffrail::expr {
namespace {

// The labels offered where `|` stands, joined by spaces.
std::string offered(std::string_view with_caret) {
  const std::size_t at = with_caret.find('|');
  const std::string source = std::string(with_caret.substr(0, at)) + std::string(with_caret.substr(at + 1));
  const SeenField seen[] = {
      {"status", {"200", "503"}}, {"user.name", {"ada"}}, {"user.id", {}}, {"container.service", {"api", "web"}}};
  const Analysis analysis =
      analyze(source, Environment::log(), Purpose::condition, static_cast<std::uint32_t>(at), seen);
  std::string out;
  for (const Completion& c : analysis.completions) out += (out.empty() ? "" : " ") + c.label;
  return out;
}

TEST(Editor, CompletesNamesFieldsAndValues) {
  EXPECT_EQ(offered("mess|"), "message");
  EXPECT_EQ(offered("level == \"warn\" and stre|"), "stream");
  EXPECT_EQ(offered("trim|"), "trim( trimPrefix( trimSuffix(");
  EXPECT_EQ(offered("con|"), "container concat( contains");
  EXPECT_EQ(offered("container.host|"), "host hostName hostId");
  EXPECT_EQ(offered("message.|"), "status user");
  EXPECT_EQ(offered("fields?.user?.|"), "name id");
  EXPECT_EQ(offered("level >= \"|"), "trace debug info warn error fatal");
  EXPECT_EQ(offered("level in [\"debug\", \"wa|"), "warn");
  EXPECT_EQ(offered("message.status == \"5|"), "503");
  EXPECT_EQ(offered("container.service not in [\"|"), "api web");
  EXPECT_EQ(offered("level == wa|"), "\"warn\"");
  EXPECT_EQ(offered("time.Hou|"), "Hour(");
  EXPECT_EQ(offered("text contains \"xy|"), "");
}

TEST(Editor, UnderlinesTheFault) {
  const Analysis analysis = analyze("ä == 1 and levl == \"x\"", Environment::log(), Purpose::condition);
  ASSERT_EQ(analysis.diagnostics.size(), 1U);
  EXPECT_EQ(analysis.diagnostics[0].from, 0U);
  EXPECT_EQ(analysis.diagnostics[0].to, 1U);
  const Analysis second = analyze("text == \"ä\" and levl == \"x\"", Environment::log(), Purpose::condition);
  ASSERT_EQ(second.diagnostics.size(), 1U);
  EXPECT_EQ(second.diagnostics[0].from, 16U);
  EXPECT_EQ(second.diagnostics[0].to, 20U);
  EXPECT_EQ(second.diagnostics[0].message, "unknown name levl, did you mean level?");
  EXPECT_EQ(analyze("level == \"x\"", Environment::log(), Purpose::condition).type, "bool");
}

TEST(Editor, PrintsItsAnswerAsJson) {
  EXPECT_EQ(
      to_json(analyze("x", Environment::none(), Purpose::value, 0)).substr(0, 130),
      R"({"diagnostics": [{"message": "unknown name x", "from": 0, "to": 1, "line": 1, "column": 1}], "type": "", "replace_from": 0, "compl)");
}

}  // namespace
}  // namespace taffrail::expr
