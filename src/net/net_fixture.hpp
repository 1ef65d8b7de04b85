#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "net/connect.hpp"
#include "net/http_server.hpp"

namespace taffrail::net {

/// A temporary directory, an event loop, and servers on loopback that are stopped when the test's task ends.
class Net : public testing::Test {
 protected:
  /// Runs `task` to its end, then stops every server. A test that hangs fails after 20 s.
  void run(Task<> task) {
    std::exception_ptr failure;
    bool ended = false;
    asio::co_spawn(context_, guarded(std::move(task)), [&](const std::exception_ptr& error) {
      failure = error;
      ended = true;
    });
    context_.run_for(std::chrono::seconds(180));
    EXPECT_TRUE(ended) << "the test hangs";
    if (failure) std::rethrow_exception(failure);
    for (const std::string& report : reports_) ADD_FAILURE() << "unexpected report: " << report;
  }

  /// A started server on a free loopback port, or on `address`.
  HttpServer& serve(HttpHandler handler, HttpServer::Options options = {}, const std::string& address = "127.0.0.1:0") {
    auto listener = Listener::bind(context_.get_executor(), parse_listen_address(address).value());
    if (!listener) throw std::runtime_error(listener.error().detail);
    servers_.push_back(std::make_unique<HttpServer>(*std::move(listener), std::move(handler), std::move(options),
                                                    clock_, context_.get_executor(),
                                                    [this](std::string_view text) { reports_.emplace_back(text); }));
    servers_.back()->start();
    return *servers_.back();
  }

  static Task<std::unique_ptr<ByteStream>> dial(const HttpServer& server) {
    auto stream = co_await connect(server.listener().address(), nullptr, std::chrono::seconds(5));
    if (!stream) throw std::runtime_error(stream.error().detail);
    co_return *std::move(stream);
  }

  static Task<> send(ByteStream& stream, std::string_view bytes) {
    auto written = co_await write(stream, bytes);
    EXPECT_TRUE(written.has_value()) << written.error().detail;
  }

  /// Everything until the peer ends its side or breaks off.
  static Task<std::string> read_to_end(ByteStream& stream) {
    std::string all;
    std::array<std::byte, 4096> piece;
    for (;;) {
      auto got = co_await stream.read_some(piece);
      if (!got || *got == 0) co_return all;
      all.append(reinterpret_cast<const char*>(piece.data()), *got);
    }
  }

  /// Until `all` ends with `mark`, or the peer ends.
  static Task<std::string> read_until(ByteStream& stream, std::string_view mark) {
    std::string all;
    std::array<std::byte, 4096> piece;
    while (!all.ends_with(mark)) {
      auto got = co_await stream.read_some(piece);
      if (!got || *got == 0) break;
      all.append(reinterpret_cast<const char*>(piece.data()), *got);
    }
    co_return all;
  }

  /// Sends raw bytes on a fresh connection and returns all that comes back until the server closes.
  static Task<std::string> ask(const HttpServer& server, std::string_view bytes) {
    auto stream = co_await dial(server);
    co_await send(*stream, bytes);
    co_return co_await read_to_end(*stream);
  }

  /// What the handlers reported; a test that expects reports takes them.
  std::vector<std::string> take_reports() { return std::exchange(reports_, {}); }

  asio::io_context context_;
  SystemClock clock_;
  TemporaryFolder temporary_;
  std::filesystem::path directory_ = temporary_.path();
  std::vector<std::string> reports_;
  std::vector<std::unique_ptr<HttpServer>> servers_;

 private:
  Task<> guarded(Task<> task) {
    std::exception_ptr failure;
    try {
      co_await std::move(task);
    } catch (...) {
      failure = std::current_exception();
    }
    for (const auto& server : servers_) co_await server->stop();
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace taffrail::net
