#include "source/inotify.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdlib.h>
#include <string>
#include <thread>
#include <utility>

#include "base/task_group.hpp"
#include "base/temporary_folder.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class InotifyTest : public testing::Test {
 protected:
  static void append(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::app | std::ios::binary) << text;
  }

  /// Runs `body` beside the loop of an Inotify.
  void run(std::function<Task<>(Inotify&)> body) {
    auto inotify = Inotify::open(context_.get_executor());
    ASSERT_TRUE(inotify.has_value());
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("inotify", (*inotify)->run());
    std::exception_ptr failure;
    auto whole = [&]() -> Task<> {
      co_await body(**inotify);
      group.cancel();
      co_await group.join();
    };
    asio::co_spawn(context_, whole(), [&](std::exception_ptr error) { failure = error; });
    context_.run();
    if (failure) std::rethrow_exception(failure);
  }

  using Watches = Result<std::unique_ptr<Inotify::Watch>>;
  static Result<> also(Inotify& inotify, Inotify::Watch& watch, const std::string& path, std::uint32_t mask) {
    Inotify::Addition addition(inotify);
    if (auto added = addition.watch(path, mask); !added) return added;
    return addition.enter(watch);
  }
  static Result<> arm(Inotify& inotify, Inotify::Watch& watch, const std::string& path, std::uint32_t mask) {
    Inotify::Addition addition(inotify);
    if (auto added = addition.arm(path, mask); !added) return added;
    return addition.enter(watch);
  }
  static Watches watch_of(Inotify& inotify, const std::string& path, std::uint32_t mask) {
    auto watch = inotify.watch();
    if (auto added = also(inotify, *watch, path, mask); !added) return forward(added);
    return watch;
  }

  TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
  asio::io_context context_;
};

TEST_F(InotifyTest, TellsThatAFileGrew) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto watch = watch_of(inotify, folder_ / "a", IN_MODIFY);
    EXPECT_TRUE(watch.has_value());
    append(folder_ / "a", "2");
    const auto bits = co_await (*watch)->wait(10s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_MODIFY));
    const auto none = co_await (*watch)->wait(1ms);
    EXPECT_EQ(none, 0U);
  });
}

TEST_F(InotifyTest, GathersWhatHappenedWhileNobodyWaited) {
  run([&](Inotify& inotify) -> Task<> {
    auto folder = watch_of(inotify, folder_, IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE);
    auto other = watch_of(inotify, folder_, IN_DELETE);
    append(folder_ / "a", "1");
    fs::rename(folder_ / "a", folder_ / "b");
    fs::remove(folder_ / "b");
    // The delete is the last event, so whoever has it has all.
    const auto deleted = co_await (*other)->wait(10s);
    EXPECT_EQ(deleted, static_cast<std::uint32_t>(IN_DELETE));
    const auto bits = co_await (*folder)->wait(10s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE));
  });
}

TEST_F(InotifyTest, TwoWatchesOfOneFileShareTheKernelsAndEachHearsItsOwn) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto writes = watch_of(inotify, folder_ / "a", IN_MODIFY);
    auto moves = watch_of(inotify, folder_ / "a", IN_MOVE_SELF);
    append(folder_ / "a", "2");
    fs::rename(folder_ / "a", folder_ / "b");
    const auto moved = co_await (*moves)->wait(10s);
    EXPECT_EQ(moved, static_cast<std::uint32_t>(IN_MOVE_SELF));
    const auto written = co_await (*writes)->wait(10s);
    EXPECT_EQ(written, static_cast<std::uint32_t>(IN_MODIFY));
    moves->reset();
    append(folder_ / "b", "3");  // the other watch still stands
    const auto more = co_await (*writes)->wait(10s);
    EXPECT_EQ(more, static_cast<std::uint32_t>(IN_MODIFY));
  });
}

TEST_F(InotifyTest, SaysWhenTheFileIsGoneForGood) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto watch = watch_of(inotify, folder_ / "a", IN_DELETE_SELF);
    fs::remove(folder_ / "a");
    std::uint32_t bits = 0;
    while (!(bits & IN_IGNORED)) bits |= co_await (*watch)->wait(10s);
    EXPECT_TRUE(bits & IN_DELETE_SELF);
    append(folder_ / "a", "2");  // a new file of that name is another file
    const auto none = co_await (*watch)->wait(1ms);
    EXPECT_EQ(none, 0U);
    auto fresh = watch_of(inotify, folder_ / "a", IN_MODIFY);
    append(folder_ / "a", "3");
    const auto written = co_await (*fresh)->wait(10s);
    EXPECT_EQ(written, static_cast<std::uint32_t>(IN_MODIFY));
  });
}

TEST_F(InotifyTest, OneWatchCanStandForSeveralPaths) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto watch = watch_of(inotify, folder_ / "a", IN_MODIFY);
    EXPECT_TRUE(also(inotify, **watch, folder_, IN_CREATE).has_value());
    EXPECT_FALSE(also(inotify, **watch, folder_ / "none", IN_CREATE).has_value());
    append(folder_ / "b", "1");  // its IN_MODIFY is not asked for
    const auto created = co_await (*watch)->wait(10s);
    EXPECT_EQ(created, static_cast<std::uint32_t>(IN_CREATE));
    append(folder_ / "a", "2");
    const auto modified = co_await (*watch)->wait(10s);
    EXPECT_EQ(modified, static_cast<std::uint32_t>(IN_MODIFY));
  });
}

TEST_F(InotifyTest, AnArmedPathTellsOneEventUntilItIsArmedAgain) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto watch = watch_of(inotify, folder_, IN_CREATE);
    EXPECT_TRUE(arm(inotify, **watch, folder_ / "a", IN_MODIFY).has_value());
    EXPECT_TRUE(arm(inotify, **watch, folder_ / "a", IN_MODIFY).has_value());
    append(folder_ / "a", "2");
    auto bits = co_await (*watch)->wait(10s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_MODIFY));
    append(folder_ / "a", "3");
    append(folder_ / "b", "1");  // comes after it, and is the only one told
    bits = co_await (*watch)->wait(10s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_CREATE));
    EXPECT_TRUE(arm(inotify, **watch, folder_ / "a", IN_MODIFY).has_value());
    append(folder_ / "a", "4");
    bits = co_await (*watch)->wait(10s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_MODIFY));
  });
}

TEST_F(InotifyTest, AnArmedPathTellsAllWhoArmedIt) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto writes = watch_of(inotify, folder_, IN_CREATE);
    auto moves = watch_of(inotify, folder_, IN_CREATE);
    EXPECT_TRUE(arm(inotify, **writes, folder_ / "a", IN_MODIFY).has_value());
    EXPECT_TRUE(arm(inotify, **moves, folder_ / "a", IN_MOVE_SELF).has_value());
    append(folder_ / "a", "2");
    const auto written = co_await (*writes)->wait(10s);
    EXPECT_EQ(written, static_cast<std::uint32_t>(IN_MODIFY));
    // The kernel's watch is over, so this one has to look and to arm again, too.
    const auto any = co_await (*moves)->wait(10s);
    EXPECT_EQ(any, static_cast<std::uint32_t>(IN_MOVE_SELF));
    writes->reset();
    EXPECT_TRUE(arm(inotify, **moves, folder_ / "a", IN_MOVE_SELF).has_value());
    fs::rename(folder_ / "a", folder_ / "b");
    std::uint32_t moved = 0;
    while (!(moved & IN_MOVE_SELF)) moved |= co_await (*moves)->wait(10s);
    EXPECT_FALSE(arm(inotify, **moves, folder_ / "a", IN_MODIFY).has_value());
  });
}

TEST_F(InotifyTest, WhatHappensBetweenTheKernelsWatchAndItsEntryIsTold) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto other = watch_of(inotify, folder_, IN_CREATE);
    auto watch = inotify.watch();
    auto armed = inotify.watch();
    Inotify::Addition standing(inotify);
    Inotify::Addition once(inotify);
    EXPECT_TRUE(standing.watch(folder_, IN_CREATE).has_value());
    EXPECT_TRUE(once.arm(folder_ / "a", IN_MODIFY).has_value());
    append(folder_ / "a", "2");
    append(folder_ / "b", "1");
    const auto created = co_await (*other)->wait(10s);
    EXPECT_EQ(created, static_cast<std::uint32_t>(IN_CREATE));  // all is dispatched
    EXPECT_TRUE(standing.enter(*watch).has_value());
    EXPECT_TRUE(once.enter(*armed).has_value());
    auto bits = co_await watch->wait(1ms);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_CREATE));
    bits = co_await armed->wait(1ms);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_MODIFY));
    append(folder_ / "c", "1");
    bits = co_await watch->wait(10s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_CREATE));
  });
}

TEST_F(InotifyTest, AnAdditionWhoseKernelsWatchAnotherLeftMeanwhileSaysSo) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto other = watch_of(inotify, folder_, IN_CREATE);
    EXPECT_TRUE(arm(inotify, **other, folder_ / "a", IN_MODIFY).has_value());
    auto watch = inotify.watch();
    Inotify::Addition standing(inotify);
    Inotify::Addition once(inotify);
    EXPECT_TRUE(standing.watch(folder_, IN_CREATE).has_value());
    EXPECT_TRUE(once.arm(folder_ / "a", IN_MODIFY).has_value());
    other->reset();
    const auto entered = standing.enter(*watch);
    EXPECT_EQ(entered.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(once.enter(*watch).has_value());
    const auto bits = co_await watch->wait(1ms);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_MODIFY)) << "it is to be looked at, and armed again";
    EXPECT_TRUE(also(inotify, *watch, folder_, IN_CREATE).has_value());
    append(folder_ / "b", "1");
    const auto created = co_await watch->wait(10s);
    EXPECT_EQ(created, static_cast<std::uint32_t>(IN_CREATE));
  });
}

TEST_F(InotifyTest, AnAdditionThatTakesLongerThanIsRememberedIsToldOfAllThatItAskedFor) {
  run([&](Inotify& inotify) -> Task<> {
    auto other = watch_of(inotify, folder_, IN_CREATE | IN_DELETE);
    auto watch = inotify.watch();
    fs::create_directory(folder_ / "quiet");
    Inotify::Addition hung(inotify);
    EXPECT_TRUE(hung.watch(folder_ / "quiet", IN_CREATE).has_value());
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 600; ++i) {
        append(folder_ / "x", "");
        fs::remove(folder_ / "x");
      }
      append(folder_ / ("round" + std::to_string(round)), "");
      co_await (*other)->wait(10s);
      co_await (*other)->wait(20ms);
    }
    EXPECT_TRUE(hung.enter(*watch).has_value());
    const auto bits = co_await watch->wait(1ms);
    EXPECT_TRUE(bits & IN_CREATE);
    EXPECT_TRUE(bits & IN_Q_OVERFLOW);
  });
}

TEST_F(InotifyTest, NoWriteIsMissedByOneWhoArmsBeforeEachLook) {
  constexpr int writes = 20'000;
  append(folder_ / "a", "");
  std::thread writer([&] {
    std::ofstream file(folder_ / "a", std::ios::app | std::ios::binary);
    for (int i = 0; i < writes; ++i) file << 'x' << std::flush;
  });
  run([&](Inotify& inotify) -> Task<> {
    auto watch = watch_of(inotify, folder_, IN_CREATE);
    for (std::uintmax_t size = 0; size < writes;) {
      EXPECT_TRUE(arm(inotify, **watch, folder_ / "a", IN_MODIFY).has_value());
      const std::uintmax_t before = std::exchange(size, fs::file_size(folder_ / "a"));
      if (size == writes || size != before) continue;
      const auto bits = co_await (*watch)->wait(20s);
      EXPECT_NE(bits, 0U) << "after " << size << " writes";
      if (bits == 0) break;
    }
  });
  writer.join();
}

TEST_F(InotifyTest, AnOverflowOfTheKernelsQueueMeansLookAtEverything) {
  std::size_t bound = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> bound;
  if (bound == 0 || bound > 100'000) GTEST_SKIP() << "the kernel's queue is too long to overflow in a test: " << bound;
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "quiet", "1");
    auto quiet = watch_of(inotify, folder_ / "quiet", IN_MODIFY);
    auto folder = watch_of(inotify, folder_, IN_CREATE | IN_DELETE);
    for (std::size_t i = 0; i < bound / 2 + 10; ++i) {
      append(folder_ / "x", "");
      fs::remove(folder_ / "x");
    }
    const auto bits = co_await (*quiet)->wait(60s);
    EXPECT_EQ(bits, static_cast<std::uint32_t>(IN_MODIFY | IN_Q_OVERFLOW));
    EXPECT_EQ(inotify.overflows(), 1U);
  });
}

TEST_F(InotifyTest, AMissingFileIsNotFound) {
  run([&](Inotify& inotify) -> Task<> {
    auto watch = watch_of(inotify, folder_ / "none", IN_MODIFY);
    EXPECT_FALSE(watch.has_value());
    EXPECT_EQ(watch.error().code, ErrorCode::not_found);
    co_return;
  });
}

}  // namespace
}  // namespace taffrail
