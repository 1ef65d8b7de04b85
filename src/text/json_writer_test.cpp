#include "text/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace taffrail::text {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelongHoweverItIsNested) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("a", 1).key("b").begin_array();
  json.begin_object().end_object().value("x").value(true).begin_array().end_array().null().end_array();
  json.key("c").value(std::map<std::string, std::string>{{"k", "v"}, {"l", ""}});
  json.key("d").begin_object().end_object().member("e", std::optional<int>()).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[{},"x",true,[],null],"c":{"k":"v","l":""},"d":{},"e":null})");
}

TEST(JsonWriter, EscapesKeysAsWellAsValuesAndRepairsBytes) {
  std::string out;
  JsonWriter(out).begin_object().member("a\"b", "c\n\xff").end_object();
  EXPECT_EQ(out, "{\"a\\\"b\":\"c\\n\xef\xbf\xbd\"}");
}

TEST(JsonWriter, WritesNumbersAsTheyAre) {
  std::string out;
  JsonWriter(out)
      .begin_array()
      .value(std::numeric_limits<std::uint64_t>::max())
      .value(std::numeric_limits<std::int64_t>::min())
      .value(0.25)
      .value(1234567.0)
      .value(std::numeric_limits<double>::infinity())
      .value(std::numeric_limits<double>::quiet_NaN())
      .end_array();
  EXPECT_EQ(out, "[18446744073709551615,-9223372036854775808,0.25,1.23457e+06,null,null]");
}

TEST(JsonWriter, BeginsWhereTheStringEndsAndFitsTogetherWithOthers) {
  std::string out = "data ";
  JsonWriter json(out);
  json.begin_array().value(1);
  JsonWriter(json.next()).begin_object().member("x", 2).end_object();
  json.value("y,").end_array();
  EXPECT_EQ(out, R"(data [1,{"x":2},"y,"])");
  out += '\n';
  JsonWriter(out).begin_object().end_object();
  EXPECT_TRUE(out.ends_with("]\n{}"));
}

}  // namespace
}  // namespace taffrail::text
