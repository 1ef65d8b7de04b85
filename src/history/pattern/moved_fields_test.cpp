#include "history/pattern/moved_fields.hpp"

#include <fmt/format.h>
#include <functional>

#include "history/search/search_fixture.hpp"

namespace taffrail::history {
namespace {

FieldSample sample_of(std::size_t lines, const std::function<std::string(std::size_t)>& make) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < lines; ++i) texts.push_back(make(i));
  Batch batch = batch_of(texts);
  LineContext context;
  classify(batch, 0, context);
  FieldSample sample;
  for (const Record& record : batch.records) sample.add(batch, record);
  return sample;
}

TEST(MovedFields, AreThoseWhoseValuesAreOthers) {
  const auto line = [](std::size_t i, std::size_t bad, double ms) {
    return fmt::format(R"({{"msg":"served","status":{},"zone":"{}","id":"{:032x}","http":{{"ms":{}}},"ok":true}})",
                       i % 10 < bad ? 500 : 200, i % 3 == 0 ? "north" : "south", i * 977 + bad,
                       ms * (1 + static_cast<double>(i % 37) / 37));
  };
  const FieldSample usual = sample_of(1000, [&](std::size_t i) { return line(i, 1, 20); });
  const FieldSample incident = sample_of(500, [&](std::size_t i) { return line(i, 6, 900); });
  const auto moved = moved_fields(incident, usual);
  ASSERT_EQ(moved.size(), 2U);
  const auto& latency = moved[0].name == "http.ms" ? moved[0] : moved[1];
  const auto& status = moved[0].name == "http.ms" ? moved[1] : moved[0];
  EXPECT_EQ(latency.name, "http.ms");
  ASSERT_TRUE(latency.median && latency.base_median);
  EXPECT_GT(*latency.median, 900);
  EXPECT_LT(*latency.base_median, 40);
  EXPECT_TRUE(latency.values.empty());
  EXPECT_EQ(status.name, "status");
  ASSERT_EQ(status.values.size(), 2U);
  EXPECT_EQ(status.values[0].value, "500");
  EXPECT_EQ(status.values[0].lines, 300U);
  EXPECT_EQ(status.values[0].base_lines, 100U);
  // Nothing moved where nothing did.
  const FieldSample same = sample_of(700, [&](std::size_t i) { return line(i + 5000, 1, 20); });
  EXPECT_TRUE(moved_fields(same, usual).empty());
}

TEST(MovedFields, AreOfLogfmtToo) {
  const auto make = [](const char* path) {
    return sample_of(300,
                     [path](std::size_t i) { return fmt::format("level=info msg=\"got it\" path={} n={}", path, i); });
  };
  const auto moved = moved_fields(make("/cart"), make("/login"));
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0].name, "path");
}

TEST(MovedFields, AreOfLinesOfText) {
  const auto make = [](std::size_t bad, double ms) {
    return sample_of(600, [=](std::size_t i) {
      return i % 2 == 0 ? fmt::format("10.0.0.{} \"GET /cart\" {}", i % 9, i % 10 < bad ? 502 : 200)
                        : fmt::format("query {} took {:.1f} ms", 5000 + i, ms * (1 + static_cast<double>(i % 37)));
    });
  };
  const auto moved = moved_fields(make(8, 90), make(0, 3));
  ASSERT_EQ(moved.size(), 2U);
  const auto& status = moved[0].values.empty() ? moved[1] : moved[0];
  const auto& took = moved[0].values.empty() ? moved[0] : moved[1];
  EXPECT_EQ(status.name, R"(<*> "GET /cart" <#>)");
  EXPECT_EQ(status.values[0].value, "502");
  EXPECT_EQ(took.name, "query <*> took <#> ms");
  EXPECT_GT(*took.median, 10 * *took.base_median);
}

TEST(MovedFields, AreNotThoseThatCountOn) {
  const auto make = [](std::size_t from) {
    return sample_of(500, [from](std::size_t i) {
      return i % 2 == 0 ? fmt::format("job {} done", from + i) : fmt::format(R"({{"msg":"x","offset":{}}})", from + i);
    });
  };
  EXPECT_TRUE(moved_fields(make(900'000), make(1000)).empty());
}

TEST(MovedFields, AreBoundedWhateverLinesSay) {
  const FieldSample sample = sample_of(3000, [](std::size_t i) {
    return fmt::format(R"({{"k{}":"v","same":"{}","deep":{{"a":{{"b":{{"c":{{"d":1}}}}}}}},"n":{}}})", i, i, i);
  });
  EXPECT_EQ(sample.fields().size(), FieldSample::max_fields);
  EXPECT_EQ(sample.fields().at("same").values.size(), FieldSample::max_values);
  EXPECT_TRUE(sample.fields().at("same").many);
  FieldSample twice;
  twice.merge(sample);
  twice.merge(sample);
  EXPECT_EQ(twice.fields().at("same").values.size(), FieldSample::max_values);
  EXPECT_LE(twice.fields().at("n").numbers.size(), FieldSample::max_numbers);
  EXPECT_EQ(twice.lines(), 6000U);

  std::size_t word = 0;
  const FieldSample text = sample_of(3000, [&word](std::size_t) {
    std::string name;
    for (std::size_t rest = ++word; rest > 0; rest /= 26) name += static_cast<char>('a' + rest % 26);
    return fmt::format("{} {} 5 {}", name, std::string(300, 'x'), std::string(300, 'y'));
  });
  EXPECT_LE(text.variables().size(), FieldSample::max_variables);
  for (const auto& [name, field] : text.variables()) EXPECT_LE(name.size(), FieldSample::max_value_size);
}

class SampledFields : public StoredLogs {};

TEST_F(SampledFields, AreThoseOfTheLinesThatAreAskedFor) {
  LineMaker make(42);
  LogMaker lines(make);
  for (int i = 0; i < 6; ++i) add(0, lines.next(50), i % 2 == 0 ? BlockInfo::Kind::templates : BlockInfo::Kind::plain);
  const LineQuery all = query("");
  auto sample = run(sample_fields(*store_, workers_, all, SteadyTime::max()));
  ASSERT_TRUE(sample);
  // Fewer than a sample has: all of them.
  EXPECT_EQ(sample->lines(), 300U);
  std::uint64_t levels = 0;
  for (const auto& [level, count] : sample->fields().at("level").values) levels += count;
  EXPECT_EQ(levels, 300U);
  const LineQuery some = query("level == \"error\"");
  auto errors = run(sample_fields(*store_, workers_, some, SteadyTime::max()));
  ASSERT_TRUE(errors);
  EXPECT_EQ(errors->lines(), scan(some, false).size());
}

}  // namespace
}  // namespace taffrail::history
