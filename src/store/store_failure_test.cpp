// What the store says and keeps when the disk, the process or another process fails it.

#include <array>
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <random>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "store/failing_disk.hpp"
#include "store/store_fixture.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

/// Two rows that belong together.
auto add_pair(std::int64_t number) {
  return [number](Transaction& t) -> Result<std::int64_t> {
    for (const std::int64_t id : {2 * number, 2 * number + 1}) {
      auto done = t.run("INSERT INTO note(id, text) VALUES (?1, ?2)", id, std::to_string(id) + std::string(300, '.'));
      if (!done) return forward(done);
    }
    return number;
  };
}

/// The numbers whose two rows are there; a row without its other one is a failure.
Result<std::set<std::int64_t>> pairs(Snapshot& snapshot) {
  auto rows = snapshot.query("SELECT id FROM note ORDER BY id");
  if (!rows) return forward(rows);
  std::set<std::int64_t> ids;
  for (auto row = rows->step();; row = rows->step()) {
    if (!row) return forward(row);
    if (!*row) break;
    ids.insert(rows->integer(0));
  }
  std::set<std::int64_t> whole;
  for (const std::int64_t id : ids) {
    if (!ids.contains(id ^ 1)) return fail(ErrorCode::damaged, "half of pair " + std::to_string(id / 2));
    whole.insert(id / 2);
  }
  return whole;
}

/// Runs `body` in a process of its own and gives its exit status, or minus the signal that ended it. No thread may run
/// when this is called.
class Child {
 public:
  explicit Child(const std::function<int()>& body) : id_(fork()) {
    if (id_ == 0) _exit(body());
  }
  ~Child() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      (void)wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill() const { ::kill(id_, SIGKILL); }
  int wait() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_;
};

/// Runs one task on an owner thread of its own and gives its value.
template <class T>
T complete(asio::io_context& io, Task<T> task) {
  std::optional<T> value;
  asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& thrown, T result) {
    if (!thrown) value.emplace(std::move(result));
    io.stop();
  });
  io.run();
  io.restart();
  return std::move(value.value());
}

Task<bool> close_store(Store& store) {
  co_await store.close();
  co_return true;
}

std::set<std::int64_t> pairs_in(const fs::path& path) {
  asio::io_context io;
  WorkerPool workers(1);
  auto store = Store::open(io.get_executor(), options_for(path));
  if (!store) throw std::runtime_error(store.error().detail);
  EXPECT_FALSE((*store)->opened().set_aside.has_value()) << (*store)->opened().damage;
  auto found = complete(io, (*store)->read(workers, pairs));
  complete(io, close_store(**store));
  if (!found) throw std::runtime_error(found.error().detail);
  return std::move(*found);
}

/// Adds pairs without end, several at a time, and writes the number of each that was acknowledged to `acknowledged`.
int write_until_killed(const fs::path& path, std::int64_t first, int acknowledged) {
  asio::io_context io;
  auto store = Store::open(io.get_executor(), options_for(path));
  if (!store) return 2;
  std::int64_t next = first;
  const auto writer = [](Store& s, std::int64_t& number, int pipe) -> Task<> {
    for (;;) {
      auto done = co_await s.write(add_pair(number++));
      if (!done || ::write(pipe, &*done, sizeof *done) != sizeof *done) _exit(3);
    }
  };
  for (int i = 0; i < 20; ++i) asio::co_spawn(io, writer(**store, next, acknowledged), asio::detached);
  io.run();
  return 4;
}

TEST(StoreFailure, KeepsEverythingAcknowledgedAndNothingHalfWhenItsProcessIsKilled) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "notes.db";
  std::mt19937 random(7);
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 8; ++round) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC), 0);
    Child child([&] { return write_until_killed(path, round * 10'000'000L, pipe[1]); });
    ::close(pipe[1]);
    const std::size_t enough = 1 + random() % 3000;
    std::int64_t number = 0;
    std::size_t seen = 0;
    while (::read(pipe[0], &number, sizeof number) == sizeof number) {
      acknowledged.insert(number);
      if (++seen == enough) child.kill();
    }
    ::close(pipe[0]);
    ASSERT_EQ(child.wait(), -SIGKILL) << "round " << round;
    ASSERT_GE(seen, enough);
    const std::set<std::int64_t> found = pairs_in(path);
    for (const std::int64_t wanted : acknowledged) ASSERT_TRUE(found.contains(wanted)) << wanted;
  }
}

// The disk fails at every single write of some transactions, for good or as it is full: wherever that is, the ones that
// were acknowledged are there, the others are not, and the store goes on when the disk does.
TEST(StoreFailure, SaysNoSpaceOrIoAtWhateverWriteTheDiskFailsAndGoesOnAfterwards) {
  for (const auto& [code, expected] :
       {std::pair(SQLITE_FULL, ErrorCode::no_space), std::pair(SQLITE_IOERR_WRITE, ErrorCode::io)}) {
    bool reached_the_end = false;
    for (long writes = 0; !reached_the_end; ++writes) {
      ASSERT_LT(writes, 500) << "these transactions need fewer writes";
      const TemporaryFolder folder;
      const fs::path path = folder.path() / "notes.db";
      FailingDisk disk;
      asio::io_context io;
      auto store = Store::open(io.get_executor(), options_for(path));
      ASSERT_TRUE(store.has_value()) << store.error().detail;
      disk.fail_after(writes, code);
      std::set<std::int64_t> acknowledged;
      for (std::int64_t number = 1; number <= 4; ++number) {
        auto done = complete(io, (*store)->write(add_pair(number)));
        if (done) {
          acknowledged.insert(number);
        } else {
          ASSERT_EQ(done.error().code, expected) << done.error().detail;
        }
      }
      reached_the_end = !disk.has_failed();
      ASSERT_EQ(acknowledged.size() == 4, reached_the_end);
      disk.mend();
      auto after = complete(io, (*store)->write(add_pair(9)));
      ASSERT_TRUE(after.has_value()) << "after " << writes << " writes: " << after.error().detail;
      acknowledged.insert(9);
      complete(io, close_store(**store));
      store->reset();
      ASSERT_EQ(pairs_in(path), acknowledged) << "after " << writes << " writes";
    }
  }
}

TEST(StoreFailure, TellsAPersonWhatToDoWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  FailingDisk disk;
  asio::io_context io;
  auto store = Store::open(io.get_executor(), options_for(folder.path() / "notes.db"));
  ASSERT_TRUE(store.has_value());
  disk.fail_after(0, SQLITE_FULL);
  auto done = complete(io, (*store)->write(add_pair(1)));
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().detail.find("notes.db"), std::string::npos) << done.error().detail;
  EXPECT_NE(done.error().detail.find("make room, and writing goes on by itself"), std::string::npos);
}

/// Fills what there is until it is full, makes room with `make_room`, and goes on. For a process of its own.
int fill_and_resume(const fs::path& path, const std::function<void()>& make_room) {
  asio::io_context io;
  auto store = Store::open(io.get_executor(), options_for(path));
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().detail);
    return 10;
  }
  std::int64_t number = 0;
  for (;; ++number) {
    if (number == 100'000) return 11;  // it never became full
    auto done = complete(io, (*store)->write(add_pair(number)));
    if (done) continue;
    if (done.error().code != ErrorCode::no_space) {
      fmt::print(stderr, "{}\n", done.error().detail);
      return 12;
    }
    break;
  }
  make_room();
  for (int i = 0; i < 100; ++i) {
    auto done = complete(io, (*store)->write(add_pair(number + i)));
    if (!done) {
      fmt::print(stderr, "{}\n", done.error().detail);
      return 13;
    }
  }
  complete(io, close_store(**store));
  store->reset();
  return pairs_in(path).size() == static_cast<std::size_t>(number) + 100 ? 0 : 14;
}

TEST(StoreFailure, GoesOnWhenALimitOfTheFileSizeIsRaised) {
  const TemporaryFolder folder;
  Child child([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit whole = limit;
    limit.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_FSIZE, &limit);
    return fill_and_resume(folder.path() / "notes.db", [&] { setrlimit(RLIMIT_FSIZE, &whole); });
  });
  EXPECT_EQ(child.wait(), 0);
}

/// A mount namespace for who is not root: in a user namespace where this user is.
bool unshare_as_user() {
  const std::string map = "0 " + std::to_string(getuid()) + " 1";
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream uid_map("/proc/self/uid_map");
  uid_map << map;
  return uid_map.flush().good();
}

TEST(StoreFailure, GoesOnWhenAFullFileSystemHasRoomAgain) {
  constexpr int may_not_mount = 99;
  const TemporaryFolder folder;
  Child child([&] {
    // A mount of this process alone: it goes with it.
    if (unshare(CLONE_NEWNS) != 0 && !unshare_as_user()) return may_not_mount;
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=2m") != 0) return may_not_mount;
    const fs::path ballast = folder.path() / "ballast";
    std::ofstream(ballast, std::ios::binary) << std::string(std::size_t{1} << 20, 'x');
    return fill_and_resume(folder.path() / "notes.db", [&] { fs::remove(ballast); });
  });
  const int status = child.wait();
  if (status == may_not_mount) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

/// Writes and deletes beside somebody who takes every byte of a file system as soon as it is free.
int go_on_without_a_free_byte(const fs::path& folder) {
  asio::io_context io;
  const fs::path path = folder / "notes.db";
  auto store = Store::open(io.get_executor(), options_for(path));
  if (!store) return 10;
  constexpr std::int64_t rows = 5000;  // 3 MiB
  for (std::int64_t number = 0; number < rows; ++number)
    if (!complete(io, (*store)->write(add_pair(number)))) return 11;
  const int hog = ::open((folder / "hog").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const auto take_all = [hog] {
    const std::string page(4096, 'x');
    while (::write(hog, page.data(), page.size()) > 0) {
    }
  };
  take_all();
  // What is free in the file is used up first.
  std::int64_t number = rows;
  for (;; ++number) {
    if (number == 2 * rows) return 12;  // it never became full
    auto done = complete(io, (*store)->write(add_pair(number)));
    take_all();
    if (done) continue;
    if (done.error().code != ErrorCode::no_space) return 13;
    break;
  }
  const std::int64_t first_failed = number;
  // The oldest make room for the newest, again and again.
  for (std::int64_t gone = 0; gone + 400 <= rows; gone += 400) {
    auto dropped = complete(io, (*store)->write([gone](Transaction& t) -> Result<bool> {
      auto done = t.run("DELETE FROM note WHERE id >= ?1 AND id < ?2", 2 * gone, 2 * (gone + 400));
      if (!done) return forward(done);
      return true;
    }));
    take_all();
    if (!dropped) {
      fmt::print(stderr, "{}: {}\n", gone, dropped.error().detail);
      return 14;
    }
    for (int i = 0; i < 150; ++i, ++number) {
      auto done = complete(io, (*store)->write(add_pair(number)));
      take_all();
      if (done) continue;
      fmt::print(stderr, "{}: {}\n", number - first_failed, done.error().detail);
      return 15;
    }
  }
  complete(io, close_store(**store));
  store->reset();
  return pairs_in(path).size() == static_cast<std::size_t>(number - rows / 400 * 400) ? 0 : 16;
}

TEST(StoreFailure, DeletesAndWritesWhatReplacesItOnAFileSystemWithoutAFreeByte) {
  constexpr int may_not_mount = 99;
  const TemporaryFolder folder;
  Child child([&] {
    if (unshare(CLONE_NEWNS) != 0 && !unshare_as_user()) return may_not_mount;
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=16m") != 0) return may_not_mount;
    return go_on_without_a_free_byte(folder.path());
  });
  const int status = child.wait();
  if (status == may_not_mount) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

TEST(StoreFailure, RemembersDamageThatItMeetsForTheNextStart) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "notes.db";
  StoreOptions options = options_for(path);
  options.file.check_limit = std::chrono::milliseconds(0);
  asio::io_context io;
  WorkerPool workers(1);
  for (const bool by_reading : {true, false}) {
    {
      auto store = Store::open(io.get_executor(), options);
      ASSERT_TRUE(store.has_value()) << store.error().detail;
      for (int i = 0; i < 100; ++i) ASSERT_TRUE(complete(io, (*store)->write(add_pair(i))).has_value());
      complete(io, close_store(**store));
    }
    {
      std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
      for (std::streamoff page = 2; page < static_cast<std::streamoff>(fs::file_size(path) / 4096); ++page)
        out.seekp(page * 4096) << std::string(4096, '\x5A');
    }
    {
      auto store = Store::open(io.get_executor(), options);
      ASSERT_TRUE(store.has_value()) << store.error().detail;
      ASSERT_FALSE((*store)->opened().set_aside.has_value()) << "its check had no time";
      const ErrorCode code = by_reading ? complete(io, (*store)->read(workers, pairs)).error().code
                                        : complete(io, (*store)->write(add_pair(1000))).error().code;
      EXPECT_EQ(code, ErrorCode::damaged);
      complete(io, close_store(**store));
    }
    auto store = Store::open(io.get_executor(), options);
    ASSERT_TRUE(store.has_value()) << store.error().detail;
    EXPECT_TRUE((*store)->opened().set_aside.has_value());
    complete(io, close_store(**store));
  }
}

TEST(StoreFailure, SaysThatAnotherProcessHoldsTheFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "notes.db";
  std::array<int, 2> held{};
  ASSERT_EQ(pipe2(held.data(), O_CLOEXEC), 0);
  {
    asio::io_context io;
    ASSERT_TRUE(Store::open(io.get_executor(), options_for(path)).has_value());
  }
  Child child([&] {
    asio::io_context io;
    auto store = Store::open(io.get_executor(), options_for(path));
    if (!store) return 2;
    return complete(io, (*store)->write([&](Transaction&) -> Result<int> {
             (void)!::write(held[1], "h", 1);
             for (;;) pause();
           }))
        .value();
  });
  char byte = 0;
  ASSERT_EQ(::read(held[0], &byte, 1), 1);
  ::close(held[0]);
  ::close(held[1]);
  asio::io_context io;
  auto store = Store::open(io.get_executor(), options_for(path));
  ASSERT_TRUE(store.has_value()) << store.error().detail;
  auto done = complete(io, (*store)->write(add_pair(1)));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::conflict);
  EXPECT_NE(done.error().detail.find("another process holds it"), std::string::npos) << done.error().detail;
  child.kill();
  EXPECT_EQ(child.wait(), -SIGKILL);
  EXPECT_TRUE(complete(io, (*store)->write(add_pair(1))).has_value()) << "the lock went with its process";
  complete(io, close_store(**store));
}

}  // namespace
}  // namespace taffrail::store
