#include "api/exchange.hpp"

#include <array>
#include <utility>

#include "api/gzip.hpp"
#include "net/http_negotiation.hpp"

namespace taffrail::api {
namespace {

/// Below this a compressed body saves no packet.
constexpr std::size_t compress_from = 1024;
/// Above this the owner thread would be held up for a millisecond and more.
constexpr std::size_t compress_elsewhere_from = 32UZ * 1024;

/// Styles that scripts set through the CSSOM are no inline styles, so the page needs no 'unsafe-inline'.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// A piece of an answer that a slow client must take within net's limit of a stall.
constexpr std::size_t send_at_once = 128UZ * 1024;

net::Headers json_headers(bool is_gzip) {
  net::Headers headers = security_headers();
  headers.add("Content-Type", "application/json");
  headers.add("Cache-Control", "no-store");
  headers.add("Vary", "Accept-Encoding");
  if (is_gzip) headers.add("Content-Encoding", "gzip");
  return headers;
}

}  // namespace

net::Headers security_headers(std::string_view referrer_policy) {
  return {{"Content-Security-Policy", content_security_policy},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", referrer_policy},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"}};
}

bool takes_gzip(const Exchange& exchange) {
  constexpr std::array<std::string_view, 1> available{"gzip"};
  return net::choose_encoding(exchange.request.headers, available) == "gzip";
}

Task<Answer<>> send_ready_json(Exchange& exchange, std::string_view body, bool is_gzip) {
  const net::Headers headers = json_headers(is_gzip);
  if (body.size() <= send_at_once) {
    auto sent = co_await exchange.writer.send(200, headers, body);
    if (!sent) co_return refuse(std::move(sent.error()));
    co_return Answer<>();
  }
  auto sent = co_await exchange.writer.start(200, headers);
  for (std::size_t at = 0; sent && at < body.size(); at += send_at_once)
    sent = co_await exchange.writer.write(body.substr(at, send_at_once));
  if (sent) sent = co_await exchange.writer.finish();
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

Task<Answer<>> send_json(Exchange& exchange, std::string body) {
  const bool is_gzip = body.size() >= compress_from && takes_gzip(exchange);
  if (is_gzip) {
    std::string compressed;
    if (body.size() >= compress_elsewhere_from) {
      compressed = co_await exchange.workers.run([&body] { return gzip(body); });
    } else {
      compressed = gzip(body);
    }
    body = std::move(compressed);
  }
  co_return co_await send_ready_json(exchange, body, is_gzip);
}

JsonStream::JsonStream(Exchange& exchange) : exchange_(exchange) {
  if (takes_gzip(exchange)) gzip_ = std::make_unique<GzipStream>();
}

net::Headers JsonStream::headers() const { return json_headers(gzip_ != nullptr); }

Task<Answer<>> JsonStream::add(std::function<std::string()> make) {
  std::string piece = co_await exchange_.workers.run([this, &make] {
    std::string made = make();
    return gzip_ ? gzip_->add(made) : made;
  });
  waiting_ += piece;
  if (waiting_.size() < send_at_once) co_return Answer<>();
  Result<> sent;
  if (!std::exchange(started_, true)) sent = co_await exchange_.writer.start(200, headers());
  const std::string_view all = waiting_;
  for (std::size_t at = 0; sent && at < all.size(); at += send_at_once)
    sent = co_await exchange_.writer.write(all.substr(at, send_at_once));
  if (!sent) co_return refuse(std::move(sent.error()));
  waiting_.clear();
  co_return Answer<>();
}

Task<Answer<>> JsonStream::finish() {
  if (gzip_) waiting_ += gzip_->finish();
  if (!started_) co_return co_await send_ready_json(exchange_, waiting_, gzip_ != nullptr);
  auto sent = co_await exchange_.writer.write(waiting_);
  if (sent) sent = co_await exchange_.writer.finish();
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

Task<Answer<>> send_text(Exchange& exchange, std::string_view media_type, std::string_view body) {
  net::Headers headers = security_headers();
  headers.add("Content-Type", media_type);
  headers.add("Cache-Control", "no-store");
  auto sent = co_await exchange.writer.send(200, headers, body);
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

Task<> send_problem(net::ResponseWriter& writer, const Problem& problem, std::string_view allow) {
  net::Headers headers = security_headers();
  headers.add("Content-Type", "application/problem+json");
  headers.add("Cache-Control", "no-store");
  if (!allow.empty()) headers.add("Allow", allow);
  if (problem.status == 503) headers.add("Retry-After", "1");
  std::string body;
  append_json(body, problem);
  body += '\n';
  auto sent = co_await writer.send(problem.status, headers, body);
  (void)sent;  // the client that would hear of a failure is the one that left
}

Task<Answer<>> send_nothing(Exchange& exchange) {
  auto sent = co_await exchange.writer.send(204, security_headers());
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

}  // namespace taffrail::api
