#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <filesystem>
#include <fstream>
#include <latch>
#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "net/identity_fixture.hpp"
#include "net/net_fixture.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;

/// A server on loopback whose certificate is for 127.0.0.1 and localhost, and directories of client certificates.
class Tls : public Net {
 protected:
  Tls() {
    const Identity authority = make_identity("authority", "", nullptr);
    const Identity stranger = make_identity("stranger", "", nullptr);
    save(authority, file("ca.pem"), {});
    save(make_identity("server", "DNS:localhost,IP:127.0.0.1", &authority), file("server.pem"), file("server.key"));
    save(make_identity("other", "DNS:other.example", &authority), file("other.pem"), file("other.key"));
    for (const char* name : {"good", "stranger", "anonymous"}) std::filesystem::create_directory(directory_ / name);
    save(authority, file("good/ca.pem"), {});
    save(make_identity("client", "", &authority), file("good/cert.pem"), file("good/key.pem"));
    save(stranger, file("stranger/ca.pem"), {});
    save(authority, file("anonymous/ca.pem"), {});
  }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return directory_ / name; }

  HttpServer& serve_tls(const char* name, bool ask_for_client = false) {
    HttpServer::Options options;
    options.tls =
        TlsContext::server(file((std::string(name) + ".pem").c_str()), file((std::string(name) + ".key").c_str()),
                           ask_for_client ? file("ca.pem") : std::filesystem::path())
            .value();
    return serve(
        [](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
          auto done = co_await writer.start(200, {});
          for (int i = 0; done && i < 20; ++i) done = co_await writer.write(request.body);
          if (done) done = co_await writer.finish();
          EXPECT_TRUE(done.has_value());
        },
        std::move(options));
  }

  /// The body's size, or the error's detail.
  Task<std::string> get(const HttpServer& server, const char* certificates, std::string host = "127.0.0.1") {
    TcpEndpoint endpoint = std::get<TcpEndpoint>(server.listener().address());
    endpoint.tls = true;
    endpoint.host = std::move(host);
    auto context = ClientTls::from_directory(directory_ / certificates, workers_);
    if (!context) co_return context.error().detail;
    HttpClient client(context_.get_executor(), endpoint, *context);
    for (int i = 0; i < 3; ++i) {
      auto response = co_await client.request({"PUT", "/", {}, std::string(50'000, 'x')}, 2'000'000);
      if (!response) co_return response.error().detail;
      if (response->body != std::string(1'000'000, 'x')) co_return "another body";
    }
    EXPECT_EQ(client.counters().connects, 1U);
    co_return "whole";
  }

  WorkerPool workers_{1};
};

TEST_F(Tls, CarriesHttpBetweenPeersThatTrustEachOther) {
  run([this]() -> Task<> {
    const HttpServer& open = serve_tls("server");
    EXPECT_EQ(co_await get(open, "anonymous"), "whole");
    EXPECT_EQ(co_await get(open, "anonymous", "localhost"), "whole");
    const HttpServer& closed = serve_tls("server", true);
    EXPECT_EQ(co_await get(closed, "good"), "whole");
  }());
}

TEST_F(Tls, RefusesAPeerThatIsNotVerified) {
  run([this]() -> Task<> {
    const HttpServer& server = serve_tls("server");
    const std::string unknown = co_await get(server, "stranger");
    EXPECT_TRUE(unknown.contains("certificate verify failed")) << unknown;
    const HttpServer& other = serve_tls("other");
    const std::string address = co_await get(other, "anonymous");
    EXPECT_TRUE(address.contains("IP address mismatch")) << address;
    const std::string name = co_await get(other, "anonymous", "localhost");
    EXPECT_TRUE(name.contains("hostname mismatch")) << name;
    EXPECT_EQ(server.counters().requests + other.counters().requests, 0U);
  }());
}

TEST_F(Tls, AServerThatAsksForACertificateLetsNobodyInWithoutOne) {
  run([this]() -> Task<> {
    const HttpServer& server = serve_tls("server", true);
    const std::string answer = co_await get(server, "anonymous");
    EXPECT_NE(answer, "whole");
    EXPECT_EQ(server.counters().requests, 0U);
    EXPECT_EQ(server.counters().refused, 1U);
  }());
}

TEST_F(Tls, TellsAnOrderlyEndFromACut) {
  run([this]() -> Task<> {
    auto listener = Listener::bind(context_.get_executor(), TcpEndpoint{"127.0.0.1", 0});
    auto server_context = TlsContext::server(file("server.pem"), file("server.key"));
    const auto serve_one = [](Listener& from, std::shared_ptr<const TlsContext> context, bool orderly) -> Task<> {
      auto raw = co_await from.accept();
      auto stream = co_await tls_accept(*std::move(raw), std::move(context));
      EXPECT_TRUE(stream.has_value()) << stream.error().detail;
      co_await Net::send(**stream, "half");
      if (!orderly) co_return;
      auto ended = co_await (*stream)->shutdown_write();
      EXPECT_TRUE(ended.has_value());
      // The other direction still works.
      EXPECT_EQ(co_await Net::read_to_end(**stream), "still here");
    };
    TcpEndpoint endpoint = std::get<TcpEndpoint>((*listener)->address());
    endpoint.tls = true;
    for (const bool orderly : {true, false}) {
      TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
      group.spawn("server", serve_one(**listener, *server_context, orderly));
      {
        auto stream = co_await connect(endpoint, ClientTls::from_directory(file("anonymous"), workers_).value(), 5s);
        EXPECT_TRUE(stream.has_value()) << stream.error().detail;
        std::string got;
        std::array<std::byte, 100> piece;
        Result<std::size_t> n;
        do {
          n = co_await (*stream)->read_some(piece);
          if (n) got.append(reinterpret_cast<const char*>(piece.data()), *n);
        } while (n && *n > 0);
        EXPECT_EQ(got, "half");
        EXPECT_EQ(n.has_value(), orderly);
        if (orderly) {
          co_await send(**stream, "still here");
          auto ended = co_await (*stream)->shutdown_write();
          EXPECT_TRUE(ended.has_value());
        }
      }
      co_await group.join();
    }
  }());
}

TEST_F(Tls, FilesAreReadOnceForAllConnectionsAndAnewWhenTheyHaveChanged) {
  run([this]() -> Task<> {
    const HttpServer& server = serve_tls("server");
    TcpEndpoint endpoint = std::get<TcpEndpoint>(server.listener().address());
    endpoint.tls = true;
    auto tls = ClientTls::from_directory(file("stranger"), workers_, 0s).value();
    const auto try_once = [](TcpEndpoint to, std::shared_ptr<ClientTls> with) -> Task<bool> {
      auto stream = co_await connect(std::move(to), std::move(with), 5s);
      co_return stream.has_value();
    };
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(co_await try_once(endpoint, tls));
    EXPECT_EQ(tls->loads(), 1U);

    std::ofstream(file("stranger/ca.pem")) << "half of a file";
    EXPECT_FALSE(co_await try_once(endpoint, tls)) << "what cannot be read leaves everything as it was";
    EXPECT_EQ(tls->loads(), 1U);

    std::filesystem::copy_file(file("ca.pem"), file("stranger/new.pem"));
    std::filesystem::rename(file("stranger/new.pem"), file("stranger/ca.pem"));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(co_await try_once(endpoint, tls));
    EXPECT_EQ(tls->loads(), 2U);
  }());
}

TEST_F(Tls, ManyConnectionsAtOnceShareOneReading) {
  run([this]() -> Task<> {
    auto tls = ClientTls::from_directory(file("anonymous"), workers_, 0s).value();
    std::filesystem::copy_file(file("ca.pem"), file("anonymous/new.pem"));
    std::filesystem::rename(file("anonymous/new.pem"), file("anonymous/ca.pem"));
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    for (int i = 0; i < 20; ++i)
      group.spawn("connection", [](ClientTls& shared) -> Task<> {
        auto context = co_await shared.context();
        EXPECT_NE(context, nullptr);
      }(*tls));
    co_await group.join();
    EXPECT_EQ(tls->loads(), 2U);
  }());
}

TEST_F(Tls, ShakesHandsOnWorkersSinceAllReadingsOfAnEngineConnectAtOnce) {
  run([this]() -> Task<> {
    const HttpServer& server = serve_tls("server");
    TcpEndpoint endpoint = std::get<TcpEndpoint>(server.listener().address());
    endpoint.tls = true;
    auto tls = ClientTls::from_directory(file("anonymous"), workers_).value();
    std::latch held(1);
    bool connected = false;
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("the only worker", [](WorkerPool& workers, std::latch& until) -> Task<> {
      co_await workers.run([&] { until.wait(); });
    }(workers_, held));
    group.spawn("connection", [](TcpEndpoint to, std::shared_ptr<ClientTls> with, bool& done) -> Task<> {
      auto stream = co_await connect(std::move(to), std::move(with), 60s);
      done = stream.has_value();
    }(endpoint, tls, connected));
    while (!connected && workers_.depth() < 2) co_await asio::post(context_, asio::use_awaitable);
    EXPECT_FALSE(connected) << "the worker is held";
    held.count_down();
    co_await group.join();
    EXPECT_TRUE(connected);
  }());
}

TEST_F(Tls, AnEndpointThatAsksForItWithoutAuthoritiesToTrustIsAnError) {
  run([this]() -> Task<> {
    const HttpServer& server = serve_tls("server");
    TcpEndpoint endpoint = std::get<TcpEndpoint>(server.listener().address());
    endpoint.tls = true;
    auto stream = co_await connect(endpoint, nullptr, 5s);
    EXPECT_EQ(stream.error().code, ErrorCode::invalid_argument);
  }());
}

TEST_F(Tls, NamesTheFileThatItCannotUse) {
  EXPECT_EQ(TlsContext::client_from_directory(directory_ / "none").error().code, ErrorCode::not_found);
  std::filesystem::remove(file("good/key.pem"));
  const auto half = TlsContext::client_from_directory(directory_ / "good");
  ASSERT_FALSE(half.has_value());
  EXPECT_EQ(half.error().code, ErrorCode::invalid_argument);
  const auto garbage = TlsContext::client(file("server.key"));
  ASSERT_FALSE(garbage.has_value());
  EXPECT_TRUE(garbage.error().detail.contains("server.key")) << garbage.error().detail;
  const auto mismatch = TlsContext::server(file("server.pem"), file("other.key"));
  ASSERT_FALSE(mismatch.has_value());
  EXPECT_TRUE(mismatch.error().detail.contains("other.key")) << mismatch.error().detail;
}

}  // namespace
}  // namespace taffrail::net
