#pragma once

#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "alert/destination/destination.hpp"
#include "alert/destination/service_sender.hpp"
#include "net/net_fixture.hpp"

namespace taffrail::alert {

/// A sender, and servers that it sends to.
class Sending : public net::Net {
 protected:
  /// Runs a task to its end; the servers go on, so a test may send several times. They end with the test.
  void finish(Task<> task) {
    bool ended = false;
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& error) {
      failure = error;
      ended = true;
    });
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!ended && std::chrono::steady_clock::now() < late) {
      // A worker that has just answered may be the last to let go of the loop, and stops it by that at any moment.
      if (context_.stopped()) context_.restart();
      context_.run_one_for(std::chrono::seconds(1));
    }
    EXPECT_TRUE(ended) << "the test hangs";
    if (failure) std::rethrow_exception(failure);
  }
  void TearDown() override {
    context_.restart();
    run([]() -> Task<> { co_return; }());
  }

  static SecretBox box() {
    return SecretBox::with_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
  }
  [[nodiscard]] SecretReader reader() {
    return {box(), [this](const std::string& name) {
              const auto at = variables_.find(name);
              return at == variables_.end() ? std::nullopt : std::optional(at->second);
            }};
  }
  [[nodiscard]] std::unique_ptr<ServiceSender> sender(bool allow_private = true, bool allow_commands = false) {
    return std::make_unique<ServiceSender>(ServiceSender::Options{allow_private, allow_commands, "taffrail/test"},
                                           reader(), clock_);
  }
  /// A destination as the API takes it.
  static Destination destination(const std::string& json) {
    auto made = destination_of_json(json, box());
    if (!made) throw std::runtime_error(json + ": " + made.error().detail);
    return *std::move(made);
  }
  static Destination webhook(const std::string& url, const std::string& members = "") {
    return destination(R"({"name":"a","type":"webhook","url":")" + url + '"' + members + "}");
  }
  static std::string url_of(const net::HttpServer& server, const std::string& path = "/hook") {
    return "http://127.0.0.1:" + std::to_string(std::get<net::TcpEndpoint>(server.listener().address()).port) + path;
  }
  static Notification notification() {
    Notification made;
    made.id = "n1";
    made.rule.name = "api 5xx";
    made.rule.type = "log";
    made.detail = "it broke";
    made.trigger.emplace<LineFacts>().text = made.detail;
    return made;
  }

  std::map<std::string, std::string> variables_;
};

/// A request that a server was sent.
struct Seen {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// Servers that keep what they were sent.
class SenderTest : public Sending {
 protected:
  /// A server that keeps what it was asked and answers as told.
  net::HttpServer& receiver(int status = 200, const std::string& body = "ok", const net::Headers& headers = {}) {
    return serve([this, status, body, headers](const net::HttpRequest& request, net::ResponseWriter& writer) -> Task<> {
      Seen& seen = seen_.emplace_back(request.method, request.target);
      for (std::size_t i = 0; i < request.headers.size(); ++i)
        seen.headers.emplace(request.headers[i].name, request.headers[i].value);
      seen.body = request.body;
      const auto sent = co_await writer.send(status, headers, body);
      EXPECT_TRUE(sent.has_value());
    });
  }
  Attempt attempt(const Destination& to, const Notification& what, bool allow_private = true) {
    Attempt made;
    auto sending = sender(allow_private);
    finish([&]() -> Task<> { made = co_await sending->send(to, what); }());
    return made;
  }
  Attempt attempt(const Destination& to) { return attempt(to, notification()); }

  std::vector<Seen> seen_;
};

}  // namespace taffrail::alert
