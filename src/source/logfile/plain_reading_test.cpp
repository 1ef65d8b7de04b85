#include <gtest/gtest.h>

#include "source/logfile/log_reading.hpp"
#include "source/logfile/test_folder.hpp"

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Moments between two reads, which with a FileReader would come by chance only.
class PlainReadingTest : public testing::Test {
 protected:
  PlainReadingTest() {
    LogOptions options;
    options.path = folder_ / "app.log";
    log_ = std::make_shared<Log>(options);
  }

  LogReading open() {
    LogQuery query;
    query.follow = true;
    LogReading reading(log_, ContainerId("x"), query);
    EXPECT_TRUE(reading.open(moment()));
    return reading;
  }
  /// Reads what there is: the lines, and "GAP" where one stands.
  std::vector<std::string> read(LogReading& reading) {
    std::vector<std::string> found;
    for (bool at_end = false; !at_end;) {
      auto step = reading.read(moment());
      if (!step) throw std::runtime_error(step.error().detail);
      if (step->chunk.gap) found.emplace_back("GAP");
      std::vector<Seen> lines;
      take(step->chunk, lines);
      for (const Seen& line : lines) {
        EXPECT_GT(line.seq, last_) << line.text;
        last_ = line.seq;
        found.push_back(line.text);
      }
      at_end = step->chunk.at_end;
    }
    return found;
  }

  [[nodiscard]] LogReading::Moment moment() const { return {.now = now_, .steady = steady_}; }

  using Texts = std::vector<std::string>;
  TestFolder folder_;
  std::shared_ptr<Log> log_;
  Time now_ = std::chrono::system_clock::now();
  SteadyTime steady_ = std::chrono::steady_clock::now();
  Seq last_ = 0;
};

TEST_F(PlainReadingTest, ATruncationBeforeTheFirstByteWasReadIsSeenByTheSizeThatAnotherReaderSaw) {
  folder_.append("app.log", "");
  LogReading reading = open();
  EXPECT_EQ(read(reading), Texts{});
  folder_.append("app.log", "a line that only another reader looks at\n");
  open();
  fs::resize_file(log_->options().path, 0);
  folder_.append("app.log", "one\n");
  EXPECT_EQ(read(reading), (Texts{"GAP", "one"}));
  folder_.append("app.log", "two\n");
  EXPECT_EQ(read(reading), Texts{"two"});
}

TEST_F(PlainReadingTest, WhatComesIntoARotatedFileAfterItWasTruncatedIsRead) {
  folder_.append("app.log", "one\n");
  LogReading reading = open();
  EXPECT_EQ(read(reading), Texts{"one"});
  fs::rename(log_->options().path, log_->options().path + ".1");
  folder_.append("app.log", "");
  EXPECT_EQ(read(reading), Texts{});
  fs::resize_file(log_->options().path + ".1", 0);
  folder_.append("app.log.1", "the writer has not gone over yet\n");
  EXPECT_EQ(read(reading), (Texts{"GAP", "the writer has not gone over yet"}));
  folder_.append("app.log", "two\n");
  EXPECT_EQ(read(reading), Texts{"two"});
}

TEST_F(PlainReadingTest, AFileTruncatedTwiceBetweenTwoReadsIsOneGap) {
  folder_.append("app.log", "one\n");
  LogReading reading = open();
  EXPECT_EQ(read(reading), Texts{"one"});
  for (const char* text : {"lost, whatever it is\n", "two\n"}) {
    fs::resize_file(log_->options().path, 0);
    folder_.append("app.log", text);
  }
  EXPECT_EQ(read(reading), (Texts{"GAP", "two"}));
}

TEST_F(PlainReadingTest, AFileRemovedBeforeItsSuccessorWasSeenIsAGap) {
  folder_.append("app.log", "one\n");
  LogReading reading = open();
  EXPECT_EQ(read(reading), Texts{"one"});
  fs::remove(log_->options().path);
  folder_.append("app.log", "nobody sees this\n");
  fs::remove(log_->options().path);
  folder_.append("app.log", "two\n");
  EXPECT_EQ(read(reading), (Texts{"GAP", "two"}));
}

}  // namespace
}  // namespace taffrail::logfile
