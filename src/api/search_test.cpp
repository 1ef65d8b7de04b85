#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <filesystem>

#include "api/api_fixture.hpp"
#include "base/temporary_folder.hpp"
#include "base/time_format.hpp"
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
    auto beside = history::MetricHistory::open_store(context_.get_executor(), folder_.path());
    EXPECT_TRUE(beside) << beside.error().detail;
    history_ = std::make_unique<history::History>(*pipeline_, std::move(*store),
                                                  history::HistoryOptions{.retention = {}, .backlog = 24h * 36'500},
                                                  report, std::move(*beside));
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

TEST_F(SearchTest, GivesMetricsAndEventsAlsoWhenTheirContainerIsGone) {
  run_stored([this]() -> Task<> {
    while (!history_->metrics()->ready()) co_await sleep_for(1ms);
    const Time now = clock_.now();
    const auto read = [&](Time time, std::uint64_t memory) {
      StatCounters counters;
      counters.time = time;
      counters.steady = SteadyTime(std::chrono::hours(100'000) + (time - now));
      counters.cpu_ns = 0;
      counters.memory = memory;
      pipeline_->sampler().take(MemorySource::id("web"), counters);
    };
    for (int second = 3600; second > 0; second -= 5)
      read(now - std::chrono::seconds(second), second % 2 == 0 ? 100 : 101);
    pipeline_->registry().container_event(
        {MemorySource::id("web"), HostId("memory"), now, "die", {{"exitCode", "137"}}});
    EXPECT_TRUE((co_await history_->metrics()->flush(true)).has_value());
    // 300 of the 719 samples are in memory, the others are stored: one series without a hole or a step twice.
    auto stats = co_await get_object("/api/v1/stats?since=2h&step=1m");
    const auto& series = stats.at("series").as_array().at(0).as_object();
    EXPECT_EQ(series.at("step").as_string(), "1m");
    const auto& samples = series.at("samples").as_array();
    EXPECT_GE(samples.size(), 59U);
    EXPECT_LE(samples.size(), 61U);
    std::string last;
    for (const auto& sample : samples) {
      EXPECT_GT(std::string(sample.at("time").as_string()), last);
      last = sample.at("time").as_string();
      EXPECT_TRUE(sample.at("swap").is_null());
      EXPECT_FALSE(sample.at("max").as_object().contains("swap"));
    }
    EXPECT_EQ(samples[30].at("min").at("memory").as_int64(), 100);
    EXPECT_EQ(samples[30].at("max").at("memory").as_int64(), 101);
    EXPECT_EQ((co_await get("/api/v1/stats?since=2h&step=1ms")).status, 400);

    pipeline_->registry().container_removed(MemorySource::id("web"));
    auto gone = co_await get_object("/api/v1/stats?since=2h&step=10s&containers=name%20%3D%3D%20%22web-name%22");
    EXPECT_GE(gone.at("series").as_array().at(0).at("samples").as_array().size(), 355U);
    const auto events = parse_lines((co_await get("/api/v1/events?order=desc&limit=1")).body);
    EXPECT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].at("action").as_string(), "die");
    EXPECT_EQ(events[0].at("attributes").at("exitCode").as_string(), "137");
    EXPECT_FALSE(events[1].at("end").at("truncated").as_bool());
    const std::string cursor(events[1].at("end").at("cursor").as_string());
    EXPECT_EQ(parse_lines((co_await get("/api/v1/events?cursor=" + cursor)).body).size(), 1U);
    EXPECT_EQ((co_await get("/api/v1/events?order=up")).status, 400);

    EXPECT_EQ((co_await request("DELETE", "/api/v1/containers/web/history")).status, 204);
    const auto rest = co_await get_object("/api/v1/stats?since=2h");
    EXPECT_TRUE(rest.at("series").as_array().empty());
    EXPECT_EQ(parse_lines((co_await get("/api/v1/events")).body).size(), 1U);
  });
}

TEST_F(SearchTest, PutsEventsAmongTheLinesOfALog) {
  run_stored([this]() -> Task<> {
    while (!history_->metrics()->ready()) co_await sleep_for(1ms);
    const auto lines = parse_lines((co_await get("/api/v1/containers/web/logs")).body);
    const auto time_of = [&](std::size_t line) {
      return *parse_rfc3339(std::string(lines[line].at("time").as_string()));
    };
    const auto happens = [&](Time time, const std::string& action) {
      pipeline_->registry().container_event({MemorySource::id("web"), HostId("memory"), time, action, {}});
    };
    // Before all lines, with one of them, between two, and behind all.
    happens(time_of(0) - 1s, "create");
    happens(time_of(10), "start");
    happens(time_of(49) + 1ns, "oom");
    happens(time_of(99) + 1ns, "die");
    // Numbers of lines from 1 on, and events.
    const auto shown = [](const std::vector<boost::json::value>& all) {
      std::vector<std::string> made;
      for (const auto& line : all) {
        if (line.as_object().contains("end")) continue;
        const std::string text(line.at("text").as_string());
        made.push_back(line.at("kind").as_string() == "event" ? text : text.substr(text.rfind(' ') + 1));
      }
      return made;
    };
    std::vector<std::string> wanted{"create"};
    for (int i = 1; i <= 100; ++i) {
      if (i == 11) wanted.emplace_back("start");
      if (i == 51) wanted.emplace_back("oom");
      wanted.push_back(std::to_string(i));
    }
    wanted.emplace_back("die");
    EXPECT_EQ(shown(parse_lines((co_await get("/api/v1/containers/web/logs?events=true")).body)), wanted);
    for (const std::size_t limit : {1U, 7U, 10U, 50U, 100U}) {
      for (const bool descending : {false, true}) {
        std::vector<std::string> paged;
        std::string cursor;
        for (bool more = true; more;) {
          const auto page =
              parse_lines((co_await get("/api/v1/containers/web/logs?events=1&limit=" + std::to_string(limit) +
                                        (descending ? "&order=desc" : "") + cursor))
                              .body);
          const auto some = shown(page);
          paged.insert(paged.end(), some.begin(), some.end());
          const auto& end = page.back().at("end").as_object();
          more = end.at("truncated").as_bool();
          if (more) cursor = "&cursor=" + std::string(end.at("cursor").as_string());
        }
        if (descending) std::ranges::reverse(paged);
        EXPECT_EQ(paged, wanted) << limit << (descending ? " newest first" : "");
      }
    }
    const auto tail = parse_lines((co_await get("/api/v1/containers/web/logs?events=true&tail=51")).body);
    EXPECT_EQ(shown(tail), std::vector<std::string>(wanted.begin() + 51, wanted.end())) << "from its first line on";
    EXPECT_EQ(tail.back().at("end").at("matched").as_int64(), 51) << "an event is no line";
    EXPECT_EQ((co_await get("/api/v1/containers/web/logs?events=perhaps")).status, 400);
  });
}

TEST_F(SearchTest, PutsWhatHappensAmongTheLinesOfALogThatIsFollowed) {
  run_stored([this]() -> Task<> {
    while (!history_->metrics()->ready()) co_await sleep_for(1ms);
    const Time now = clock_.now();
    const auto happens = [&](Time time, const std::string& action) {
      pipeline_->registry().container_event({MemorySource::id("web"), HostId("memory"), time, action, {}});
    };
    happens(now, "start");
    net::HttpClient client(context_.get_executor(), server_->listener().address(), nullptr);
    net::ClientRequest asked;
    asked.target = "/api/v1/containers/web/logs?events=true&follow=true&tail=1";
    auto stream = co_await client.open(std::move(asked));
    EXPECT_TRUE(stream.has_value());
    std::string body;
    const auto until = [&](const std::string& text) -> Task<> {
      std::vector<std::byte> buffer(4096);
      while (body.find(text) == std::string::npos) {
        auto size = co_await stream->read_some(buffer);
        if (!size || *size == 0) co_return;
        body.append(reinterpret_cast<const char*>(buffer.data()), *size);
      }
    };
    co_await until("\"action\":\"start\"");
    // No line comes with it.
    happens(now + 1ms, "die");
    co_await until("\"action\":\"die\"");
    const auto lines = parse_lines(body);
    EXPECT_EQ(lines.size(), 3U) << body;
    EXPECT_EQ(lines.front().at("text").as_string(), "GET /items took 100");
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

TEST_F(SearchTest, GivesThePatternsOfLines) {
  run_stored([this]() -> Task<> {
    auto all = co_await get_object("/api/v1/patterns");
    EXPECT_EQ(all.at("found").as_int64(), 2);
    EXPECT_EQ(all.at("lines").as_int64(), 200);
    EXPECT_FALSE(all.at("truncated").as_bool());
    auto some = co_await get_object("/api/v1/patterns?q=took&limit=1");
    EXPECT_EQ(some.at("lines").as_int64(), 100);
    const auto& pattern = some.at("patterns").at(0);
    EXPECT_EQ(pattern.at("template").as_string(), "GET /items took <*>");
    EXPECT_EQ(pattern.at("lines").as_int64(), 100);
    EXPECT_EQ(pattern.at("example").as_string(), "GET /items took 100");
    EXPECT_EQ(pattern.at("containers").at(0).at("name").as_string(), "web-name");
  });
}

TEST_F(SearchTest, SaysWhichPatternsAreNew) {
  run_stored([this]() -> Task<> {
    auto none = co_await get_object("/api/v1/patterns?new_since=2200-01-01T00:00:00Z");
    EXPECT_EQ(none.at("found").as_int64(), 0);
    EXPECT_EQ(none.at("lines").as_int64(), 200);
    auto all = co_await get_object("/api/v1/patterns?new_since=1970-01-01T00:00:00Z");
    EXPECT_EQ(all.at("found").as_int64(), 2);
  });
}

TEST_F(SearchTest, ComparesTimesAndContainers) {
  run_stored([this]() -> Task<> {
    auto sets = co_await get_object(
        "/api/v1/patterns/"
        "compare?containers=name%20%3D%3D%20%22db-name%22&base_containers=name%20%3D%3D%20%22web-name%22");
    EXPECT_EQ(sets.at("by").as_string(), "share");
    EXPECT_EQ(sets.at("base_lines").as_int64(), 100);
    EXPECT_TRUE(sets.at("base_since").is_null());
    EXPECT_EQ(sets.at("found").as_int64(), 2);
    for (const auto& pattern : sets.at("patterns").as_array()) {
      const bool of_db = pattern.at("template").as_string().starts_with("ERROR");
      EXPECT_EQ(pattern.at("lines").as_int64(), of_db ? 100 : 0);
      EXPECT_EQ(pattern.at("base_lines").as_int64(), of_db ? 0 : 100);
      EXPECT_EQ(pattern.at("surprise").as_double() > 0, of_db);
      EXPECT_EQ(pattern.at("first").is_null(), !of_db);
    }
    auto times = co_await get_object("/api/v1/patterns/compare?since=2025-01-01T00:00:00Z&until=2025-01-02T00:00:00Z");
    EXPECT_EQ(times.at("by").as_string(), "time");
    EXPECT_EQ(times.at("base_since").as_string(), "2024-12-31T00:00:00.000000000Z");
    EXPECT_EQ(times.at("base_until").as_string(), "2025-01-01T00:00:00.000000000Z");
    EXPECT_TRUE(times.at("metrics").as_array().empty());
    EXPECT_TRUE(times.at("events").as_array().empty());
    // Without bounds of time there is nothing to compare metrics in.
    EXPECT_TRUE(sets.at("metrics").is_null());
    EXPECT_TRUE(sets.at("events").is_null());
    // The ends of time.
    auto ever = co_await get_object("/api/v1/patterns/compare?since=1700-01-01T00:00:00Z&until=2200-01-01T00:00:00Z");
    EXPECT_EQ(ever.at("lines").as_int64(), 200);
  });
}

TEST_F(SearchTest, ComparesMetricsAndEventsToo) {
  run_stored([this]() -> Task<> {
    while (!history_->metrics()->ready()) co_await sleep_for(1ms);
    const Time now = clock_.now();
    for (int second = 1200; second > 0; second -= 5) {
      StatCounters counters;
      counters.time = now - std::chrono::seconds(second);
      counters.steady = SteadyTime(std::chrono::hours(100'000) - std::chrono::seconds(second));
      counters.memory = second <= 600 ? 400'000'000 : 100'000'000;
      pipeline_->sampler().take(MemorySource::id("web"), counters);
    }
    for (int times = 0; times < 3; ++times)
      pipeline_->registry().container_event(
          {MemorySource::id("web"), HostId("memory"), now - std::chrono::seconds(60 + times), "oom", {}});
    EXPECT_TRUE((co_await history_->metrics()->flush(true)).has_value());
    const auto answer = co_await get_object("/api/v1/patterns/compare?since=10m");
    const auto& metrics = answer.at("metrics").as_array();
    EXPECT_EQ(metrics.size(), 1U);
    for (const auto& metric : metrics) {
      EXPECT_EQ(metric.at("metric").as_string(), "memory");
      EXPECT_EQ(metric.at("unit").as_string(), "bytes");
      EXPECT_EQ(metric.at("name").as_string(), "web-name");
      EXPECT_NEAR(metric.at("mean").as_double(), 4e8, 2e7);
      EXPECT_NEAR(metric.at("base_mean").as_double(), 1e8, 2e7);
      EXPECT_GT(metric.at("surprise").as_double(), 5);
    }
    const auto& events = answer.at("events").as_array();
    EXPECT_EQ(events.size(), 1U);
    for (const auto& event : events) {
      EXPECT_EQ(event.at("action").as_string(), "oom");
      EXPECT_EQ(event.at("count").as_int64(), 3);
      EXPECT_EQ(event.at("base_count").as_int64(), 0);
    }
  });
}

TEST_F(SearchTest, AnswersAQueryAsTableOrSeries) {
  run_stored([this]() -> Task<> {
    // level == "error" | count() as n by container.name, level | sort desc
    auto table = co_await get_object(
        "/api/v1/"
        "query?q=level%20%3D%3D%20%22error%22%20%7C%20count()%20as%20n%20by%20container.name%2C%20level%20%7C%20sort%"
        "20desc");
    EXPECT_EQ(boost::json::serialize(table.at("rows")), R"([["db-name","error",100]])");
    EXPECT_EQ(table.at("columns").as_array()[2].at("name").as_string(), "n");
    EXPECT_TRUE(table.at("columns").as_array()[2].at("exact").as_bool());
    EXPECT_EQ(table.at("lines").as_int64(), 100);
    EXPECT_TRUE(table.at("complete").as_bool());
    EXPECT_FALSE(table.at("truncated").as_bool());

    // count(), max(text) by container.name, bucket(time, "1000h")
    auto series = co_await get_object(
        "/api/v1/"
        "query?format=series&q=count()%2C%20max(text)%20by%20container.name%2C%20bucket(time%2C%20%221000h%22)");
    EXPECT_EQ(series.at("step").as_string(), "41d16h");
    EXPECT_EQ(series.at("series").as_array().size(), 2U);
    const auto& web = series.at("series").as_array()[1].as_object();
    EXPECT_EQ(boost::json::serialize(web.at("group")), R"({"container.name":"web-name"})");
    EXPECT_EQ(web.at("points").as_array()[0].as_array()[1].as_int64(), 100);
    EXPECT_EQ(web.at("points").as_array()[0].as_array()[2].as_string(), "GET /items took 99");

    // Levels alone are told by the rows of the catalogue, with a filter too: level >= "warn" | count()
    auto counted = co_await get_object("/api/v1/query?q=level%20%3E%3D%20%22warn%22%20%7C%20count()");
    EXPECT_EQ(boost::json::serialize(counted.at("rows")), "[[100]]");
    EXPECT_EQ(counted.at("scanned_lines").as_int64(), 0);
    auto one = co_await get_object("/api/v1/query?q=count()&containers=name%20%3D%3D%20%22web-name%22&levels=error");
    EXPECT_EQ(boost::json::serialize(one.at("rows")), "[[0]]");
  });
}

TEST_F(SearchTest, SaysWhereAQueryIsWrong) {
  run_stored([this]() -> Task<> {
    const auto answer = co_await get("/api/v1/query?q=count()%20by%20nosuch");
    EXPECT_EQ(answer.status, 400);
    const auto problem = parse(answer.body).as_object();
    EXPECT_EQ(problem.at("column").as_int64(), 12);
    for (const std::string target :
         {"query", "query?q=", "query?q=error", "query?q=count()&format=chart", "query?q=count()&format=series",
          "query?q=count()&filter=true", "query?q=count()&since=soon"}) {
      const auto refused = co_await get("/api/v1/" + target);
      EXPECT_EQ(refused.status, 400) << target << ": " << refused.body;
    }
  });
}

TEST_F(SearchTest, RefusesWhatMakesNoSense) {
  run_stored([this]() -> Task<> {
    for (const std::string target : {"search?limit=0",
                                     "search?limit=10001",
                                     "search?order=up",
                                     "search?cursor=x",
                                     "search?levels=loud",
                                     "search?q=level%20%3D%3D%20nosuch",
                                     "search?since=soon",
                                     "search?tail=3",
                                     "find?direction=up",
                                     "histogram?buckets=1",
                                     "histogram?buckets=2001",
                                     "histogram?filter=%29",
                                     "histogram?q=a",
                                     "patterns?limit=0",
                                     "patterns?limit=1001",
                                     "patterns?q=level%20%3D%3D%20nosuch",
                                     "patterns?new_since=soon",
                                     "patterns/compare?by=size",
                                     "patterns/compare?base_since=soon",
                                     "patterns/compare?base_containers=%29"}) {
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
    for (const std::string target :
         {"search", "find", "histogram", "query?q=count()", "patterns", "patterns/compare"}) {
      const auto answer = co_await test.get("/api/v1/" + target);
      EXPECT_EQ(answer.status, 404) << answer.body;
    }
  }(*this));
}

}  // namespace
}  // namespace taffrail::api
