#include "source/files/glob.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include "source/files/generations.hpp"
#include "source/files/line_time.hpp"
#include "source/files/test_folder.hpp"

namespace taffrail::files {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class GlobTest : public testing::Test {
 protected:
  /// The names of what a pattern below the folder finds.
  std::set<std::string> find(std::string_view pattern) {
    const auto glob = Glob::parse(folder_ / pattern);
    EXPECT_TRUE(glob.has_value()) << pattern;
    std::set<std::string> names;
    for (const std::string& path : glob->find().files) names.insert(path.substr(folder_.str().size() + 1));
    return names;
  }
  using Names = std::set<std::string>;
  TestFolder folder_;
};

TEST_F(GlobTest, MatchesNamesAsTheShellDoes) {
  for (const char* name : {"a.log", "b.log", "b2.log", ".hidden.log", "c.txt"}) folder_.append(name, "");
  fs::create_directory(folder_ / "folder.log");
  EXPECT_EQ(find("*.log"), (Names{"a.log", "b.log", "b2.log"}));
  EXPECT_EQ(find("?.log"), (Names{"a.log", "b.log"}));
  EXPECT_EQ(find("[!a]*.log"), (Names{"b.log", "b2.log"}));
  EXPECT_EQ(find(".*.log"), (Names{".hidden.log"}));
  EXPECT_EQ(find("c.txt"), (Names{"c.txt"}));
  EXPECT_EQ(find("./../*/c.txt"), (Names{"c.txt"}));
  EXPECT_EQ(find("none/*.log"), Names{});
}

TEST_F(GlobTest, TwoStarsMatchAnyNumberOfFolders) {
  fs::create_directories(folder_ / "x/y/z");
  fs::create_directories(folder_ / "x/.git");
  for (const char* name : {"1.log", "x/2.log", "x/y/z/3.log", "x/.git/4.log"}) folder_.append(name, "");
  fs::create_directory_symlink(folder_.str(), folder_ / "x/loop");
  EXPECT_EQ(find("**/*.log"), (Names{"1.log", "x/2.log", "x/y/z/3.log"}));
  EXPECT_EQ(find("**/**/y/**/*.log"), (Names{"x/y/z/3.log"}));
  EXPECT_EQ(find("x/**"), (Names{"x/2.log", "x/y/z/3.log"}));
}

TEST_F(GlobTest, LeavesOutWhatBelongsToAnotherFileOrIsNone) {
  for (const char* name : {"app.log", "app.log.1", "app.log-20261121", "app.log.2.gz", "other.log.1", "app.log.bak"})
    folder_.append(name, "");
  fs::create_symlink(folder_ / "app.log", folder_ / "link.log");
  fs::create_symlink(folder_ / "nowhere", folder_ / "dangling.log");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.log").c_str(), 0600), 0);
  EXPECT_EQ(find("*"), (Names{"app.log", "app.log.bak", "link.log", "other.log.1"}));
}

TEST_F(GlobTest, WatchesTheFoldersInWhichAMatchCouldAppear) {
  fs::create_directories(folder_ / "a/b");
  const auto glob = Glob::parse(folder_ / "*/*/x.log");
  EXPECT_EQ(glob->find().folders, (Names{folder_.str(), folder_ / "a", folder_ / "a/b"}));
  const auto later = Glob::parse(folder_ / "a/not/yet/*.log");
  EXPECT_EQ(later->find().folders, (Names{folder_ / "a"}));
}

TEST_F(GlobTest, NamesFilesByTheirPathBehindTheFixedPart) {
  EXPECT_EQ(Glob::parse("/var/log/*.log")->name_of("/var/log/a.log"), "a.log");
  EXPECT_EQ(Glob::parse("/var/log/**/*.log")->name_of("/var/log/web/a.log"), "web/a.log");
  EXPECT_EQ(Glob::parse("/var/log/syslog")->name_of("/var/log/syslog"), "syslog");
  EXPECT_EQ(Glob::parse("/*/x")->name_of("/a/x"), "a/x");
}

TEST(GlobParse, RefusesWhatIsNoPattern) {
  for (const std::string& bad : {std::string(), std::string("/"), std::string("/a\0b", 4), std::string("/*/.."),
                                 "/" + std::string(Glob::max_length, 'x')}) {
    const auto glob = Glob::parse(bad);
    EXPECT_FALSE(glob.has_value()) << bad;
  }
  EXPECT_EQ(Glob::parse("x.log")->text(), (fs::current_path() / "x.log").string());
  EXPECT_EQ(Glob::parse("/a//b/./../c/**/**")->text(), "/a/c/**/*");
}

TEST(RotatedNames, AreThoseOfLogrotateAndItsKin) {
  for (const char* yes :
       {"app.log.1", "app.log.12", "app.log-20261121", "app.log.2026-11-21", "app.log-20261121-1795252205"})
    EXPECT_TRUE(is_rotated_name(yes, "app.log")) << yes;
  for (const char* no :
       {"app.log", "app.log.", "app.log1", "app.log.conf", "app.log.1.gz", "app.log.bak", "app.lo", "x.log.1"})
    EXPECT_FALSE(is_rotated_name(no, "app.log")) << no;
}

TEST(LineTime, IsWhatTheLineStatesAnywhereUsual) {
  struct Case {
    const char* line;
    const char* time;  // nullptr: none
  };
  const Case cases[] = {
      {"2026-11-21T09:10:05Z start", "2026-11-21T09:10:05.000000000Z"},
      {R"({"level":"info","time":"2026-11-21T09:10:05.25Z","msg":"x"})", "2026-11-21T09:10:05.250000000Z"},
      {R"({"ts":1795252205.5,"msg":"x"})", "2026-11-21T09:10:05.500000000Z"},
      {R"(  {"@timestamp": "2026-11-21T10:10:05+01:00"})", "2026-11-21T09:10:05.000000000Z"},
      {"level=info ts=2026-11-21T09:10:05Z msg=x", "2026-11-21T09:10:05.000000000Z"},
      {"uptime=2026-11-21T09:10:05Z", nullptr},
      {R"({"message":"no time"})", nullptr},
      {"   at frame", nullptr},
      {"", nullptr},
  };
  LineTime line_time;
  for (const Case& c : cases) {
    const auto time = line_time.of(c.line, Time(1'795'252'205s));
    ASSERT_EQ(time.has_value(), c.time != nullptr) << c.line;
    if (time) EXPECT_EQ(to_rfc3339(*time), c.time) << c.line;
  }
}

TEST(LineTime, WithoutAnOffsetIsTheMachinesLocalTime) {
  const char* before = ::getenv("TZ");
  const std::string kept = before ? before : "";
  ::setenv("TZ", "XST-2XDT,M3.5.0,M10.5.0/3", 1);  // two hours east of UTC, three in summer
  ::tzset();
  LineTime line_time;
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-11-21 09:10:05,123 x", Time(1'795'252'205s))),
            "2026-11-21T07:10:05.123000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-07-21 09:10:05 x", Time(1'795'252'205s))), "2026-07-21T06:10:05.000000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-07-21T09:10:05Z x", Time(1'795'252'205s))),
            "2026-07-21T09:10:05.000000000Z");
  // In the night when the clocks are put back a time comes twice: the line before tells which it is.
  const Time reference(1'795'252'205s);
  const auto first = line_time.of("2026-10-25 02:59:00 x", reference);
  EXPECT_EQ(to_rfc3339(*first), "2026-10-24T23:59:00.000000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-10-25 02:01:00 x", reference, first)), "2026-10-25T00:01:00.000000000Z");
  EXPECT_EQ(to_rfc3339(*line_time.of("2026-10-25 02:01:00 x", reference)), "2026-10-24T23:01:00.000000000Z");
  before ? ::setenv("TZ", kept.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace taffrail::files
