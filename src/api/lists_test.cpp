// Lists of very many containers, filters over them, and series.

#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/api_fixture.hpp"
#include "api/container_filter.hpp"
#include "api/container_judge.hpp"
#include "api/container_list.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

class Lists : public ApiTest {};

TEST_F(Lists, GivesTheListOnceForAllWhoAskWhileNothingChanges) {
  run([this]() -> Task<> {
    for (int i = 0; i < 300; ++i) add("container-" + std::to_string(i));
    ContainerLists lists(*pipeline_);
    const auto list = lists.now();
    EXPECT_EQ(lists.now(), list);
    const auto* rendered = co_await list->rendered();
    EXPECT_EQ(co_await list->rendered(), rendered) << "the same object";
    EXPECT_EQ(rendered->ends.size(), 300U);
    for (std::size_t i = 0; i < 300; ++i)
      EXPECT_EQ(std::string(parse(std::string(rendered->object(i))).at("id").as_string()),
                list->containers()->at(i)->id.str());
    EXPECT_EQ(parse(cut_list(*rendered, {})).at("containers").as_array().size(), 0U);
    EXPECT_EQ(parse(cut_list(*rendered, {7, 299})).at("containers").as_array().size(), 2U);
    add("one-more");
    EXPECT_NE(lists.now(), list);
    EXPECT_EQ((co_await list->rendered())->ends.size(), 300U) << "as it was";
  }());
}

TEST_F(Lists, SendsALongListInPiecesWholeOrCompressed) {
  run([this]() -> Task<> {
    for (int i = 0; i < 3000; ++i) {
      Container container = MemorySource::container("container-" + std::to_string(i));
      for (int k = 0; k < 5; ++k) container.labels["label" + std::to_string(k)] = std::to_string(i * 7919 + k);
      pipeline_->registry().container_changed(std::move(container));
    }
    auto plain = co_await get("/api/v1/containers");
    EXPECT_GT(plain.body.size(), 1'000'000U);
    EXPECT_EQ(parse(plain.body).at("containers").as_array().size(), 3000U);
    auto packed = co_await request("GET", "/api/v1/containers", {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(packed.headers.find("Content-Encoding"), "gzip");
    // The last four bytes of gzip say how long it was.
    std::size_t length = 0;
    for (std::size_t i = 1; i <= 4; ++i)
      length = length << 8U | static_cast<unsigned char>(packed.body[packed.body.size() - i]);
    // Samples may have come between the two.
    EXPECT_NEAR(static_cast<double>(length), static_cast<double>(plain.body.size()), 1'500'000);
  }());
}

TEST_F(Lists, AnExpressionThatTakesTooLongForOneContainerIsRefused) {
  run([this]() -> Task<> {
    for (int i = 0; i < 100; ++i) add("container-" + std::to_string(i));
    const std::string dear = net::percent_encode("all(1..900000, # > 0) and name == \"x\"");
    for (const std::string& target :
         {"/api/v1/containers?filter=" + dear, "/api/v1/logs?follow=true&containers=" + dear,
          "/api/v1/stats?containers=" + dear}) {
      auto refused = co_await get(target);
      EXPECT_EQ(refused.status, 422) << refused.body;
      EXPECT_NE(refused.body.find("takes too long"), std::string::npos) << refused.body;
    }
    auto cheap = co_await get("/api/v1/containers?filter=" + net::percent_encode("name == \"container-77-name\""));
    EXPECT_EQ(parse(cheap.body).at("containers").as_array().size(), 1U);
  }());
}

TEST_F(Lists, AnExpressionThatTakesTooLongForAllContainersIsRefusedAndHoldsUpNobody) {
  run([this]() -> Task<> {
    for (int i = 0; i < 10'000; ++i) add("container-" + std::to_string(i));
    ContainerJudge judge(workers_, 30ms);
    const Registry& registry = pipeline_->registry();
    const Caller everyone;
    // Within what one evaluation may, but not within what 10,000 may.
    const std::optional<ContainerFilter> dear =
        *ContainerFilter::compile("filter", "all(1..5000, # > 0) and name == \"x\"");
    const std::optional<ContainerFilter> cheap = *ContainerFilter::compile("filter", "name contains \"77\"");
    std::vector<std::string> ended;
    TaskGroup tasks(context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
    const auto ask = [&]() -> Task<> {
      auto refused = co_await judge.select(everyone, dear, registry.snapshot(), registry.host_names());
      EXPECT_FALSE(refused.has_value());
      if (!refused) EXPECT_EQ(refused.error().status, 422);
      if (!refused) EXPECT_NE(refused.error().detail.find("10000 containers"), std::string::npos);
      ended.emplace_back("dear");
    };
    tasks.spawn("dear", ask());
    int turns = 0;
    for (; ended.empty(); ++turns) co_await asio::post(asio::use_awaitable);
    EXPECT_GT(turns, 5) << "the owner thread did other things meanwhile";
    auto chosen = co_await judge.select(everyone, cheap, registry.snapshot(), registry.host_names());
    EXPECT_EQ(chosen.value().size(), 280U) << "the numbers with 77 in them";
    for (const std::uint32_t index : chosen.value())
      EXPECT_NE(registry.snapshot()->at(index)->name.find("77"), std::string::npos);
    co_await tasks.join();
  }());
}

TEST_F(Lists, ACrowdOfDearExpressionsIsAShortWaitForSomebodyElse) {
  run([this]() -> Task<> {
    for (int i = 0; i < 200; ++i) add("container-" + std::to_string(i));
    ContainerJudge judge(workers_);
    const Registry& registry = pipeline_->registry();
    const Caller crowd({}, "192.0.2.1");
    const Caller other({}, "192.0.2.2");
    const std::optional<ContainerFilter> dear = *ContainerFilter::compile("filter", "all(1..20000, # > 0)");
    const std::optional<ContainerFilter> cheap = *ContainerFilter::compile("filter", "name contains \"77\"");
    std::size_t ended = 0;
    std::size_t refused = 0;
    TaskGroup tasks(context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
    const auto ask = [&]() -> Task<> {
      auto chosen = co_await judge.select(crowd, dear, registry.snapshot(), registry.host_names());
      if (!chosen && chosen.error().status == 503) ++refused;
      ++ended;
    };
    for (std::size_t i = 0; i < ContainerJudge::max_lists; ++i) tasks.spawn("dear", ask());
    while (refused == 0) co_await asio::post(asio::use_awaitable);
    auto chosen = co_await judge.select(other, cheap, registry.snapshot(), registry.host_names());
    EXPECT_EQ(chosen.value().size(), 2U);
    EXPECT_EQ(refused, ContainerJudge::max_lists / 2) << "one origin has half of them";
    EXPECT_EQ(ended, refused) << "of the crowd none has had all its turns yet";
    tasks.cancel();
    co_await tasks.join();
  }());
}

TEST(ContainerFilter, SaysWhyItHasNoAnswer) {
  const Container container = MemorySource::container("aaaa");
  const std::pair<const char*, expr::Verdict> cases[] = {{"name == \"aaaa-name\"", expr::Verdict::yes},
                                                         {"name == \"x\"", expr::Verdict::no},
                                                         {"exitCode > 1", expr::Verdict::failed},
                                                         {"all(1..900000, # > 0)", expr::Verdict::spent}};
  for (const auto& [source, verdict] : cases) {
    auto filter = ContainerFilter::compile("containers", source);
    ASSERT_TRUE(filter.has_value()) << source;
    EXPECT_EQ(filter->judge(container, ""), verdict) << source;
  }
}

TEST_F(Lists, InspectsAContainerOnceForAllWhoAsk) {
  run([this]() -> Task<> {
    add("aaaa1111");
    for (int i = 0; i < 5; ++i) EXPECT_EQ((co_await get("/api/v1/containers/aaaa1111")).status, 200);
    EXPECT_EQ(source_->inspections(), 1U);
    pipeline_->registry().container_changed(MemorySource::container("aaaa1111", ContainerState::exited));
    (void)co_await get("/api/v1/containers/aaaa1111");
    EXPECT_EQ(source_->inspections(), 2U) << "it has changed";
  }());
}

TEST_F(Lists, StreamsSeriesAndRefusesMoreThanAnAnswerHolds) {
  run([this]() -> Task<> {
    Sampler& sampler = pipeline_->sampler();
    const auto sample = [&sampler](int containers, int samples) {
      StatCounters counters;
      for (int second = 1; second <= samples; ++second) {
        counters.steady = SteadyTime(std::chrono::seconds(second));
        counters.time = Time(std::chrono::seconds(second));
        counters.pids = second;
        for (int i = 0; i < containers; ++i) sampler.take(MemorySource::id("container-" + std::to_string(i)), counters);
      }
    };
    for (int i = 0; i < 200; ++i)
      pipeline_->registry().container_changed(
          MemorySource::container("container-" + std::to_string(i), ContainerState::paused));
    sample(200, 51);
    auto series = parse((co_await get("/api/v1/stats")).body).at("series").as_array();
    EXPECT_EQ(series.size(), 200U);
    for (const auto& one : series) {
      EXPECT_EQ(one.at("host"), "memory");
      EXPECT_EQ(one.at("samples").as_array().size(), 50U);
    }
    auto chosen = parse((co_await get("/api/v1/stats?since=1970-01-01T00:00:50Z&containers=" +
                                      net::percent_encode("name == \"container-7-name\"")))
                            .body);
    EXPECT_EQ(chosen.at("series").as_array().size(), 1U);
    EXPECT_EQ(chosen.at("series").at(0).at("samples").as_array().size(), 2U);
    for (int i = 200; i < 1700; ++i)
      pipeline_->registry().container_changed(
          MemorySource::container("container-" + std::to_string(i), ContainerState::paused));
    sample(1700, 300);
    auto refused = co_await get("/api/v1/stats");
    EXPECT_EQ(refused.status, 413) << refused.body.substr(0, 200);
  }());
}

}  // namespace
}  // namespace taffrail::api
