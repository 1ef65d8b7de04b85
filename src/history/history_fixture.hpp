#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "history/history.hpp"
#include "pipeline/log_read.hpp"
#include "pipeline/memory_source.hpp"

namespace taffrail::history {

/// A pipeline over a MemorySource with a history, which may be ended and begun again on the same folder, as a server.
class HistoryTest : public testing::Test {
 public:
  HistoryTest() { make_pipeline(); }

  /// Runs a test's body with everything started, and stops it in order.
  void run(Task<> body) {
    std::exception_ptr failure;
    bool done = false;
    auto whole = [](HistoryTest& test, Task<> inner) -> Task<> {
      test.begin();
      co_await std::move(inner);
      co_await test.end();
    };
    asio::co_spawn(context_, whole(*this, std::move(body)), [&](std::exception_ptr error) {
      failure = error;
      done = true;
    });
    context_.run_for(std::chrono::seconds(180));
    if (failure) std::rethrow_exception(failure);
    ASSERT_TRUE(done) << "the test did not end";
  }

  void begin() {
    auto store = History::open_store(context_.get_executor(), folder_.path());
    ASSERT_TRUE(store.has_value()) << store.error().detail;
    history_ = std::make_unique<History>(*pipeline_, std::move(*store), options_, report());
    pipeline_->start();
    history_->start();
  }
  Task<> end() {
    co_await history_->stop();
    co_await pipeline_->stop();
    history_.reset();
  }
  /// A new server on the same folder and the same source's logs.
  /// @param keep what the source has still; else it is empty
  Task<> restart(bool keep = true) {
    co_await end();
    auto logs = keep ? source_->take_logs() : MemorySource::Logs{};
    make_pipeline();
    source_->put_logs(std::move(logs));
    begin();
  }

  void add(const std::string& id, std::map<std::string, std::string> labels = {}) {
    Container container = MemorySource::container(id);
    container.labels = std::move(labels);
    pipeline_->registry().container_changed(std::move(container));
  }
  void write(const std::string& id, std::string text) {
    source_->write(id, std::move(text), now_);
    now_ += std::chrono::milliseconds(1);
  }
  Task<> until(std::function<bool()> holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) co_await sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(holds());
  }
  /// Waits until so many lines are stored.
  Task<> stored(std::uint64_t lines) {
    co_await until([this, lines] { return history_->ready() && history_->catalogue().sums().lines >= lines; });
    EXPECT_EQ(history_->catalogue().sums().lines, lines);
  }

  struct Read {
    std::vector<std::string> texts;
    std::vector<Seq> seqs;
    std::vector<Gap> gaps;
  };
  /// All that a request gives; the error ends the test.
  Task<Read> read(LogRequest request) {
    Read all;
    auto read = LogRead::open(*pipeline_, std::move(request));
    EXPECT_TRUE(read.has_value());
    for (;;) {
      auto items = co_await (*read)->next();
      EXPECT_TRUE(items.has_value()) << (items ? "" : items.error().detail);
      if (!items || items->empty()) co_return all;
      for (const LogItem& item : *items) {
        if (const auto* gap = std::get_if<Gap>(&item)) all.gaps.push_back(*gap);
        const auto* lines = std::get_if<LogLines>(&item);
        if (!lines) continue;
        const Batch& batch = lines->batch->batch();
        for (std::uint32_t i = 0; i < lines->size(); ++i) {
          const Record& record = batch.records[lines->descending ? lines->last - 1 - i : lines->first + i];
          all.texts.emplace_back(batch.text(record));
          all.seqs.push_back(record.seq);
        }
      }
    }
  }
  static LogRequest of(const std::string& id) {
    LogRequest request;
    request.containers.push_back(MemorySource::id(id));
    return request;
  }
  static TaskGroup::Report report() {
    return [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; };
  }

  void make_pipeline() {
    pipeline_.reset();
    auto made = std::make_unique<MemorySource>(context_.get_executor());
    source_ = made.get();
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(made));
    metrics_ = std::make_unique<prometheus::Registry>();
    pipeline_ = std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources),
                                           Registry::Admission{}, *metrics_, report());
  }

  TemporaryFolder folder_;
  asio::io_context context_{1};
  WorkerPool workers_{2};
  SystemClock clock_;
  HistoryOptions options_;
  Time now_ = std::chrono::system_clock::now() - std::chrono::hours(1);
  std::unique_ptr<prometheus::Registry> metrics_;
  MemorySource* source_ = nullptr;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<History> history_;
};

}  // namespace taffrail::history
