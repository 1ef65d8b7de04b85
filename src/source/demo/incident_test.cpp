#include "source/demo/incident.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/manual_clock.hpp"
#include "base/task_group.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "source/demo/demo_source.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;
using demo::Incident;
using demo::Second;

const Second noon = std::chrono::floor<std::chrono::seconds>(*parse_rfc3339("2026-11-21T12:00:00Z"));

/// Notes what a source tells, in words.
class Told final : public SourceSink {
 public:
  void host_changed(Host) override {}
  Task<> containers_listed(HostId, std::vector<Container> listed) override {
    for (Container& container : listed) container_changed(std::move(container));
    co_return;
  }
  void container_changed(Container container) override { containers[container.name] = container; }
  void container_removed(const ContainerId& id) override { removed.insert(id); }
  void container_event(ContainerEvent event) override { events.push_back(std::move(event)); }

  std::map<std::string, Container> containers;
  std::set<ContainerId> removed;
  std::vector<ContainerEvent> events;
};

/// As an engine's log of events has it.
std::string words_of(const std::vector<ContainerEvent>& events, const std::string& name) {
  std::string words;
  for (const ContainerEvent& event : events) {
    if (event.attributes.at("name") != name) continue;
    if (!words.empty()) words += ' ';
    words += event.action;
    if (event.action == "die") words += event.attributes.at("exitCode");
    if (event.action == "health_status") words += ':' + event.attributes.at("health");
  }
  return words;
}

class DemoIncident : public testing::Test {
 protected:
  void run(Task<> task) {
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error) { failure = error; });
    context_.run();
    context_.restart();
    if (failure) std::rethrow_exception(failure);
  }

  static Task<std::string> text_of(DemoSource& source, ContainerId id, Second since, Second until) {
    LogQuery query;
    query.since = since;
    query.until = until;
    auto reader = co_await source.open_log(std::move(id), std::move(query));
    std::string text;
    for (;;) {
      auto chunk = co_await (*reader)->next();
      if (!*chunk) co_return text;
      const Batch& batch = (*chunk)->batch;
      for (const Record& record : batch.records) text.append(batch.text(record)) += '\n';
    }
  }

  /// What the source lists.
  Told list(DemoSource& source) {
    Told told;
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("demo", source.run(told));
    run([](TaskGroup& tasks) -> Task<> {
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      tasks.cancel();
      co_await tasks.join();
    }(group));
    return told;
  }

  asio::io_context context_;
  WorkerPool workers_{2};
};

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Incident, IsOverBeforeTheNextOneBeginsAndIsTheSameForAll) {
  Incident before = demo::incident_of(7, noon);
  for (int i = 0; i < 500; ++i) {
    const Incident incident = demo::next_incident(7, before);
    EXPECT_LT(before.over, incident.begin);
    const std::vector<Second> times{incident.begin,       incident.first_kill,     incident.first_restart,
                                    incident.second_kill, incident.second_restart, incident.rollback,
                                    incident.over};
    EXPECT_TRUE(std::ranges::is_sorted(times));
    EXPECT_LE(incident.over - incident.begin, 6min);
    for (const Second second : times) EXPECT_EQ(demo::incident_of(7, second).number, incident.number);
    EXPECT_EQ(demo::last_incident(7, incident.begin - 1s).number, before.number);
    EXPECT_EQ(demo::last_incident(7, incident.begin).begin, incident.begin);
    EXPECT_EQ(demo::requests_in(7, 1, incident.begin - 1s), 0U);
    EXPECT_EQ(demo::requests_in(7, 1, incident.over), 0U);
    before = incident;
  }
}

TEST_F(DemoIncident, BeginsWithADeployAndGoesFromSlownessOverTwoKillsToARollback) {
  const Incident incident = demo::last_incident(1, noon);
  ManualClock clock(incident.over + 1min);
  DemoSource source(clock, workers_, {});
  const Told told = list(source);
  const Container& green = told.containers.at("shop-orders-green-1");
  EXPECT_EQ(*green.created, incident.begin);
  EXPECT_EQ(green.image, fmt::format("shop/orders:1.43.{}", incident.patch()));
  EXPECT_EQ(green.restarts, 2U);
  run([](DemoSource& demo, Incident it, ContainerId id) -> Task<> {
    const auto early = co_await text_of(demo, id, it.begin, it.begin + 60s);
    const auto late = co_await text_of(demo, id, it.first_kill - 30s, it.first_kill);
    const auto down = co_await text_of(demo, id, it.first_kill, it.first_restart);
    const auto after = co_await text_of(demo, id, it.rollback, it.rollback + 60s);
    EXPECT_EQ(count(early, R"("level":"error")"), 0U) << early;
    EXPECT_GT(count(late, R"("level":"error","msg":"order could not be stored")"), 5U) << late;
    EXPECT_EQ(down, "");
    EXPECT_EQ(count(after, R"("request_id")"), 0U) << "the traffic is with the other version";
    auto past = co_await demo.past_of(id, it.begin - 1h, it.rollback, 10s);
    EXPECT_EQ(words_of(past->events, "shop-orders-green-1"),
              "create start health_status:unhealthy oom die137 start health_status:unhealthy oom die137 start");
    double most = 0;
    for (const StatSample& sample : past->samples) {
      EXPECT_GE(sample.time, it.begin);
      most = std::max(most, *sample.memory);
    }
    EXPECT_GT(most, 460.0 * 1024 * 1024) << "of a limit of 512 MiB";
    EXPECT_LT(*past->samples.front().memory, 220.0 * 1024 * 1024);
  }(source, incident, green.id));
}

TEST_F(DemoIncident, IsToldOfByAllItsServicesUnderTheIdsOfTheSameRequests) {
  const Incident incident = demo::last_incident(1, noon);
  ManualClock clock(incident.over + 1min);
  DemoSource source(clock, workers_, {});
  Told told = list(source);
  run([](DemoSource& demo, Incident it, Told& seen) -> Task<> {
    const std::string api = co_await text_of(demo, seen.containers.at("shop-api-1").id, it.begin, it.rollback);
    const std::regex failed(R"x("msg":"request failed","request_id":"([0-9a-f]{16})","method":"POST")x");
    std::set<std::string> ids;
    for (auto match = std::sregex_iterator(api.begin(), api.end(), failed); match != std::sregex_iterator(); ++match)
      ids.insert((*match)[1]);
    EXPECT_GT(ids.size(), 50U);
    const std::string gateway = co_await text_of(demo, seen.containers.at("shop-gateway-1").id, it.begin, it.over + 5s);
    const std::string checkout =
        co_await text_of(demo, seen.containers.at("shop-checkout-1").id, it.begin, it.over + 5s);
    std::size_t in_checkout = 0;
    for (const std::string& id : ids) {
      EXPECT_EQ(count(gateway, "rid=" + id), 1U) << id;
      in_checkout += count(checkout, "request " + id);
    }
    EXPECT_GT(in_checkout, 10U);
    EXPECT_EQ(count(gateway, "moved the traffic from orders-blue"), 1U);
    EXPECT_EQ(count(gateway, "was rolled back"), 1U);
  }(source, incident, told));
}

TEST_F(DemoIncident, TheNextDeployReplacesTheContainer) {
  const Incident incident = demo::next_incident(1, demo::last_incident(1, noon));
  ManualClock clock(incident.begin - 1s);
  DemoSource source(clock, workers_, {});
  Told told;
  TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
  group.spawn("demo", source.run(told));
  run([](TaskGroup& tasks, Told& seen, ManualClock& time, Incident it) -> Task<> {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    const Container before = seen.containers.at("shop-orders-green-1");
    time.advance(2s);
    while (seen.removed.empty()) co_await sleep_for(5ms);
    tasks.cancel();
    co_await tasks.join();
    const Container& after = seen.containers.at("shop-orders-green-1");
    EXPECT_TRUE(seen.removed.contains(before.id));
    EXPECT_NE(after.id, before.id);
    EXPECT_EQ(*after.created, it.begin);
    EXPECT_EQ(after.restarts, 0U);
    EXPECT_EQ(words_of(seen.events, "shop-orders-green-1"), "die0 destroy create start");
  }(group, told, clock, incident));
}

}  // namespace
}  // namespace taffrail
