#include "source/files/file_reading.hpp"

#include <gtest/gtest.h>

#include "source/files/test_folder.hpp"

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Moments between two reads, which with a FileReader would come by chance only.
class FileReadingTest : public testing::Test {
 protected:
  FileReadingTest() { log_.path = folder_ / "app.log"; }

  FileReading open() {
    LogQuery query;
    query.follow = true;
    FileReading reading(log_, ContainerId("x"), query);
    EXPECT_TRUE(reading.open(now_));
    return reading;
  }
  /// Reads what there is: the lines, and "GAP" where one stands.
  std::vector<std::string> read(FileReading& reading) {
    std::vector<std::string> found;
    for (bool at_end = false; !at_end;) {
      auto step = reading.read(now_, steady_, true);
      if (!step) throw std::runtime_error(step.error().detail);
      if (step->chunk.gap) found.emplace_back("GAP");
      std::vector<Seen> lines;
      take(step->chunk.batch, lines);
      for (const Seen& line : lines) {
        EXPECT_GT(line.seq, last_) << line.text;
        last_ = line.seq;
        found.push_back(line.text);
      }
      at_end = step->chunk.at_end;
    }
    return found;
  }

  using Texts = std::vector<std::string>;
  TestFolder folder_;
  LogFile log_;
  Time now_ = std::chrono::system_clock::now();
  SteadyTime steady_ = std::chrono::steady_clock::now();
  Seq last_ = 0;
};

TEST_F(FileReadingTest, ATruncationBeforeTheFirstByteWasReadIsSeenByTheSizeThatAnotherReaderSaw) {
  folder_.append("app.log", "");
  FileReading reading = open();
  EXPECT_EQ(read(reading), Texts{});
  folder_.append("app.log", "a line that only another reader looks at\n");
  open();
  fs::resize_file(log_.path, 0);
  folder_.append("app.log", "one\n");
  EXPECT_EQ(read(reading), (Texts{"GAP", "one"}));
  folder_.append("app.log", "two\n");
  EXPECT_EQ(read(reading), Texts{"two"});
}

TEST_F(FileReadingTest, WhatComesIntoARotatedFileAfterItWasTruncatedIsRead) {
  folder_.append("app.log", "one\n");
  FileReading reading = open();
  EXPECT_EQ(read(reading), Texts{"one"});
  fs::rename(log_.path, log_.path + ".1");
  folder_.append("app.log", "");
  EXPECT_EQ(read(reading), Texts{});
  fs::resize_file(log_.path + ".1", 0);
  folder_.append("app.log.1", "the writer has not gone over yet\n");
  EXPECT_EQ(read(reading), (Texts{"GAP", "the writer has not gone over yet"}));
  folder_.append("app.log", "two\n");
  EXPECT_EQ(read(reading), Texts{"two"});
}

TEST_F(FileReadingTest, AFileTruncatedTwiceBetweenTwoReadsIsOneGap) {
  folder_.append("app.log", "one\n");
  FileReading reading = open();
  EXPECT_EQ(read(reading), Texts{"one"});
  for (const char* text : {"lost, whatever it is\n", "two\n"}) {
    fs::resize_file(log_.path, 0);
    folder_.append("app.log", text);
  }
  EXPECT_EQ(read(reading), (Texts{"GAP", "two"}));
}

TEST_F(FileReadingTest, AFileRemovedBeforeItsSuccessorWasSeenIsAGap) {
  folder_.append("app.log", "one\n");
  FileReading reading = open();
  EXPECT_EQ(read(reading), Texts{"one"});
  fs::remove(log_.path);
  folder_.append("app.log", "nobody sees this\n");
  fs::remove(log_.path);
  folder_.append("app.log", "two\n");
  EXPECT_EQ(read(reading), (Texts{"GAP", "two"}));
}

}  // namespace
}  // namespace taffrail::files
