#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "base/task_group.hpp"
#include "source/logfile/log_file_reader.hpp"
#include "source/logfile/test_folder.hpp"

namespace taffrail::logfile {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The machine's clock, moved: a file written just now counts as left alone for long.
class LaterClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return std::chrono::system_clock::now() + 1h; }
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

/// A plain log of which nothing is known yet.
inline std::shared_ptr<Log> at(const std::string& path) {
  LogOptions options;
  options.path = path;
  return std::make_shared<Log>(options);
}

class PlainLogTest : public testing::Test {
 protected:
  /// Everything that a query which does not follow gives.
  std::vector<Seen> read(LogQuery query) { return read(std::move(query), clock_, log_); }
  std::vector<Seen> read(LogQuery query, const Clock& clock, const std::shared_ptr<Log>& log) {
    std::vector<Seen> lines;
    run(context_,
        [](WorkerPool& workers, const Clock& time, std::shared_ptr<Log> file, LogQuery asked,
           std::vector<Seen>& all) -> Task<> {
          auto reader =
              co_await LogFileReader::open({workers, time, nullptr}, file, ContainerId("x"), std::move(asked));
          if (!reader) throw std::runtime_error(reader.error().detail);
          for (;;) {
            auto chunk = co_await (*reader)->next();
            if (!chunk) throw std::runtime_error(chunk.error().detail);
            if (!*chunk) break;
            take(**chunk, all);
          }
        }(workers_, clock, log, std::move(query), lines));
    return lines;
  }
  static LogQuery tail(std::uint64_t count) {
    LogQuery query;
    query.tail = count;
    return query;
  }
  static Cursor cursor(const Seen& line) { return {line.seq, line.time, {}}; }

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
  std::shared_ptr<Log> log_ = at(folder_ / "app.log");
  SystemClock clock_;
  WorkerPool workers_{2};
  asio::io_context context_;
};

}  // namespace taffrail::logfile
