#include "source/files/files_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/timeout.hpp"
#include "source/logfile/test_folder.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using logfile::run;
using logfile::Seen;
using logfile::take;
using logfile::TestFolder;
using logfile::texts;
namespace fs = std::filesystem;

/// Notes what the source tells, and wakes who waits for it.
class Notes final : public SourceSink {
 public:
  explicit Notes(const Executor& executor) : changed_(executor) {}
  void host_changed(Host told) override { host = std::move(told), changed_.notify(); }
  Task<> containers_listed(HostId, std::vector<Container> listed) override {
    ++lists;
    for (Container& container : listed) containers[container.name] = std::move(container);
    changed_.notify();
    co_return;
  }
  void container_changed(Container container) override {
    containers[container.name] = std::move(container);
    changed_.notify();
  }
  void container_removed(const ContainerId& id) override {
    std::erase_if(containers, [&](const auto& entry) { return entry.second.id == id; });
    changed_.notify();
  }
  void container_event(ContainerEvent) override {}

  /// Waits until the names of the containers are these.
  Task<> until(std::set<std::string> names) {
    const auto wait = [&]() -> Task<Result<bool>> {
      for (;;) {
        std::set<std::string> present;
        for (const auto& [name, container] : containers) present.insert(name);
        if (lists > 0 && present == names) co_return true;
        co_await changed_.wait();
      }
    };
    auto done = co_await with_timeout(20s, "containers", wait());
    EXPECT_TRUE(done.has_value()) << "not what was waited for: " << testing::PrintToString(names);
  }

  Host host;
  std::map<std::string, Container> containers;
  int lists = 0;

 private:
  SignalFlag changed_;
};

class FilesSourceTest : public testing::Test {
 protected:
  void with_source(std::string_view pattern, std::function<Task<>(FilesSource&, Notes&)> body) {
    const Executor executor = context_.get_executor();
    auto glob = *files::Glob::parse(folder_ / pattern);
    glob.follow_links(files::Glob::Links::anywhere);
    FilesSource source(executor, workers_, clock_, std::move(glob));
    Notes notes(executor);
    TaskGroup group(executor, [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("files", source.run(notes));
    const auto whole = [&]() -> Task<> {
      co_await body(source, notes);
      group.cancel();
      co_await group.join();
    };
    run(context_, whole());
  }

  static Task<std::vector<Seen>> read(FilesSource& source, ContainerId id) {
    std::vector<Seen> lines;
    auto reader = co_await source.open_log(id, {});
    EXPECT_TRUE(reader.has_value());
    if (!reader) co_return lines;
    for (;;) {
      auto chunk = co_await (*reader)->next();
      if (!chunk || !*chunk) break;
      take(**chunk, lines);
    }
    co_return lines;
  }

  TestFolder folder_;
  SystemClock clock_;
  WorkerPool workers_{2};
  asio::io_context context_;
};

TEST_F(FilesSourceTest, EachMatchingFileIsAContainerThatComesAndGoes) {
  folder_.append("a.log", "one\n");
  with_source("*.log", [&](FilesSource& source, Notes& notes) -> Task<> {
    co_await notes.until({"a.log"});
    const Container a = notes.containers["a.log"];
    EXPECT_EQ(a.state, ContainerState::running);
    EXPECT_EQ(a.image, "file");
    EXPECT_EQ(a.command, folder_ / "a.log");
    EXPECT_EQ(a.id.str().find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(source.owns(a.host));
    folder_.append("b.log", "two\n");
    folder_.append("c.txt", "three\n");
    co_await notes.until({"a.log", "b.log"});
    const auto lines = co_await read(source, notes.containers["b.log"].id);
    EXPECT_EQ(texts(lines), std::vector<std::string>{"two"});
    fs::remove(folder_ / "a.log");
    co_await notes.until({"b.log"});
    folder_.append("a.log", "again\n");
    co_await notes.until({"a.log", "b.log"});
    EXPECT_EQ(notes.containers["a.log"].id, a.id);
    EXPECT_EQ(notes.lists, 1);
  });
}

TEST_F(FilesSourceTest, FindsFilesInFoldersThatAppearLater) {
  with_source("deep/**/*.log", [&](FilesSource&, Notes& notes) -> Task<> {
    co_await notes.until({});
    fs::create_directories(folder_ / "deep/er/still");
    folder_.append("deep/er/still/x.log", "");
    co_await notes.until({"er/still/x.log"});
    fs::create_directory(folder_ / "deep/other");
    folder_.append("deep/other/y.log", "");
    co_await notes.until({"er/still/x.log", "other/y.log"});
  });
}

TEST_F(FilesSourceTest, ARotationIsNoRemoval) {
  folder_.append("a.log", "one\n");
  with_source("*.log", [&](FilesSource& source, Notes& notes) -> Task<> {
    co_await notes.until({"a.log"});
    fs::rename(folder_ / "a.log", folder_ / "a.log.1");
    folder_.append("b.log", "");  // makes the source look while the path leads nowhere
    co_await notes.until({"a.log", "b.log"});
    folder_.append("a.log", "two\n");
    folder_.append("c.log", "");
    co_await notes.until({"a.log", "b.log", "c.log"});
    const auto lines = co_await read(source, notes.containers["a.log"].id);
    EXPECT_EQ(lines.back().text, "two");
  });
}

TEST_F(FilesSourceTest, AFileThatCannotBeReadSaysWhyAndTheOthersGoOn) {
  folder_.append("open.log", "one\n");
  folder_.append("closed.log", "two\n");
  ::chmod((folder_ / "closed.log").c_str(), 0);
  with_source("*.log", [&](FilesSource& source, Notes& notes) -> Task<> {
    co_await notes.until({"closed.log", "open.log"});
    // Root reads everything, so for this moment nobody is root.
    const bool root = ::geteuid() == 0;
    if (root) EXPECT_EQ(::seteuid(65534), 0);
    auto closed = co_await source.open_log(notes.containers["closed.log"].id, {});
    if (root) EXPECT_EQ(::seteuid(0), 0);
    EXPECT_EQ(closed.error().code, ErrorCode::permission_denied);
    EXPECT_NE(closed.error().detail.find("closed.log"), std::string::npos);
    const auto lines = co_await read(source, notes.containers["open.log"].id);
    EXPECT_EQ(texts(lines), std::vector<std::string>{"one"});
  });
}

TEST_F(FilesSourceTest, AReadErrorEndsThatReadingWithItsReason) {
  fs::create_symlink("/proc/self/mem", folder_ / "bad.log");  // a regular file whose first byte cannot be read
  with_source("*.log", [&](FilesSource& source, Notes& notes) -> Task<> {
    co_await notes.until({"bad.log"});
    LogQuery query;
    query.follow = true;
    auto reader = co_await source.open_log(notes.containers["bad.log"].id, query);
    EXPECT_TRUE(reader.has_value());
    auto chunk = co_await (*reader)->next();
    EXPECT_FALSE(chunk.has_value());
    EXPECT_EQ(chunk.error().code, ErrorCode::io);
    EXPECT_NE(chunk.error().detail.find("bad.log"), std::string::npos);
    reader->reset();
  });
}

TEST_F(FilesSourceTest, AFileThatIsGoneOrUnknownIsNotFound) {
  folder_.append("a.log", "one\n");
  with_source("*.log", [&](FilesSource& source, Notes& notes) -> Task<> {
    co_await notes.until({"a.log"});
    fs::remove(folder_ / "a.log");
    auto gone = co_await source.open_log(notes.containers["a.log"].id, {});
    EXPECT_EQ(gone.error().code, ErrorCode::not_found);
    auto unknown = co_await source.inspect(ContainerId("x"));
    EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  });
}

}  // namespace
}  // namespace taffrail
