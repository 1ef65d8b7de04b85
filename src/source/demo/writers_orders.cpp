#include "source/demo/writers.hpp"

namespace taffrail::demo {
namespace {

/// From here on an answer is told of as slow.
constexpr std::uint32_t slow_ms = 800;
constexpr std::string_view stable = "1.42.7";

}  // namespace

void orders_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.iso();
  if (dice.chance(0.1)) {
    pen.out(
        R"json({{"time":"{}","level":"debug","msg":"prices refreshed","version":"{}","quotes":{},"heap_mb":{}}})json",
        at, stable, dice.between(180, 260), dice.between(118, 131));
    return;
  }
  pen.out(
      R"json({{"time":"{}","level":"info","msg":"order stored","version":"{}","request_id":"{:016x}","order":{},"duration_ms":{},"heap_mb":{}}})json",
      at, stable, dice.next(), dice.between(100000, 999999), dice.between(12, 64), dice.between(118, 131));
}

void orders_start(Pen& pen) {
  pen.out(R"json({{"time":"{}","level":"info","msg":"listening","version":"{}","port":8080}})json", pen.at.iso(),
          stable);
}

void orders_news(Pen& pen, const Incident& incident) {
  const bool again = !pen.is_at(incident.begin);
  pen.out(R"json({{"time":"{}","level":"info","msg":"{}","version":"{}","deploy":{}}})json", pen.at.iso(),
          again ? "taking the traffic back" : "standing by", stable, incident.number);
}

void new_orders_event(Pen& pen) {
  pen.out(R"json({{"time":"{}","level":"debug","msg":"readiness asked","version":"1.43.{}","ready":true}})json",
          pen.at.iso(), pen.patch);
}

void new_orders_start(Pen& pen) {
  pen.out(R"json({{"time":"{}","level":"info","msg":"starting","version":"1.43.{}","node":"22.11.0","pid":1}})json",
          pen.at.iso(), pen.patch);
  pen.out(
      R"json({{"time":"{}","level":"info","msg":"listening","version":"1.43.{}","port":8080,"features":{{"quote_cache":true,"quote_cache_limit":null}}}})json",
      pen.at.iso(), pen.patch);
}

void new_orders_end(Pen& pen) {
  pen.out(R"json({{"time":"{}","level":"info","msg":"SIGTERM, shutting down","version":"1.43.{}"}})json", pen.at.iso(),
          pen.patch);
}

void orders_request(Pen& pen, const Request& request) {
  const std::string at = pen.at.iso();
  if (request.failed) {
    pen.err(
        R"json({{"time":"{}","level":"error","msg":"order could not be stored","version":"1.43.{}","request_id":"{:016x}","order":{},"duration_ms":{},"heap_mb":{},"error":{{"name":"TimeoutError","message":"quote cache did not answer within 3000 ms","stack":"TimeoutError: quote cache did not answer within 3000 ms\n    at QuoteCache.compact (/app/src/quote_cache.js:142:13)\n    at QuoteCache.get (/app/src/quote_cache.js:61:10)\n    at async storeOrder (/app/src/orders.js:38:17)\n    at async handle (/app/src/server.js:24:5)"}}}})json",
        at, pen.patch, request.id, request.order, request.duration_ms, request.heap_mb);
  } else {
    const bool slow = request.duration_ms >= slow_ms;
    pen.out(
        R"json({{"time":"{}","level":"{}","msg":"{}","version":"1.43.{}","request_id":"{:016x}","order":{},"duration_ms":{},"heap_mb":{}}})json",
        at, slow ? "warn" : "info", slow ? "order stored slowly" : "order stored", pen.patch, request.id, request.order,
        request.duration_ms, request.heap_mb);
  }
  if (request.heap_mb > 360 && pen.dice.chance(0.25))
    pen.err(
        R"json({{"time":"{}","level":"warn","msg":"garbage collection stopped the world","version":"1.43.{}","pause_ms":{},"heap_mb":{},"heap_limit_mb":460,"quotes":{}}})json",
        at, pen.patch, pen.dice.between(240, 1900), request.heap_mb, request.heap_mb * 1130);
}

void gateway_request(Pen& pen, const Request& request) {
  Dice& dice = pen.dice;
  const std::string from = fmt::format("198.51.100.{}", dice.between(1, 254));
  if (request.failed)
    pen.err(
        "{} [error] 29#29: *{} {}, client: {}, server: shop.example, request: \"POST /api/orders HTTP/1.1\", upstream: "
        "\"http://192.0.2.20:8080/api/orders\", rid: {:016x}",
        pen.at.slashes(), dice.between(1000, 999999),
        request.refused ? "upstream answered 502 while its orders-green refused the connection"
                        : "upstream timed out (110: Connection timed out) while reading response header from upstream",
        from, request.id);
  pen.out("{} - - [{}] \"POST /api/orders HTTP/1.1\" {} {} \"-\" \"shop-app/4.11\" rt={}.{:03} rid={:016x}", from,
          pen.at.access(),
          request.refused  ? 502
          : request.failed ? 504
                           : 201,
          dice.between(160, 420), request.duration_ms / 1000, request.duration_ms % 1000, request.id);
}

void gateway_news(Pen& pen, const Incident& incident) {
  if (pen.is_at(incident.begin))
    pen.err(
        "{} [notice] 1#1: upstream orders: deploy {} moved the traffic from orders-blue ({}) to orders-green (1.43.{})",
        pen.at.slashes(), incident.number, stable, incident.patch());
  else
    pen.err("{} [notice] 1#1: upstream orders: deploy {} was rolled back, the traffic is with orders-blue ({}) again",
            pen.at.slashes(), incident.number, stable);
}

void api_request(Pen& pen, const Request& request) {
  const std::string at = pen.at.iso();
  if (request.failed) {
    const std::string_view what =
        request.refused ? "connect ECONNREFUSED orders-green:8080" : "orders-green did not answer within 3000 ms";
    pen.err(
        R"json({{"time":"{}","level":"error","msg":"request failed","request_id":"{:016x}","method":"POST","route":"/api/orders","status":{},"duration_ms":{},"error":{{"name":"UpstreamError","message":"{}","stack":"UpstreamError: {}\n    at callOrders (/app/src/orders_client.js:57:11)\n    at async createOrder (/app/src/orders.js:41:5)"}}}})json",
        at, request.id, request.refused ? 502 : 504, request.duration_ms, what, what);
    return;
  }
  const bool slow = request.duration_ms >= slow_ms;
  pen.out(
      R"json({{"time":"{}","level":"{}","msg":"{}","request_id":"{:016x}","method":"POST","route":"/api/orders","status":201,"duration_ms":{},"upstream":"orders-green"}})json",
      at, slow ? "warn" : "info", slow ? "slow upstream" : "request served", request.id, request.duration_ms);
}

void checkout_request(Pen& pen, const Request& request) {
  Dice& dice = pen.dice;
  const std::string thread = fmt::format("http-worker-{}", dice.between(1, 16));
  if (!request.failed) {
    pen.out("{} INFO  [{}] e.s.checkout.OrderClient - order {} confirmed in {} ms, request {:016x}", pen.at.comma(),
            thread, request.order, request.duration_ms, request.id);
    return;
  }
  pen.out("{} ERROR [{}] e.s.checkout.OrderClient - order {} was not confirmed, request {:016x}", pen.at.comma(),
          thread, request.order, request.id);
  pen.out("example.shop.checkout.OrderException: no confirmation after {} ms", request.duration_ms);
  pen.out("\tat example.shop.checkout.OrderClient.confirm(OrderClient.java:{})", dice.between(90, 120));
  pen.out("\tat example.shop.checkout.CartService.place(CartService.java:{})", dice.between(100, 240));
  pen.out("\tat example.shop.checkout.CheckoutController.post(CheckoutController.java:58)");
  pen.out("\tat java.base/java.lang.Thread.run(Thread.java:1583)");
  pen.out("Caused by: {}", request.refused ? "java.net.ConnectException: Connection refused"
                                           : "java.net.http.HttpTimeoutException: request timed out");
  pen.out("\tat java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:586)");
  pen.out("\tat example.shop.checkout.OrderClient.confirm(OrderClient.java:84)");
  pen.out("\t... 3 more");
}

void database_request(Pen& pen, const Request& request) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.blank();
  const std::uint32_t pid = dice.between(60, 400);
  if (request.duration_ms < slow_ms) {
    pen.err("{} UTC [{}] LOG:  connection authorized: user=shop database=shop application_name=orders-green", at, pid);
    return;
  }
  pen.err("{} UTC [{}] LOG:  duration: {}.{:03} ms  statement: /* request {:016x} */ select * from quotes", at, pid,
          request.duration_ms * 3 / 4, dice.below(1000), request.id);
  pen.err("\twhere article = any($1) and valid_until > now()");
}

}  // namespace taffrail::demo
