#include "text/kind.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::text {
namespace {

/// Nothing where simdjson cannot tell: RFC 8259 has no limit on numbers, simdjson refuses those beyond a double.
std::optional<bool> simdjson_takes_object(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(line.data(), line.size()).get(element);
  if (error == simdjson::NUMBER_ERROR) return std::nullopt;
  return error == simdjson::SUCCESS && element.is_object();
}

TEST(JsonScan, TakesObjectsAndNothingElse) {
  const std::vector<std::pair<bool, std::string_view>> table{
      {true, "{}"},
      {true, " {\"a\":1} "},
      {true, R"({"a":[1,-2.5,3e9,0.1E-2,{"b":[]}],"c":{"d":null},"e":true,"f":false})"},
      {true, R"({"a":"\"\\\/\b\f\n\r\t\u00e9"})"},
      {false, ""},
      {false, "[]"},
      {false, "[{\"a\":1}]"},
      {false, "\"text\""},
      {false, "12"},
      {false, "null"},
      {false, "{"},
      {false, "{}}"},
      {false, "{} {}"},
      {false, "{\"a\":1,}"},
      {false, "{,\"a\":1}"},
      {false, "{\"a\"}"},
      {false, "{\"a\":}"},
      {false, "{\"a\" 1}"},
      {false, "{a:1}"},
      {false, "{'a':1}"},
      {false, "{\"a\":01}"},
      {false, "{\"a\":-}"},
      {false, "{\"a\":1.}"},
      {false, "{\"a\":.5}"},
      {false, "{\"a\":1e}"},
      {false, "{\"a\":+1}"},
      {false, "{\"a\":NaN}"},
      {false, "{\"a\":truth}"},
      {false, "{\"a\":\"\\x\"}"},
      {false, "{\"a\":\"\\u12g4\"}"},
      {false, "{\"a\":\"\\u12\"}"},
      {false, "{\"a\":\"\x01\"}"},
      {false, "{\"a\":\"open}"},
      {false, "{\"a\":[1}"},
      {false, "{\"a\":[1,]}"},
      {false, "{\"a\":1 \"b\":2}"},
      {false, "{1:2}"},
      {false, "{\"a\":1"},
      {false, "{\"a\":"},
      {false, "{\"a\":1,"},
  };
  for (const auto& [object, line] : table) {
    EXPECT_EQ(scan_json_line(line).object, object) << line;
    EXPECT_EQ(simdjson_takes_object(line).value_or(object), object) << line;
  }
}

TEST(JsonScan, AgreesWithSimdjsonOnDamagedLines) {
  const std::string seed =
      R"({"t":"2026-11-21T09:10:05Z","level":"info","n":[1,2.5e3,-0,{"x":null,"y":[true,false]}],"s":"a\"b\\c\u00e9\n","e":{}})";
  std::minstd_rand random(7);
  const std::string_view letters = "{}[]\",:\\0123456789-+.eEutrnfalse \t\n\x01x";
  int objects = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string line = seed;
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % line.size();
      switch (random() % 3) {
        case 0: line[at] = letters[random() % letters.size()]; break;
        case 1: line.erase(at, 1 + random() % 3); break;
        default: line.insert(at, 1, letters[random() % letters.size()]);
      }
    }
    const auto expected = simdjson_takes_object(line);
    if (!expected) continue;
    objects += *expected ? 1 : 0;
    ASSERT_EQ(scan_json_line(line).object, *expected) << line;
  }
  EXPECT_GT(objects, 1000);
}

TEST(JsonScan, NestingBeyondTheBoundIsText) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(scan_json_line(nested(max_json_depth)).object);
  EXPECT_FALSE(scan_json_line(nested(max_json_depth + 1)).object);
  EXPECT_FALSE(scan_json_line(std::string(200'000, '{')).object);
  EXPECT_FALSE(scan_json_line("{\"a\":" + std::string(200'000, '[')).object);
}

TEST(JsonScan, InvalidUtf8InAStringIsStillJson) {
  const JsonLine line = scan_json_line("{\"level\":\"warn\",\"msg\":\"\xff\xfe\"}");
  EXPECT_TRUE(line.object);
  EXPECT_EQ(line.level, Level::warn);
}

TEST(JsonScan, FindsTheLevelOfManyWriters) {
  using enum Level;
  const std::vector<std::pair<Level, std::string_view>> table{
      {info, R"({"level":"info","msg":"x"})"},
      {error, R"({"msg":"x","LEVEL":"ERROR"})"},
      {warn, R"({"lvl":"warn"})"},
      {fatal, R"({"severity":"CRITICAL"})"},
      {error, R"({"severity":3})"},
      {info, R"({"PRIORITY":"6","MESSAGE":"x"})"},
      {warn, R"({"@t":"2026","@l":"Warning"})"},
      {debug, R"({"levelname":"DEBUG"})"},
      {info, R"({"LogLevel":"Information"})"},
      {error, R"({"log.level":"error","ecs.version":"1.6"})"},
      {error, R"({"log":{"logger":"a","level":"error"}})"},
      {info, R"({"record":{"elapsed":1,"level":{"icon":"i","name":"INFO","no":20}}})"},
      {info, R"({"level":{"name":"INFO","no":20}})"},
      {info, R"({"severityText":"INFO","severityNumber":9})"},
      {error, R"({"severity_number":17})"},
      {info, R"({"level":30,"time":1795252205123,"pid":1,"msg":"x"})"},
      {error, R"({"name":"app","level":50,"v":0})"},
      {warn, R"({"message":"x","level":300,"level_name":"WARNING"})"},
      {error, R"({"version":"1.1","short_message":"x","level":3})"},
      {unknown, R"({"msg":"x","level":3})"},
      {info, R"({"t":{"$date":"2026-11-21T09:10:05Z"},"s":"I","c":"NETWORK"})"},
      {debug, R"({"t":{"$date":"2026-11-21T09:10:05Z"},"s":"D2","c":"NETWORK"})"},
      {unknown, R"({"s":"I","c":"NETWORK"})"},
      {info, R"({"level":"\u001b[32minfo\u001b[39m"})"},
      {warn, R"({"level":" warn "})"},
      {error, R"({"level":"E"})"},
      {error, R"({"level":null,"severity":"error"})"},
      {unknown, R"({"msg":"level error","code":"ERROR"})"},
      {unknown, R"({"user":{"level":"error"}})"},
      {unknown, R"({"list":[{"level":"error"}]})"},
      {unknown, R"({"level":["error"]})"},
      {unknown, R"({"level":40.5})"},
      {unknown, R"({"level":99999999999999999999})"},
      {unknown, R"({"level":true})"},
  };
  for (const auto& [level, line] : table) {
    const JsonLine found = scan_json_line(line);
    EXPECT_TRUE(found.object) << line;
    EXPECT_EQ(to_string(found.level), to_string(level)) << line;
  }
}

TEST(Logfmt, TakesLinesThatAreMostlyPairs) {
  const std::vector<std::pair<bool, std::string_view>> table{
      {true, "level=info msg=\"ship moored\" ship=7"},
      {true, "a=1 b=2"},
      {true, "a= b=1 c=2"},
      {false, "a= b="},
      {true, "time=2026-11-21T09:10:05Z ship.name=\"The \\\"Gull\\\"\" @v=1"},
      {true, "2026-11-21T09:10:05Z level=info msg=moored"},
      {true, "msg=\"a b c\" path=/x/y?z=1"},
      {false, ""},
      {false, "a=1"},
      {false, "moored ship=7 berth=2"},
      {false, "the ship a=1 and its crew of many b=2"},
      {false, "https://harbour.example/?a=1&b=2 https://harbour.example/?c=3"},
      {false, "aGVsbG8gd29ybGQ= c2Vjb25kIHdvcmQ= dGhpcmQ="},
      {false, "YWJjZA== YWJjZA=="},
      {false, "if (a == b) c = d"},
      {false, "a == b c == d"},
      {false, "x = 1, y = 2"},
      {false, "=1 =2"},
      {false, "1a=1 2b=2"},
      {false, "a=\"open b=2"},
      {false, "--mast=oak --sail=linen"},
      {false, "-Dmast=oak -Dsail=linen"},
  };
  for (const auto& [logfmt, line] : table) EXPECT_EQ(scan_logfmt_line(line).logfmt, logfmt) << line;
}

}  // namespace
}  // namespace taffrail::text
