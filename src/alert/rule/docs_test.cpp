// The examples of docs/alert-rules.md, read and compiled.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "alert/rule/rule_files.hpp"
#include "alert/rule/rule_scenario.hpp"

namespace taffrail::alert {
namespace {

TEST(Documentation, HasRulesThatWork) {
  std::ifstream page(TAFFRAIL_DOCS "/alert-rules.md");
  ASSERT_TRUE(page);
  std::string block;
  std::string yaml;
  std::string line;
  std::size_t rules = 0;
  std::size_t files = 0;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      if (block == "yaml") {
        const auto file = read_rule_file(yaml, "page", [](std::string_view) { return Result<>(); });
        ASSERT_TRUE(file) << file.error().front().text();
        for (const YamlNode& node : file->tests) {
          const auto scenario = read_scenario(node, "page");
          ASSERT_TRUE(scenario) << scenario.error().text();
          const auto rule = Rule::compile(1, 1, file->rules.front().spec);
          for (const FileProblem& problem : differences(*scenario, play(*scenario, **rule), "page"))
            ADD_FAILURE() << problem.text();
        }
        ++files;
      }
      block = block.empty() ? line.substr(3) : "";
      yaml.clear();
    } else if (block == "json") {
      const auto spec = rule_of_json(line);
      ASSERT_TRUE(spec) << line << ": " << spec.error().detail;
      const auto rule = Rule::compile(1, 1, *spec);
      EXPECT_TRUE(rule) << line << ": " << (rule ? "" : rule.error().detail);
      ++rules;
    } else if (block == "yaml") {
      yaml += line + '\n';
    }
  }
  EXPECT_GT(rules, 15U);
  EXPECT_EQ(files, 2U);
}

}  // namespace
}  // namespace taffrail::alert
