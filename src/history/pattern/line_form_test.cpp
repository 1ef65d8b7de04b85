#include "history/pattern/line_form.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "expr/condition.hpp"
#include "history/block/block_fixture.hpp"
#include "history/search/condition_filter.hpp"

namespace taffrail::history {
namespace {

std::string shown(std::string_view line) {
  FormMaker maker;
  return show_form(maker.of_line(line));
}

TEST(LineForm, HasMarksForWhatIsOfOneLine) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},
      {"no digits at all", "no digits at all"},
      {"took 15 ms", "took <*> ms"},
      {"took 1.5 ms", "took <*> ms"},
      {"took -3 ms", "took <*> ms"},
      {"took 15ms, 2m30s", "took <*>, <*>"},
      {"eth0 up, ssh2 to worker-12", "eth<*> up, ssh<*> to worker-<*>"},
      {"2026-03-01T10:00:00.123Z INFO up", "<*> INFO up"},
      {"[Sun Dec 04 04:47:44 2005] up", "[<*> <*> <*> <*> <*>] up"},
      {"Mon, 02 Jan 2006 of May and Sun", "<*>, <*> <*> <*> of May and Sun"},
      {"from 10.1.2.3:8080 to [fe80::1]:80", "from <*> to [<*>::<*>]:<*>"},
      {"id deadbeef01 and DEADBEEF01 and 0x1F2e 0x1f2e", "id <*> and <*> and <*> <*>"},
      {"req aZ19bQ28c", "req <*>"},
      {"id 3f2c1b9e-4d5f-bcde-9abc-1234567890ab", "id <*>"},
      {"tab\t and   many", "tab and many"},
      {"\x1b[31merror\x1b[0m at \x1b[1;32m5\x1b[0m", "error at <*>"},
      {"\x1b[38;5;208mab1c2x3y4z", "<*>"},
      {R"({"time":"2026-01-01","msg":"job 7 done","id":7})", "job <*> done"},
      {R"({"level": "info", "message": "say \"hi\" 3"})", R"(say \"hi\" <*>)"},
      {R"(level=info msg="job 7 done" n=3)", "job <*> done"},
      {R"({"a":"b","n":7})", R"({"a":"b","n":<*>})"},
      {R"(text with xmsg="kept")", R"(text with xmsg="kept")"},
      {std::string("a\0b\1c\5 1", 8),
       "a\x1a"
       "b\x1a"
       "c\x1a <*>"},
  };
  for (const auto& [line, form] : cases) EXPECT_EQ(shown(line), form) << line;
}

TEST(LineForm, TellsWhatStandsInItsPlaces) {
  using Values = std::vector<std::string_view>;
  const std::vector<std::pair<std::string, Values>> cases{
      {"took 15 ms", {"15"}},
      {"no digits at all", {}},
      {"17", {"17"}},
      {"took -3 ms, 1.5s", {"-3", "1.5s"}},
      {"eth0 up, ssh2 to worker-12", {"0", "2", "12"}},
      {"2026-03-01T10:00:00.123Z INFO up", {"2026-03-01T10:00:00.123Z"}},
      {R"(10.0.0.7 - "GET /x" 404 512)", {"10.0.0.7", "404", "512"}},
      {"id 3f2c1b9e-4d5f-bcde-9abc-1234567890ab", {"3f2c1b9e-4d5f-bcde-9abc-1234567890ab"}},
  };
  FormMaker maker;
  Values values;
  for (const auto& [line, wanted] : cases) {
    EXPECT_TRUE(find_variables(maker.of_line(line), line, values)) << line;
    EXPECT_EQ(values, wanted) << line;
  }
  // Where it cannot be told.
  for (const std::string line : {"[Sun Dec 04 04:47:44 2005] up", "two  5", "\x1b[31m5\x1b[0m", R"(msg="job 7")"})
    EXPECT_FALSE(find_variables(maker.of_line(line), line, values)) << line;
  // Of another line than the form's.
  EXPECT_FALSE(find_variables(maker.of_line("took 15 ms"), "took long", values));
  EXPECT_FALSE(find_variables(maker.of_line("took 15 ms"), "took", values));
  EXPECT_FALSE(find_variables("", "took", values));
}

TEST(LineForm, IsCutWhereItIsLong) {
  const std::string line(3000, 'x');
  EXPECT_EQ(shown(line), std::string(max_form_size - 1, 'x') + "…");
  // Not within a character, and the same for all that go on differently.
  std::string euros;
  while (euros.size() < 1000) euros += "€";
  EXPECT_EQ(shown(euros + " a"), shown(euros + " b"));
  EXPECT_TRUE(shown(euros).ends_with("€…"));
  // Variables do not count as they were.
  EXPECT_EQ(shown(std::string(60, '1') + std::string(500, 'x')), "<*>");
}

TEST(LineForm, IsBoundedWhateverATemplateSays) {
  LineMaker make(78);
  FormMaker maker;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = make.some(std::string_view("\0\0\1\x05\x20\xFF\x1B[m19aZ-.:\" Jan,\xC3\xA9", 24),
                                        make.below(i % 50 == 0 ? 70'000 : 80));
    for (const std::string_view form : {maker.of_template(bytes), maker.of_message(bytes), maker.of_line(bytes)}) {
      ASSERT_LE(form.size(), max_form_size + 1);
      ASSERT_EQ(form.substr(1).find(form_mark::place), std::string_view::npos);
    }
  }
}

TEST(LineForm, FiltersLetItsLinesThrough) {
  LineMaker make(77);
  FormMaker maker;
  for (int i = 0; i < 300; ++i) {
    const std::string line = make.service_line();
    const std::string filter = form_filter(maker.of_line(line));
    auto condition = expr::Condition::compile(filter, expr::Environment::log());
    ASSERT_TRUE(condition) << filter << ": " << condition.error().detail;
    const Batch batch = batch_of({line, "something else"});
    const ConditionFilter wanted(std::move(*condition));
    EXPECT_TRUE(wanted.wants(batch, batch.records[0])) << filter << "\n" << line;
    EXPECT_FALSE(wanted.wants(batch, batch.records[1])) << filter;
  }
}

}  // namespace
}  // namespace taffrail::history
