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

}  // namespace

net::Headers security_headers() {
  return {{"Content-Security-Policy", content_security_policy},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"}};
}

Task<Answer<>> send_json(Exchange& exchange, std::string body) {
  net::Headers headers = security_headers();
  headers.add("Content-Type", "application/json");
  headers.add("Cache-Control", "no-store");
  headers.add("Vary", "Accept-Encoding");
  constexpr std::array<std::string_view, 1> available{"gzip"};
  if (body.size() >= compress_from && net::choose_encoding(exchange.request.headers, available) == "gzip") {
    headers.add("Content-Encoding", "gzip");
    std::string compressed;
    if (body.size() >= compress_elsewhere_from) {
      compressed = co_await exchange.workers.run([&body] { return gzip(body); });
    } else {
      compressed = gzip(body);
    }
    body = std::move(compressed);
  }
  auto sent = co_await exchange.writer.send(200, headers, body);
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

}  // namespace taffrail::api
