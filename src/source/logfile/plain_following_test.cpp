#include <algorithm>
#include <variant>

#include "base/signal_flag.hpp"
#include "base/timeout.hpp"
#include "source/logfile/plain_log_fixture.hpp"
#include "source/logfile/plain_log_writer.hpp"

namespace taffrail::logfile {
namespace {

/// What a reader gave, in order.
using Item = std::variant<Seen, Gap>;

/// A following reader and what it has given.
class Follower {
 public:
  Follower(WorkerPool& workers, const Clock& clock, Inotify& inotify, TaskGroup& group, const std::shared_ptr<Log>& log)
      : shared_{workers, clock, &inotify}, log_(log), arrived_(group.executor()), group_(group) {}

  /// Opens the reader and keeps reading.
  Task<> start(LogQuery query = {}) {
    query.follow = true;
    auto reader = co_await LogFileReader::open(shared_, log_, ContainerId("x"), std::move(query));
    if (!reader) throw std::runtime_error(reader.error().detail);
    group_.spawn("follow", follow(std::move(*reader)));
  }
  /// Waits until `done`. False when that takes 20 s.
  Task<bool> until(std::function<bool()> done) {
    const auto wait = [&]() -> Task<Result<bool>> {
      while (!done()) co_await arrived_.wait();
      co_return true;
    };
    auto waited = co_await with_timeout(20s, "reader", wait());
    co_return waited.has_value();
  }

  std::vector<Item> items;
  std::vector<Seen> lines;
  std::size_t gaps = 0;
  bool caught_up = false;
  bool ended = false;

 private:
  Task<> follow(std::unique_ptr<LogReader> reader) {
    for (;;) {
      auto chunk = co_await reader->next();
      if (!chunk) throw std::runtime_error(chunk.error().detail);
      ended = !chunk->has_value();
      if (!ended) note(**chunk);
      arrived_.notify();
      if (ended) co_return;
    }
  }
  void note(const LogChunk& chunk) {
    caught_up = chunk.at_end;
    const std::size_t known = lines.size();
    take(chunk, lines);
    if (chunk.gap) {
      ++gaps;
      items.emplace_back(*chunk.gap);
      EXPECT_EQ(chunk.gap->reason, "rotated");
      if (known > 0) EXPECT_EQ(chunk.gap->after->seq, lines[known - 1].seq);
      EXPECT_EQ(chunk.gap->before.has_value(), lines.size() > known);
      if (chunk.gap->before) EXPECT_EQ(chunk.gap->before->seq, lines[known].seq);
    }
    for (std::size_t i = known; i < lines.size(); ++i) items.emplace_back(lines[i]);
  }

  LogFileReader::Shared shared_;
  std::shared_ptr<Log> log_;
  SignalFlag arrived_;
  TaskGroup& group_;
};

class PlainFollowingTest : public PlainLogTest {
 protected:
  void follow(const std::shared_ptr<Log>& log, std::function<Task<>(Follower&)> body) {
    with_inotify([&](Inotify& inotify, TaskGroup& group) -> Task<> {
      TaskGroup readers(group.executor(), [](std::string_view text) { ADD_FAILURE() << text; });
      Follower follower(workers_, clock_, inotify, readers, log);
      co_await body(follower);
      readers.cancel();
      co_await readers.join();
    });
  }
};

TEST_F(PlainFollowingTest, AQuietFileIsToldOnceToBeReadToItsEnd) {
  folder_.append("app.log", "one\n");
  with_inotify([&](Inotify& inotify, TaskGroup&) -> Task<> {
    LogQuery query = tail(0);
    query.follow = true;
    auto reader = co_await LogFileReader::open({workers_, clock_, &inotify}, log_, ContainerId("x"), query);
    auto first = co_await (*reader)->next();
    EXPECT_TRUE((*first)->at_end);
    EXPECT_EQ((*first)->batch.records.size(), (*first)->context);
    folder_.append("app.log", "tw");
    folder_.append("app.log", "o\n");
    auto second = co_await (*reader)->next();
    std::vector<Seen> lines;
    take(**second, lines);
    EXPECT_EQ(texts(lines), std::vector<std::string>{"two"});
    reader->reset();
  });
}

TEST_F(PlainFollowingTest, EndsWhenTheFileStaysAway) {
  folder_.append("app.log", "one\nunfinished");
  follow(log_, [&](Follower& follower) -> Task<> {
    co_await follower.start();
    fs::remove(log_->options().path);
    const bool ended = co_await follower.until([&] { return follower.ended; });
    EXPECT_TRUE(ended);
    EXPECT_EQ(texts(follower.lines), (std::vector<std::string>{"one", "unfinished"}));
    EXPECT_EQ(follower.gaps, 0U);
  });
}

TEST_F(PlainFollowingTest, ARotationByRenamingIsNoGap) {
  folder_.append("app.log", "one\n");
  follow(log_, [&](Follower& follower) -> Task<> {
    co_await follower.start();
    for (const char* text : {"two\n", "three\n"}) {
      if (fs::exists(log_->options().path + ".1")) fs::rename(log_->options().path + ".1", log_->options().path + ".2");
      fs::rename(log_->options().path, log_->options().path + ".1");
      folder_.append("app.log", text);
    }
    const bool read = co_await follower.until([&] { return follower.lines.size() == 3; });
    EXPECT_TRUE(read);
    EXPECT_EQ(texts(follower.lines), (std::vector<std::string>{"one", "two", "three"}));
    EXPECT_EQ(follower.gaps, 0U);
  });
}

TEST_F(PlainFollowingTest, ATruncationInPlaceIsAGapBetweenTheLinesAroundIt) {
  folder_.append("app.log", "one\nhalf a li");
  follow(log_, [&](Follower& follower) -> Task<> {
    co_await follower.start();
    bool read = co_await follower.until([&] { return follower.caught_up; });
    EXPECT_TRUE(read);
    folder_.append("app.log", "ne, and a line that nobody reads\n");
    fs::resize_file(log_->options().path, 0);
    folder_.append("app.log", "two\n");
    read = co_await follower.until([&] { return !follower.lines.empty() && follower.lines.back().text == "two"; });
    EXPECT_TRUE(read);
    EXPECT_EQ(follower.gaps, 1U);
    const Gap* gap = std::get_if<Gap>(&*std::ranges::find_if(follower.items, &std::holds_alternative<Gap, Seen, Gap>));
    EXPECT_FALSE(gap->lines.has_value());
    EXPECT_EQ(gap->container, ContainerId("x"));
    // The reader has seen half of the line, or all of both before they went.
    const Seen& before = follower.lines[1];
    EXPECT_TRUE(before.text.starts_with("half a li"));
    EXPECT_TRUE(before.truncated == (before.text == "half a li"));
  });
}

TEST_F(PlainFollowingTest, ResumingBehindALineThatIsGoneBeginsWithAGap) {
  folder_.append("app.log", "one\ntwo\n");
  const auto lines = read({});
  fs::remove(log_->options().path);
  folder_.append("app.log", "three\n");
  follow(log_, [&](Follower& follower) -> Task<> {
    LogQuery query;
    query.after = cursor(lines.back());
    co_await follower.start(query);
    const bool read = co_await follower.until([&] { return !follower.lines.empty(); });
    EXPECT_TRUE(read);
    EXPECT_EQ(texts(follower.lines), std::vector<std::string>{"three"});
    const Gap* gap = std::get_if<Gap>(&follower.items.front());
    if (!gap) throw std::runtime_error("no gap");
    EXPECT_EQ(gap->after->seq, lines.back().seq);
    EXPECT_EQ(gap->before->seq, follower.lines.front().seq);
  });
}

TEST_F(PlainLogTest, AFileTruncatedWhileItIsReadThroughEndsWithAGap) {
  folder_.append("app.log", std::string(300, 'x') + "\n" + std::string(1 << 20, 'y') + "\nlast\n");
  run(context_, [&]() -> Task<> {
    auto reader = co_await LogFileReader::open({workers_, clock_, nullptr}, log_, ContainerId("x"), {});
    fs::resize_file(log_->options().path, 0);
    auto chunk = co_await (*reader)->next();
    EXPECT_TRUE(chunk->has_value() && (*chunk)->gap.has_value() && (*chunk)->batch.records.empty());
    chunk = co_await (*reader)->next();
    EXPECT_FALSE(chunk->has_value());
  }());
}

TEST_F(PlainFollowingTest, WhateverTheWriterDoesEveryLineComesExactlyOnceAndInOrder) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const TestFolder folder;
    const auto log = at(folder / "app.log");
    LogWriter writer(folder, seed);
    writer.lines();
    const bool births = status_of(log->options().path)->has_birth();
    std::vector<Seen> lines;
    std::size_t losses = 0;

    follow(log, [&](Follower& follower) -> Task<> {
      co_await follower.start();
      const auto catch_up = [&](int step) -> Task<> {
        writer.finish();
        const bool done = co_await follower.until([&] { return follower.lines.size() >= writer.written.size(); });
        EXPECT_TRUE(done) << "seed " << seed << " step " << step << ": " << follower.lines.size() << " of "
                          << writer.written.size();
      };
      for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) {
        const std::uint32_t dice = writer.below(100);
        if (dice < 45) {
          writer.lines();
        } else if (dice < 65) {
          writer.part();
        } else if (dice < 80 && births) {
          writer.rotate(dice < 70);
        } else {
          // What truncation and removal destroy unread nobody can deliver.
          co_await catch_up(step);
          losses += dice < 93 ? 1 : 0;
          if (dice < 88) {
            writer.copytruncate();
          } else if (dice < 93) {
            writer.recreate();
          }
          // The next lines make the file longer than it was, sometimes before the reader looks.
          for (std::uint32_t i = writer.below(4); i > 0; --i) writer.lines();
          if (dice < 93) co_await catch_up(step);
        }
        // Rotation throws the twelfth file away, read or not.
        if (writer.rotations >= 10) {
          co_await catch_up(step);
          writer.rotations = 0;
        }
        if (writer.below(2)) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      }
      co_await catch_up(60);
      lines = follower.lines;
      EXPECT_LE(follower.gaps, losses) << "seed " << seed << ": a rotation by renaming is no gap";
    });
    ASSERT_EQ(texts(lines), writer.written) << "seed " << seed;
    for (std::size_t i = 1; i < lines.size(); ++i) ASSERT_LT(lines[i - 1].seq, lines[i].seq) << "seed " << seed;

    // What is still there reads again as it was followed, by the process that followed it.
    for (const Seen& again : read({}, clock_, log)) {
      const auto same = std::ranges::find(lines, again.seq, &Seen::seq);
      ASSERT_NE(same, lines.end()) << "seed " << seed << ": " << again.text;
      EXPECT_EQ(same->text, again.text);
    }
  }
}

/// Why what was received does not account for all that was written; empty when it does.
std::string unaccounted(const std::vector<Item>& items, const std::vector<std::string>& written) {
  std::size_t next = 0;
  bool in_gap = false;
  bool cut = false;
  for (const Item& item : items) {
    if (std::holds_alternative<Gap>(item)) {
      in_gap = true;
      cut = false;
      continue;
    }
    if (cut) return "a cut line without a gap behind it, before line " + std::to_string(next);
    const Seen& line = std::get<Seen>(item);
    const std::size_t expected = next;
    const auto is_line = [&](const std::string& text) {
      return line.truncated ? text.starts_with(line.text) : text == line.text;
    };
    while (next < written.size() && !is_line(written[next])) ++next;
    if (next == written.size()) return "'" + line.text + "' was not written, or comes twice";
    if (next > expected && !in_gap) return "lines from " + std::to_string(expected) + " on are missing in silence";
    ++next;
    in_gap = false;
    cut = line.truncated;
  }
  return next < written.size() && !in_gap ? "the end is missing" : "";
}

TEST_F(PlainFollowingTest, EveryLineComesExactlyOnceAndInOrderOrLiesInAGap) {
  std::size_t gaps = 0;
  std::size_t lost = 0;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const TestFolder folder;
    const auto log = at(folder / "app.log");
    LogWriter writer(folder, seed);
    writer.lines();
    const bool births = status_of(log->options().path)->has_birth();

    follow(log, [&](Follower& follower) -> Task<> {
      co_await follower.start();
      // Whether the reader has come to the file that has the path: one that nobody has looked at leaves no trace.
      bool seen = false;
      const auto reach = [&]() -> Task<> {
        writer.lines();
        const bool done = co_await follower.until(
            [&] { return !follower.lines.empty() && follower.lines.back().text == writer.written.back(); });
        EXPECT_TRUE(done) << "seed " << seed << ": " << writer.written.back() << " did not come";
        seen = true;
      };
      for (int step = 0; step < 80 && !testing::Test::HasFailure(); ++step) {
        const std::uint32_t dice = writer.below(100);
        if (dice < 45) {
          writer.lines();
        } else if (dice < 60) {
          writer.part();
        } else if (dice < 75 && births) {
          writer.rotate(dice < 65);
          seen = false;
        } else if (dice < 95) {
          if (!seen) co_await reach();
          for (std::uint32_t i = writer.below(3); i > 0; --i) writer.lines();
          if (dice < 88) {
            writer.copytruncate();
          } else {
            writer.recreate();
            seen = false;
          }
        } else {
          co_await reach();
        }
        for (std::uint32_t i = writer.below(4); i > 0; --i)
          co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      }
      co_await reach();
      EXPECT_EQ(unaccounted(follower.items, writer.written), "") << "seed " << seed;
      for (std::size_t i = 1; i < follower.lines.size(); ++i)
        EXPECT_LT(follower.lines[i - 1].seq, follower.lines[i].seq) << "seed " << seed;
      gaps += follower.gaps;
      lost += writer.written.size() - std::min(writer.written.size(), follower.lines.size());
    });
    if (testing::Test::HasFailure()) return;
  }
  // Else the test has tested nothing.
  EXPECT_GT(gaps, 0U);
  EXPECT_GT(lost, 0U);
}

}  // namespace
}  // namespace taffrail::logfile
