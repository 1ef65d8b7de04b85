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

#include "base/task_group.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class InotifyTest : public testing::Test {
 public:
  InotifyTest() {
    std::string name = (fs::temp_directory_path() / "taffrail-inotify-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~InotifyTest() override { fs::remove_all(folder_); }

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

  fs::path folder_;
  asio::io_context context_;
};

TEST_F(InotifyTest, TellsThatAFileGrew) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto watch = inotify.watch(folder_ / "a", IN_MODIFY);
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
    auto folder = inotify.watch(folder_, IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE);
    auto other = inotify.watch(folder_, IN_DELETE);
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
    auto writes = inotify.watch(folder_ / "a", IN_MODIFY);
    auto moves = inotify.watch(folder_ / "a", IN_MOVE_SELF);
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
    auto watch = inotify.watch(folder_ / "a", IN_DELETE_SELF);
    fs::remove(folder_ / "a");
    std::uint32_t bits = 0;
    while (!(bits & IN_IGNORED)) bits |= co_await (*watch)->wait(10s);
    EXPECT_TRUE(bits & IN_DELETE_SELF);
    append(folder_ / "a", "2");  // a new file of that name is another file
    const auto none = co_await (*watch)->wait(1ms);
    EXPECT_EQ(none, 0U);
    auto fresh = inotify.watch(folder_ / "a", IN_MODIFY);
    append(folder_ / "a", "3");
    const auto written = co_await (*fresh)->wait(10s);
    EXPECT_EQ(written, static_cast<std::uint32_t>(IN_MODIFY));
  });
}

TEST_F(InotifyTest, OneWatchCanStandForSeveralPaths) {
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "a", "1");
    auto watch = inotify.watch(folder_ / "a", IN_MODIFY);
    EXPECT_TRUE((*watch)->also(folder_, IN_CREATE).has_value());
    EXPECT_FALSE((*watch)->also(folder_ / "none", IN_CREATE).has_value());
    append(folder_ / "b", "1");  // its IN_MODIFY is not asked for
    const auto created = co_await (*watch)->wait(10s);
    EXPECT_EQ(created, static_cast<std::uint32_t>(IN_CREATE));
    append(folder_ / "a", "2");
    const auto modified = co_await (*watch)->wait(10s);
    EXPECT_EQ(modified, static_cast<std::uint32_t>(IN_MODIFY));
  });
}

TEST_F(InotifyTest, AnOverflowOfTheKernelsQueueMeansLookAtEverything) {
  std::size_t bound = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> bound;
  if (bound == 0 || bound > 100'000) GTEST_SKIP() << "the kernel's queue is too long to overflow in a test: " << bound;
  run([&](Inotify& inotify) -> Task<> {
    append(folder_ / "quiet", "1");
    auto quiet = inotify.watch(folder_ / "quiet", IN_MODIFY);
    auto folder = inotify.watch(folder_, IN_CREATE | IN_DELETE);
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
    auto watch = inotify.watch(folder_ / "none", IN_MODIFY);
    EXPECT_FALSE(watch.has_value());
    EXPECT_EQ(watch.error().code, ErrorCode::not_found);
    co_return;
  });
}

}  // namespace
}  // namespace taffrail
