#include "net/http_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <sys/resource.h>
#include <utility>

#include "base/timeout.hpp"
#include "net/http_connection.hpp"

namespace taffrail::net {

namespace {

/// IMF-fixdate of RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::chrono::sys_seconds time) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text;
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 days.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                                 months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                                 static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                 static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

/// Half of what the process may open: the rest of it needs descriptors too, and cannot ask clients for theirs back.
std::size_t share_of_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return std::max<std::size_t>(limit.rlim_cur / 2, 1);
}

}  // namespace

HttpServer::HttpServer(std::unique_ptr<Listener> listener, HttpHandler handler, Options options, const Clock& clock,
                       Executor executor, TaskGroup::Report report)
    : executor_(std::move(executor)),
      listener_(std::move(listener)),
      handler_(std::move(handler)),
      options_(std::move(options)),
      clock_(clock),
      report_(std::move(report)),
      most_connections_(std::min(options_.limits.max_connections, share_of_descriptors())),
      changed_(executor_),
      tasks_(executor_, report_) {}

HttpServer::~HttpServer() { assert(!started_ && "an HttpServer must be stopped before it dies"); }

void HttpServer::start() {
  started_ = true;
  tasks_.spawn("accept", accept_loop());
  tasks_.spawn("sweep", sweep());
}

Task<> HttpServer::accept_loop() {
  SteadyTime quiet_until = SteadyTime::min();  // what fails fails again at once: reported once a minute
  for (;;) {
    auto stream = co_await listener_->accept();
    if (!stream) {
      if (stopping_) co_return;
      if (const SteadyTime now = clock_.steady_now(); now >= quiet_until) {
        report_(stream.error().detail);
        quiet_until = now + std::chrono::minutes(1);
      }
      // As a rule there are no descriptors left.
      if (!make_room()) co_await sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    ++counters_.connections;
    if (connections_.size() >= most_connections_ && !make_room()) {
      ++counters_.refused;
      continue;  // and the stream closes
    }
    connections_.push_back(std::make_unique<HttpConnection>(*this, *std::move(stream)));
    tasks_.spawn("connection", serve(std::prev(connections_.end())));
    changed_.notify();
  }
}

Task<> HttpServer::serve(std::list<std::unique_ptr<HttpConnection>>::iterator connection) {
  struct Guard {
    HttpServer& server;
    std::list<std::unique_ptr<HttpConnection>>::iterator connection;
    ~Guard() {
      server.connections_.erase(connection);
      server.changed_.notify();
    }
  };
  const Guard guard{*this, connection};
  co_await (*connection)->run();
}

/// Closes what has passed its deadline. One look over all of them now and then costs less than a timer for each
/// request.
Task<> HttpServer::sweep() {
  const HttpLimits& limits = options_.limits;
  const Duration interval = std::clamp<Duration>(std::min({limits.idle_time, limits.send_stall}) / 8,
                                                 std::chrono::milliseconds(5), std::chrono::milliseconds(250));
  for (;;) {
    while (connections_.empty()) co_await changed_.wait();
    co_await sleep_for(interval);
    const SteadyTime now = clock_.steady_now();
    for (const auto& connection : connections_)
      if (connection->deadline() <= now) connection->close();
  }
}

bool HttpServer::make_room() {
  HttpConnection* idlest = nullptr;
  HttpConnection* slowest = nullptr;
  for (const auto& connection : connections_) {
    if (connection->idle() && (!idlest || connection->deadline() < idlest->deadline())) idlest = connection.get();
    if (connection->reading() && (!slowest || connection->reading_since() < slowest->reading_since()))
      slowest = connection.get();
  }
  HttpConnection* const closed = idlest ? idlest : slowest;
  if (!closed) return false;
  closed->close();
  ++counters_.evicted;
  return true;
}

Task<> HttpServer::stop() {
  // Whoever stops the server may itself be ending; the connections must end before the members do.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (!started_) co_return;
  stopping_ = true;
  listener_->close();
  for (const auto& connection : connections_)
    if (connection->idle()) connection->close();
  auto drained = [](HttpServer& server) -> Task<Result<>> {
    while (!server.connections_.empty()) co_await server.changed_.wait();
    co_return Result<>();
  };
  auto waited = co_await with_timeout(options_.limits.drain, "drain", drained(*this));
  if (!waited) report_(std::to_string(connections_.size()) + " connections were cut off at the stop");
  tasks_.cancel();
  co_await tasks_.join();
  connections_.clear();
  started_ = false;
}

std::string_view HttpServer::date() {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  if (second.time_since_epoch().count() != date_second_) {
    date_second_ = second.time_since_epoch().count();
    date_ = http_date(second);
  }
  return date_;
}

}  // namespace taffrail::net
