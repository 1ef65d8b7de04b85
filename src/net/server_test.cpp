#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net/net_fixture.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// Answers "METHOD TARGET BODY\n".
Task<> echo(const HttpRequest& request, ResponseWriter& writer) {
  const std::string body = request.method + " " + request.target + " " + request.body + "\n";
  auto sent = co_await writer.send(200, {{"Content-Type", "text/plain"}}, body);
  EXPECT_TRUE(sent.has_value()) << sent.error().detail;
}

std::string without_date(std::string response) {
  for (std::size_t at; (at = response.find("Date: ")) != std::string::npos;)
    response.erase(at, response.find("\r\n", at) + 2 - at);
  return response;
}

class Server : public Net {
 protected:
  /// Tells whoever waits that the frame it stands in has ended.
  struct OnExit {
    bool& flag;
    SignalFlag& signal;
    ~OnExit() {
      flag = true;
      signal.notify();
    }
  };

  /// A handler that begins an answer and then has nothing to write for an hour.
  HttpHandler silent_stream() {
    return [this](const HttpRequest&, ResponseWriter& writer) -> Task<> {
      const OnExit on_exit{stream_ended_, changed_};
      auto started = co_await writer.start(200, {});
      EXPECT_TRUE(started.has_value());
      streaming_ = true;
      changed_.notify();
      co_await sleep_for(1h);
      ADD_FAILURE() << "the handler went on";
    };
  }

  SignalFlag changed_{context_.get_executor()};
  bool streaming_ = false;
  bool stream_ended_ = false;
};

TEST_F(Server, AnswersWithLengthAndDateAndKeepsTheConnection) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    auto stream = co_await dial(server);
    co_await send(*stream, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string first = co_await read_until(*stream, "GET /a \n");
    EXPECT_TRUE(first.contains("\r\nDate: ")) << first;
    EXPECT_TRUE(first.contains(" GMT\r\n")) << first;
    EXPECT_EQ(without_date(first), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nGET /a \n");
    co_await send(*stream, "GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string second = co_await read_to_end(*stream);
    EXPECT_TRUE(second.contains("Connection: close\r\n") && second.ends_with("GET /b \n")) << second;
    EXPECT_EQ(server.counters().connections, 1U);
    EXPECT_EQ(server.counters().requests, 2U);
  }());
}

TEST_F(Server, AnswersPipelinedRequestsInOrder) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    std::string requests;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
      const std::string n = std::to_string(i);
      requests.append("POST /").append(n).append(" HTTP/1.1\r\nHost: h\r\nContent-Length: ");
      requests.append(std::to_string(n.size())).append(i == 999 ? "\r\nConnection: close" : "").append("\r\n\r\n");
      requests.append(n);
      expected.append("POST /").append(n).append(" ").append(n).append("\n");
    }
    auto stream = co_await dial(server);
    // The answers must be read while the requests are sent: neither side keeps all of them.
    TaskGroup sender(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    sender.spawn("send", send(*stream, requests));
    const std::string all = co_await read_to_end(*stream);
    co_await sender.join();
    std::string bodies;
    for (std::size_t at = 0; (at = all.find("\r\n\r\n", at)) != std::string::npos;) {
      at += 4;
      const std::size_t end = all.find('\n', at) + 1;
      bodies += all.substr(at, end - at);
      at = end;
    }
    EXPECT_EQ(bodies, expected);
  }());
}

TEST_F(Server, RefusesAmbiguousInputWith400AndCloses) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    // The table of the parser's tests says which; here it matters that the answer is 400, one, and the last.
    const std::string_view inputs[] = {
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
         "GET /evil HTTP/1.1\r\nHost: h\r\n\r\n"),
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"sv,
    };
    for (const std::string_view input : inputs) {
      const std::string answer = co_await ask(server, input);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << input << answer;
      EXPECT_TRUE(answer.contains("Content-Type: application/problem+json\r\n")) << answer;
      EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
      EXPECT_TRUE(answer.contains("\"status\":400")) << answer;
      EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "answered twice: " << answer;
    }
    EXPECT_EQ(server.counters().requests, 0U);
    EXPECT_EQ(server.counters().refused, std::size(inputs));
  }());
}

TEST_F(Server, NamesTheLimitThatWasPassed) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.max_request_line = 100;
    options.limits.max_head_bytes = 1000;
    options.limits.max_fields = 3;
    options.limits.max_body_bytes = 10;
    const HttpServer& server = serve(echo, options);
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::pair<std::string, std::string_view> cases[] = {
        {"GET /" + std::string(200, 'x'), "HTTP/1.1 414 "},
        {head + "X: " + std::string(2000, 'x'), "HTTP/1.1 431 "},
        {head + "A: 1\r\nB: 1\r\nC: 1\r\n\r\n", "HTTP/1.1 431 "},
        {head + "Content-Length: 11\r\n\r\nhello world", "HTTP/1.1 413 "},
        {head + "Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n", "HTTP/1.1 413 "},
        {head + "Expect: miracles\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 417 "},
    };
    for (const auto& [input, status] : cases) {
      const std::string answer = co_await ask(server, input);
      EXPECT_TRUE(answer.starts_with(status)) << input << "\n" << answer;
    }
  }());
}

TEST_F(Server, DeliversARefusalThoughTheClientStillSends) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.max_body_bytes = 10;
    const HttpServer& server = serve(echo, options);
    // More than the socket buffers of both sides take.
    const std::string body(12UL * 1024 * 1024, 'x');
    const std::string answer = co_await ask(
        server, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  }());
}

TEST_F(Server, GivesUpOnAClientThatSendsTooSlowly) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.head_time = 50ms;
    options.limits.body_time = 50ms;
    const HttpServer& server = serve(echo, options);
    const std::string head = co_await ask(server, "GET / HTTP/1.1\r\nHos");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 408 ")) << head;
    const std::string body = co_await ask(server, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
    EXPECT_TRUE(body.starts_with("HTTP/1.1 408 ")) << body;
    EXPECT_EQ(server.counters().requests, 0U);
  }());
}

TEST_F(Server, ClosesAConnectionThatIdles) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.idle_time = 200ms;
    const HttpServer& server = serve(echo, options);
    EXPECT_EQ(co_await ask(server, ""), "");
    const std::string one = co_await ask(server, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(one.ends_with("GET /x \n")) << one;
  }());
}

TEST_F(Server, CutsOffAClientThatTakesNothing) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.send_stall = 50ms;
    ErrorCode seen = ErrorCode::internal;
    const HttpServer& server = serve(
        [&](const HttpRequest&, ResponseWriter& writer) -> Task<> {
          const OnExit on_exit{stream_ended_, changed_};
          const std::string piece(1 << 20, 'x');
          Result<> written = co_await writer.start(200, {});
          while (written) written = co_await writer.write(piece);
          seen = written.error().code;
        },
        options);
    auto stream = co_await dial(server);
    co_await send(*stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!stream_ended_) co_await changed_.wait();
    EXPECT_NE(seen, ErrorCode::timeout);
    while (server.open_connections() > 0) co_await sleep_for(1ms);
  }());
}

TEST_F(Server, SendsNoBodyForHeadAndNotModified) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      const int status = request.target == "/304" ? 304 : request.target == "/204" ? 204 : 200;
      if (request.target == "/stream") {
        auto started = co_await writer.start(200, {});
        EXPECT_TRUE(started.has_value());
        auto written = co_await writer.write("piece");
        EXPECT_TRUE(written.has_value());
        auto finished = co_await writer.finish();
        EXPECT_TRUE(finished.has_value());
        co_return;
      }
      auto sent = co_await writer.send(status, {}, status == 200 ? "12345" : "");
      EXPECT_TRUE(sent.has_value());
    });
    auto stream = co_await dial(server);
    co_await send(
        *stream,
        "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: h\r\n\r\nGET /304 HTTP/1.1\r\nHost: "
        "h\r\n\r\nGET /204 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(without_date(co_await read_to_end(*stream)),
              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              "HTTP/1.1 304 Not Modified\r\n\r\n"
              "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  }());
}

Task<> three_pieces(const HttpRequest&, ResponseWriter& writer) {
  auto done = co_await writer.start(200, {});
  for (const std::string_view piece : {"one ", "", "two ", "three"})
    if (done) done = co_await writer.write(piece);
  const std::array<asio::const_buffer, 2> gathered{asio::buffer(std::string_view(" fo")),
                                                   asio::buffer(std::string_view("ur"))};
  if (done) done = co_await writer.write(gathered);
  if (done) done = co_await writer.finish();
  EXPECT_TRUE(done.has_value()) << done.error().detail;
}

TEST_F(Server, StreamsChunkedToNewClientsAndUntilCloseToOldOnes) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(three_pieces);
    const std::string modern = co_await ask(server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(modern.contains("Transfer-Encoding: chunked\r\n")) << modern;
    EXPECT_TRUE(modern.ends_with("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n5\r\n four\r\n0\r\n\r\n")) << modern;
    const std::string old = co_await ask(server, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_FALSE(old.contains("chunked")) << old;
    EXPECT_TRUE(old.contains("Connection: close\r\n")) << old;
    EXPECT_TRUE(old.ends_with("\r\n\r\none two three four")) << old;
  }());
}

TEST_F(Server, KeepsAnOldClientsConnectionWhenAskedTo) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    const std::string answers =
        co_await ask(server, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(answers.contains("Connection: keep-alive\r\n")) << answers;
    EXPECT_TRUE(answers.ends_with("GET /2 \n")) << answers;
  }());
}

TEST_F(Server, TellsAWaitingClientToSendItsBody) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    auto stream = co_await dial(server);
    co_await send(
        *stream, "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(co_await read_until(*stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await send(*stream, "abc");
    const std::string answer = co_await read_to_end(*stream);
    EXPECT_TRUE(answer.ends_with("PUT / abc\n")) << answer;
  }());
}

TEST_F(Server, CancelsAHandlerWhoseClientHasGoneThoughItHasNothingToWrite) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(silent_stream());
    // curl --http2 offers an upgrade with every request; an answer makes that one like any other.
    for (const std::string_view offer : {"", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"}) {
      streaming_ = stream_ended_ = false;
      auto stream = co_await dial(server);
      co_await send(*stream, "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(offer) + "\r\n");
      while (!streaming_) co_await changed_.wait();
      EXPECT_FALSE(stream_ended_);
      stream->close();
      while (!stream_ended_) co_await changed_.wait();
    }
    while (server.open_connections() > 0) co_await sleep_for(1ms);
  }());
}

TEST_F(Server, KeepsAPipelinedRequestWhileAnUpgradeThatWasOfferedIsAnsweredOtherwise) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([this](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      Result<> done = co_await writer.start(200, {});
      streaming_ = true;
      while (done && streaming_ && request.target == "/1") co_await changed_.wait();
      if (done) done = co_await writer.write(request.target);
      if (done) done = co_await writer.finish();
      EXPECT_TRUE(done.has_value());
    });
    auto stream = co_await dial(server);
    co_await send(*stream,
                  "GET /1 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
                  "GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string head = co_await read_until(*stream, "\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
    for (int i = 0; i < 10; ++i) co_await asio::post(asio::use_awaitable);  // the server has looked again
    streaming_ = false;
    changed_.notify();
    const std::string rest = co_await read_to_end(*stream);
    EXPECT_TRUE(rest.starts_with("2\r\n/1\r\n0\r\n\r\n") && rest.ends_with("2\r\n/2\r\n0\r\n\r\n")) << rest;
  }());
}

TEST_F(Server, AnswersForAHandlerThatFails) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      if (request.target == "/silent") co_return;
      if (request.target == "/late") {
        auto started = co_await writer.start(200, {});
        EXPECT_TRUE(started.has_value());
      }
      if (request.target == "/unfinished") {
        auto done = co_await writer.start(200, {});
        if (done) done = co_await writer.write("half");
        EXPECT_TRUE(done.has_value());
        co_return;
      }
      throw std::runtime_error("broken");
    });
    auto request = [](std::string_view target) {
      return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    };
    EXPECT_TRUE((co_await ask(server, request("/"))).starts_with("HTTP/1.1 500 "));
    EXPECT_TRUE((co_await ask(server, request("/silent"))).starts_with("HTTP/1.1 500 "));
    const std::string late = co_await ask(server, request("/late"));
    EXPECT_TRUE(late.starts_with("HTTP/1.1 200 ") && !late.ends_with("0\r\n\r\n")) << late;
    const std::string half = co_await ask(server, request("/unfinished"));
    EXPECT_TRUE(half.ends_with("half\r\n")) << half;
    EXPECT_EQ(take_reports(), (std::vector<std::string>{"GET /: broken", "GET /silent: the handler gave no answer",
                                                        "GET /late: broken"}));
  }());
}

TEST_F(Server, RefusesToSendWhatWouldBreakTheFraming) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([](const HttpRequest&, ResponseWriter& writer) -> Task<> {
      const Headers bad[] = {{{"Content-Length", "7"}},
                             {{"transfer-encoding", "x"}},
                             {{"X", "a\r\nSet-Cookie: b"}},
                             {{"X Y", "a"}},
                             {{"", "a"}},
                             {{"X", std::string_view("a\0", 2)}}};
      for (const Headers& headers : bad) {
        auto sent = co_await writer.send(200, headers, "x");
        EXPECT_FALSE(sent.has_value());
        EXPECT_EQ(sent.error().code, ErrorCode::invalid_argument);
      }
      auto early = co_await writer.write("x");
      EXPECT_EQ(early.error().code, ErrorCode::conflict);
      auto taken = writer.hijack();
      EXPECT_EQ(taken.error().code, ErrorCode::conflict);
      EXPECT_FALSE(writer.started());
      auto sent = co_await writer.send(200, {{"X", "fine"}}, "good");
      EXPECT_TRUE(sent.has_value());
      auto again = co_await writer.send(200, {}, "twice");
      EXPECT_EQ(again.error().code, ErrorCode::conflict);
    });
    const std::string answer = co_await ask(server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.contains("X: fine\r\n") && answer.ends_with("\r\n\r\ngood")) << answer;
  }());
}

TEST_F(Server, LetsAnswersFinishAtAStopAndClosesIdleConnections) {
  run([this]() -> Task<> {
    SignalFlag changed(context_.get_executor());
    bool started = false;
    HttpServer::Options options;
    options.limits.drain = 1h;
    HttpServer& server = serve(
        [&](const HttpRequest&, ResponseWriter& writer) -> Task<> {
          started = true;
          changed.notify();
          while (!writer.stopping()) co_await sleep_for(1ms);
          auto sent = co_await writer.send(200, {}, "finished");
          EXPECT_TRUE(sent.has_value());
        },
        options);
    auto idle = co_await dial(server);
    auto busy = co_await dial(server);
    co_await send(*busy, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!started || server.open_connections() < 2) co_await changed.wait();
    TaskGroup stopper(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    stopper.spawn("stop", server.stop());
    EXPECT_EQ(co_await read_to_end(*idle), "");
    const std::string answer = co_await read_to_end(*busy);
    busy->close();  // as clients do; the server waits for it
    co_await stopper.join();
    EXPECT_TRUE(answer.contains("Connection: close\r\n") && answer.ends_with("finished")) << answer;
    auto late = co_await connect(server.listener().address(), nullptr, 5s);
    EXPECT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, ErrorCode::unavailable);
  }());
}

TEST_F(Server, CutsOffAtAStopWhatDoesNotFinish) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.drain = 30ms;
    SignalFlag changed(context_.get_executor());
    bool started = false;
    HttpServer& server = serve(
        [&](const HttpRequest&, ResponseWriter&) -> Task<> {
          started = true;
          changed.notify();
          co_await sleep_for(1h);
        },
        options);
    auto stream = co_await dial(server);
    co_await send(*stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!started) co_await changed.wait();
    co_await server.stop();
    EXPECT_EQ(server.open_connections(), 0U);
    EXPECT_EQ(co_await read_to_end(*stream), "");
    EXPECT_EQ(take_reports(), std::vector<std::string>{"1 connections were cut off at the stop"});
  }());
}

TEST_F(Server, MakesRoomByClosingTheLongestIdleConnection) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.max_connections = 2;
    const HttpServer& server = serve(echo, options);
    auto first = co_await dial(server);
    while (server.open_connections() < 1) co_await sleep_for(1ms);
    auto second = co_await dial(server);
    while (server.open_connections() < 2) co_await sleep_for(1ms);
    auto third = co_await dial(server);
    EXPECT_EQ(co_await read_to_end(*first), "");
    co_await send(*third, "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE((co_await read_until(*third, "GET /3 \n")).ends_with("GET /3 \n"));
    co_await send(*second, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE((co_await read_until(*second, "GET /2 \n")).ends_with("GET /2 \n"));
    EXPECT_EQ(server.counters().evicted, 1U);
  }());
}

TEST_F(Server, MakesRoomByClosingWhoeverHasSentARequestForTheLongest) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.max_connections = 3;
    const HttpServer& server = serve(silent_stream(), options);
    auto answered = co_await dial(server);
    co_await send(*answered, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!streaming_) co_await changed_.wait();
    std::vector<std::unique_ptr<ByteStream>> slow;
    for (int i = 0; i < 4; ++i) {
      slow.push_back(co_await dial(server));
      if (i >= 2) {
        EXPECT_EQ(co_await read_to_end(*slow[static_cast<std::size_t>(i) - 2]), "");
      }
      co_await send(*slow.back(), "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
      EXPECT_EQ(co_await read_until(*slow.back(), "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    }
    EXPECT_EQ(server.counters().evicted, 2U);
    EXPECT_FALSE(stream_ended_) << "one that is being answered was closed";
  }());
}

/// Lowers how many descriptors this process may have while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t most) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit lower{most, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(Server, TakesNoMoreThanHalfOfTheDescriptors) {
  run([this]() -> Task<> {
    std::optional<FewDescriptors> few(std::in_place, 100);
    const HttpServer& server = serve(echo);
    few.reset();
    std::vector<std::unique_ptr<ByteStream>> clients;
    for (int i = 0; i < 60; ++i) {
      clients.push_back(co_await dial(server));
      co_await send(*clients.back(), "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_TRUE((co_await read_until(*clients.back(), "GET /x \n")).ends_with("GET /x \n"));
      EXPECT_LE(server.open_connections(), 51U);  // one that was closed may not have gone yet
    }
    EXPECT_EQ(server.counters().evicted, 10U);
  }());
}

TEST_F(Server, MakesRoomWhenThereAreNoDescriptorsLeft) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    auto idle = co_await dial(server);
    co_await send(*idle, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE((co_await read_until(*idle, "GET /1 \n")).ends_with("GET /1 \n"));
    const int lowest_free = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    ::close(lowest_free);
    {
      const FewDescriptors one_more(static_cast<rlim_t>(lowest_free) + 1);  // the client's own
      auto next = co_await dial(server);
      co_await send(*next, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_TRUE((co_await read_until(*next, "GET /2 \n")).ends_with("GET /2 \n"));
    }
    EXPECT_EQ(co_await read_to_end(*idle), "");
    const auto reports = take_reports();
    EXPECT_EQ(reports.size(), 1U);
    EXPECT_TRUE(reports.at(0).ends_with("Too many open files")) << reports.at(0);
  }());
}

TEST_F(Server, AnswersWhatItCannotReadWithABodyWhateverCameBefore) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    const std::string answers = co_await ask(server, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n");
    EXPECT_TRUE(answers.contains("HTTP/1.1 400 ") && answers.ends_with("}\n")) << answers;
  }());
}

TEST_F(Server, PassesOverEmptyLinesBetweenRequestsAndIsIdleMeanwhile) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.head_time = 1ms;
    const HttpServer& server = serve(echo, options);
    auto stream = co_await dial(server);
    co_await send(*stream, "\r\n\r\nGET /1 HTTP/1.1\r\nHost: h\r\n\r\n\r\n");
    EXPECT_TRUE((co_await read_until(*stream, "GET /1 \n")).starts_with("HTTP/1.1 200 "));
    co_await sleep_for(20ms);  // long past head_time: an empty line begins no request
    co_await send(*stream, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE((co_await read_until(*stream, "GET /2 \n")).starts_with("HTTP/1.1 200 "));
  }());
}

TEST_F(Server, ListensOnAUnixSocketOfTheRightModeAndRemovesIt) {
  run([this]() -> Task<> {
    const std::string path = (directory_ / "t.sock").string();
    HttpServer& server = serve(echo, {}, "unix:" + path);
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
    EXPECT_EQ(server.listener().url(), "unix:" + path);
    const std::string answer = co_await ask(server, "GET /u HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("GET /u \n")) << answer;

    auto second = Listener::bind(context_.get_executor(), UnixEndpoint{path});
    EXPECT_EQ(second.error().code, ErrorCode::conflict) << "a living server's socket was taken";
    co_await server.stop();
    EXPECT_FALSE(std::filesystem::exists(path));
  }());
}

TEST_F(Server, ReplacesAStaleUnixSocketButNoOtherFile) {
  const std::string path = (directory_ / "t.sock").string();
  {
    // What a killed server leaves: a bound socket file that nobody listens on.
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  auto replaced = Listener::bind(context_.get_executor(), UnixEndpoint{path});
  EXPECT_TRUE(replaced.has_value()) << replaced.error().detail;
  const std::string file = (directory_ / "file").string();
  std::ofstream(file) << "precious";
  auto refused = Listener::bind(context_.get_executor(), UnixEndpoint{file});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Server, SaysWhyAnAddressCannotBeListenedOn) {
  auto listener = Listener::bind(context_.get_executor(), TcpEndpoint{"127.0.0.1", 0});
  ASSERT_TRUE(listener.has_value());
  const auto& chosen = std::get<TcpEndpoint>((*listener)->address());
  EXPECT_NE(chosen.port, 0);
  auto taken = Listener::bind(context_.get_executor(), chosen);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::conflict);
  auto foreign = Listener::bind(context_.get_executor(), TcpEndpoint{"192.0.2.1", 0});
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code, ErrorCode::invalid_argument);
  auto everywhere = Listener::bind(context_.get_executor(), parse_listen_address(":0").value());
  EXPECT_TRUE(everywhere.has_value()) << everywhere.error().detail;
}

}  // namespace
}  // namespace taffrail::net
