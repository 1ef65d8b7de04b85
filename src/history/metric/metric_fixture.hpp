#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/manual_clock.hpp"
#include "base/temporary_folder.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "history/metric/metric_history.hpp"
#include "pipeline/memory_source.hpp"

namespace taffrail::history {

/// A pipeline whose clock and samples a test makes, with a history of metrics that may be ended and begun again on the
/// same folder.
class MetricTest : public testing::Test {
 public:
  MetricTest() { make_pipeline(); }

  void run(Task<> body) {
    std::exception_ptr failure;
    bool done = false;
    auto whole = [](MetricTest& test, Task<> inner) -> Task<> {
      co_await test.begin();
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

  Task<> begin() {
    auto store = MetricHistory::open_store(context_.get_executor(), folder_.path());
    if (!store) throw std::runtime_error(store.error().detail);
    history_ = std::make_unique<MetricHistory>(*pipeline_, std::move(*store), retention_, report());
    history_->start();
    while (!history_->ready()) co_await sleep_for(std::chrono::milliseconds(1));
  }
  Task<> end() {
    co_await history_->stop();
    history_.reset();
  }
  /// A new server on the same folder.
  Task<> restart() {
    co_await end();
    make_pipeline();
    co_await begin();
  }

  void add(const std::string& id) { pipeline_->registry().container_changed(MemorySource::container(id)); }
  /// A reading of a container now: a share of a processor since the one before, and bytes of memory.
  void read(const std::string& id, double cores, std::optional<std::uint64_t> memory) {
    Meter& meter = meters_[id];
    steady_ += std::chrono::seconds(1);
    const auto passed = meter.steady == SteadyTime{} ? Duration(0) : steady_ - meter.steady;
    meter.cpu += static_cast<std::uint64_t>(cores * static_cast<double>(passed.count()));
    meter.steady = steady_;
    StatCounters counters;
    counters.time = clock_.now();
    counters.steady = steady_;
    counters.cpu_ns = meter.cpu;
    counters.memory = memory;
    pipeline_->sampler().take(MemorySource::id(id), counters);
  }
  void tell(const std::string& id, std::string action, std::map<std::string, std::string> attributes = {}) {
    ContainerEvent event;
    event.container = MemorySource::id(id);
    event.host = event.container.host();
    event.time = clock_.now();
    event.action = std::move(action);
    event.attributes = std::move(attributes);
    pipeline_->registry().container_event(std::move(event));
  }

  /// What is stored of a container; an error ends the test.
  Task<std::vector<MetricPoint>> points(std::string id, Duration step, Time since = Time::min(),
                                        Time until = Time::max()) {
    auto all = co_await history_->points({{MemorySource::id(id), since, until}}, step);
    if (!all) throw std::runtime_error(all.error().detail);
    co_return all->front().points();
  }
  Task<std::vector<std::string>> actions(EventQuery query) {
    auto events = co_await history_->events(std::move(query));
    if (!events) throw std::runtime_error(events.error().detail);
    std::vector<std::string> actions;
    for (const StoredEvent& one : *events) actions.push_back(one.event.action);
    co_return actions;
  }
  template <class Value>
  static void must(const Result<Value>& result) {
    if (!result) throw std::runtime_error(result.error().detail);
  }
  static TaskGroup::Report report() {
    return [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; };
  }

  void make_pipeline() {
    pipeline_.reset();
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<MemorySource>(context_.get_executor()));
    metrics_ = std::make_unique<prometheus::Registry>();
    pipeline_ = std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources),
                                           Registry::Admission{}, *metrics_, report());
    meters_.clear();
  }

  struct Meter {
    SteadyTime steady{};
    std::uint64_t cpu = 0;
  };

  TemporaryFolder folder_;
  asio::io_context context_{1};
  WorkerPool workers_{2};
  ManualClock clock_{*parse_rfc3339("2026-11-21T09:00:00Z")};
  SteadyTime steady_{std::chrono::seconds(1)};
  MetricRetention retention_;
  std::map<std::string, Meter> meters_;
  std::unique_ptr<prometheus::Registry> metrics_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<MetricHistory> history_;
};

}  // namespace taffrail::history
