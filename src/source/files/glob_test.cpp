#include "source/files/glob.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include "source/logfile/test_folder.hpp"

namespace taffrail::files {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class GlobTest : public testing::Test {
 protected:
  /// The names of what a pattern below the folder finds.
  std::set<std::string> find(std::string_view pattern, Glob::Links links = Glob::Links::below) {
    auto glob = Glob::parse(folder_ / pattern);
    EXPECT_TRUE(glob.has_value()) << pattern;
    glob->follow_links(links);
    std::set<std::string> names;
    for (const std::string& path : glob->find().files) names.insert(path.substr(folder_.str().size() + 1));
    return names;
  }
  using Names = std::set<std::string>;
  logfile::TestFolder folder_;
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

TEST_F(GlobTest, FollowsLinksThatStayBelowItsFolderUnlessAllAreAskedFor) {
  fs::create_directories(folder_ / "logs/deep");
  fs::create_directories(folder_ / "elsewhere");
  folder_.append("logs/a.log", "");
  folder_.append("logs/deep/b.log", "");
  folder_.append("elsewhere/secret.log", "");
  fs::create_symlink("a.log", folder_ / "logs/in.log");
  fs::create_symlink("../elsewhere/secret.log", folder_ / "logs/out.log");
  fs::create_symlink(folder_ / "elsewhere", folder_ / "logs/aside");
  fs::create_symlink(folder_ / "logs", folder_ / "linked");
  EXPECT_EQ(find("logs/*.log"), (Names{"logs/a.log", "logs/in.log"}));
  EXPECT_EQ(find("logs/*/*.log"), Names{"logs/deep/b.log"});
  EXPECT_EQ(find("linked/*.log"), (Names{"linked/a.log", "linked/in.log"})) << "the folder itself was named outright";
  EXPECT_EQ(find("logs/out.log"), Names{"logs/out.log"}) << "a file that was named outright";
  EXPECT_EQ(find("logs/*.log", Glob::Links::anywhere), (Names{"logs/a.log", "logs/in.log", "logs/out.log"}));
  EXPECT_EQ(find("logs/*/*.log", Glob::Links::anywhere), (Names{"logs/aside/secret.log", "logs/deep/b.log"}));
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

}  // namespace
}  // namespace taffrail::files
