#include <gtest/gtest.h>

#include <fmt/format.h>
#include <malloc.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/condition.hpp"

namespace taffrail::expr {
namespace {

// Rules as people write them, numbered so that no two are the same: texts, fields, lists, patterns, containers.
constexpr std::string_view forms[] = {
    "message contains \"ERR-{0}\"",
    "level >= \"error\" and message contains \"tenant-{0} \"",
    "lower(text) contains \"disk{0} full\"",
    "text contains \"payment\" and text contains \"failed\" and text contains \"shop-{0}\" and level != \"debug\"",
    "message.status >= 500 and message.path startsWith \"/svc{0}/\"",
    "fields?.duration_ms > {0} and fields?.method == \"POST\"",
    "fields?.user?.id == {0} or fields?.session?.user?.id == {0}",
    "fields?.code in [\"E{0}\", \"F{0}\", \"G{0}\"]",
    "level == \"fatal\" and container.service == \"svc-{0}\"",
    "container.name in [\"worker-{0}\", \"web-{0}\"] and (text contains \"OOM {0}\" or text contains \"killed {0}\")",
    "container.labels[\"team\"] == \"t{0}\" and stream == \"stderr\" and not (text contains \"deprecated\")",
    "message matches \"(?i)(timeout|refused|unreachable).*host-{0}\\\\b\"",
    "message matches \"user=u{0}[0-9]+ denied\"",
    "message matches \"^\\\\[worker-{0}\\\\] (panic|fatal error):\"",
    "level in [\"error\", \"fatal\"] and message matches \"code={0}[0-9]{{2}} \"",
    "any(fields?.tags ?? [], # == \"t{0}\") and (fields?.retries ?? 0) > 3",
};

std::size_t in_use() { return mallinfo2().uordblks; }

// Bytes that `count` rules of these forms take on average, with all that malloc puts around them. The states of a
// pattern's automaton, which RE2 makes while it matches, are not in it.
std::size_t bytes_of_a_rule(std::span<const std::string_view> of, std::size_t count) {
  std::vector<std::string> sources;
  sources.reserve(count);
  for (std::size_t i = 0; i < count; ++i) sources.push_back(fmt::format(fmt::runtime(of[i % of.size()]), 1000 + i));
  std::vector<Condition> rules;
  rules.reserve(count);
  std::size_t before = 0;
  // Once to fill what is shared and what malloc keeps back, once to count.
  for (int times = 0; times < 2; ++times) {
    rules.clear();
    before = in_use();
    for (const std::string& source : sources) {
      auto rule = Condition::compile(source, Environment::log());
      EXPECT_TRUE(rule) << source << ": " << (rule ? "" : rule.error().detail);
      if (rule) rules.push_back(*rule);
    }
  }
  return (in_use() - before) / count;
}

TEST(RuleMemory, IsUnderTwoKilobytesOnAverage) {
  if (in_use() == 0) GTEST_SKIP() << "this allocator does not count";  // a sanitizer's
  EXPECT_LE(bytes_of_a_rule(forms, 1000), 2048U);
}

}  // namespace
}  // namespace taffrail::expr
