#include <array>
#include <string>
#include <string_view>

#include "source/demo/writers.hpp"

namespace taffrail::demo {
namespace {

using std::string_view;

/// A client from the ranges kept free for documentation (RFC 5737, RFC 3849), so that no line names a real machine.
std::string client(Dice& dice) {
  static constexpr std::array<string_view, 3> nets{"192.0.2", "198.51.100", "203.0.113"};
  if (dice.chance(0.1)) return fmt::format("2001:db8:{:x}::{:x}", dice.below(0xffff), dice.between(1, 0xff));
  return fmt::format("{}.{}", dice.pick(nets), dice.between(1, 254));
}

std::string request_id(Dice& dice) { return fmt::format("{:016x}", dice.next()); }

/// What visitors of the shop do, with what it answers when all is well and how many bytes that has.
struct Call {
  string_view method;
  string_view path;  // "%d" stands for a number
  unsigned status;
  std::uint32_t least_bytes;
  std::uint32_t most_bytes;
};
constexpr std::array<Call, 14> calls{{{"GET", "/", 200, 5200, 6100},
                                      {"GET", "/products", 200, 9000, 48000},
                                      {"GET", "/products/%d", 200, 2100, 9000},
                                      {"GET", "/products/%d", 200, 2100, 9000},
                                      {"GET", "/products/%d", 200, 2100, 9000},
                                      {"GET", "/static/app.4f2a.js", 200, 84213, 84213},
                                      {"GET", "/static/logo.svg", 304, 0, 0},
                                      {"GET", "/api/search?q=rope", 200, 600, 7000},
                                      {"GET", "/api/search?q=anchor+chain", 200, 600, 7000},
                                      {"GET", "/cart", 200, 900, 4000},
                                      {"POST", "/cart/items", 201, 120, 480},
                                      {"DELETE", "/cart/items/%d", 204, 0, 0},
                                      {"GET", "/api/orders", 200, 300, 9000},
                                      {"POST", "/api/orders", 201, 280, 420}}};

std::string path_of(Dice& dice, const Call& call) {
  const std::size_t at = call.path.find("%d");
  if (at == string_view::npos) return std::string(call.path);
  return fmt::format("{}{}{}", call.path.substr(0, at), dice.between(100, 9999), call.path.substr(at + 2));
}

unsigned status_of(Pen& pen, const Call& call) {
  if (pen.dice.chance(pen.trouble ? 0.12 : 0.012)) return pen.dice.chance(0.5) ? 502 : 503;
  if (call.path.ends_with("%d") && pen.dice.chance(0.08)) return 404;
  if (call.path == "/api/orders" && pen.dice.chance(0.1)) return 401;
  return call.status;
}

std::uint32_t bytes_of(Dice& dice, const Call& call, unsigned status) {
  return status == call.status ? dice.between(call.least_bytes, call.most_bytes) : dice.between(120, 560);
}

}  // namespace

void gateway_event(Pen& pen) {
  static constexpr std::array<string_view, 3> agents{"Mozilla/5.0 (X11; Linux x86_64) Demo/1.0",
                                                     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Demo/1.0",
                                                     "shop-app/4.11"};
  Dice& dice = pen.dice;
  if (dice.chance(0.04)) {
    pen.out(R"(192.0.2.9 - - [{}] "GET /healthz HTTP/1.1" 200 3 "-" "health-probe/1" rt=0.00{} rid={})",
            pen.at.access(), dice.below(3), request_id(dice));
    return;
  }
  const Call& call = dice.pick(calls);
  const std::string from = client(dice);
  const std::string target = path_of(dice, call);
  const unsigned code = status_of(pen, call);
  if (code >= 500)
    pen.err(
        "{} [error] 29#29: *{} upstream timed out (110: Connection timed out) while reading response header from "
        "upstream, client: {}, server: shop.example, request: \"{} {} HTTP/1.1\", upstream: "
        "\"http://192.0.2.20:8080{}\"",
        pen.at.slashes(), dice.between(1000, 999999), from, call.method, target, target);
  else if (dice.chance(0.004))
    pen.err("{} [warn] 29#29: *{} an upstream response is buffered to a temporary file /var/cache/gateway/{:010}",
            pen.at.slashes(), dice.between(1000, 999999), dice.below(100000));
  pen.out("{} - - [{}] \"{} {} HTTP/1.1\" {} {} \"-\" \"{}\" rt={}.{:03} rid={}", from, pen.at.access(), call.method,
          target, code, bytes_of(dice, call, code), dice.pick(agents), code >= 500 ? 10 : 0,
          dice.chance(0.05) ? dice.between(200, 900) : dice.between(1, 90), request_id(dice));
}

void gateway_start(Pen& pen) {
  pen.err("{} [notice] 1#1: using the \"epoll\" event method", pen.at.slashes());
  pen.err("{} [notice] 1#1: start worker processes", pen.at.slashes());
  pen.err("{} [notice] 1#1: start worker process 29", pen.at.slashes());
}

void api_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.iso();
  const Call& call = dice.pick(calls);
  const unsigned code = status_of(pen, call);
  if (code >= 500) {
    pen.err(
        R"json({{"time":"{}","level":"error","msg":"request failed","request_id":"{}","route":"/api/orders","status":{},"error":{{"name":"UpstreamError","message":"payments did not answer within 3000 ms","stack":"UpstreamError: payments did not answer\n    at callPayments (/app/src/payments.js:88:11)\n    at async createOrder (/app/src/orders.js:41:5)"}}}})json",
        at, request_id(dice), code);
  } else if (dice.chance(0.03)) {
    pen.out(
        R"json({{"time":"{}","level":"warn","msg":"slow query","request_id":"{}","sql":"select * from orders where customer_id = $1 order by id desc","duration_ms":{},"rows":{}}})json",
        at, request_id(dice), dice.between(500, 4200), dice.below(900));
  } else if (dice.chance(0.12)) {
    pen.out(R"json({{"time":"{}","level":"debug","msg":"cache {}","key":"product:{}","ttl_s":{}}})json", at,
            dice.chance(0.8) ? "hit" : "miss", dice.between(100, 9999), dice.below(300));
  } else {
    pen.out(
        R"json({{"time":"{}","level":"info","msg":"request served","request_id":"{}","method":"{}","route":"{}","status":{},"duration_ms":{}.{},"user":{{"id":{},"plan":"{}"}},"bytes":{}}})json",
        at, request_id(dice), call.method, path_of(dice, call), code, dice.between(2, 180), dice.below(10),
        dice.between(1, 90000), dice.chance(0.2) ? "premium" : "free", bytes_of(dice, call, code));
  }
}

void api_start(Pen& pen) {
  pen.out(R"json({{"time":"{}","level":"info","msg":"listening","port":8080,"version":"1.42.0","pid":1}})json",
          pen.at.iso());
}

namespace {

constexpr std::array<string_view, 6> checkout_classes{"CartService",     "PriceCalculator", "StockClient",
                                                      "OrderRepository", "TaxService",      "CheckoutController"};

void java_trace(Pen& pen, std::string_view thread) {
  Dice& dice = pen.dice;
  const std::uint32_t order = dice.between(100000, 999999);
  if (dice.chance(0.5)) {
    pen.out("{} ERROR [{}] e.s.checkout.CheckoutController - order {} could not be placed", pen.at.comma(), thread,
            order);
    pen.out("example.shop.checkout.StockException: 0 left of article {}", dice.between(1000, 9999));
    pen.out("\tat example.shop.checkout.StockClient.reserve(StockClient.java:{})", dice.between(60, 90));
    pen.out("\tat example.shop.checkout.CartService.place(CartService.java:{})", dice.between(100, 240));
    pen.out("\tat example.shop.checkout.CheckoutController.post(CheckoutController.java:58)");
    pen.out("\tat java.base/java.lang.Thread.run(Thread.java:1583)");
    return;
  }
  pen.out("{} ERROR [{}] e.s.checkout.OrderRepository - saving order {} failed, giving up after 3 tries",
          pen.at.comma(), thread, order);
  pen.out("java.lang.IllegalStateException: no connection");
  pen.out("\tat example.shop.checkout.OrderRepository.save(OrderRepository.java:{})", dice.between(70, 130));
  pen.out("\tat example.shop.checkout.CartService.place(CartService.java:{})", dice.between(100, 240));
  pen.out("\tat example.shop.checkout.CheckoutController.post(CheckoutController.java:58)");
  pen.out("\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)");
  pen.out("\tat java.base/java.lang.Thread.run(Thread.java:1583)");
  pen.out(
      "Caused by: java.sql.SQLTransientConnectionException: checkout-pool - Connection is not available, request "
      "timed out after 30000ms.");
  pen.out("\tat example.shop.pool.Pool.take(Pool.java:{})", dice.between(200, 260));
  pen.out("\tat example.shop.checkout.OrderRepository.save(OrderRepository.java:66)");
  pen.out("\t... 4 more");
}

}  // namespace

void checkout_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string thread = fmt::format("http-worker-{}", dice.between(1, 16));
  if (dice.chance(pen.trouble ? 0.08 : 0.012)) return java_trace(pen, thread);
  const string_view from = dice.pick(checkout_classes);
  if (dice.chance(0.04)) {
    pen.out("{} WARN  [{}] e.s.checkout.{} - price of article {} is older than {} min", pen.at.comma(), thread, from,
            dice.between(1000, 9999), dice.between(10, 90));
  } else if (dice.chance(0.15)) {
    pen.out("{} DEBUG [{}] e.s.checkout.{} - {} rows in {} ms", pen.at.comma(), thread, from, dice.below(200),
            dice.between(1, 60));
  } else if (dice.chance(0.5)) {
    pen.out("{} INFO  [{}] e.s.checkout.{} - order {} placed: {} articles, {}.{:02} EUR", pen.at.comma(), thread, from,
            dice.between(100000, 999999), dice.between(1, 9), dice.between(3, 420), dice.below(100));
  } else {
    pen.out("{} INFO  [{}] e.s.checkout.{} - cart {:08x} updated, {} articles", pen.at.comma(), thread, from,
            static_cast<std::uint32_t>(dice.next()), dice.between(1, 12));
  }
}

void checkout_start(Pen& pen) {
  pen.out("{} INFO  [main] e.s.checkout.Application - starting on Java 21 with PID 1", pen.at.comma());
  pen.out("{} INFO  [main] e.s.pool.Pool - checkout-pool - start completed", pen.at.comma());
  pen.out("{} INFO  [main] e.s.checkout.Application - started in {}.{:03} seconds", pen.at.comma(),
          pen.dice.between(3, 7), pen.dice.below(1000));
}

void payments_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.iso();
  const std::uint32_t id = dice.between(10000, 99999);
  if (dice.chance(0.08)) {
    pen.err("time={} level=error msg=\"ledger refused the booking\" payment=p-{} code=LEDGER_LOCKED retry_in=5s", at,
            id);
  } else if (dice.chance(0.15)) {
    pen.out("time={} level=warn msg=\"ledger is slow\" payment=p-{} took={}ms heap_mb={}", at, id,
            dice.between(900, 5000), dice.between(120, 250));
  } else {
    pen.out("time={} level=info msg=\"payment {}\" payment=p-{} amount={}.{:02} currency=EUR took={}ms", at,
            dice.chance(0.5) ? "authorized" : "captured", id, dice.between(3, 420), dice.below(100),
            dice.between(20, 400));
  }
}

void payments_start(Pen& pen) {
  pen.out("time={} level=info msg=starting version=0.9.3 go=1.22", pen.at.iso());
  pen.out("time={} level=info msg=listening addr=:9000 workers=4", pen.at.iso());
}

void payments_end(Pen& pen) {
  Dice& dice = pen.dice;
  pen.err("panic: runtime error: invalid memory address or nil pointer dereference");
  pen.err("[signal SIGSEGV: segmentation violation code=0x1 addr=0x{:x} pc=0x{:x}]", dice.below(64),
          0x400000 + dice.below(0xfffff));
  pen.err("");
  pen.err("goroutine {} [running]:", dice.between(18, 900));
  pen.err("example.shop/payments/ledger.(*Client).Book(0x0, {{0xc000{:06x}, 0x9}})", dice.below(0xffffff));
  pen.err("\t/src/ledger/client.go:{} +0x1d", dice.between(80, 140));
  pen.err("example.shop/payments/server.(*Server).capture(0xc000{:06x})", dice.below(0xffffff));
  pen.err("\t/src/server/capture.go:61 +0x2a4");
  pen.err("created by example.shop/payments/server.(*Server).Run in goroutine 1");
  pen.err("\t/src/server/server.go:37 +0x9e");
}

void database_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.blank();
  const std::uint32_t pid = dice.between(60, 400);
  if (dice.chance(0.06)) {
    const std::uint32_t order = dice.between(100000, 999999);
    pen.err("{} UTC [{}] ERROR:  duplicate key value violates unique constraint \"orders_number_key\"", at, pid);
    pen.err("{} UTC [{}] DETAIL:  Key (number)=({}) already exists.", at, pid, order);
    pen.err("{} UTC [{}] STATEMENT:  insert into orders (number, customer_id) values ($1, $2)", at, pid);
  } else if (dice.chance(0.08)) {
    pen.err("{} UTC [{}] LOG:  duration: {}.{:03} ms  statement: select sum(total) from orders", at, pid,
            dice.between(1000, 6000), dice.below(1000));
    pen.err("\twhere placed_at > now() - interval '1 day'");
    pen.err("\tgroup by region");
  } else if (dice.chance(0.02)) {
    pen.err("{} UTC [{}] FATAL:  remaining connection slots are reserved for superusers", at, pid);
  } else if (dice.chance(0.05)) {
    pen.err("{} UTC [{}] WARNING:  there is no transaction in progress", at, pid);
  } else if (dice.chance(0.3)) {
    const std::uint32_t buffers = dice.between(40, 3000);
    pen.err(
        "{} UTC [27] LOG:  checkpoint complete: wrote {} buffers ({}.{}%); 0 WAL file(s) added, {} removed, {} "
        "recycled; write={}.{:03} s, sync=0.{:03} s",
        at, buffers, buffers / 164, dice.below(10), dice.below(2), dice.below(3), dice.between(3, 29), dice.below(1000),
        dice.below(90));
  } else {
    pen.err("{} UTC [{}] LOG:  connection authorized: user=shop database=shop application_name=api", at, pid);
  }
}

void database_start(Pen& pen) {
  pen.err("{} UTC [1] LOG:  listening on IPv4 address \"0.0.0.0\", port 5432", pen.at.blank());
  pen.err("{} UTC [1] LOG:  database system is ready to accept connections", pen.at.blank());
}

void cache_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = fmt::format("{:02} {} {:04} {:02}:{:02}:{:02}.{:03}", pen.at.day, pen.at.month_name(),
                                     pen.at.year, pen.at.hour, pen.at.minute, pen.at.second, pen.at.millisecond());
  if (dice.chance(0.1)) {
    pen.out("1:M {} # memory is at {}% of its limit, {} keys evicted", at, dice.between(88, 99),
            dice.between(10, 4000));
  } else if (dice.chance(0.5)) {
    pen.out("1:M {} * {} changes in 300 seconds. Saving...", at, dice.between(100, 9000));
    pen.out("1:M {} * Background saving started by pid {}", at, dice.between(30, 9999));
  } else {
    pen.out("1:M {} - {} clients connected, {} keys, {} bytes in use", at, dice.between(4, 40),
            dice.between(9000, 20000), dice.between(80'000'000, 120'000'000));
  }
}

void cache_start(Pen& pen) {
  pen.out("                _._");
  pen.out("           _.-``   ''-._      cache 7.0, 64 bit");
  pen.out("      _.-``             ''-._");
  pen.out("     `-._             _.-'    Port: 6379, PID: 1");
  pen.out("         `-._     _.-'");
  pen.out("             `-.-'");
  pen.out("1:M {:02} {} {:04} {:02}:{:02}:{:02}.{:03} * Ready to accept connections", pen.at.day, pen.at.month_name(),
          pen.at.year, pen.at.hour, pen.at.minute, pen.at.second, pen.at.millisecond());
}

}  // namespace taffrail::demo
