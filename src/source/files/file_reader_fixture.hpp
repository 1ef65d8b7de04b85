#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "base/task_group.hpp"
#include "source/files/file_reader.hpp"
#include "source/files/test_folder.hpp"

namespace taffrail::files {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The machine's clock, moved: a file written just now counts as left alone for long.
class LaterClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return std::chrono::system_clock::now() + 1h; }
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

class FileReaderTest : public testing::Test {
 protected:
  FileReaderTest() { log_.path = folder_ / "app.log"; }

  /// Everything that a query which does not follow gives.
  std::vector<Seen> read(LogQuery query) { return read(std::move(query), clock_, log_); }
  std::vector<Seen> read(LogQuery query, const Clock& clock, LogFile& log) {
    std::vector<Seen> lines;
    run(context_,
        [](WorkerPool& workers, const Clock& time, LogFile& file, LogQuery asked, std::vector<Seen>& all) -> Task<> {
          auto reader = co_await FileReader::open({workers, time, nullptr}, file, ContainerId("x"), std::move(asked));
          if (!reader) throw std::runtime_error(reader.error().detail);
          for (;;) {
            auto chunk = co_await (*reader)->next();
            if (!chunk) throw std::runtime_error(chunk.error().detail);
            if (!*chunk) break;
            take((*chunk)->batch, all);
          }
        }(workers_, clock, log, std::move(query), lines));
    return lines;
  }
  static LogQuery tail(std::uint64_t count) {
    LogQuery query;
    query.tail = count;
    return query;
  }
  static Cursor at(const Seen& line) { return {line.seq, line.time, {}}; }

  static std::string stamp(int second) {
    return to_rfc3339(Time(std::chrono::seconds(1'795'252'205 + second))).substr(0, 19) + "Z";
  }

  /// Runs `body` with an Inotify that works.
  void with_inotify(std::function<Task<>(Inotify&, TaskGroup&)> body) {
    auto inotify = Inotify::open(context_.get_executor());
    ASSERT_TRUE(inotify.has_value());
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("inotify", (*inotify)->run());
    const auto whole = [&]() -> Task<> {
      co_await body(**inotify, group);
      group.cancel();
      co_await group.join();
    };
    run(context_, whole());
  }

  TestFolder folder_;
  LogFile log_;
  SystemClock clock_;
  WorkerPool workers_{2};
  asio::io_context context_;
};

}  // namespace taffrail::files
