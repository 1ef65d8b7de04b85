#include "app/program_pages.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace taffrail {
namespace {

/// Resident bytes that are backed by files, in KiB.
long resident_of_files() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "RssFile:") continue;
    long size = 0;
    status >> size;
    return size;
  }
  return -1;
}

TEST(ProgramPages, AreLetGoAndComeBackWhenTheyAreUsed) {
  const long before = resident_of_files();
  ASSERT_GT(before, 0);
  let_go_of_program_pages();
  const long after = resident_of_files();
  EXPECT_GT(after, 0);
  EXPECT_LT(after, before / 2);
  // Whatever is called next still works, exceptions through libraries as well.
  EXPECT_THROW((void)std::stoi("no number"), std::invalid_argument);
}

}  // namespace
}  // namespace taffrail
