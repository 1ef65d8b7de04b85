#include "net/http_client.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/timeout.hpp"
#include "net/client_connection.hpp"
#include "net/connect.hpp"

namespace taffrail::net {

namespace {

/// What an upgrade that was refused may say as its reason.
constexpr std::size_t max_reason_bytes = 64UL * 1024;

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
  return std::ranges::find(methods, method) != methods.end();
}

Result<std::string> request_head(const ClientRequest& request, const Endpoint& endpoint,
                                 const HttpClientOptions& options, bool upgrade) {
  const auto is_sendable = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!is_valid_field(request.method, {}) || !request.target.starts_with('/') ||
      !std::ranges::all_of(request.target, is_sendable))
    return fail(ErrorCode::invalid_argument, "no request line: " + request.method + " '" + request.target + "'");
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host_header(endpoint) +
                     "\r\nUser-Agent: " + options.user_agent + "\r\n";
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers[i];
    constexpr std::array<std::string_view, 5> own{"Host", "Content-Length", "Connection", "User-Agent",
                                                  "Transfer-Encoding"};
    const bool reserved = std::ranges::any_of(own, [&](auto field) { return equal_ignoring_case(field, name); });
    if (reserved || !is_valid_field(name, value))
      return fail(ErrorCode::invalid_argument, "the header field '" + std::string(name) + "' cannot be sent");
    head.append(name).append(": ").append(value).append("\r\n");
  }
  // RFC 9110 8.6: a method that expects content says its length even when it has none.
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  if (upgrade) head += "Connection: Upgrade\r\n";
  head += "\r\n";
  return head;
}

SteadyTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

ResponseStream::ResponseStream(std::unique_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}
ResponseStream::ResponseStream(ResponseStream&&) noexcept = default;
ResponseStream& ResponseStream::operator=(ResponseStream&&) noexcept = default;
ResponseStream::~ResponseStream() {
  if (connection_ && connection_->reusable()) connection_->client().give_back(std::move(connection_));
}

int ResponseStream::status() const { return connection_->head().status; }
const Headers& ResponseStream::headers() const { return connection_->head().headers; }

Task<Result<std::size_t>> ResponseStream::read_some(std::span<std::byte> into) { return connection_->read_body(into); }

Task<Result<std::string>> ResponseStream::read_all(std::size_t max_bytes) {
  constexpr std::size_t step = 16UL * 1024;
  std::string body;
  for (std::size_t size = 0;;) {
    // Grows with what has come, not with what the head promises; one byte over the limit shows that it is passed.
    if (body.size() - size < step) body.resize(std::max(2 * size, size + step));
    const auto room = std::as_writable_bytes(std::span(body)).subspan(size);
    auto got = co_await connection_->read_body(room);
    if (!got) co_return forward(got);
    size += *got;
    if (size > max_bytes)
      co_return fail(ErrorCode::too_large, "the response of " + to_string(connection_->client().endpoint()) +
                                               " has more than " + std::to_string(max_bytes) + " bytes");
    if (*got == 0) {
      body.resize(size);
      co_return body;
    }
  }
}

HttpClient::HttpClient(Executor executor, Endpoint endpoint, std::shared_ptr<ClientTls> tls, HttpClientOptions options)
    : executor_(std::move(executor)),
      endpoint_(std::move(endpoint)),
      tls_(std::move(tls)),
      options_(std::move(options)) {
  idle_.reserve(options_.max_idle);
}

HttpClient::~HttpClient() {
  idle_.clear();
  assert(open_ == 0 && "a ResponseStream must not outlive its HttpClient");
}

std::unique_ptr<ClientConnection> HttpClient::take_idle() {
  const SteadyTime oldest = now() - options_.idle_limit;
  std::erase_if(idle_, [&](const auto& connection) { return connection->idle_since < oldest; });
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  connection->reuse();
  ++counters_.reused;
  return connection;
}

void HttpClient::give_back(std::unique_ptr<ClientConnection> connection) {
  if (options_.max_idle == 0) return;
  if (idle_.size() >= options_.max_idle) idle_.erase(idle_.begin());
  connection->idle_since = now();
  idle_.push_back(std::move(connection));
}

Task<Result<std::unique_ptr<ClientConnection>>> HttpClient::exchange(ClientRequest request, bool upgrade) {
  const auto head = request_head(request, endpoint_, options_, upgrade);
  if (!head) co_return std::unexpected(head.error());
  const std::array<asio::const_buffer, 2> bytes{asio::buffer(*head), asio::buffer(request.body)};
  const bool no_body = request.method == "HEAD";
  ++counters_.requests;
  std::unique_ptr<ClientConnection> connection;
  if (!upgrade && is_idempotent(request.method)) connection = take_idle();
  for (;;) {
    const bool kept = connection != nullptr;
    if (!kept) {
      auto stream = co_await connect(endpoint_, tls_, options_.connect_limit);
      if (!stream) co_return forward(stream);
      ++counters_.connects;
      connection = std::make_unique<ClientConnection>(*this, *std::move(stream), false);
    }
    std::string what = request.method + " " + request.target + " at " + to_string(endpoint_);
    auto done = co_await with_timeout(options_.head_limit, std::move(what), connection->exchange(bytes, no_body));
    if (done) co_return connection;
    const bool again = connection->maybe_stale() && done.error().code != ErrorCode::timeout;
    connection.reset();
    if (!again) co_return forward(done);
    ++counters_.retried;
    idle_.clear();  // what closed one has as a rule closed them all: a restarted engine
  }
}

Task<Result<ResponseStream>> HttpClient::open(ClientRequest request) {
  auto connection = co_await exchange(std::move(request), false);
  if (!connection) co_return forward(connection);
  co_return ResponseStream(*std::move(connection));
}

Task<Result<ClientResponse>> HttpClient::request(ClientRequest request, std::size_t max_body_bytes) {
  std::string what = "the body of " + request.method + " " + request.target + " at " + to_string(endpoint_);
  auto opened = co_await open(std::move(request));
  if (!opened) co_return forward(opened);
  auto body = co_await with_timeout(options_.body_limit, std::move(what), opened->read_all(max_body_bytes));
  if (!body) co_return forward(body);
  co_return ClientResponse{opened->status(), opened->headers(), *std::move(body)};
}

Task<Result<HttpClient::Upgraded>> HttpClient::upgrade(ClientRequest request) {
  std::string what = "the refusal of " + request.method + " " + request.target + " at " + to_string(endpoint_);
  auto connection = co_await exchange(std::move(request), true);
  if (!connection) co_return forward(connection);
  Upgraded upgraded{(*connection)->head().status, (*connection)->head().headers, nullptr, {}};
  if (upgraded.status == 101 || upgraded.status / 100 == 2) {
    upgraded.stream = (*connection)->release();
    co_return upgraded;
  }
  ResponseStream refusal(*std::move(connection));
  auto body = co_await with_timeout(options_.body_limit, std::move(what), refusal.read_all(max_reason_bytes));
  if (!body) co_return forward(body);
  upgraded.body = *std::move(body);
  co_return upgraded;
}

}  // namespace taffrail::net
