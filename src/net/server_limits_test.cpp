#include <gtest/gtest.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <fcntl.h>
#include <list>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "base/manual_clock.hpp"
#include "net/net_fixture.hpp"
#include "net/socket_stream.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;

/// What one client may take of a server that others need too.
class Limits : public Net {
 protected:
  /// "/stream" begins an answer and leaves it open; "/busy" gives none for an hour; anything else is answered at once.
  HttpHandler handler() {
    return [this](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      if (request.target == "/busy") {
        ++busy_;
        co_await sleep_for(1h);
      }
      if (request.target == "/stream") {
        auto begun = co_await writer.start(200, {});
        if (begun) {
          ++streaming_;
          co_await sleep_for(1h);
        }
        EXPECT_EQ(begun.error().code, ErrorCode::unavailable);
        auto refused = co_await writer.send(503, {}, begun.error().detail);
        EXPECT_TRUE(refused.has_value());
        co_return;
      }
      auto sent = co_await writer.send(200, {}, "answered");
      EXPECT_TRUE(sent.has_value());
    };
  }
  static HttpServer::Options with(std::size_t max_connections) {
    HttpServer::Options options;
    options.limits.max_connections = max_connections;
    options.limits.drain = 10ms;
    return options;
  }
  static std::string request(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  /// A connection from one of loopback's many addresses.
  Task<std::unique_ptr<ByteStream>> dial_from(const HttpServer& server, const char* address) {
    asio::ip::tcp::socket socket(context_);
    socket.open(asio::ip::tcp::v4());
    socket.bind({asio::ip::make_address(address), 0});
    const auto& listening = std::get<TcpEndpoint>(server.listener().address());
    co_await socket.async_connect({asio::ip::make_address(listening.host), listening.port}, asio::use_awaitable);
    StreamSocket generic(std::move(socket));
    co_return make_socket_stream(std::move(generic), address);
  }
  /// The status of the answer, or 0 when the connection ended without one.
  static Task<int> status_of(ByteStream& stream, std::string_view target) {
    auto written = co_await write(stream, request(target));
    co_return written ? co_await status_of(stream) : 0;
  }
  static Task<int> status_of(ByteStream& stream) {
    std::string head;
    std::array<std::byte, 4096> piece;
    while (!head.contains("\r\n\r\n")) {  // and perhaps the body, which is sent with it
      auto got = co_await stream.read_some(piece);
      if (!got || *got == 0) break;
      head.append(reinterpret_cast<const char*>(piece.data()), *got);
    }
    co_return head.starts_with("HTTP/1.1 ") ? std::stoi(head.substr(9)) : 0;
  }

  int busy_ = 0;
  int streaming_ = 0;
};

TEST(Origins, AreAddressesWithoutPortsAndWholeNetworksOfIPv6) {
  EXPECT_EQ(HttpServer::origin_of("192.0.2.7:4711"), "192.0.2.7");
  EXPECT_EQ(HttpServer::origin_of("[2001:db8:1:2:3:4:5:6]:80"), "2001:db8:1:2::");
  EXPECT_EQ(HttpServer::origin_of("[2001:db8:1:2::9]:81"), HttpServer::origin_of("[2001:db8:1:2:3:4:5:6]:80"));
  EXPECT_NE(HttpServer::origin_of("[2001:db8:1:3::9]:81"), HttpServer::origin_of("[2001:db8:1:2::9]:81"));
  EXPECT_EQ(HttpServer::origin_of("[::1]:9"), "::");
  EXPECT_EQ(HttpServer::origin_of("unix:/run/t.sock"), "unix:/run/t.sock");
}

TEST_F(Limits, OneAddressHoldsAtMostHalfOfWhatOthersLeaveAndStillGetsShortAnswers) {
  run([this]() -> Task<> {
    HttpServer& server = serve(handler(), with(16));
    std::vector<std::unique_ptr<ByteStream>> clients;
    const auto streams = [&](const char* from, int expected) -> Task<> {
      for (int i = 0; i < expected; ++i) {
        clients.push_back(co_await dial_from(server, from));
        EXPECT_EQ(co_await status_of(*clients.back(), "/stream"), 200) << from << " " << i;
      }
      auto next = co_await dial_from(server, from);
      EXPECT_EQ(co_await status_of(*next, "/stream"), 503) << from;
      auto other = co_await dial_from(server, from);
      EXPECT_EQ(co_await status_of(*other, "/healthz"), 200) << from;
    };
    co_await streams("127.0.0.1", 8);
    co_await streams("127.0.0.2", 4);
    co_await streams("127.0.0.3", 2);
    // Who ends one may have another.
    clients.front()->close();
    while (server.open_connections() > 13) co_await sleep_for(1ms);
    auto again = co_await dial_from(server, "127.0.0.1");
    EXPECT_EQ(co_await status_of(*again, "/stream"), 503) << "others' are more now";
    co_await server.stop();
    (void)take_reports();
  }());
}

TEST_F(Limits, OneAddressThatOpensConnectionsWithoutEndPushesOutItsOwnFirst) {
  for (const std::string_view begun : {"", "GET / HTT"}) {  // idle ones, and such as are sending
    run([this, begun]() -> Task<> {
      const HttpServer& server = serve(handler(), with(4));
      auto quiet = co_await dial_from(server, "127.0.0.2");  // the longest of all
      co_await send(*quiet, begun);
      while (server.counters().connections < 1) co_await sleep_for(1ms);
      std::vector<std::unique_ptr<ByteStream>> flood;
      for (std::uint64_t i = 0; i < 20; ++i) {
        flood.push_back(co_await dial_from(server, "127.0.0.1"));
        co_await send(*flood.back(), begun);
        while (server.counters().connections < i + 2) co_await sleep_for(1ms);
      }
      co_await send(*quiet, request("/").substr(begun.size()));
      EXPECT_EQ(co_await status_of(*quiet), 200) << "it was closed for the flood";
      EXPECT_EQ(server.counters().evicted, 17U);
    }());
    context_.restart();
  }
}

TEST_F(Limits, WhoFindsNoRoomIsToldSo) {
  run([this]() -> Task<> {
    HttpServer& server = serve(handler(), with(3));
    std::vector<std::unique_ptr<ByteStream>> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(co_await dial(server));
      co_await send(*clients.back(), request("/busy"));
    }
    while (busy_ < 3) co_await sleep_for(1ms);
    auto late = co_await dial(server);
    co_await send(*late, request("/"));
    const std::string answer = co_await read_to_end(*late);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_TRUE(answer.contains("\r\nRetry-After: 1\r\n")) << answer;
    EXPECT_TRUE(answer.contains("\"status\":503")) << answer;
    EXPECT_EQ(server.counters().refused, 1U);
    co_await server.stop();
    (void)take_reports();
  }());
}

TEST_F(Limits, AClientThatTakesNothingOfItsAnswerMakesRoomForOthers) {
  run([this]() -> Task<> {
    HttpServer& server = serve(
        [](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
          const std::string body(request.target == "/large" ? 64UL * 1024 * 1024 : 5, 'x');
          auto sent = co_await writer.send(200, {}, body);
          EXPECT_EQ(sent.has_value(), request.target != "/large");
        },
        with(2));
    std::vector<std::unique_ptr<ByteStream>> deaf;
    for (int i = 0; i < 2; ++i) {
      deaf.push_back(co_await dial(server));
      co_await send(*deaf.back(), request("/large"));
    }
    while (server.counters().requests < 2) co_await sleep_for(1ms);
    int status = 503;
    while (status != 200) {  // until they have been deaf for long enough
      auto other = co_await dial(server);
      status = co_await status_of(*other, "/");
      EXPECT_TRUE(status == 200 || status == 503) << status;
    }
    EXPECT_EQ(server.counters().evicted, 1U);
    deaf.clear();
  }());
}

TEST_F(Limits, ASlowClientHasAllTheTimeItNeedsWhileItTakesALittle) {
  run([this]() -> Task<> {
    constexpr std::size_t size = 16UL * 1024 * 1024;
    HttpServer::Options options;
    options.limits.send_stall = 1min;
    ManualClock clock(Time{});
    bool whole = false;
    const HttpHandler large = [&whole](const HttpRequest&, ResponseWriter& writer) -> Task<> {
      const std::string body(size, 'x');
      auto sent = co_await writer.send(200, {}, body);
      whole = sent.has_value();
    };
    const std::string path = "unix:" + (directory_ / "t.sock").string();
    auto listener = Listener::bind(context_.get_executor(), parse_listen_address(path).value());
    HttpServer server(*std::move(listener), large, options, clock, context_.get_executor(),
                      [](std::string_view text) { ADD_FAILURE() << text; });
    server.start();
    auto slow = co_await dial(server);
    co_await send(*slow, request("/"));
    std::vector<std::byte> piece(size / 8);
    for (std::size_t got = 0; got < size;) {
      // More than what the system keeps for it, so that the server has sent some more; then almost too long nothing.
      for (const std::size_t until = std::min(got + piece.size(), size); got < until;) {
        auto n = co_await slow->read_some(std::span(piece).first(std::min(piece.size(), until - got)));
        EXPECT_TRUE(n.has_value() && *n > 0);
        if (!n || *n == 0) co_return co_await server.stop();
        got += *n;
      }
      for (int i = 0; i < 100; ++i) co_await asio::post(asio::use_awaitable);  // the server has had its turns
      clock.advance(50s);
      co_await sleep_for(300ms);  // more than a sweep: that nothing is closed is what is looked at
    }
    // The head was a part of it; the rest of the body is there.
    while (!whole) co_await sleep_for(1ms);
    slow->close();
    co_await server.stop();
  }());
}

TEST_F(Limits, WithoutADescriptorLeftAndNobodyIdleWhoComesIsToldSoAndNothingSpins) {
  run([this]() -> Task<> {
    HttpServer& server = serve(handler(), with(100));
    auto busy = co_await dial(server);
    co_await send(*busy, request("/busy"));
    while (busy_ < 1) co_await sleep_for(1ms);
    // The clients' own sockets, before the last descriptor goes.
    std::list<asio::ip::tcp::socket> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back(context_, asio::ip::tcp::v4());
    rlimit before{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int lowest_free = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    ::close(lowest_free);
    const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    const auto& listening = std::get<TcpEndpoint>(server.listener().address());
    std::vector<std::unique_ptr<ByteStream>> streams;  // kept, for their descriptors would be free
    for (asio::ip::tcp::socket& client : clients) {
      co_await client.async_connect({asio::ip::make_address(listening.host), listening.port}, asio::use_awaitable);
      StreamSocket generic(std::move(client));
      streams.push_back(make_socket_stream(std::move(generic), "client"));
      co_await send(*streams.back(), request("/"));
      const std::string answer = co_await read_to_end(*streams.back());
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    }
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(server.counters().refused, 3U);
    EXPECT_FALSE(busy_ > 1);
    const auto reports = take_reports();
    EXPECT_EQ(reports.size(), 1U) << "what fails again and again is said once a minute";
    EXPECT_TRUE(reports.at(0).ends_with("Too many open files")) << reports.at(0);
    // And then it goes on as if nothing had been.
    auto next = co_await dial(server);
    EXPECT_EQ(co_await status_of(*next, "/"), 200);
    co_await server.stop();
    (void)take_reports();
  }());
}

TEST_F(Limits, AConnectWithoutADescriptorSaysThatAndNothingOfThePeer) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(handler());
    rlimit before{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int lowest_free = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    ::close(lowest_free);
    const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    auto by_address = co_await connect(server.listener().address(), nullptr, 5s);
    auto by_path = co_await connect(UnixEndpoint{(directory_ / "none.sock").string()}, nullptr, 5s);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(by_address.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(by_address.error().detail.ends_with("Too many open files")) << by_address.error().detail;
    EXPECT_EQ(by_path.error().code, ErrorCode::unavailable) << "a socket that is not there is another matter";
  }());
}

/// Every byte of many pieces, whatever their sizes.
TEST_F(Limits, AnyNumberOfPiecesOfAnySizeIsSentInOrder) {
  run([this]() -> Task<> {
    std::vector<std::string> texts;
    std::string whole;
    for (std::size_t i = 0; i < 20'000; ++i) {
      const std::size_t size = i % 1000 == 999 ? 70'000 : i % 100 == 99 ? 2048 + i % 7 : i % 5 == 0 ? 0 : i % 300;
      texts.emplace_back(size, static_cast<char>('a' + i % 26));
      whole += texts.back();
    }
    const HttpServer& server = serve([&](const HttpRequest&, ResponseWriter& writer) -> Task<> {
      std::vector<asio::const_buffer> pieces;
      for (const std::string& text : texts) pieces.push_back(asio::buffer(text));
      auto sent = co_await writer.send(200, {}, pieces);
      EXPECT_TRUE(sent.has_value()) << sent.error().detail;
    });
    const std::string answer = co_await ask(server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::size_t body = answer.find("\r\n\r\n") + 4;
    EXPECT_EQ(answer.size() - body, whole.size());
    EXPECT_TRUE(answer.substr(body) == whole);
  }());
}

}  // namespace
}  // namespace taffrail::net
