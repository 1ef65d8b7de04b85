#include "expr/command.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace taffrail::expr {
namespace {

struct Answer {
  int status = 0;
  std::string out;
  std::string err;
};

Answer run(const std::vector<std::string>& args, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Answer result;
  result.status = run_command(args, in, out, err);
  result.out = out.str();
  result.err = err.str();
  return result;
}

TEST(Command, PrintsTheValueAsJson) {
  EXPECT_EQ(run({"[1 + 2, 1.0, \"x\", nil]"}).out, "[3, 1.0, \"x\", null]\n");
  EXPECT_EQ(run({"-1"}).out, "-1\n");
}

TEST(Command, PointsAtTheFault) {
  const Answer fault = run({"1 +\n  lne(2)"});
  EXPECT_EQ(fault.status, 1);
  EXPECT_EQ(fault.err, "unknown function lne, did you mean len? (2:3)\n |   lne(2)\n | ..^\n");
}

TEST(Command, RefusesArgumentsThatItDoesNotKnow) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{{},
                                                                                    {"1", "2"},
                                                                                    {"--check", "line", "1"},
                                                                                    {"1", "--env"},
                                                                                    {"--bacth"},
                                                                                    {"--batch", "1"},
                                                                                    {"1", "--print", "tree"},
                                                                                    {"1", "--env", "/nowhere"}}) {
    const Answer refused = run(args);
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("usage: taffrail expr"), std::string::npos);
  }
}

TEST(Command, AnswersABatchLineByLine) {
  EXPECT_EQ(run({"--batch"}, R"~({"expr": "1 + a", "env": {"a": 2}}
{"expr": "1 +"}
{"expr": "x"}
{"expr": "[1][5]"}
nonsense
)~")
                .out,
            R"~({"value": 3}
{"error": {"stage": "parse", "message": "unexpected token EOF", "line": 1, "column": 4}}
{"error": {"stage": "check", "message": "unknown name x", "line": 1, "column": 1}}
{"error": {"stage": "run", "message": "index out of range: 5 (array length is 1)", "line": 1, "column": 4}}
{"error": {"stage": "parse", "message": "the line is not a JSON object with a string \"expr\"", "line": 1, "column": 1}}
)~");
}

TEST(Command, ChecksConditionsOverAnEnvironment) {
  EXPECT_EQ(
      run({"--batch", "--check", "metric"},
          R"~({"expr": "cpu > 80 and any(mounts, .usedPercent > 90)", "env": {"cpu": 95, "mounts": [{"usedPercent": 91}]}}
{"expr": "cpu"}
{"expr": "cpu > 1", "env": {"cpu": "x"}}
)~")
          .out,
      R"~({"value": true}
{"error": {"stage": "check", "message": "a condition must be true or false, but this is float", "line": 1, "column": 1}}
{"error": {"stage": "parse", "message": "cpu in the environment must be float", "line": 1, "column": 1}}
)~");
}

TEST(Command, PrintsEveryStage) {
  EXPECT_EQ(run({"a1 + 2", "--print", "tokens"}).out, "0..2 identifier a1\n3..4 operator +\n5..6 number 2\n6..6 end\n");
  EXPECT_EQ(run({"a1 + 2", "--print", "ast"}).out, "(binary + 0..6\n  (identifier a1 0..2)\n  (constant 2 5..6))\n");
  EXPECT_EQ(run({"len(\"x\") + 2", "--print", "typed"}).out,
            "(binary + 0..12 : int\n  (builtin len 0..8 : int\n    (constant \"x\" 4..7 : string))\n  (constant 2 "
            "11..12 : int))\n");
  EXPECT_EQ(run({"level in [\"a\"] and text contains \"x\" + \"y\"", "--check", "log", "--print", "program"}).out,
            "and\n  in strings [\"a\"]\n    variable 2\n  contains text \"xy\"\n    variable 1\n");
}

}  // namespace
}  // namespace taffrail::expr
