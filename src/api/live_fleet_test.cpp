// What a page is told of very many containers, and of containers with one id.

#include <set>
#include <string>

#include "api/api_fixture.hpp"
#include "api/live_limits.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

class LiveFleet : public ApiTest {};

TEST_F(LiveFleet, CutsALongSnapshotIntoPartsOfWhichAllButTheLastSayThatThereIsMore) {
  run([this]() -> Task<> {
    for (int i = 0; i < 2000; ++i) add("container-" + std::to_string(i));
    auto socket = co_await live();
    co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
    std::set<std::string> told;
    std::size_t parts = 0;
    for (bool more = true; more; ++parts) {
      auto [part, size] = co_await receive_sized(*socket, "containers");
      EXPECT_EQ(part.contains("snapshot"), parts == 0);
      EXPECT_LT(size, 2 * live_part_bytes);
      more = part.contains("more");
      for (const auto& container : part["containers"].as_array()) told.emplace(container.at("id").as_string());
    }
    EXPECT_EQ(told.size(), 2000U);
    EXPECT_GT(parts, 2U);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(LiveFleet, TellsHistoryAndThenEachNewSampleToAllPagesFromOneRendering) {
  run([this]() -> Task<> {
    for (const char* id : {"aaaa", "bbbb", "cccc"})
      pipeline_->registry().container_changed(MemorySource::container(id, ContainerState::paused));
    int second = 0;
    const auto sample = [this, &second] {
      StatCounters counters;
      counters.steady = SteadyTime(std::chrono::seconds(++second));
      counters.time = start_ + std::chrono::seconds(second);
      for (const char* id : {"aaaa", "bbbb", "cccc"}) pipeline_->sampler().take(MemorySource::id(id), counters);
    };
    for (int i = 0; i < 11; ++i) sample();
    auto all = co_await live();
    auto one = co_await live();
    co_await send(*all, R"({"type":"subscribe","sub":1,"what":"stats","history":4})");
    co_await send(*one, R"({"type":"subscribe","sub":2,"what":"stats","history":0,"containers":["bbbb"]})");
    for (const char* id : {"aaaa", "bbbb", "cccc"}) {
      auto history = co_await receive(*all, "stats");
      EXPECT_EQ(history["history"], true);
      EXPECT_EQ(history["container"], id);
      EXPECT_EQ(history["samples"].as_array().size(), 4U);
    }
    co_await send(*one, R"({"type":"ping"})");
    (void)co_await receive(*one, "pong");  // it has subscribed
    sample();
    auto told_all = co_await receive(*all, "stats");
    EXPECT_EQ(told_all["samples"].as_array().size(), 3U) << "and none that was history";
    auto told_one = co_await receive(*one, "stats");
    EXPECT_EQ(told_one["samples"].as_array().size(), 1U);
    EXPECT_EQ(told_one["samples"].at(0).at("container"), "bbbb");
    EXPECT_EQ(told_one["samples"].at(0), told_all["samples"].at(1));
    co_await all->close(net::CloseCode::normal);
    co_await one->close(net::CloseCode::normal);
  }());
}

TEST_F(LiveFleet, OfOneIdOnTwoHostsThePageIsToldTheHost) {
  run([this]() -> Task<> {
    Container twin = MemorySource::container("aaaa");
    twin.host = HostId("other");
    twin.id = ContainerId(twin.host, "aaaa");
    add("aaaa");
    pipeline_->registry().container_changed(twin);
    auto socket = co_await live();
    co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
    EXPECT_EQ((co_await receive(*socket, "containers"))["containers"].as_array().size(), 2U);
    co_await send(*socket, R"({"type":"subscribe","sub":3,"what":"logs","containers":["aaaa"],"credit":1000})");
    EXPECT_EQ((co_await receive(*socket, "error"))["error"].at("status"), 409);
    co_await send(*socket, R"({"type":"subscribe","sub":2,"what":"stats","history":0,"containers":["other/aaaa"]})");
    co_await send(*socket, R"({"type":"ping"})");
    (void)co_await receive(*socket, "pong");
    StatCounters counters;
    for (int second = 1; second < 3; ++second) {
      counters.steady = SteadyTime(std::chrono::seconds(second));
      pipeline_->sampler().take(twin.id, counters);
    }
    const auto stats = co_await receive(*socket, "stats");
    EXPECT_EQ(stats.at("samples").at(0).at("host"), "other");
    pipeline_->registry().container_removed(twin.id);
    auto change = co_await receive(*socket, "containers");
    EXPECT_EQ(change["gone"].as_array().at(0), "other/aaaa");
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(LiveFleet, FollowsABoundedNumberOfContainersInAllItsSubscriptionsTogether) {
  run([this]() -> Task<> {
    std::string ids;
    for (int i = 0; i < 300; ++i) {
      const std::string id = "container-" + std::to_string(1000 + i);
      add(id);
      ids += (ids.empty() ? "\"" : ",\"") + id + "\"";
    }
    const auto subscribe = [&ids](int sub) {
      return R"({"type":"subscribe","sub":)" + std::to_string(sub) + R"(,"what":"logs","containers":[)" + ids +
             R"(],"tail":0,"credit":1000})";
    };
    auto socket = co_await live();
    for (int sub = 1; sub <= 4; ++sub) co_await send(*socket, subscribe(sub));
    auto refused = co_await receive(*socket, "error");
    EXPECT_EQ(refused["sub"], 4);
    EXPECT_EQ(refused["error"].at("status"), 429);
    co_await send(*socket, R"({"type":"unsubscribe","sub":2})");
    (void)co_await receive(*socket, "closed");
    // Once it has ended there is room again.
    for (bool told = false; !told;) {
      co_await send(*socket, subscribe(4));
      co_await send(*socket, R"({"type":"ping"})");
      bool refused_again = false;
      for (bool answered = false; !answered;) {
        auto [message, size] = co_await receive(*socket);
        if (message["type"] == "error") refused_again = true;
        answered = message["type"] == "pong";
      }
      told = !refused_again;
    }
    co_await socket->close(net::CloseCode::normal);
  }());
}

}  // namespace
}  // namespace taffrail::api
