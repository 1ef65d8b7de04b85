#include "source/logfile/folder_names.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "source/logfile/test_folder.hpp"

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

void touch(const std::string& path) { std::ofstream(path) << "x\n"; }

/// As if its last change were long ago.
void age(const std::string& folder, Duration by) {
  const auto then = std::filesystem::file_time_type::clock::now() - by;
  std::filesystem::last_write_time(folder,
                                   std::chrono::time_point_cast<std::filesystem::file_time_type::duration>(then));
}

TEST(FolderNames, AreThoseThatARotatedFileMayHave) {
  const TestFolder folder;
  for (const char* name : {"b.log.1", "app.log", "a.log-20261121.gz", "conf.d", "x.log.gz", "c.log.2026-11-21"})
    touch(folder.str() + "/" + name);
  FolderNames names;
  EXPECT_EQ(*names.in(folder.str()), (Names{"a.log-20261121.gz", "b.log.1", "c.log.2026-11-21"}));
}

TEST(FolderNames, AreListedOnceWhileTheFolderStandsStill) {
  const TestFolder folder;
  touch(folder.str() + "/a.log.1");
  age(folder.str(), 1h);
  FolderNames names;
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(*names.in(folder.str()), Names{"a.log.1"});
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_LE(names.listings(), 1 + static_cast<std::size_t>(took / FolderNames::most_age));
}

TEST(FolderNames, AreListedAnewWhenTheFolderHasChanged) {
  const TestFolder folder;
  touch(folder.str() + "/a.log.1");
  age(folder.str(), 1h);
  FolderNames names;
  ASSERT_EQ(*names.in(folder.str()), Names{"a.log.1"});
  touch(folder.str() + "/a.log.2");
  EXPECT_EQ(*names.in(folder.str()), (Names{"a.log.1", "a.log.2"}));
}

TEST(FolderNames, AreListedEachTimeWhileTheFolderChangesWithinAStepOfItsTime) {
  const TestFolder folder;
  FolderNames names;
  Names expected;
  for (int i = 1; i < 10; ++i) {
    touch(folder.str() + "/a.log." + std::to_string(i));
    // As a file system does whose times are in whole seconds: the change does not show.
    std::filesystem::last_write_time(
        folder.str(), std::chrono::floor<std::chrono::seconds>(std::filesystem::file_time_type::clock::now()));
    expected.push_back("a.log." + std::to_string(i));
    ASSERT_EQ(*names.in(folder.str()), expected);
  }
}

TEST(FolderNames, AreThoseOfTheFolderThatHasThePathNow) {
  const TestFolder folder;
  const std::string path = folder.str() + "/logs";
  std::filesystem::create_directory(path);
  touch(path + "/a.log.1");
  age(path, 1h);
  FolderNames names;
  ASSERT_EQ(*names.in(path), Names{"a.log.1"});
  std::filesystem::rename(path, folder.str() + "/old");
  EXPECT_TRUE(names.in(path)->empty());
  std::filesystem::create_directory(path);
  touch(path + "/b.log.1");
  age(path, 1h);
  EXPECT_EQ(*names.in(path), Names{"b.log.1"});
}

}  // namespace
}  // namespace taffrail::logfile
