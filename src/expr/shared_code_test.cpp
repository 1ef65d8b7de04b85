#include "expr/shared_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/condition.hpp"
#include "expr/context.hpp"
#include "expr/format.hpp"
#include "expr/log_variables.hpp"
#include "expr/program.hpp"

namespace taffrail::expr {
namespace {

/// Several programs over log lines, shared, beside the same programs one by one.
struct Shared {
  explicit Shared(const std::vector<std::string_view>& sources, const Limits& limits = Limits::for_conditions())
      : context(limits), alone(limits) {
    for (const std::string_view source : sources) {
      auto program = Program::compile(source, Environment::log());
      EXPECT_TRUE(program) << source << ": " << (program ? "" : program.error().message);
      if (program) programs.push_back(*program);
    }
    std::vector<const Code*> steps;
    steps.reserve(programs.size());
    for (const auto& program : programs) steps.push_back(&program->code());
    code.emplace(steps);
    context.kept.resize(code->parts());
  }

  /// What program `i` says of the line, having said the same by itself.
  std::string ask(std::size_t i, const LogVariables& line) {
    context.begin(line, programs[i]->locals());
    const Value together = run(code->program(i), context);
    std::string said = together.failed() ? "error: " + context.message() : to_json(together);
    const Value by_itself = programs[i]->run(line, alone);
    EXPECT_EQ(together.failed(), by_itself.failed()) << programs[i]->source();
    EXPECT_EQ(context.steps_left(), alone.steps_left()) << programs[i]->source();
    if (!by_itself.failed()) {
      EXPECT_EQ(said, to_json(by_itself)) << programs[i]->source();
    }
    return said;
  }
  [[nodiscard]] std::string print(std::size_t i) const { return print_code(code->program(i)); }

  std::vector<std::shared_ptr<const Program>> programs;
  std::optional<SharedCode> code;
  Context context;
  Context alone;
};

TEST(SharedCode, KeepsEqualPartsWhereverTheyStand) {
  struct Case {
    std::vector<std::string_view> sources;
    std::uint32_t parts;
  };
  for (const Case& c : {
           Case{{"message.status >= 500 and stream == \"stderr\"", "level == \"info\" or message.status>=500"}, 1},
           Case{{"message.status >= 500", "message.status >= 400"}, 1},  // the field
           Case{{"fields?.a?.b == 1", "fields?.a?.c == 2"}, 1},
           Case{{"text matches \"a+\" and stream == \"x\"", "text matches \"a+\" and stream == \"y\""}, 1},
           Case{{"lower(text) contains \"a\"", "not (lower(text) contains \"a\")"}, 1},
           Case{{"any(split(text, \" \"), # == \"x\")", "none(split(text, \" \"), # == \"x\")"}, 1},  // the list
           Case{{"len(text) > 1 or len(text) < 5"}, 1},
           Case{{"text matches \"a+\"", "text matches \"a\""}, 0},
           Case{{"fields.x in [1, 2]", "fields.y in [1, 2]"}, 0},
           Case{{"len(text) + 1", "len(text) + 1.0"}, 1},  // len(text); what is added differs in kind
           Case{{"level >= \"warn\" and stream == \"x\"", "level >= \"warn\" and stream == \"y\""}, 0},  // cheap
           Case{{"any([1, 2], len(text) > #)", "any([3], len(text) > #)"}, 1},  // not what means an item
           Case{{"let x = 1; x + len(text)", "let y = 2; y + len(stream)"}, 0},
           Case{{"now().Year() > 1", "now().Year() > 1"}, 0},
           Case{{}, 0},
       }) {
    const Shared shared(c.sources);
    EXPECT_EQ(shared.code->parts(), c.parts) << (c.sources.empty() ? "" : c.sources.front());
  }
}

TEST(SharedCode, LeavesStepsAloneThatShareNothing) {
  const Shared shared({"text contains \"a\" and stream == \"x\"", "text contains \"b\"", "message.status == 1",
                       "not (message.status == 1)"});
  EXPECT_EQ(&shared.code->program(0), &shared.programs[0]->code());
  EXPECT_EQ(&shared.code->program(1), &shared.programs[1]->code());
  EXPECT_EQ(shared.print(3), "not\n  once\n    equal number 1\n      field \"status\"\n        variable 0\n");
}

TEST(SharedCode, SaysOfEveryLineWhatTheProgramsSay) {
  Shared shared({"message.status >= 500", "message.status >= 500 and message.user.id == 7",
                 "not (message.status >= 500)", "message.user.id", "fields?.user?.id ?? 3", "fields?.user",
                 "lower(text) + \"!\"", "lower(text) + \"?\"", "upper(lower(text))", "len(lower(text)) > 3",
                 "len(lower(text)) > 3 ? 1 : 2", "fields?.tags ?? []", "len(fields?.tags ?? []) == 2",
                 "any(fields?.tags ?? [], # == text)", "map(fields?.tags ?? [], # == text)"});
  LogVariables line;
  constexpr std::string_view texts[] = {R"({"status":503,"user":{"id":7},"tags":["a","b"]})", "Plain TEXT",
                                        R"({"status":"x","user":null})", R"({"status":200,"user":{"id":"7"}})"};
  for (int times = 0; times < 3; ++times) {
    for (const std::string_view text : texts) {
      line.set({.text = text, .level = "info", .kind = text.front() == '{' ? LineKind::json : LineKind::text});
      ++shared.context.round;
      for (std::size_t i = 0; i < shared.programs.size(); ++i) shared.ask(i, line);
      for (std::size_t i = shared.programs.size(); i > 0; --i) shared.ask(i - 1, line);
    }
  }
  line.set({.text = texts[0], .level = "info", .kind = LineKind::json});
  ++shared.context.round;
  EXPECT_EQ(shared.ask(1, line), "true");
  EXPECT_EQ(shared.ask(6, line),
            "\"{\\\"status\\\":503,\\\"user\\\":{\\\"id\\\":7},\\\"tags\\\":[\\\"a\\\",\\\"b\\\"]}!\"");
}

// A program that finds what another one has computed must not get further than it would by itself, and one that ran
// out of steps must not spoil the part for the next.
TEST(SharedCode, ChargesEveryProgramForWhatItUses) {
  Limits limits = Limits::for_conditions();
  limits.steps = 100;
  Shared shared({"count(1..60, # > 1) > 5", "count(1..60, # > 1) > 5 and count(1..50, # > 2) > 5",
                 "count(1..50, # > 2) > 5 and count(1..60, # > 1) > 5", "count(1..50, # > 2) > 5"},
                limits);
  LogVariables line;
  line.set({.text = "x", .level = "info"});
  for (const std::vector<std::size_t>& order : {std::vector<std::size_t>{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 2, 0, 3}}) {
    ++shared.context.round;
    for (const std::size_t i : order) {
      const std::string said = shared.ask(i, line);
      EXPECT_EQ(said, i == 0 || i == 3 ? "true" : "error: step budget exceeded: the expression takes too long");
    }
  }
}

TEST(SharedCode, ChargesEveryProgramForMemory) {
  Limits limits = Limits::for_conditions();
  limits.memory = 64UZ * 1024;
  Shared shared({"len(repeat(\"x\", 40000)) > len(text)",
                 "len(repeat(\"x\", 40000)) > len(text) and len(repeat(\"y\", 40000)) > len(text)"},
                limits);
  LogVariables line;
  line.set({.text = "x", .level = "info"});
  for (const std::vector<std::size_t>& order : {std::vector<std::size_t>{0, 1}, {1, 0}}) {
    ++shared.context.round;
    for (const std::size_t i : order) EXPECT_EQ(shared.ask(i, line), i == 0 ? "true" : "error: memory budget exceeded");
  }
}

}  // namespace
}  // namespace taffrail::expr
