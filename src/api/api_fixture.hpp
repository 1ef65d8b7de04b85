#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <prometheus/registry.h>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "net/connect.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/websocket.hpp"
#include "pipeline/memory_source.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::api {

/// The whole interface over a MemorySource, served on a free port; each test is one coroutine on the client's side.
class ApiTest : public testing::Test {
 protected:
  static constexpr std::chrono::seconds patience{180};
  const Time start_ = *parse_rfc3339("2026-11-21T09:00:00Z");

  explicit ApiTest(ApiOptions options = {.version = "1.2.3", .base_path = {}, .notice = {}}) {
    auto source = std::make_unique<MemorySource>(context_.get_executor());
    source_ = source.get();
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(source));
    const TaskGroup::Report report = [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; };
    pipeline_ = std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources),
                                           Registry::Admission{}, *metrics_, report);
    api_ = std::make_unique<Api>(*pipeline_, nullptr, nullptr, *metrics_, std::move(options), report);
    auto listener = net::Listener::bind(context_.get_executor(), net::TcpEndpoint{"127.0.0.1", 0, false});
    server_ = std::make_unique<net::HttpServer>(
        std::move(*listener),
        [this](const net::HttpRequest& request, net::ResponseWriter& writer) { return api_->handle(request, writer); },
        net::HttpServer::Options{}, clock_, context_.get_executor(), report);
  }

  void run(Task<> body) {
    std::exception_ptr failure;
    auto whole = [](ApiTest& test, Task<> inner) -> Task<> {
      test.pipeline_->start();
      test.server_->start();
      co_await std::move(inner);
      test.api_->stop();
      co_await test.server_->stop();
      co_await test.pipeline_->stop();
    };
    asio::co_spawn(context_, whole(*this, std::move(body)), [&](const std::exception_ptr& error) { failure = error; });
    context_.run_for(patience);
    ASSERT_TRUE(context_.stopped()) << "the test did not end";
    if (failure) std::rethrow_exception(failure);
  }

  void add(const std::string& id) { pipeline_->registry().container_changed(MemorySource::container(id)); }
  void write(const std::string& id, int first, int last, const std::string& text = "line ") {
    for (int i = first; i <= last; ++i)
      source_->write(id, text + std::to_string(i), start_ + std::chrono::milliseconds(i));
  }

  Task<net::ClientResponse> request(std::string method, std::string target, net::Headers headers = {},
                                    std::string body = {}) {
    net::HttpClient client(context_.get_executor(), server_->listener().address(), nullptr);
    net::ClientRequest asked{.method = std::move(method),
                             .target = std::move(target),
                             .headers = std::move(headers),
                             .body = std::move(body)};
    auto answer = co_await client.request(std::move(asked), 64UZ * 1024 * 1024);
    if (!answer) throw std::runtime_error(answer.error().detail);
    co_return std::move(*answer);
  }
  Task<net::ClientResponse> get(std::string target) { co_return co_await request("GET", std::move(target)); }

  static boost::json::value parse(const std::string& text) { return boost::json::parse(text); }
  static std::vector<boost::json::value> parse_lines(const std::string& text) {
    std::vector<boost::json::value> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      lines.push_back(parse(text.substr(at, end - at)));
      at = end + 1;
    }
    return lines;
  }

  Task<std::unique_ptr<net::WebSocket>> live(net::Headers headers = {}) {
    auto stream = co_await net::connect(server_->listener().address(), nullptr, patience);
    if (!stream) throw std::runtime_error(stream.error().detail);
    auto socket =
        co_await net::WebSocket::connect(std::move(*stream), net::host_header(server_->listener().address()),
                                         "/api/v1/live", std::move(headers), {.max_message_bytes = 16UZ * 1024 * 1024});
    if (!socket) throw std::runtime_error(socket.error().detail);
    co_return std::move(*socket);
  }
  static Task<> send(net::WebSocket& socket, std::string text) {
    auto sent = co_await socket.write_text(text);
    if (!sent) throw std::runtime_error(sent.error().detail);
  }
  /// The next message, and how many bytes it had.
  static Task<std::pair<boost::json::object, std::size_t>> receive(net::WebSocket& socket) {
    auto message = co_await with_timeout(patience, "a live message", socket.read());
    if (!message) throw std::runtime_error(message.error().detail);
    if (!*message) throw std::runtime_error("the connection was closed");
    co_return std::pair(parse((*message)->data).as_object(), (*message)->data.size());
  }
  /// The next message of this type; others are passed over.
  static Task<std::pair<boost::json::object, std::size_t>> receive_sized(net::WebSocket& socket, std::string type) {
    for (;;) {
      auto received = co_await receive(socket);
      if (std::string_view(received.first["type"].as_string()) == type) co_return received;
    }
  }
  static Task<boost::json::object> receive(net::WebSocket& socket, std::string type) {
    auto received = co_await receive_sized(socket, std::move(type));
    co_return std::move(received.first);
  }

  asio::io_context context_{1};
  WorkerPool workers_{1};
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  MemorySource* source_ = nullptr;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace taffrail::api
