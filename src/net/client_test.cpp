#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "net/http_client.hpp"
#include "net/net_fixture.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;

/// A peer that answers each connection's first request with fixed bytes and then ends it, or holds it.
class Scripted {
 public:
  Scripted(const Executor& executor, std::string answer, bool hold = false)
      : answer_(std::move(answer)),
        hold_(hold),
        listener_(*Listener::bind(executor, TcpEndpoint{"127.0.0.1", 0})),
        tasks_(executor, [](std::string_view text) { ADD_FAILURE() << text; }) {
    tasks_.spawn("accept", accept());
  }
  Task<> stop() {
    listener_->close();
    tasks_.cancel();
    co_await tasks_.join();
  }
  [[nodiscard]] const Endpoint& address() const { return listener_->address(); }
  int connections = 0;
  std::string last_request;

 private:
  Task<> accept() {
    for (;;) {
      auto stream = co_await listener_->accept();
      if (!stream) co_return;
      ++connections;
      tasks_.spawn("answer", answer(*std::move(stream)));
    }
  }
  Task<> answer(std::unique_ptr<ByteStream> stream) {
    std::array<std::byte, 4096> piece;
    last_request.clear();
    while (!last_request.contains("\r\n\r\n")) {
      auto got = co_await stream->read_some(piece);
      if (!got || *got == 0) co_return;
      last_request.append(reinterpret_cast<const char*>(piece.data()), *got);
    }
    auto written = co_await write(*stream, answer_);
    if (written && hold_) co_await sleep_for(1h);
  }

  std::string answer_;
  bool hold_;
  std::unique_ptr<Listener> listener_;
  TaskGroup tasks_;
};

class Client : public Net {
 protected:
  /// "status body" or "code" of a GET / against fixed bytes.
  Task<std::string> get(std::string answer, bool hold = false, std::size_t max_body = 1000,
                        std::string method = "GET") {
    Scripted peer(context_.get_executor(), std::move(answer), hold);
    std::string shown;
    {
      HttpClientOptions options;
      options.head_limit = hold ? Duration(50ms) : Duration(15s);
      options.body_limit = options.head_limit;
      options.max_head_bytes = 1000;
      options.max_fields = 5;
      HttpClient client(context_.get_executor(), peer.address(), nullptr, options);
      ClientRequest request;
      request.method = method;
      auto response = co_await client.request(std::move(request), max_body);
      shown = response ? std::to_string(response->status) + " " + response->body
                       : std::string(to_string(response.error().code));
    }
    co_await peer.stop();
    co_return shown;
  }
};

TEST_F(Client, ReadsEveryFramingAndRefusesBrokenOnes) {
  run([this]() -> Task<> {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    struct Case {
      const char* why;
      std::string answer;
      const char* shown;
    };
    const Case cases[] = {
        {"a length", ok + "Content-Length: 5\r\n\r\nhello", "200 hello"},
        {"chunked", chunked + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "200 hello world"},
        {"until the end", ok + "\r\nhello", "200 hello"},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", "200 hello"},
        {"no reason phrase", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", "404 "},
        {"interim responses",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 1\r\n\r\nx",
         "200 x"},
        {"204 has no body", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
        {"304 has no body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 "},
        {"cut off within a length", ok + "Content-Length: 5\r\n\r\nhell", "end_of_stream"},
        {"cut off within a chunk", chunked + "5\r\nhel", "end_of_stream"},
        {"cut off before the last chunk", chunked + "5\r\nhello\r\n", "end_of_stream"},
        {"cut off within the head", "HTTP/1.1 200 OK\r\nContent-", "end_of_stream"},
        {"nothing", "", "end_of_stream"},
        {"both lengths", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol"},
        {"two lengths", ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "protocol"},
        {"another coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "protocol"},
        {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "protocol"},
        {"obs-fold", ok + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n", "protocol"},
        {"a bad chunk size", chunked + "xyz\r\nhello\r\n", "protocol"},
        {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "protocol"},
        {"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", "protocol"},
        {"a large head", ok + "X: " + std::string(2000, 'x') + "\r\n\r\n", "too_large"},
        {"many fields", ok + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\nF: 1\r\n\r\n", "too_large"},
        {"a large body", ok + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'), "too_large"},
        {"an endless chunk line", chunked + std::string(40'000, '0'), "protocol"},
    };
    for (const Case& c : cases) EXPECT_EQ(co_await get(c.answer), c.shown) << c.why;
    EXPECT_EQ(co_await get(ok + "Content-Length: 5\r\n\r\n", false, 1000, "HEAD"), "200 ");
  }());
}

TEST_F(Client, WaitsNoLongerThanItsLimits) {
  run([this]() -> Task<> {
    EXPECT_EQ(co_await get("HTTP/1.1 200 OK\r\n", true), "timeout");
    EXPECT_EQ(co_await get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true), "timeout");
    EXPECT_EQ(co_await get("HTTP/1.1 200 OK\r\n\r\nuntil the end", true), "timeout");
  }());
}

TEST_F(Client, SaysWhyItCannotConnect) {
  run([this]() -> Task<> {
    auto listener = Listener::bind(context_.get_executor(), TcpEndpoint{"127.0.0.1", 0});
    const Endpoint closed = (*listener)->address();
    (*listener)->close();
    const std::pair<Endpoint, ErrorCode> cases[] = {
        {closed, ErrorCode::unavailable},
        {UnixEndpoint{(directory_ / "none.sock").string()}, ErrorCode::not_found},
        {TcpEndpoint{"no-such-host.invalid", 1}, ErrorCode::unavailable},
    };
    for (const auto& [endpoint, code] : cases) {
      HttpClient client(context_.get_executor(), endpoint, nullptr);
      auto response = co_await client.request({}, 1000);
      EXPECT_FALSE(response.has_value());
      EXPECT_EQ(response.error().code, code) << response.error().detail;
      EXPECT_TRUE(response.error().detail.contains(std::get_if<UnixEndpoint>(&endpoint) ? "none.sock" : "connect") ||
                  response.error().detail.contains("no-such-host"))
          << response.error().detail;
    }
  }());
}

TEST_F(Client, SendsOnlyWhatCannotBeMisread) {
  run([this]() -> Task<> {
    Scripted peer(context_.get_executor(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    {
      HttpClient client(context_.get_executor(), peer.address(), nullptr);
      const ClientRequest bad[] = {
          {"GET", "/a b", {}, {}},           {"GET", "a", {}, {}},
          {"GET", "/\r\nX: y", {}, {}},      {"G T", "/", {}, {}},
          {"GET", "/", {{"Host", "x"}}, {}}, {"GET", "/", {{"X", "a\r\nY: b"}}, {}},
      };
      for (const ClientRequest& request : bad) {
        auto response = co_await client.request(request, 1000);
        EXPECT_FALSE(response.has_value());
        EXPECT_EQ(response.error().code, ErrorCode::invalid_argument);
      }
      EXPECT_EQ(peer.connections, 0);
      auto response = co_await client.request({"POST", "/x?y=1", {{"X-A", "b"}}, "body"}, 1000);
      EXPECT_TRUE(response.has_value());
      EXPECT_EQ(peer.last_request, "POST /x?y=1 HTTP/1.1\r\nHost: " + host_header(peer.address()) +
                                       "\r\nUser-Agent: taffrail\r\nX-A: b\r\nContent-Length: 4\r\n\r\nbody");
    }
    co_await peer.stop();
  }());
}

Task<> echo(const HttpRequest& request, ResponseWriter& writer) {
  auto sent = co_await writer.send(200, {{"X-Method", request.method}}, request.target + request.body);
  EXPECT_TRUE(sent.has_value()) << sent.error().detail;
}

TEST_F(Client, SendsAThousandRequestsOnOneConnection) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo, {}, "unix:" + (directory_ / "s.sock").string());
    HttpClient client(context_.get_executor(), server.listener().address(), nullptr);
    for (int i = 0; i < 1000; ++i) {
      auto response = co_await client.request({"GET", "/" + std::to_string(i), {}, {}}, 1000);
      EXPECT_TRUE(response.has_value());
      if (!response) break;
      EXPECT_EQ(response->body, "/" + std::to_string(i));
      EXPECT_EQ(response->headers.find("x-method"), "GET");
    }
    EXPECT_EQ(client.counters().connects, 1U);
    EXPECT_EQ(client.counters().reused, 999U);
    EXPECT_EQ(server.counters().connections, 1U);
  }());
}

TEST_F(Client, SendsARequestAgainWhenTheKeptConnectionHadBeenClosed) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.idle_time = 150ms;
    const HttpServer& server = serve(echo, options);
    HttpClient client(context_.get_executor(), server.listener().address(), nullptr);
    auto first = co_await client.request({}, 1000);
    EXPECT_TRUE(first.has_value());
    EXPECT_EQ(client.idle(), 1U);
    while (server.open_connections() > 0) co_await sleep_for(1ms);
    auto second = co_await client.request({}, 1000);
    EXPECT_TRUE(second.has_value()) << second.error().detail;
    EXPECT_EQ(client.counters().retried, 1U);
    while (server.open_connections() > 0) co_await sleep_for(1ms);
    // What must not be done twice never goes where it could need a second try.
    auto post = co_await client.request({"POST", "/", {}, "x"}, 1000);
    EXPECT_TRUE(post.has_value()) << post.error().detail;
    EXPECT_EQ(client.counters().retried, 1U);
    EXPECT_EQ(client.counters().connects, 3U);
  }());
}

TEST_F(Client, KeepsNoMoreIdleConnectionsThanItsBound) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo);
    HttpClientOptions options;
    options.max_idle = 2;
    HttpClient client(context_.get_executor(), server.listener().address(), nullptr, options);
    {
      std::vector<ResponseStream> open;
      for (int i = 0; i < 5; ++i) {
        auto response = co_await client.open({});
        EXPECT_TRUE(response.has_value());
        auto body = co_await response->read_all(100);
        EXPECT_EQ(body.value(), "/");
        open.push_back(*std::move(response));
      }
    }
    EXPECT_EQ(client.idle(), 2U);
  }());
}

TEST_F(Client, StreamsABodyAndClosesTheConnectionWhenItIsDropped) {
  run([this]() -> Task<> {
    bool gone = false;
    SignalFlag changed(context_.get_executor());
    const HttpServer& server = serve([&](const HttpRequest&, ResponseWriter& writer) -> Task<> {
      struct OnExit {
        bool& flag;
        SignalFlag& signal;
        ~OnExit() {
          flag = true;
          signal.notify();
        }
      } on_exit{gone, changed};
      auto done = co_await writer.start(200, {});
      if (done) done = co_await writer.write("first");
      EXPECT_TRUE(done.has_value());
      co_await sleep_for(1h);
    });
    HttpClient client(context_.get_executor(), server.listener().address(), nullptr);
    {
      auto response = co_await client.open({});
      EXPECT_TRUE(response.has_value());
      std::array<std::byte, 100> piece;
      auto got = co_await response->read_some(piece);
      EXPECT_EQ(got.value(), 5U);
      EXPECT_FALSE(gone);
    }
    while (!gone) co_await changed.wait();
    EXPECT_EQ(client.idle(), 0U);
  }());
}

TEST_F(Client, LeavesNothingBehindWhenItsTaskIsCancelled) {
  run([this]() -> Task<> {
    Scripted peer(context_.get_executor(), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true);
    {
      HttpClient client(context_.get_executor(), peer.address(), nullptr);
      TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
      auto ask = [](HttpClient& http, bool& ended) -> Task<> {
        auto response = co_await http.request({}, 1000);
        ended = response.has_value() || response.error().code != ErrorCode::cancelled;
      };
      bool ended = false;
      group.spawn("waits for the body", ask(client, ended));
      while (peer.last_request.empty()) co_await sleep_for(1ms);
      group.spawn("connects", ask(client, ended));
      group.cancel();
      co_await group.join();
      EXPECT_FALSE(ended);
      EXPECT_EQ(client.idle(), 0U);
    }
    co_await peer.stop();
  }());
}

TEST_F(Client, CarriesABigStreamBothWaysUnchanged) {
  run([this]() -> Task<> {
    std::string data;
    for (std::uint32_t i = 0; data.size() < 3'000'000; ++i) data += std::to_string(i * 2654435761U) + "\n";
    HttpServer::Options options;
    options.limits.max_body_bytes = 4'000'000;
    const HttpServer& server = serve(
        [](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
          auto done = co_await writer.start(200, {});
          const std::string_view body = request.body;
          for (std::size_t at = 0, size = 1; done && at < body.size(); at += size, size = size * 3 % 100'003)
            done = co_await writer.write(body.substr(at, size));
          if (done) done = co_await writer.finish();
          EXPECT_TRUE(done.has_value());
        },
        options);
    HttpClient client(context_.get_executor(), server.listener().address(), nullptr);
    auto response = co_await client.request({"POST", "/", {}, data}, data.size());
    EXPECT_TRUE(response.has_value() && response->body == data);
  }());
}

TEST_F(Client, TakesAnUpgradedConnectionOver) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      if (request.target == "/no") {
        auto sent = co_await writer.send(409, {}, "not now");
        EXPECT_TRUE(sent.has_value());
        co_return;
      }
      auto stream = writer.hijack();
      EXPECT_TRUE(stream.has_value());
      co_await Net::send(**stream, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello ");
      const std::string said = co_await Net::read_to_end(**stream);
      co_await Net::send(**stream, said);
    });
    HttpClient client(context_.get_executor(), server.listener().address(), nullptr);
    const ClientRequest attach{"POST", "/attach", {{"Upgrade", "tcp"}}, {}};
    auto upgraded = co_await client.upgrade(attach);
    EXPECT_TRUE(upgraded.has_value()) << upgraded.error().detail;
    EXPECT_EQ(upgraded->status, 101);
    co_await send(*upgraded->stream, "world");
    auto half_closed = co_await upgraded->stream->shutdown_write();
    EXPECT_TRUE(half_closed.has_value());
    EXPECT_EQ(co_await read_to_end(*upgraded->stream), "hello world");

    auto refused = co_await client.upgrade({"POST", "/no", {{"Upgrade", "tcp"}}, {}});
    EXPECT_EQ(refused->status, 409);
    EXPECT_EQ(refused->stream, nullptr);
    EXPECT_EQ(refused->body, "not now");
  }());
}

}  // namespace
}  // namespace taffrail::net
