#include "net/websocket.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "net/net_fixture.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;

class WebSockets : public Net {
 protected:
  /// Echoes messages until the peer closes; what ended the conversation is in `end_`.
  HttpHandler echo(WebSocketOptions options = {}) {
    return [this, options](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      auto socket = co_await WebSocket::accept(request, writer, options);
      if (!socket) co_return;
      for (;;) {
        auto message = co_await (*socket)->read();
        if (!message || !*message) {
          end_ = message ? "closed " + std::to_string((*socket)->peer_close_code())
                         : std::string(to_string(message.error().code));
          ended_.notify();
          co_return;
        }
        auto written = (*message)->text ? co_await (*socket)->write_text((*message)->data)
                                        : co_await (*socket)->write_binary((*message)->data);
        EXPECT_TRUE(written.has_value());
      }
    };
  }
  Task<std::unique_ptr<WebSocket>> join(const HttpServer& server, WebSocketOptions options = {}) {
    auto stream = co_await dial(server);
    auto socket = co_await WebSocket::connect(std::move(stream), "h", "/live", {{"Origin", "http://h"}}, options);
    if (!socket) throw std::runtime_error(socket.error().detail);
    co_return *std::move(socket);
  }
  Task<std::string> wait_for_end() {
    while (end_.empty()) co_await ended_.wait();
    co_return end_;
  }

  std::string end_;
  SignalFlag ended_{context_.get_executor()};
};

TEST_F(WebSockets, EchoMessagesOfEverySize) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo());
    auto socket = co_await join(server);
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U}) {
      const std::string data(size, 'x');
      auto written = co_await socket->write_text(data);
      EXPECT_TRUE(written.has_value());
      auto message = co_await socket->read();
      EXPECT_TRUE(message.has_value() && *message && (*message)->text && (*message)->data == data) << size;
    }
    auto written = co_await socket->write_binary(std::string_view("\0\xff", 2));
    EXPECT_TRUE(written.has_value());
    auto message = co_await socket->read();
    EXPECT_TRUE(message.has_value() && *message && !(*message)->text);
    EXPECT_EQ((*message)->data, std::string_view("\0\xff", 2));
    co_await socket->close(CloseCode::normal, "done");
    EXPECT_EQ(co_await wait_for_end(), "closed 1000");
  }());
}

TEST_F(WebSockets, TheServersCloseReachesTheClient) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      auto socket = co_await WebSocket::accept(request, writer);
      EXPECT_TRUE(socket.has_value());
      co_await (*socket)->close(CloseCode::going_away, std::string(122, 'r') + "\xC3\xA9 and more");
      co_await (*socket)->close(CloseCode::normal);
    });
    auto socket = co_await join(server);
    auto message = co_await socket->read();
    EXPECT_TRUE(message.has_value() && !*message);
    EXPECT_EQ(socket->peer_close_code(), 1001);
  }());
}

TEST_F(WebSockets, AMessageOverTheLimitEndsTheConnection) {
  run([this]() -> Task<> {
    WebSocketOptions small;
    small.max_message_bytes = 100;
    const HttpServer& server = serve(echo(small));
    auto socket = co_await join(server);
    auto written = co_await socket->write_text(std::string(101, 'x'));
    EXPECT_TRUE(written.has_value());
    auto message = co_await socket->read();
    EXPECT_TRUE(message.has_value() && !*message);
    EXPECT_EQ(socket->peer_close_code(), 1009);
    EXPECT_EQ(co_await wait_for_end(), "too_large");
  }());
}

constexpr std::string_view upgrade =
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

TEST_F(WebSockets, AnswerTheHandshakeOfTheStandard) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo());
    auto stream = co_await dial(server);
    // A masked "Hello" (RFC 6455 5.7) comes in the same packet as the request.
    co_await send(*stream, std::string(upgrade) + "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    const std::string answer = co_await read_until(*stream, "Hello");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << answer;
    EXPECT_TRUE(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) << answer;
    EXPECT_FALSE(answer.contains("Beast")) << answer;
    EXPECT_TRUE(answer.ends_with("\x81\x05Hello")) << answer;
    stream->close();
    EXPECT_EQ(co_await wait_for_end(), "end_of_stream");
  }());
}

TEST_F(WebSockets, RefuseFramesThatTheStandardForbids) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo());
    using namespace std::string_literals;
    const std::string frames[] = {
        "\x81\x05Hello"s,                     // not masked
        "\x83\x80\x00\x00\x00\x00"s,          // an unknown opcode
        "\xc1\x80\x00\x00\x00\x00"s,          // a reserved bit without an extension
        "\x09\x80\x00\x00\x00\x00"s,          // a ping in fragments
        "\x81\x81\x00\x00\x00\x00\xff"s,      // text that is no UTF-8
        "\x80\x80\x00\x00\x00\x00"s,          // a continuation of nothing
        "\x89\xfe\x00\x7e\x00\x00\x00\x00"s,  // a ping over 125 bytes
    };
    for (const std::string& frame : frames) {
      end_.clear();
      auto stream = co_await dial(server);
      co_await send(*stream, std::string(upgrade) + frame);
      (void)co_await read_to_end(*stream);
      EXPECT_EQ(co_await wait_for_end(), "protocol") << frame;
    }
  }());
}

TEST_F(WebSockets, RefuseAnUpgradeThatIsNone) {
  run([this]() -> Task<> {
    const HttpServer& server = serve(echo());
    const std::string plain = co_await ask(server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(plain.starts_with("HTTP/1.1 400 ")) << plain;
    const std::string old = co_await ask(
        server,
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
        "8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_TRUE(old.starts_with("HTTP/1.1 426 ")) << old;
    EXPECT_TRUE(old.contains("Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n")) << old;
    EXPECT_TRUE(old.contains("Connection: close, Upgrade\r\n")) << old;
    for (const std::string_view bad :
         {"short", "dGhlIHNhbXBsZSBub25jZQ", "!!!!!!!!!!!!!!!!!!!!!!!!", "dGhlIHNhbXBsZSBub25jZQQQ"}) {
      const std::string key = co_await ask(
          server,
          "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
          "13\r\nSec-WebSocket-Key: " +
              std::string(bad) + "\r\n\r\n");
      EXPECT_TRUE(key.starts_with("HTTP/1.1 400 ")) << bad << "\n" << key;
    }
  }());
}

TEST_F(WebSockets, FindADeadPeerAndKeepALivingOne) {
  run([this]() -> Task<> {
    WebSocketOptions quick;
    quick.idle_limit = 300ms;
    const HttpServer& server = serve(echo(quick));
    auto dead = co_await dial(server);  // never answers a ping
    co_await send(*dead, upgrade);
    EXPECT_EQ(co_await wait_for_end(), "timeout");

    end_.clear();
    auto living = co_await join(server);  // answers pings while it reads, and says nothing
    TaskGroup reader(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    reader.spawn("read", [](WebSocket& socket) -> Task<> {
      auto message = co_await socket.read();
      EXPECT_TRUE(message.has_value() && *message && (*message)->data == "alive");
    }(*living));
    co_await sleep_for(800ms);  // more than two limits: that nothing happens is what is looked at
    EXPECT_EQ(end_, "");
    auto written = co_await living->write_text("alive");
    EXPECT_TRUE(written.has_value());
    co_await reader.join();
  }());
}

TEST_F(WebSockets, ASlowLinkHasAllTheTimeItNeedsForAMessageAndAPeerThatTakesNothingHasNot) {
  run([this]() -> Task<> {
    constexpr std::size_t size = 24UL * 1024 * 1024;
    const HttpServer& server = serve([this](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      WebSocketOptions quick;
      quick.idle_limit = quick.stall_limit = 400ms;
      auto socket = co_await WebSocket::accept(request, writer, quick);
      EXPECT_TRUE(socket.has_value());
      TaskGroup reader(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
      std::string heard;
      reader.spawn("read", [](WebSocket& from, std::string& what) -> Task<> {
        auto message = co_await from.read();
        what = message ? "closed" : message.error().detail;
      }(**socket, heard));
      std::string large(size, 'x');
      auto written = co_await (*socket)->write_text(large);
      EXPECT_EQ(heard, "") << "the peer was taken for dead while it took";
      EXPECT_TRUE(written.has_value()) << (written ? "" : written.error().detail);
      written = co_await (*socket)->write_text(large);  // of which nothing is taken
      end_ = written ? "written" : to_string(written.error().code);
      ended_.notify();
      co_await reader.join();
    });
    auto slow = co_await dial(server);
    co_await send(*slow, upgrade);
    // To the end of the head and no further.
    for (std::string head; !head.ends_with("\r\n\r\n");) {
      std::array<std::byte, 1> next;
      auto n = co_await slow->read_some(next);
      EXPECT_TRUE(n.has_value() && *n == 1);
      if (!n || *n == 0) co_return;
      head += static_cast<char>(next[0]);
    }
    // Several times the limit for all of it, and always something well within it.
    std::vector<std::byte> piece(1024UL * 1024);
    for (std::size_t got = 0; got < size;) {
      for (std::size_t taken = 0; taken < piece.size() && got < size;) {
        auto n = co_await slow->read_some(piece);
        EXPECT_TRUE(n.has_value() && *n > 0) << "after " << got << " bytes";
        if (!n || *n == 0) co_return;
        taken += *n;
        got += *n;
      }
      co_await sleep_for(50ms);
    }
    const std::string end = co_await wait_for_end();
    EXPECT_TRUE(end == "timeout" || end == "io" || end == "cancelled") << end;
  }());
}

TEST_F(WebSockets, ACloseDoesNotWaitForAPeerThatNeverAnswersIt) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([this](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      WebSocketOptions quick;
      quick.handshake_limit = 300ms;
      auto socket = co_await WebSocket::accept(request, writer, quick);
      EXPECT_TRUE(socket.has_value());
      co_await (*socket)->close(CloseCode::normal);
      end_ = "closed";
      ended_.notify();
    });
    auto silent = co_await dial(server);
    co_await send(*silent, upgrade);
    const std::string all = co_await read_to_end(*silent);
    EXPECT_TRUE(all.ends_with("\x88\x02\x03\xe8")) << all;
    EXPECT_EQ(co_await wait_for_end(), "closed");
  }());
}

TEST_F(WebSockets, WritesOfSeveralTasksDoNotMix) {
  run([this]() -> Task<> {
    const HttpServer& server = serve([this](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
      auto socket = co_await WebSocket::accept(request, writer);
      EXPECT_TRUE(socket.has_value());
      TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
      for (char c = 'a'; c <= 'h'; ++c)
        group.spawn("write", [](WebSocket& out, char fill) -> Task<> {
          for (int i = 0; i < 20; ++i) {
            const std::string half(30'000, fill);
            const std::array<asio::const_buffer, 2> pieces{asio::buffer(half), asio::buffer(half)};
            auto written = co_await out.write_text(pieces);
            EXPECT_TRUE(written.has_value());
          }
        }(**socket, c));
      auto end = co_await (*socket)->read();
      EXPECT_TRUE(end.has_value() && !*end);
      co_await group.join();
    });
    auto socket = co_await join(server);
    for (int i = 0; i < 160; ++i) {
      auto message = co_await socket->read();
      EXPECT_TRUE(message.has_value() && *message);
      if (!message || !*message) break;
      EXPECT_EQ((*message)->data, std::string(60'000, (*message)->data.at(0)));
    }
    co_await socket->close(CloseCode::normal);
  }());
}

TEST_F(WebSockets, AStoppedServerCancelsItsSockets) {
  run([this]() -> Task<> {
    HttpServer::Options options;
    options.limits.drain = 20ms;
    HttpServer& server = serve(echo(), options);
    auto socket = co_await join(server);
    co_await server.stop();
    auto message = co_await socket->read();
    EXPECT_FALSE(message.has_value());
    EXPECT_EQ(take_reports().size(), 1U);
  }());
}

}  // namespace
}  // namespace taffrail::net
