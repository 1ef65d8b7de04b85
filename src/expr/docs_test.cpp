// The examples of docs/expressions.md, run.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "expr/condition.hpp"
#include "expr/format.hpp"
#include "expr/program.hpp"
#include "expr/search.hpp"
#include "expr/template.hpp"

namespace taffrail::expr {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

std::string evaluate(const std::string& source) {
  const auto program = Program::compile(source, Environment::none());
  if (!program) return program.error().message;
  Context context;
  const NoVariables none;
  const Value value = (*program)->run(none, context);
  return value.failed() ? context.message() : to_json(value);
}

const Environment* environment_of(const std::string& block) {
  if (block == "log") return &Environment::log();
  if (block == "container") return &Environment::container();
  if (block == "metric") return &Environment::metric();
  return block == "event" ? &Environment::event() : nullptr;
}

TEST(Documentation, HasExamplesThatWork) {
  std::ifstream file(TAFFRAIL_DOCS "/expressions.md");
  ASSERT_TRUE(file);
  std::string block;
  std::string line;
  std::map<std::string, std::size_t> examples;  // by kind of block
  while (std::getline(file, line)) {
    if (line.starts_with("```")) {
      block = block.empty() ? line.substr(3) : "";
      continue;
    }
    const Environment* environment = environment_of(block);
    const std::size_t arrow = line.find("=>");
    if (block == "expr") {
      const std::size_t comment = line.find("// =>");
      ASSERT_NE(comment, std::string::npos) << line;
      EXPECT_EQ(evaluate(line.substr(0, comment)), trimmed(line.substr(comment + 5))) << line;
    } else if (environment != nullptr) {
      const auto condition = Condition::compile(line, *environment);
      EXPECT_TRUE(condition) << line << ": " << (condition ? "" : condition.error().detail);
    } else if (block == "search") {
      const auto search = read_search(trimmed(line.substr(0, arrow)), Environment::log());
      EXPECT_EQ(search ? search->expression : search.error().message, trimmed(line.substr(arrow + 2))) << line;
    } else if (block == "template") {
      const auto made = Template::compile(line, Environment::notification());
      EXPECT_TRUE(made) << line << ": " << (made ? "" : made.error().message);
    } else {
      continue;
    }
    ++examples[block];
  }
  for (const char* kind : {"expr", "log", "container", "metric", "event", "search", "template"})
    EXPECT_GT(examples[kind], 0U) << kind;
  EXPECT_GT(examples["expr"], 30U);
}

}  // namespace
}  // namespace taffrail::expr
