#include "expr/search.hpp"

#include <gtest/gtest.h>

#include "expr/log_variables.hpp"

namespace taffrail::expr {
namespace {

struct Case {
  std::string_view text;
  std::string_view expression;  // or "error: …"
};

std::string read(std::string_view text, const Environment& environment) {
  const auto search = read_search(text, environment);
  if (!search) return "error: " + search.error().message + " (" + std::to_string(search.error().column) + ")";
  return search->shorthand ? search->expression : "as is";
}

TEST(Search, RefusesNestingWithoutEnd) {
  std::string negations;
  std::string parentheses;
  for (int i = 0; i < 100'000; ++i) {
    negations += i % 2 ? "-not " : "not ";
    parentheses += "(";
  }
  for (const std::string& text : {negations + "x y", parentheses + "x y"}) {
    const auto search = read_search(text, Environment::log());
    ASSERT_FALSE(search.has_value());
    EXPECT_NE(search.error().message.find("nest too deep"), std::string::npos) << search.error().message;
  }
}

TEST(Search, UnderstandsTheShorthand) {
  for (const Case& c : {
           Case{"timeout", "lower(text) contains \"timeout\""},
           Case{"Timeout", "text contains \"Timeout\""},
           Case{"connection refused", "(lower(text) contains \"connection\" and lower(text) contains \"refused\")"},
           Case{"\"connection refused\"", "lower(text) contains \"connection refused\""},
           Case{"\"a \\\"b\\\"\"", "lower(text) contains \"a \\\"b\\\"\""},
           Case{"-debug", "not (lower(text) contains \"debug\")"},
           Case{"error -debug", "(lower(text) contains \"error\" and not (lower(text) contains \"debug\"))"},
           Case{"timeout or refused", "(lower(text) contains \"timeout\" or lower(text) contains \"refused\")"},
           Case{"a (b or c)",
                "(lower(text) contains \"a\" and (lower(text) contains \"b\" or lower(text) contains \"c\"))"},
           Case{"a b or c",
                "((lower(text) contains \"a\" and lower(text) contains \"b\") or lower(text) contains \"c\")"},
           Case{"/time(out|d)/", "text matches \"time(out|d)\""},
           Case{"/a\\/b/i", "text matches \"(?i)a/b\""},
           Case{"/var/log/syslog x", "(lower(text) contains \"/var/log/syslog\" and lower(text) contains \"x\")"},
           Case{"level:warn", "level == \"warn\""},
           Case{"level:>=warn", "level >= \"warn\""},
           Case{"service:api", "container.service == \"api\""},
           Case{"stream:stderr timeout", "(stream == \"stderr\" and lower(text) contains \"timeout\")"},
           Case{"status:500", "(lower(text) contains \"status:500\" or fields?.status in [500, \"500\"])"},
           Case{"status:>=500", "(fields?.status != nil and float(fields?.status) >= 500)"},
           Case{"user.name:\"Ada L\"",
                "(text contains \"user.name:\\\"Ada L\\\"\" or (fields?.[\"user.name\"] ?? fields?.user?.name) == "
                "\"Ada L\")"},
           Case{"x-id:abc", "(lower(text) contains \"x-id:abc\" or fields?.[\"x-id\"] == \"abc\")"},
           Case{"path:/^\\/api/", "string(fields?.path) matches \"^/api\""},
           Case{"-status:200", "not (lower(text) contains \"status:200\" or fields?.status in [200, \"200\"])"},
           Case{"http://example.org/x", "lower(text) contains \"http://example.org/x\""},
           Case{"12:30", "lower(text) contains \"12:30\""},
           Case{"10.0.3.17", "lower(text) contains \"10.0.3.17\""},
           Case{"failed:", "lower(text) contains \"failed:\""},
           // What is no field for sure, and quotes and parentheses that have no other half, are the text's own.
           Case{"std::exception", "lower(text) contains \"std::exception\""},
           Case{"a \"open", "(lower(text) contains \"a\" and lower(text) contains \"\\\"open\")"},
           Case{"(a b", "(lower(text) contains \"(a\" and lower(text) contains \"b\")"},
           Case{"a b)", "(lower(text) contains \"a\" and lower(text) contains \"b)\")"},
           // A field of its own may have a variable's name.
           Case{"kind:Pod", "(kind == \"Pod\" or fields?.kind == \"Pod\")"},
           Case{"id:7", "(id == 7 or fields?.id in [7, \"7\"])"},
           Case{"id:ab12", "fields?.id == \"ab12\""},
           Case{"host:!=db1", "(container.host != \"db1\" and fields?.host != \"db1\")"},
           // A number as a whole; in quotes, anywhere.
           Case{"123456", "text matches \"\\\\b123456\\\\b\""},
           Case{"\"123456\"", "lower(text) contains \"123456\""},
           Case{"size:>9007199254740993", "(fields?.size != nil and int(fields?.size) > 9007199254740993)"},
       }) {
    EXPECT_EQ(read(c.text, Environment::log()), c.expression) << c.text;
  }
}

// The rules of docs/expressions.md, in their order.
TEST(Search, TellsExpressionsFromWords) {
  for (const Case& c : {
           // 1. What parses and is true or false is an expression.
           Case{"level >= \"warn\"", "as is"},
           Case{"text contains \"x\" or stream == \"stderr\"", "as is"},
           Case{"not (level == \"info\")", "as is"},
           // 2. One word is always text, whatever it names.
           Case{"true", "lower(text) contains \"true\""},
           Case{"level", "lower(text) contains \"level\""},
           Case{"\"error\"", "lower(text) contains \"error\""},
           // 3. Words with hyphens, dots and slashes are words, although they could be sums and fields.
           Case{"foo-bar", "lower(text) contains \"foo-bar\""},
           Case{"api/v1", "lower(text) contains \"api/v1\""},
           Case{"java.lang.Error", "text contains \"java.lang.Error\""},
           Case{"500", "lower(text) contains \"500\""},
           // 4. Anything else that parses is an expression, with its errors.
           Case{"mesage contains \"x\"", "error: unknown name mesage, did you mean message? (1)"},
           Case{"level >= 3", "error: invalid operation: >= (mismatched types level and int) (7)"},
           // 5. A comparison or an operator word before a quote is meant as an expression, though it does not parse.
           Case{"level == \"warn\" and", "error: unexpected token EOF (20)"},
           Case{"level == \"warn\" text contains \"x\"", "error: unexpected token Identifier(\"text\") (17)"},
           // 6. The rest is words.
           Case{"user contains no tags",
                "((lower(text) contains \"user\" and lower(text) contains \"contains\" and lower(text) contains \"no\" "
                "and lower(text) contains \"tags\"))"},
           Case{"", "as is"},
           Case{"   ", "as is"},
       }) {
    std::string wanted(c.expression);
    if (wanted.starts_with("((")) wanted = wanted.substr(1, wanted.size() - 2);
    EXPECT_EQ(read(c.text, Environment::log()), wanted) << c.text;
  }
}

TEST(Search, PointsAtWhatItCannotRead) {
  for (const Case& c : {
           Case{"a b or", "error: a search term is missing after or (7)"},
           Case{"level:>=wran", "error: \"wran\" is not a level, did you mean \"warn\"? (1)"},
           Case{"/(/", "error: error parsing regexp: missing ): ( (1)"},
       }) {
    EXPECT_EQ(read(c.text, Environment::log()), c.expression) << c.text;
  }
}

TEST(Search, LooksForContainersByName) {
  EXPECT_EQ(read("api", Environment::container()), "lower(name) contains \"api\"");
  EXPECT_EQ(read("state:exited restarts:>3", Environment::container()), "(state == \"exited\" and restarts > 3)");
  EXPECT_EQ(read("labels.env:prod", Environment::container()), "labels[\"env\"] == \"prod\"");
  EXPECT_EQ(read("running:true", Environment::container()), "running == true");
}

TEST(Search, PrintsExpressionsAsShorthandWhereItCan) {
  for (const std::string_view text : {"timeout",    "Timeout",      "a b",           "a or b",
                                      "(a or b) c", "-debug",       "\"two words\"", "/re+x/",
                                      "/re+x/i",    "level:>=warn", "level:warn",    "service:api",
                                      "status:500", "status:>=500", "user.name:ada", "stream:stderr -health",
                                      "kind:Pod",   "id:7",         "-host:db1",     "a (b or status:500)"}) {
    const auto search = read_search(text, Environment::log());
    ASSERT_TRUE(search) << text;
    EXPECT_EQ(to_shorthand(search->expression, Environment::log()), text);
  }
  EXPECT_EQ(to_shorthand("level >= \"warn\" and text contains \"Refused\"", Environment::log()),
            "level:>=warn Refused");
  EXPECT_EQ(to_shorthand("len(text) > 100", Environment::log()), std::nullopt);
  EXPECT_EQ(to_shorthand("text contains \"lower\"", Environment::log()), std::nullopt);  // smart case would fold it
}

TEST(Search, FindsLinesSmartly) {
  LogVariables line;
  line.set({.text = "Connection REFUSED by peer, ÄRGER", .level = "error", .stream = "stderr"});
  for (const std::string_view text : {"refused", "REFUSED connection", "-Refused", "\"refused by\"",
                                      "level:>=warn peer", "ärger", "nothing or peer", "/ref.sed/i"}) {
    EXPECT_EQ(compile_search(text, Environment::log())->matches(line), true) << text;
  }
  for (const std::string_view text : {"Refused", "refused -peer", "level:info", "status:>=500", "status:500"}) {
    EXPECT_EQ(compile_search(text, Environment::log())->matches(line), false) << text;
  }
}

}  // namespace
}  // namespace taffrail::expr
