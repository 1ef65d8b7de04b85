#include <chrono>
#include <filesystem>

#include "api/api_fixture.hpp"
#include "base/temporary_folder.hpp"
#include "history/history.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

/// The interface of a server that stores logs.
class SearchTest : public ApiTest {
 protected:
  SearchTest() {
    auto store = history::History::open_store(context_.get_executor(), folder_.path());
    EXPECT_TRUE(store) << store.error().detail;
    const TaskGroup::Report report = [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; };
    history_ = std::make_unique<history::History>(
        *pipeline_, std::move(*store), history::HistoryOptions{.retention = {}, .backlog = 24h * 36'500}, report);
    api_ = std::make_unique<Api>(*pipeline_, nullptr, history_.get(), *metrics_,
                                 ApiOptions{.version = "1", .base_path = "", .notice = ""}, report);
  }

  /// Runs a test's body with these lines stored: 100 each of `web` and `db`.
  void run_stored(std::function<Task<>()> body) {
    auto whole = [](SearchTest& test, std::function<Task<>()> inner) -> Task<> {
      test.history_->start();
      test.add("web");
      test.add("db");
      test.write("web", 1, 100, "GET /items took ");
      test.write("db", 1, 100, "ERROR: lock 777 of ");
      const auto stored = [&] { return test.history_->catalogue().sums().lines; };
      for (int i = 0; i < 2000 && stored() < 200; ++i) co_await sleep_for(5ms);
      EXPECT_EQ(stored(), 200U);
      co_await inner();
      co_await test.history_->stop();
    };
    run(whole(*this, std::move(body)));
  }
  Task<boost::json::object> get_object(std::string target) {
    auto answer = co_await get(std::move(target));
    EXPECT_EQ(answer.status, 200) << answer.body;
    co_return parse(answer.body).as_object();
  }

  TemporaryFolder folder_;
  std::unique_ptr<history::History> history_;
};

TEST_F(SearchTest, GivesTheNewestLinesOfAllContainersAndGoesOn) {
  run_stored([this]() -> Task<> {
    std::vector<std::string> texts;
    std::string cursor;
    for (int pages = 0; pages < 20; ++pages) {
      const auto answer = co_await get("/api/v1/search?q=took&limit=30" + (cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(answer.status, 200) << answer.body;
      auto lines = parse_lines(answer.body);
      const auto& end = lines.back().at("end").as_object();
      EXPECT_EQ(end.at("matched").as_int64(), static_cast<std::int64_t>(lines.size() - 1));
      for (std::size_t i = 0; i + 1 < lines.size(); ++i) texts.emplace_back(lines[i].at("text").as_string());
      if (!end.at("truncated").as_bool()) break;
      cursor = end.at("cursor").as_string();
    }
    std::vector<std::string> wanted;
    for (int i = 100; i >= 1; --i) wanted.push_back("GET /items took " + std::to_string(i));
    EXPECT_EQ(texts, wanted);

    // Merged by place, with what the parameters say.
    const auto both = co_await get("/api/v1/search?order=asc&limit=4&levels=error,unknown&streams=stdout");
    EXPECT_EQ(parse_lines(both.body).size(), 5U);
    const auto word = co_await get("/api/v1/search?q=777&limit=200");
    EXPECT_EQ(parse_lines(word.body).size(), 101U);
    const auto one = co_await get("/api/v1/search?containers=name%20%3D%3D%20%22db-name%22&limit=200");
    EXPECT_EQ(parse_lines(one.body).size(), 101U);
  });
}

TEST_F(SearchTest, FindsTheNextLineInEitherDirection) {
  run_stored([this]() -> Task<> {
    auto first = co_await get_object("/api/v1/find?q=took");
    EXPECT_EQ(first.at("found").at("text").as_string(), "GET /items took 1");
    const auto from = [&] { return "&cursor=" + std::string(first.at("cursor").as_string()); };
    auto second = co_await get_object("/api/v1/find?q=took" + from());
    EXPECT_EQ(second.at("found").at("text").as_string(), "GET /items took 2");
    auto none = co_await get_object("/api/v1/find?q=took&direction=backward" + from());
    EXPECT_TRUE(none.at("found").is_null());
    EXPECT_TRUE(none.at("cursor").is_null());
    auto last = co_await get_object("/api/v1/find?q=took&direction=backward");
    EXPECT_EQ(last.at("found").at("text").as_string(), "GET /items took 100");
  });
}

TEST_F(SearchTest, CountsByLevelAndTime) {
  run_stored([this]() -> Task<> {
    auto all = co_await get_object("/api/v1/histogram?buckets=10");
    EXPECT_TRUE(all.at("complete").as_bool());
    EXPECT_EQ(all.at("total").at("error").as_int64(), 100);
    std::int64_t errors = 0;
    for (const auto& bucket : all.at("buckets").as_array()) {
      const auto* count = bucket.at("counts").as_object().if_contains("error");
      errors += count ? count->as_int64() : 0;
    }
    EXPECT_EQ(errors, 100);
    auto some = co_await get_object("/api/v1/histogram?filter=text%20endsWith%20%221%22");
    EXPECT_EQ(some.at("total").at("error").as_int64(), 10);
  });
}

TEST_F(SearchTest, RefusesWhatMakesNoSense) {
  run_stored([this]() -> Task<> {
    for (const std::string target :
         {"search?limit=0", "search?limit=10001", "search?order=up", "search?cursor=x", "search?levels=loud",
          "search?q=level%20%3D%3D%20nosuch", "search?since=soon", "search?tail=3", "find?direction=up",
          "histogram?buckets=1", "histogram?buckets=2001", "histogram?filter=%29", "histogram?q=a"}) {
      const auto answer = co_await get("/api/v1/" + target);
      EXPECT_EQ(answer.status, 400) << target << ": " << answer.body;
    }
  });
}

class NoHistoryTest : public ApiTest {
 public:
  using ApiTest::get;
};

TEST_F(NoHistoryTest, HasNothingToSearch) {
  run([](NoHistoryTest& test) -> Task<> {
    for (const std::string target : {"search", "find", "histogram"}) {
      const auto answer = co_await test.get("/api/v1/" + target);
      EXPECT_EQ(answer.status, 404) << answer.body;
    }
  }(*this));
}

}  // namespace
}  // namespace taffrail::api
