#include "model/variables/logfmt_fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace taffrail {
namespace {

TEST(LogfmtFields, AreTheMembersOfALineInOrderAndTheFirstOfAKeyCounts) {
  LogfmtFields fields;
  fields.set(R"(2026-11-21T09:00:00Z level=info msg="a\nb" n=1 n=2 lonely)");
  std::vector<std::string> seen;
  fields.each([&](std::string_view key, const expr::Value&) { seen.emplace_back(key); });
  EXPECT_EQ(seen, (std::vector<std::string>{"level", "msg", "n", "n"}));
  EXPECT_TRUE(fields.contains("msg"));
  EXPECT_FALSE(fields.contains("lonely"));
  fields.set("");
  EXPECT_EQ(fields.size(), 0U);
}

}  // namespace
}  // namespace taffrail
