#include "expr/program.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "expr/format.hpp"
#include "expr/json_variables.hpp"

namespace taffrail::expr {
namespace {

constexpr std::string_view variables_json =
    R"({"ok": true, "n": 7, "half": 0.5, "word": "straße", "list": [3, 1, 2], "user": {"name": "ada", "tags": ["x"]}, "none": null})";

// The value as JSON, or "stage line:column message".
std::string evaluate(std::string_view source, const Limits& limits = {}) {
  const auto variables = JsonVariables::open(variables_json).value();
  const auto program = Program::compile(source, variables->environment());
  const auto describe = [](const ExprError& e) {
    return std::string(to_string(e.stage)) + " " + std::to_string(e.line) + ":" + std::to_string(e.column) + " " +
           e.message;
  };
  if (!program) return describe(program.error());
  Context context(limits);
  const Value value = (*program)->run(*variables, context);
  return value.failed() ? describe(context.error(source)) : to_json(value);
}

struct Case {
  std::string_view source;
  std::string_view result;
};

void expect(std::initializer_list<Case> cases, const Limits& limits = {}) {
  for (const Case& c : cases) EXPECT_EQ(evaluate(c.source, limits), c.result) << c.source;
}

TEST(Instant, HoldsTheFirstAndTheLastTime) {
  EXPECT_EQ(Instant::from(Time::min()), (Instant{-9'223'372'037, 145'224'192}));
  EXPECT_EQ(Instant::from(Time(std::chrono::nanoseconds(-1))), (Instant{-1, 999'999'999}));
  EXPECT_EQ(Instant::from(Time{}), Instant{});
  EXPECT_EQ(Instant::from(Time::max()), (Instant{9'223'372'036, 854'775'807}));
}

TEST(Language, BindsOperatorsAsTheReferenceDoes) {
  expect({{"-2 ** 2", "-4.0"},
          {"2 ** 3 ** 2", "512.0"},
          {"not true == false", "true"},
          {"1 + 2 * 3 - 4 / 2", "5.0"},
          {"7 % 4 * 2", "6"},
          {"1 < 2 < 3", "true"},
          {"3 > 2 >= 2 > 5", "false"},
          {"1 + 2 * 3 ?? 4", "7"},
          {"true ? 1 : false ? 2 : 3", "1"},
          {"ok ?: 5", "true"},
          {"\"a\" | upper() + \"B\" | lower()", "\"ab\""},
          {"1..3 | map(# * 2) | sum()", "12"},
          {"5 not in list", "true"},
          {"not (3 in list)", "false"},
          {"none ?? n == 7",
           "parse 1:11 Operator (==) and coalesce expressions (?\?) cannot be mixed. Wrap either by parentheses."}});
}

TEST(Language, ReadsNumbersAndStringsInEveryNotation) {
  expect({{"0xFF + 0o17 + 0b101 + 1_000", "1275"},
          {".5 + 1. + 1e3", "1001.5"},
          {"1..3", "[1, 2, 3]"},
          {R"("\x41\u00e9\u{1F600}\101\n")", R"("Aé😀A\n")"},
          {"'it\\'s'", "\"it's\""},
          {"`raw \\n ``tick```", R"("raw \\n `tick`")"},
          {"len(b\"\\xff\\x00\")", "2"},
          {"9223372036854775808", "parse 1:1 integer literal is too large: 9223372036854775808"},
          {"12x", "parse 1:1 bad number syntax: \"12x\""},
          {"\"open", "parse 1:1 literal not terminated"},
          {"\"\\q\"", "parse 1:1 invalid char escape"},
          {"1 // comment\n + /* here */ 2", "3"},
          {"1 /* open", "parse 1:3 unclosed comment"}});
}

TEST(Language, WrapsIntegersAndDividesToFloats) {
  expect({{"9223372036854775807 + 1", "-9223372036854775808"},
          {"1 / 0", "\"+Inf\""},
          {"0 / 0", "\"NaN\""},
          {"n % 0", "check 1:3 integer divide by zero"},
          {"n % (n - n)", "run 1:3 integer divide by zero"},
          {"(-9223372036854775807 - 1) % -1", "0"},
          {"1 == 1.0", "true"},
          {"[1, 2.0] == [1.0, 2]", "true"},
          {"{a: 1} == {a: 1.0}", "false"},
          {"-0.0", "-0.0"}});
}

TEST(Language, FollowsNilAndOptionalChains) {
  expect({{"none?.a.b.c", "null"},
          {"none.a", "run 1:6 cannot fetch a from <nil>"},
          {"user?.missing?.x ?? 5", "5"},
          {"user.missing.x", "run 1:14 cannot fetch x from <nil>"},
          {"(none?.a).b", "null"},
          {"user?.[\"name\"]", "\"ada\""},
          {"nil == none", "true"},
          {"get(list, 9)", "null"},
          {"list[9]", "run 1:5 index out of range: 9 (array length is 3)"},
          {"list[-1]", "2"},
          {"list[1:99]", "[1, 2]"},
          {"word[4:]", "\"ße\""},
          {"len(word)", "6"},
          {"nil contains \"x\"", "false"}});
}

TEST(Language, RunsPredicatesLetsAndConditionals) {
  expect({{"filter(list, # > 1)", "[3, 2]"},
          {"map(list, #index * 10 + #)", "[3, 11, 22]"},
          {"reduce(list, #acc + #, 10)", "16"},
          {"any([user], .name == \"ada\" and .tags[0] == \"x\")", "true"},
          {"list | filter({let x = # * 2; x > 2}) | count(# > 0)", "2"},
          {"let a = 2; let b = a * 3; a + b", "8"},
          {"let len = 1; len", "check 1:5 cannot redeclare builtin len"},
          {"let n = 1; n", "check 1:5 cannot redeclare variable n"},
          {"if n > 5 { \"big\" } else if n > 3 { \"mid\" } else { \"small\" }", "\"big\""},
          {"1 + if ok {1} else {2}", "parse 1:5 unexpected token Operator(\"if\")"},
          {"groupBy(list, # % 2 == 1 ? \"odd\" : \"even\")", R"({"even": [2], "odd": [3, 1]})"},
          {"sortBy(list, -#)", "[3, 2, 1]"},
          {"1; 2; 3", "3"},
          {"$env.user.name + $env[\"word\"]", "\"adastraße\""},
          {"{a: 1, a: 2}.a", "1"},
          {"map(list, map(list, #))[0]", "[3, 1, 2]"}});
}

TEST(Language, HasTheReferencesBuiltins) {
  expect({{"upper(word) + lower(\"ÄB\")", "\"STRAßEäb\""},
          {"trim(\"  x \") + trim(\"--x-\", \"-\") + trimPrefix(\" x\") + trimSuffix(\"xy\", \"y\")", "\"xxxx\""},
          {"split(\"a,b,c\", \",\", 2)", "[\"a\", \"b,c\"]"},
          {"splitAfter(\"a,b\", \",\")", "[\"a,\", \"b\"]"},
          {"replace(\"aaa\", \"a\", \"b\", 2) + replace(\"ab\", \"\", \"-\")", "\"bba-a-b-\""},
          {"join([\"a\", \"b\"], \"+\") + repeat(\"z\", 3)", "\"a+bzzz\""},
          {"[indexOf(\"abcb\", \"b\"), lastIndexOf(\"abcb\", \"b\"), indexOf(\"a\", \"z\")]", "[1, 3, -1]"},
          {"[int(\"12\"), int(3.9), float(\"1.5\"), string(1e21), string([1, \"a\", nil])]",
           "[12, 3, 1.5, \"1e+21\", \"[1 a <nil>]\"]"},
          {"int(\"x\")", "run 1:1 invalid operation: int(x)"},
          {"[round(2.5), ceil(1.2), floor(-1.2), abs(-3)]", "[3.0, 2.0, -2.0, 3]"},
          {"[max(1, [2, 3.5]), min(list), mean(list), median([1, 2, 3, 4]), max([])]", "[3.5, 1, 2.0, 2.5, null]"},
          {"[bitand(6, 3), bitor(6, 3), bitxor(6, 3), bitnand(6, 3), bitnot(0), bitshl(1, 4), bitshr(-8, 1), "
           "bitushr(-1, 63)]",
           "[2, 7, 5, 4, -1, 16, -4, 1]"},
          {"bitshl(1, -1)", "run 1:1 invalid operation: negative shift count -1 (type int)"},
          {"[first(list), last(list), first([])]", "[3, 2, null]"},
          {"[take(list, 2), reverse(list), uniq([1, 1.0, 2]), concat([1], [2]), flatten([[1], [[2]]])]",
           "[[3, 1], [2, 1, 3], [1, 2], [1, 2], [1, 2]]"},
          {"[sort(list), sort(list, \"desc\")]", "[[1, 2, 3], [3, 2, 1]]"},
          {"keys({b: 1, a: 2}) == [\"a\", \"b\"] and values({b: 1, a: 2}) == [2, 1]", "true"},
          {"fromPairs(toPairs({a: 1}))", "{\"a\": 1}"},
          {"fromJSON(\"{\\\"a\\\": [1, null]}\")", "{\"a\": [1.0, null]}"},
          {"toJSON({b: 1.0, a: \"<\"})", R"("{\n  \"a\": \"\\u003c\",\n  \"b\": 1\n}")"},
          {"fromBase64(toBase64(\"hi\"))", "\"hi\""},
          {"[type(1), type(nil), type(now()), type({}), type(duration(\"1s\"))]",
           "[\"int\", \"nil\", \"time.Time\", \"map\", \"time.Duration\"]"}});
}

TEST(Language, ReckonsWithDatesAndDurations) {
  expect(
      {{"date(\"2024-02-29\").AddDate(1, 0, 0).Format(\"2006-01-02 Mon\")", "\"2025-03-01 Sat\""},
       {"string(date(\"2023-08-14 01:02:03\"))", "\"2023-08-14 01:02:03 +0000 UTC\""},
       {"date(\"2023-08-14 00:00:00\", \"2006-01-02 15:04:05\", \"Europe/Zurich\")", "\"2023-08-14T00:00:00+02:00\""},
       {"date(\"2023-08-14\") - date(\"2023-08-13\") == duration(\"24h\")", "true"},
       {"(date(\"2023-08-14T10:00:00Z\") + duration(\"90m\")).Hour()", "11"},
       {"duration(\"1h30m\").Minutes()", "90.0"},
       {"string(duration(\"1.5ms\") * 2)", "\"3ms\""},
       {"date(\"nonsense\")", "run 1:1 invalid date nonsense"},
       {"timezone(\"../etc/passwd\")", "run 1:1 unknown time zone ../etc/passwd"},
       {"date(\"2023-12-31\").YearDay()", "365"}});
}

TEST(Language, FindsMistakesBeforeRunning) {
  expect({{"1 + \"a\"", "check 1:3 invalid operation: + (mismatched types int and string)"},
          {"mn > 1", "check 1:1 unknown name mn, did you mean n?"},
          {"lenn(list)", "check 1:1 unknown function lenn, did you mean len?"},
          {"len()", "check 1:1 invalid number of arguments for len (expected 1, got 0)"},
          {"len(1)", "check 1:5 invalid argument for len (type int)"},
          {"any(1, true)", "check 1:5 builtin any takes only array (got int)"},
          {"filter(list, 1)", "check 1:14 predicate should return boolean (got int)"},
          {"word matches \"(\"", "check 1:14 error parsing regexp: missing ): ("},
          {"n ? 1 : 2", "check 1:1 non-bool expression (type int) used as condition"},
          {"\"a\" in word", "check 1:5 operator \"in\" is not defined on string: use contains"},
          {"ok and\n  n", "check 1:4 invalid operation: and (mismatched type int)"},
          {"", "parse 1:1 unexpected token EOF"}});
}

// Operations on long texts are one step each, and a million of them take minutes.
TEST(Limits, ChargeForWhatAnOperationGoesThrough) {
  const std::string_view budget = "step budget exceeded: the expression takes too long";
  for (const std::string_view loop :
       {"a == b", "a < b", "a != \"x\" and a startsWith b", "a contains \"b\"", "len(a) > 1", "a matches \"b$\"",
        "hasPrefix(a, b)", "hasSuffix(a, b)", "trimPrefix(a, b) == \"\"", "indexOf(a, \"b\") == 0",
        "trim(a, \"1\") == \"\"", "a in {\"x\": 1}", "int(a) > 1", "float(a) > 1", "duration(a) == nil",
        "fromBase64(a) == \"\"", "# < 0 and a == b or a == b"}) {
    const std::string source =
        "let a = repeat(\"1\", 900000); let b = repeat(\"1\", 900000); count(0..90000, " + std::string(loop) + ")";
    const std::string answer = evaluate(source, Limits::for_conditions());
    EXPECT_TRUE(answer.ends_with(budget) || answer.find("invalid") != std::string::npos) << loop << ": " << answer;
  }
  std::string chain = "#";
  for (int i = 0; i < 900; ++i) chain += " + 1";
  EXPECT_TRUE(evaluate("count(0..90000, " + chain + " > 0)", Limits::for_conditions()).ends_with(budget));
  EXPECT_TRUE(evaluate("let a = repeat(\"a\", 900000); let b = repeat(\"a\", 900000); "
                       "sort(map(0..5000, # % 2 == 0 ? a : b))",
                       Limits::for_conditions())
                  .ends_with(budget));
  // Quadratic searches: the needle begins like the text everywhere.
  EXPECT_EQ(evaluate("indexOf(repeat(\"a\", 900000), repeat(\"a\", 400000) + \"b\")"), "-1");
  EXPECT_EQ(evaluate("lastIndexOf(repeat(\"a\", 900000), \"b\" + repeat(\"a\", 400000))"), "-1");
  EXPECT_EQ(evaluate("[lastIndexOf(\"abcb\", \"b\"), lastIndexOf(\"ab\", \"\"), lastIndexOf(\"aaa\", \"aa\")]"),
            "[3, 2, 1]");
  EXPECT_EQ(evaluate("len(groupBy(map(0..20000, # * 4294967296), #))"), "20001");
  EXPECT_EQ(evaluate("len(groupBy(map(0..20000, 0 / 0), #))"), "20001");
}

// Each of these would take gigabytes, hours or the stack if nothing stopped it.
TEST(Limits, StopBombsWithAClearError) {
  expect({{"repeat(repeat(\"x\", 1000000), 1000)", "run 1:1 memory budget exceeded"},
          {"1..9000000000", "run 1:2 memory budget exceeded"},
          {"-9223372036854775807..9223372036854775807", "run 1:21 memory budget exceeded"},
          {"map(1..3000, map(1..3000, #))", "run 1:14 step budget exceeded: the expression takes too long"},
          {"reduce(1..60, [#acc, #acc]) == reduce(1..60, [#acc, #acc])",
           "run 1:29 step budget exceeded: the expression takes too long"},
          {"len(string(reduce(1..60, [#acc, #acc])))", "run 1:5 memory budget exceeded"},
          {"flatten(reduce(1..900, [#acc]))", "run 1:1 arrays are nested too deep to flatten"}},
         Limits::for_conditions());
  EXPECT_EQ(evaluate(std::string(300, '(') + "1"), "parse 1:201 expression nests deeper than 200 levels");
  EXPECT_EQ(evaluate(std::string(300, '!') + "true"), "parse 1:201 expression nests deeper than 200 levels");
  std::string sum = "1";
  for (int i = 0; i < 2000; ++i) sum += "+1";
  EXPECT_EQ(evaluate(sum), "parse 1:2000 expression nests more than 1000 operators");
  EXPECT_EQ(evaluate(sum.substr(0, 1 + 2 * 990)), "991");
  EXPECT_EQ(evaluate(std::string(190, '(') + "1" + std::string(190, ')')), "1");
  std::string nested = "1";
  for (int i = 0; i < 60; ++i) nested.insert(0, "map([1], ").append(")[0]");
  EXPECT_EQ(evaluate(nested), "1");
  std::string alternatives = "n == 0";
  for (int i = 1; i < 2000; ++i) alternatives += " or n == " + std::to_string(i);
  EXPECT_EQ(evaluate(alternatives), "true");
  EXPECT_EQ(evaluate(std::string(70'000, ' ') + "1"), "parse 1:1 expression is longer than 65536 bytes");
}

}  // namespace
}  // namespace taffrail::expr
