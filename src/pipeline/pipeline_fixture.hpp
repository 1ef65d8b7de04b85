#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/log_read.hpp"
#include "pipeline/memory_source.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail {

/// A filter of a test, from a function.
class TestFilter final : public LineFilter {
 public:
  using Wanted = std::function<bool(const Batch&, const Record&)>;
  TestFilter(Wanted wanted, std::string key, bool cheap)
      : wanted_(std::move(wanted)), key_(std::move(key)), cheap_(cheap) {}
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return cheap_; }
  [[nodiscard]] bool wants(const Batch& batch, const Record& record) const override { return wanted_(batch, record); }

 private:
  Wanted wanted_;
  std::string key_;
  bool cheap_;
};

/// The machine's clocks, of which a test may hold the steady one still.
class HoldableClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return std::chrono::system_clock::now(); }
  [[nodiscard]] SteadyTime steady_now() const override { return held ? *held : std::chrono::steady_clock::now(); }

  std::optional<SteadyTime> held;
};

/// A pipeline over a MemorySource, run inside one coroutine per test.
class PipelineTest : public testing::Test {
 public:
  PipelineTest() {
    auto made = std::make_unique<MemorySource>(context_.get_executor());
    source_ = made.get();
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(made));
    pipeline_ =
        std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources), Registry::Admission{},
                                   metrics_, [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; });
  }

  void run(Task<> body) {
    std::exception_ptr failure;
    auto whole = [](Pipeline& pipeline, Task<> inner) -> Task<> {
      pipeline.start();
      co_await std::move(inner);
      co_await pipeline.stop();
    };
    asio::co_spawn(context_, whole(*pipeline_, std::move(body)), [&](std::exception_ptr error) { failure = error; });
    context_.run_for(std::chrono::seconds(180));
    ASSERT_TRUE(context_.stopped()) << "the test did not end";
    if (failure) std::rethrow_exception(failure);
  }

  void add(const std::string& id) { pipeline_->registry().container_changed(MemorySource::container(id)); }
  std::unique_ptr<LogRead> open(LogRequest request) {
    auto read = LogRead::open(*pipeline_, std::move(request));
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().detail);
    return std::move(*read);
  }
  static LogRequest request(const std::vector<std::string>& ids) {
    LogRequest made;
    for (const std::string& id : ids) made.containers.push_back(MemorySource::container(id).id);
    return made;
  }
  static std::function<FilterPtr(const Container&)> for_all(TestFilter::Wanted wanted, std::string key = "test",
                                                            bool cheap = true) {
    return [filter = std::make_shared<const TestFilter>(std::move(wanted), std::move(key), cheap)](const Container&) {
      return filter;
    };
  }

  asio::io_context context_{1};
  WorkerPool workers_{1};
  HoldableClock clock_;
  prometheus::Registry metrics_;
  MemorySource* source_ = nullptr;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace taffrail
