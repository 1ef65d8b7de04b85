#include "source/files/stdin_source.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <functional>
#include <unistd.h>

#include "base/task_group.hpp"
#include "base/timeout.hpp"
#include "source/logfile/test_folder.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using logfile::run;
using logfile::Seen;
using logfile::take;
using logfile::texts;

class Notes final : public SourceSink {
 public:
  void host_changed(Host) override {}
  Task<> containers_listed(HostId, std::vector<Container> listed) override {
    container = listed.at(0);
    co_return;
  }
  void container_changed(Container changed) override { container = std::move(changed); }
  void container_removed(const ContainerId&) override { ADD_FAILURE() << "removed"; }
  void container_event(ContainerEvent event) override { events.push_back(event.action); }
  Container container;
  std::vector<std::string> events;
};

class StdinTest : public testing::Test {
 public:
  StdinTest() { EXPECT_EQ(::pipe(ends_), 0); }
  ~StdinTest() override {
    ::close(ends_[0]);
    close_writer();
  }

 protected:
  void write(std::string_view text) { EXPECT_EQ(::write(ends_[1], text.data(), text.size()), std::ssize(text)); }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  void with_source(int descriptor, std::size_t memory, std::function<Task<>(StdinSource&)> body) {
    StdinSource source(context_.get_executor(), clock_, descriptor, memory);
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("stdin", source.run(notes_));
    const auto whole = [&]() -> Task<> {
      co_await body(source);
      group.cancel();
      co_await group.join();
    };
    run(context_, whole());
  }

  struct Read {
    std::vector<Seen> lines;
    std::vector<Gap> gaps;
  };
  /// Reads until the reader ends or has `least` lines.
  static Task<Read> read(StdinSource& source, LogQuery query, std::size_t least = SIZE_MAX) {
    Read result;
    auto reader = co_await source.open_log(ContainerId(HostId("stdin"), "stdin"), query);
    while (result.lines.size() < least) {
      auto chunk = co_await (*reader)->next();
      EXPECT_TRUE(chunk.has_value());
      if (!*chunk) break;
      if ((*chunk)->gap) result.gaps.push_back(*(*chunk)->gap);
      take(**chunk, result.lines);
    }
    co_return result;
  }
  static LogQuery following() {
    LogQuery query;
    query.follow = true;
    return query;
  }

  SystemClock clock_;
  asio::io_context context_;
  Notes notes_;
  int ends_[2] = {-1, -1};
};

TEST_F(StdinTest, LinesComeAsTheyAreWrittenAndTheEndIsAnExit) {
  with_source(ends_[0], 1 << 20, [&](StdinSource& source) -> Task<> {
    write("one\ntw");
    auto first = co_await read(source, following(), 1);
    EXPECT_EQ(texts(first.lines), std::vector<std::string>{"one"});
    EXPECT_EQ(notes_.container.state, ContainerState::running);
    write("o\nunfinished");
    close_writer();
    auto all = co_await read(source, following());
    EXPECT_EQ(texts(all.lines), (std::vector<std::string>{"one", "two", "unfinished"}));
    EXPECT_EQ(notes_.container.state, ContainerState::exited);
    EXPECT_EQ(notes_.events, std::vector<std::string>{"die"});
    EXPECT_EQ(all.lines[1].seq, all.lines[0].seq + 1);
    EXPECT_EQ(all.lines[2].seq, all.lines[0].seq + 2);

    LogQuery query;
    query.tail = 2;
    auto tail = co_await read(source, query);
    EXPECT_EQ(tail.lines, std::vector<Seen>(all.lines.begin() + 1, all.lines.end()));
    query = {};
    query.before = Cursor{all.lines[1].seq, {}, {}};
    auto before = co_await read(source, query);
    EXPECT_EQ(texts(before.lines), std::vector<std::string>{"one"});
    query = {};
    query.after = Cursor{all.lines[1].seq, {}, {}};
    auto after = co_await read(source, query);
    EXPECT_EQ(texts(after.lines), std::vector<std::string>{"unfinished"});
    query = {};
    query.since = Time::max();
    auto none = co_await read(source, query);
    EXPECT_TRUE(none.lines.empty());
    query = {};
    query.after = Cursor{~Seq{0}, {}, {}};
    none = co_await read(source, query);
    EXPECT_TRUE(none.lines.empty());
  });
}

TEST_F(StdinTest, WhatTheRingDroppedIsAGapWithTheExactNumber) {
  with_source(ends_[0], 3 << 20, [&](StdinSource& source) -> Task<> {
    write("first\n");
    auto begin = co_await read(source, following(), 1);
    constexpr std::size_t count = 200'000;
    std::size_t sent = 0;
    auto slow = co_await source.open_log(ContainerId(HostId("stdin"), "stdin"), following());
    auto one = co_await (*slow)->next();
    EXPECT_EQ((*one)->batch.records.size(), 1U);
    while (sent < count) {
      std::string block;
      while (block.size() < 30'000 && sent < count) block += "line number " + std::to_string(++sent) + '\n';
      write(block);
      co_await asio::post(context_.get_executor(), asio::use_awaitable);
    }
    close_writer();
    Read rest;
    for (;;) {
      auto chunk = co_await (*slow)->next();
      if (!*chunk) break;
      if ((*chunk)->gap) rest.gaps.push_back(*(*chunk)->gap);
      take(**chunk, rest.lines);
    }
    std::uint64_t lost = 0;
    for (const Gap& gap : rest.gaps) lost += gap.lines.value();
    EXPECT_GT(lost, 100'000U);
    EXPECT_EQ(lost + rest.lines.size(), count);
    EXPECT_EQ(rest.gaps.at(0).after->seq, begin.lines.at(0).seq);
    EXPECT_EQ(rest.lines.back().text, "line number " + std::to_string(count));
    for (std::size_t i = 1; i < rest.lines.size(); ++i) EXPECT_LT(rest.lines[i - 1].seq, rest.lines[i].seq);
    // Who asks for what there is misses nothing.
    auto fresh = co_await read(source, {});
    EXPECT_TRUE(fresh.gaps.empty());
    EXPECT_FALSE(fresh.lines.empty());
  });
}

TEST_F(StdinTest, ACursorFromAnEarlierRunNamesNoLineOfThisOne) {
  const logfile::TestFolder folder;
  folder.append("in", "one\ntwo\nthree\n");
  std::vector<Seen> earlier;
  const auto with_file = [&](std::function<Task<>(StdinSource&)> body) {
    const int file = ::open((folder / "in").c_str(), O_RDONLY | O_CLOEXEC);
    with_source(file, 1 << 20, std::move(body));
    ::close(file);
  };
  with_file([&](StdinSource& source) -> Task<> {
    auto all = co_await read(source, following());
    earlier = all.lines;
  });
  ASSERT_EQ(earlier.size(), 3U);
  with_file([&](StdinSource& source) -> Task<> {
    auto all = co_await read(source, following());
    EXPECT_EQ(texts(all.lines), texts(earlier));
    EXPECT_TRUE(all.gaps.empty());
    EXPECT_GT(all.lines.at(0).seq, earlier.back().seq);
    // All of this run comes after the second line of the one before, and nobody knows what else did.
    LogQuery query;
    query.after = Cursor{earlier[1].seq, earlier[1].time, {}};
    auto after = co_await read(source, query);
    EXPECT_EQ(after.lines, all.lines);
    EXPECT_EQ(after.gaps.size(), 1U);
    for (const Gap& gap : after.gaps) {
      EXPECT_FALSE(gap.lines.has_value());
      EXPECT_EQ(gap.after->seq, earlier[1].seq);
      EXPECT_EQ(gap.before->seq, all.lines[0].seq);
    }
    query = {};
    query.before = Cursor{earlier[1].seq, earlier[1].time, {}};
    auto before = co_await read(source, query);
    EXPECT_TRUE(before.lines.empty());
    EXPECT_TRUE(before.gaps.empty());
    query = {};
    query.after = Cursor{0, {}, {}};
    auto whatever = co_await read(source, query);
    EXPECT_EQ(whatever.lines, all.lines);
    EXPECT_TRUE(whatever.gaps.empty());
  });
}

TEST_F(StdinTest, AFileAndTheEmptyDeviceAreInputsToo) {
  const logfile::TestFolder folder;
  folder.append("in", "skipped\none\ntwo\n");
  const int file = ::open((folder / "in").c_str(), O_RDONLY | O_CLOEXEC);
  ::lseek(file, 8, SEEK_SET);
  with_source(file, 1 << 20, [&](StdinSource& source) -> Task<> {
    auto all = co_await read(source, following());
    EXPECT_EQ(texts(all.lines), (std::vector<std::string>{"one", "two"}));
  });
  ::close(file);
  const int none = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  with_source(none, 1 << 20, [&](StdinSource& source) -> Task<> {
    auto all = co_await read(source, following());
    EXPECT_TRUE(all.lines.empty());
    EXPECT_EQ(notes_.container.state, ContainerState::exited);
  });
  ::close(none);
}

}  // namespace
}  // namespace taffrail
