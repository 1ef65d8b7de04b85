#include "source/logfile/generations.hpp"

#include <gtest/gtest.h>

namespace taffrail::logfile {
namespace {

TEST(RotatedNames, AreThoseOfLogrotateAndItsKin) {
  for (const char* yes : {"app.log.1", "app.log.12", "app.log-20261121", "app.log.2026-11-21",
                          "app.log-20261121-1795252205", "app.log.2.gz", "app.log-20261121.gz"})
    EXPECT_TRUE(is_rotated_name(yes, "app.log")) << yes;
  for (const char* no : {"app.log", "app.log.", "app.log1", "app.log.conf", "app.log.gz", "app.log.1.xz", "app.log.bak",
                         "app.lo", "x.log.1"})
    EXPECT_FALSE(is_rotated_name(no, "app.log")) << no;
}

}  // namespace
}  // namespace taffrail::logfile
