#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/race.hpp"
#include "net/net_fixture.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;

class Stop : public Net {
 protected:
  /// An endless answer that has nothing to say, as one that follows a quiet log, and ends in order when it is told to.
  HttpHandler follow() {
    return [this](const HttpRequest&, ResponseWriter& writer) -> Task<> {
      auto done = co_await writer.start(200, {});
      if (done) done = co_await writer.write("line\n");
      ++following_;
      changed_.notify();
      auto first = co_await first_of(sleep_for(1h), writer.until_stopping());
      EXPECT_EQ(first.index(), 1U);
      if (done) done = co_await writer.finish();
      EXPECT_TRUE(done.has_value()) << done.error().detail;
    };
  }
  Task<std::unique_ptr<ByteStream>> begin(const HttpServer& server) {
    auto stream = co_await dial(server);
    co_await send(*stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_return stream;
  }

  SignalFlag changed_{context_.get_executor()};
  int following_ = 0;
};

TEST_F(Stop, EndsEndlessAnswersWithTheirLastChunkAtOnce) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.drain = 1h;  // nothing of this is for the limit to do
    HttpServer& server = serve(follow(), options);
    std::vector<std::unique_ptr<ByteStream>> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(co_await begin(server));
    while (following_ < 200) co_await changed_.wait();
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("stop", server.stop());
    for (const auto& client : clients) {
      const std::string answer = co_await read_to_end(*client);
      EXPECT_TRUE(answer.ends_with("5\r\nline\n\r\n0\r\n\r\n")) << answer;
      client->close();
    }
    co_await group.join();
  }());
}

TEST_F(Stop, ReturnsWithinItsLimitWhateverClientsDo) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.drain = 300ms;
    HttpServer& server = serve(
        [](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
          if (request.target == "/deaf") co_await sleep_for(1h);
          const std::string body(64UL * 1024 * 1024, 'x');
          auto sent = co_await writer.send(200, {}, body);
          EXPECT_FALSE(sent.has_value());
        },
        options);
    auto silent = co_await dial(server);
    auto halfway = co_await dial(server);
    co_await send(*halfway, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf");
    auto unread = co_await dial(server);  // takes nothing of 64 MiB
    co_await send(*unread, "GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    auto waiting = co_await dial(server);
    co_await send(*waiting, "GET /deaf HTTP/1.1\r\nHost: h\r\n\r\n");
    while (server.counters().requests < 2 || server.open_connections() < 4) co_await sleep_for(1ms);
    co_await server.stop();
    EXPECT_EQ(server.open_connections(), 0U);
    EXPECT_EQ(co_await read_to_end(*silent), "");
    EXPECT_EQ(take_reports(), std::vector<std::string>{"3 connections were cut off at the stop"});
  }());
}

TEST_F(Stop, AHandlerThatAsksAfterwardsIsToldAtOnce) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.drain = 1h;
    bool begun = false;
    HttpServer& server = serve(
        [&](const HttpRequest&, ResponseWriter& writer) -> Task<> {
          begun = true;
          changed_.notify();
          while (!writer.stopping()) co_await changed_.wait();
          co_await writer.until_stopping();
          auto sent = co_await writer.send(200, {}, "told");
          EXPECT_TRUE(sent.has_value());
        },
        options);
    auto client = co_await begin(server);
    while (!begun) co_await changed_.wait();
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("stop", server.stop());
    while (!server.open_connections()) co_await changed_.wait();
    changed_.notify();
    const std::string answer = co_await read_to_end(*client);
    EXPECT_TRUE(answer.ends_with("told")) << answer;
    client->close();
    co_await group.join();
  }());
}

}  // namespace
}  // namespace taffrail::net
