#include <malloc.h>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "api/api_fixture.hpp"
#include "api/live_limits.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;
using boost::json::object;
using boost::json::value;

class Live : public ApiTest {
 protected:
  static std::string subscribe_logs(int sub, const std::string& id, const std::string& more) {
    return R"({"type":"subscribe","sub":)" + std::to_string(sub) + R"(,"what":"logs","containers":[")" + id + R"("],)" +
           more + "}";
  }
  static std::string credit(int sub, std::size_t bytes) {
    return R"({"type":"credit","sub":)" + std::to_string(sub) + R"(,"bytes":)" + std::to_string(bytes) + "}";
  }
  /// Prometheus text: every sample by its name and labels.
  static std::map<std::string, double> parse_metrics(const std::string& text) {
    std::map<std::string, double> samples;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t blank = line.rfind(' ');
      if (!line.starts_with('#') && blank != std::string::npos)
        samples[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
    }
    return samples;
  }
  static int number_of(const value& entry) { return std::stoi(std::string(entry.at("text").as_string()).substr(5)); }
};

TEST_F(Live, GreetsAndAnswersPings) {
  run([this]() -> Task<> {
    auto socket = co_await live();
    auto [hello, size] = co_await receive(*socket);
    EXPECT_EQ(hello["type"], "hello");
    EXPECT_EQ(hello["version"], "1.2.3");
    co_await send(*socket, R"({"type":"ping"})");
    auto [pong, pong_size] = co_await receive(*socket);
    EXPECT_EQ(pong["type"], "pong");
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, RefusesPagesOfOtherOrigins) {
  run([this]() -> Task<> {
    net::HttpClient client(context_.get_executor(), server_->listener().address(), nullptr);
    net::ClientRequest asked;
    asked.target = "/api/v1/live";
    asked.headers = {{"Upgrade", "websocket"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Origin", "https://evil.example"}};
    auto answer = co_await client.upgrade(std::move(asked));
    if (!answer) throw std::runtime_error(answer.error().detail);
    EXPECT_EQ(answer->status, 403);
    EXPECT_TRUE(answer->body.contains("https://evil.example"));
  }());
}

TEST_F(Live, TellsContainersAsASnapshotAndThenWhatChanges) {
  run([this]() -> Task<> {
    add("aaaa1111");
    add("bbbb2222");
    auto socket = co_await live();
    co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
    auto snapshot = co_await receive(*socket, "containers");
    EXPECT_EQ(snapshot["snapshot"], true);
    EXPECT_EQ(snapshot["containers"].as_array().size(), 2U);
    EXPECT_EQ(snapshot["hosts"].as_array().size(), 1U);
    pipeline_->registry().container_changed(MemorySource::container("cccc3333"));
    pipeline_->registry().container_removed(MemorySource::id("aaaa1111"));
    // A burst is one message, or two when the first went out between the two changes of it.
    std::string told;
    while (!told.contains("cccc3333") || !told.contains("aaaa1111")) {
      auto change = co_await receive(*socket, "containers");
      EXPECT_FALSE(change.contains("snapshot"));
      EXPECT_FALSE(change.contains("hosts"));
      if (change.contains("containers")) told += change["containers"].as_array().at(0).at("id").as_string();
      if (change.contains("gone")) told += change["gone"].as_array().at(0).as_string();
    }
    Host ghost;
    ghost.id = HostId("a-guess");
    pipeline_->registry().host_changed(ghost);
    while (!(co_await receive(*socket, "containers")).contains("hosts")) continue;
    pipeline_->registry().host_removed(ghost.id);
    auto forgotten = co_await receive(*socket, "containers");
    EXPECT_EQ(forgotten["hosts_gone"].as_array().at(0), "a-guess");
    pipeline_->registry().container_event({.container = MemorySource::id("bbbb2222"),
                                           .host = HostId("memory"),
                                           .time = start_,
                                           .action = "die",
                                           .attributes = {{"exitCode", "1"}}});
    auto event = co_await receive(*socket, "event");
    EXPECT_EQ(event["event"].at("action"), "die");
    EXPECT_EQ(event["event"].at("attributes").at("exitCode"), "1");
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, GathersABurstOfChangesIntoFewMessages) {
  run([this]() -> Task<> {
    auto socket = co_await live();
    co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
    (void)co_await receive(*socket, "containers");
    for (int i = 0; i < 2000; ++i) add("container-" + std::to_string(i));
    std::size_t messages = 0;
    std::size_t told = 0;
    while (told < 2000) {
      auto change = co_await receive(*socket, "containers");
      told += change["containers"].as_array().size();
      ++messages;
    }
    EXPECT_EQ(told, 2000U);
    EXPECT_LE(messages, 2U);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, SendsTheBacklogSaysWhenItIsLiveAndGoesOn) {
  run([this]() -> Task<> {
    add("aaaa1111");
    write("aaaa1111", 1, 1000);
    auto socket = co_await live();
    co_await send(*socket, subscribe_logs(3, "aaaa", R"("tail":400,"credit":1000000)"));
    int next = 601;
    bool live_told = false;
    bool written = false;
    while (next <= 1100) {
      auto frame = co_await receive(*socket, "logs");
      EXPECT_EQ(frame["sub"], 3);
      for (const auto& entry : frame["entries"].as_array()) EXPECT_EQ(number_of(entry), next++);
      if (frame.contains("live")) live_told = true;
      if (live_told && !written) {
        EXPECT_EQ(next, 1001);
        write("aaaa1111", 1001, 1100);
        written = true;
      }
    }
    co_await send(*socket, R"({"type":"unsubscribe","sub":3})");
    auto closed = co_await receive(*socket, "closed");
    EXPECT_EQ(closed["sub"], 3);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, NeverSendsMoreThanTheGrantedBytesAndTellsWhatWasMissedExactly) {
  run([this]() -> Task<> {
    add("aaaa1111");
    auto socket = co_await live();
    const std::size_t window = 20'000;
    co_await send(*socket, subscribe_logs(3, "aaaa1111", R"("tail":0,"credit":)" + std::to_string(window)));
    // Every frame is owed, this one too: a page that forgets one waits for a server that waits for it.
    std::size_t on_the_way = 0;
    std::size_t owed = 0;
    for (bool is_live = false; !is_live;) {
      auto [frame, size] = co_await receive(*socket);
      if (frame["type"] != "logs") continue;
      on_the_way += size;
      owed += size;
      is_live = frame.contains("live");
    }
    // Far more than the ring holds, while the page gives nothing back.
    const int lines = 60'000;
    const std::string filler(400, 'x');
    for (int i = 1; i <= lines; ++i) {
      source_->write("aaaa1111", "line " + std::to_string(i) + " " + filler, start_ + i * 1us);
      if (i % 1000 == 0) co_await sleep_for(1ms);  // lets the reader take its turn
    }
    std::int64_t seen = 0;
    std::int64_t missed = 0;
    int last = 0;
    while (last < lines) {
      auto [frame, size] = co_await receive(*socket);
      if (frame["type"] != "logs") continue;
      on_the_way += size;
      EXPECT_LE(on_the_way, window);
      owed += size;
      for (const auto& entry : frame["entries"].as_array()) {
        if (const auto* gap = entry.as_object().if_contains("gap")) {
          EXPECT_EQ(gap->at("reason"), "slow_consumer");
          missed += gap->at("lines").as_int64();
          last += static_cast<int>(gap->at("lines").as_int64());
        } else {
          ++seen;
          EXPECT_EQ(number_of(entry), ++last);
        }
      }
      // Given back late and in one piece, so that the server waits at its bound.
      if (on_the_way > window / 2) {
        co_await send(*socket, credit(3, owed));
        on_the_way -= owed;
        owed = 0;
      }
    }
    EXPECT_EQ(seen + missed, lines);
    EXPECT_GT(missed, 0);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, AStalledPageShowsInTheQueuesOfItsKind) {
  run([this]() -> Task<> {
    add("aaaa1111");
    source_->set_lines_per_chunk(1);
    write("aaaa1111", 1, 1);
    auto socket = co_await live();
    co_await send(*socket, subscribe_logs(1, "aaaa1111", R"("tail":10,"credit":2000)"));
    while (!(co_await receive(*socket, "logs")).contains("live")) continue;
    // The page gives nothing back: once the window is spent, it falls behind batch after batch.
    QueueLevels levels;
    for (int i = 2; !levels.all().contains("viewer_batches") || levels.all().at("viewer_batches").depth < 5; ++i) {
      write("aaaa1111", i, i);
      levels = {};
      const auto metrics = (co_await get("/metrics")).body;
      pipeline_->add_queues(levels);
      const std::string mark = "taffrail_queue_depth{queue=\"viewer_batches\"} ";
      EXPECT_EQ(std::stoul(metrics.substr(metrics.find(mark) + mark.size())), levels.all().at("viewer_batches").depth);
    }
    const auto metrics = (co_await get("/metrics")).body;
    EXPECT_TRUE(metrics.contains("taffrail_queue_bound{queue=\"live_log_bytes\"} 2000\n")) << "the granted window";
    EXPECT_FALSE(metrics.contains("taffrail_queue_depth{queue=\"live_log_bytes\"} 0\n"));
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, SendsALineLongerThanTheWindowAloneAndWaitsForItsCredit) {
  run([this]() -> Task<> {
    add("aaaa1111");
    source_->write("aaaa1111", "line 1" + std::string(5000, 'x'), start_);
    source_->write("aaaa1111", "line 2", start_ + 1ms);
    auto socket = co_await live();
    co_await send(*socket, subscribe_logs(3, "aaaa1111", R"("tail":10,"credit":600)"));
    auto [first, size] = co_await receive_sized(*socket, "logs");
    EXPECT_EQ(first["entries"].as_array().size(), 1U);
    EXPECT_GT(size, 5000U);
    co_await send(*socket, R"({"type":"ping"})");
    for (bool answered = false; !answered;) {
      auto [message, message_size] = co_await receive(*socket);
      EXPECT_NE(message["type"], "logs") << "no further line before the first is worked off";
      answered = message["type"] == "pong";
    }
    co_await send(*socket, credit(3, size));
    auto second = co_await receive(*socket, "logs");
    EXPECT_EQ(number_of(second["entries"].as_array().at(0)), 2);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, AStalledPageKeepsNobodyElseFromTheirLines) {
  run([this]() -> Task<> {
    add("aaaa1111");
    auto stalled = co_await live();
    auto reading = co_await live();
    co_await send(*stalled, subscribe_logs(1, "aaaa1111", R"("tail":0,"credit":16000000)"));
    co_await send(*reading, subscribe_logs(1, "aaaa1111", R"("tail":0,"credit":16000000)"));
    for (;;) {
      auto frame = co_await receive(*reading, "logs");
      if (frame.contains("live")) break;
    }
    const int lines = 20'000;
    write("aaaa1111", 1, lines, "line ");
    int last = 0;
    while (last < lines) {
      auto [frame, size] = co_await receive(*reading);
      if (frame["type"] != "logs") continue;
      for (const auto& entry : frame["entries"].as_array()) EXPECT_EQ(number_of(entry), ++last);
      co_await send(*reading, credit(1, size));
    }
    EXPECT_EQ(pipeline_->hub().size(), 1U) << "one reader for both";
    co_await reading->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, SendsEachNewSampleOfTheChosenContainersOnce) {
  run([this]() -> Task<> {
    add("aaaa1111");
    add("bbbb2222");
    auto socket = co_await live();
    co_await send(*socket, R"({"type":"subscribe","sub":2,"what":"stats","containers":["aaaa1111"]})");
    std::string before;
    for (int ticks = 0; ticks < 2;) {
      auto stats = co_await receive(*socket, "stats");
      if (stats.contains("history")) continue;
      ++ticks;
      EXPECT_EQ(stats["samples"].as_array().size(), 1U);
      const auto& sample = stats["samples"].as_array().at(0);
      EXPECT_EQ(sample.at("container"), "aaaa1111");
      EXPECT_NE(std::string(sample.at("time").as_string()), before);
      before = std::string(sample.at("time").as_string());
    }
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, RefusesWhatIsWrongAndLivesOn) {
  run([this]() -> Task<> {
    add("aaaa1111");
    auto socket = co_await live();
    struct Case {
      std::string message;
      int status;
    };
    const Case cases[] = {{"{", 400},
                          {R"({"type":"fly"})", 400},
                          {subscribe_logs(3, "zzzz", R"("credit":1000)"), 404},
                          {subscribe_logs(3, "aaaa1111", R"("credit":1000,"filter":"lvel == 1")"), 400},
                          {R"({"type":"subscribe","sub":2,"what":"stats","containers":["zzzz"]})", 404},
                          {R"({"type":"unsubscribe","sub":3})", 404},
                          {credit(99, 10), 404}};
    for (const Case& c : cases) {
      co_await send(*socket, c.message);
      auto refused = co_await receive(*socket, "error");
      EXPECT_EQ(refused["error"].at("status"), c.status) << c.message;
    }
    co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
    co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
    auto twice = co_await receive(*socket, "error");
    EXPECT_EQ(twice["error"].at("status"), 409);
    for (std::size_t sub = 2; sub <= max_subscriptions; ++sub)
      co_await send(*socket, R"({"type":"subscribe","sub":)" + std::to_string(sub) + R"(,"what":"containers"})");
    co_await send(*socket, R"({"type":"subscribe","sub":1000,"what":"containers"})");
    auto many = co_await receive(*socket, "error");
    EXPECT_EQ(many["error"].at("status"), 429);
    EXPECT_EQ(many["sub"], 1000);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, ALogThatCannotBeReadIsAnErrorOrAStateOfThatSubscriptionAlone) {
  run([this]() -> Task<> {
    add("aaaa1111");
    source_->refuse(Error{ErrorCode::unsupported, "the log driver 'none' keeps no lines"});
    auto socket = co_await live();
    co_await send(*socket, subscribe_logs(3, "aaaa1111", R"("credit":1000)"));
    for (bool told = false; !told;) {
      auto [message, size] = co_await receive(*socket);
      if (message["type"] == "error") told = message["error"].at("detail") == "the log driver 'none' keeps no lines";
      if (message["type"] == "state" && message["state"] == "unreadable")
        told = message["reason"] == "the log driver 'none' keeps no lines";
    }
    co_await send(*socket, R"({"type":"ping"})");
    (void)co_await receive(*socket, "pong");
    co_await socket->close(net::CloseCode::normal);
  }());
}

/// What the program holds of the heap; 0 under a sanitizer, whose heap is another.
std::size_t heap_in_use() { return mallinfo2().uordblks; }

TEST_F(Live, ManyComeAndGoInTheMiddleOfEverythingWithoutATrace) {
  run([this]() -> Task<> {
    add("aaaa1111");
    write("aaaa1111", 1, 5000);
    // All that a page may be in the middle of when it goes without a goodbye, and what it has been told by then.
    const auto come_and_go = [](auto& test, int round) -> Task<> {
      auto socket = co_await test.live();
      co_await send(*socket, R"({"type":"subscribe","sub":1,"what":"containers"})");
      co_await send(*socket, R"({"type":"subscribe","sub":2,"what":"stats"})");
      co_await send(*socket, subscribe_logs(3, "aaaa1111", R"("tail":5000,"credit":100000)"));
      if (round % 2 == 0) {
        // In whatever order they come.
        for (std::set<std::string, std::less<>> missing{"containers", "logs"}; !missing.empty();) {
          auto [message, size] = co_await receive(*socket);
          const std::string type(message["type"].as_string());
          if (missing.erase(type) == 0) continue;
          if (type == "containers") {
            EXPECT_EQ(message["containers"].as_array().at(0).at("id"), "aaaa1111");
          } else {
            EXPECT_EQ(message["sub"], 3);
            EXPECT_EQ(number_of(message["entries"].as_array().at(0)), 1);
          }
        }
      }
      if (round % 3 == 0) {
        co_await send(*socket, R"({"type":"unsubscribe","sub":3})");
        auto closed = co_await receive(*socket, "closed");
        EXPECT_EQ(closed["sub"], 3);
      }
    };
    const auto all_gone = [](auto& test) -> Task<> {
      while (test.server_->open_connections() > 0) co_await sleep_for(1ms);
    };
    for (int round = 0; round < 12; ++round) co_await come_and_go(*this, round);  // caches are warm after these
    co_await all_gone(*this);
    const auto before = parse_metrics((co_await get("/metrics")).body);
    const std::size_t heap_before = heap_in_use();
    for (int round = 0; round < 120; ++round) co_await come_and_go(*this, round);
    co_await all_gone(*this);
    const auto after = parse_metrics((co_await get("/metrics")).body);
    EXPECT_EQ(after.at(R"(taffrail_viewers{kind="live"})"), 0);
    EXPECT_EQ(after.at("process_open_fds"), before.at("process_open_fds"));
    for (const char* queue : {"live_replies", "live_events", "live_log_bytes", "viewer_batches"}) {
      const std::string name = R"(taffrail_queue_depth{queue=")" + std::string(queue) + R"("})";
      EXPECT_EQ(after.at(name), 0) << queue;
    }
    // A page that stayed would hold its 64 KiB frame and more: 120 of them over 7 MiB.
    EXPECT_LT(heap_in_use(), heap_before + 2UL * 1024 * 1024);
    // And the next is answered as the first was.
    auto socket = co_await live();
    co_await send(*socket, subscribe_logs(3, "aaaa1111", R"("tail":1,"credit":100000)"));
    auto frame = co_await receive(*socket, "logs");
    EXPECT_EQ(number_of(frame["entries"].as_array().at(0)), 5000);
    co_await socket->close(net::CloseCode::normal);
  }());
}

TEST_F(Live, IsToldThatTheServerGoes) {
  run([this]() -> Task<> {
    auto socket = co_await live();
    (void)co_await receive(*socket, "hello");
    api_->stop();
    auto ended = co_await with_timeout(patience, "the end", socket->read());
    EXPECT_TRUE(ended && !*ended);
    EXPECT_EQ(socket->peer_close_code(), 1001);
  }());
}

}  // namespace
}  // namespace taffrail::api
