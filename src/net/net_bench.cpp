// Loopback, client and server in one thread: a request costs both sides' work, so the server alone is about twice as
// fast.
#include <benchmark/benchmark.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "net/connect.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

namespace taffrail::net {
namespace {

using namespace std::chrono_literals;

/// A server and an event loop for one benchmark; `run` drives a task to its end.
struct Loop {
  explicit Loop(HttpHandler handler)
      : server(*Listener::bind(context.get_executor(), TcpEndpoint{"127.0.0.1", 0}), std::move(handler), {}, clock,
               context.get_executor(), [](std::string_view) {}) {
    server.start();
  }
  ~Loop() { run(server.stop()); }
  void run(Task<> task) {
    bool ended = false;
    asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& failure) {
      ended = true;
      if (failure) std::rethrow_exception(failure);
    });
    while (!ended) context.run_one();
  }
  SystemClock clock;
  asio::io_context context{1};
  HttpServer server;
};

Task<> tiny(const HttpRequest&, ResponseWriter& writer) {
  auto sent = co_await writer.send(200, {{"Content-Type", "text/plain"}}, "ok\n");
  if (!sent) throw std::runtime_error(sent.error().detail);
}

/// Requests on one kept connection, sent raw: the server's cost with the cheapest client.
void raw_requests(benchmark::State& state) {
  Loop loop(tiny);
  const auto pipelined = static_cast<std::size_t>(state.range(0));
  std::int64_t requests = 0;
  loop.run([](Loop& l, benchmark::State& s, std::size_t batch, std::int64_t& count) -> Task<> {
    auto stream = co_await connect(l.server.listener().address(), nullptr, 5s);
    std::string bytes;
    for (std::size_t i = 0; i < batch; ++i)
      bytes += "GET /healthz HTTP/1.1\r\nHost: localhost:8080\r\nAccept: */*\r\n\r\n";
    std::array<std::byte, 64UZ * 1024> piece;
    for (auto _ : s) {
      auto written = co_await write(**stream, bytes);
      std::size_t ends = 0;
      while (written && ends < batch) {
        auto got = co_await (*stream)->read_some(piece);
        if (!got || *got == 0) throw std::runtime_error("closed");
        for (std::size_t i = 0; i < *got; ++i) ends += piece[i] == std::byte{'k'} ? 1 : 0;
      }
      count += static_cast<std::int64_t>(batch);
    }
  }(loop, state, pipelined, requests));
  state.SetItemsProcessed(requests);
}
BENCHMARK(raw_requests)->Arg(1)->Arg(32)->UseRealTime();

void client_requests(benchmark::State& state) {
  Loop loop(tiny);
  loop.run([](Loop& l, benchmark::State& s) -> Task<> {
    HttpClient client(l.context.get_executor(), l.server.listener().address(), nullptr);
    for (auto _ : s) {
      auto response = co_await client.request({"GET", "/healthz", {}, {}}, 1000);
      if (!response) throw std::runtime_error(response.error().detail);
    }
  }(loop, state));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(client_requests)->UseRealTime();

/// A chunked stream of pieces of the given size through the client's body reader.
void streamed_bytes(benchmark::State& state) {
  const std::string piece(static_cast<std::size_t>(state.range(0)), 'x');
  Loop loop([&](const HttpRequest&, ResponseWriter& writer) -> Task<> {
    auto done = co_await writer.start(200, {});
    while (done) done = co_await writer.write(piece);
  });
  std::int64_t bytes = 0;
  loop.run([](Loop& l, benchmark::State& s, std::int64_t& count) -> Task<> {
    HttpClient client(l.context.get_executor(), l.server.listener().address(), nullptr);
    auto response = co_await client.open({});
    std::array<std::byte, 64UZ * 1024> room;
    for (auto _ : s) {
      auto got = co_await response->read_some(room);
      if (!got || *got == 0) throw std::runtime_error("closed");
      count += static_cast<std::int64_t>(*got);
    }
  }(loop, state, bytes));
  state.SetBytesProcessed(bytes);
}
BENCHMARK(streamed_bytes)->Arg(1024)->Arg(65536)->Arg(262144)->UseRealTime();

}  // namespace
}  // namespace taffrail::net
