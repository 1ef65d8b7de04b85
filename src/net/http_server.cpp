#include "net/http_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/this_coro.hpp>
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <sys/resource.h>
#include <tuple>
#include <utility>

#include "base/second.hpp"
#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "net/http_connection.hpp"

namespace taffrail::net {

namespace {

/// What failed at an accept fails again at once; so long it is left alone.
constexpr Duration accept_pause = std::chrono::milliseconds(100);
/// How long connections are taken in one go. Whoever comes behind a crowd waits until all of it is taken: eight in each
/// round of a busy thread are a second for a thousand.
constexpr Duration accept_turn = std::chrono::milliseconds(5);
/// Clients that are being told that there is no room, at a time. Each costs a descriptor for up to a second.
constexpr std::size_t most_turned_away = 32;
/// A client that has taken nothing for this long is slow enough to be closed where there is no room for others.
constexpr Duration stalled_for_long = std::chrono::seconds(2);

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
      stop_asked_(executor_),
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
      if (stream.error().code == ErrorCode::unavailable)
        co_await out_of_descriptors();
      else
        co_await sleep_for(accept_pause);
      continue;
    }
    take(*std::move(stream));
    // One in each round of a busy thread would let the last of a crowd wait for seconds.
    for (const Turn turn(accept_turn); !turn.due();) {
      auto waiting = listener_->accept_waiting();
      if (!waiting) break;  // why it failed, if it did, the next accept says
      take(std::move(waiting));
    }
  }
}

void HttpServer::take(std::unique_ptr<ByteStream> stream) {
  ++counters_.connections;
  if (connections_.size() >= most_connections_ && !make_room()) {
    // Beyond the bound the stream just closes.
    if (turning_away_ < most_turned_away)
      tasks_.spawn("refusal", turn_away(std::move(stream), std::chrono::seconds(1)));
    else
      ++counters_.refused;
    return;
  }
  connections_.push_back(std::make_unique<HttpConnection>(*this, std::move(stream)));
  ++crowds_[connections_.back()->origin()];
  tasks_.spawn("connection", serve(std::prev(connections_.end())));
  changed_.notify();
}

/// Makes room if that is possible, else tells whoever waits that there is none. Never returns at once without either,
/// for what failed would fail again at once.
Task<> HttpServer::out_of_descriptors() {
  if (make_room()) co_return;
  if (reserve_.give_up()) {
    auto waiting = listener_->accept_waiting();
    if (waiting) {
      ++counters_.connections;
      co_await turn_away(std::move(waiting), accept_pause);
      reserve_.take();
      co_return;
    }
  }
  co_await sleep_for(accept_pause);
  reserve_.take();
}

Task<> HttpServer::turn_away(std::unique_ptr<ByteStream> stream, Duration limit) {
  struct Guard {
    std::size_t& count;
    ~Guard() { --count; }
  };
  ++turning_away_;
  const Guard guard{turning_away_};
  HttpConnection connection(*this, std::move(stream));
  auto told = co_await with_timeout(limit, "refusal", connection.turn_away());
  (void)told;  // whether or not it was heard
}

std::string HttpServer::origin_of(const std::string& peer) {
  if (peer.starts_with("unix:")) return peer;
  const std::size_t colon = peer.rfind(':');
  std::string address = peer.substr(0, colon);
  if (!address.starts_with('[') || !address.ends_with(']')) return address;
  address = address.substr(1, address.size() - 2);
  boost::system::error_code failed;
  auto bytes = asio::ip::make_address_v6(address, failed).to_bytes();
  if (failed) return address;
  std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string();
}

bool HttpServer::has_room_for_long(const HttpConnection& asking) const {
  std::size_t own = 0;
  std::size_t others = 0;
  for (const auto& connection : connections_)
    if (connection->is_long()) ++(connection->origin() == asking.origin() ? own : others);
  const std::size_t left = most_connections_ - std::min(others, most_connections_);
  return own < std::max<std::size_t>(left / 2, 1);
}

Task<> HttpServer::serve(std::list<std::unique_ptr<HttpConnection>>::iterator connection) {
  struct Guard {
    HttpServer& server;
    std::list<std::unique_ptr<HttpConnection>>::iterator connection;
    ~Guard() {
      const auto crowd = server.crowds_.find((*connection)->origin());
      if (--crowd->second == 0) server.crowds_.erase(crowd);
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
                                                 std::chrono::milliseconds(5), std::chrono::seconds(1));
  for (;;) {
    while (connections_.empty()) co_await changed_.wait();
    if (interval < std::chrono::seconds(1))
      co_await sleep_for(interval);
    else
      co_await sleep_to_second(interval);
    const SteadyTime now = clock_.steady_now();
    for (const auto& connection : connections_) {
      connection->note_progress();
      if (connection->deadline() <= now) connection->close();
    }
  }
}

bool HttpServer::make_room() {
  const SteadyTime now = clock_.steady_now();
  // Neighbours are mostly of one crowd, so this is seldom looked for.
  auto crowd = crowds_.end();
  const auto crowd_of = [&](const HttpConnection& connection) {
    if (crowd == crowds_.end() || crowd->first != connection.origin()) crowd = crowds_.find(connection.origin());
    return crowd->second;
  };
  // Idle ones first, then those that send, then those that do not take; in each kind those of the largest crowd, and of
  // these the one that has been so for the longest.
  using Claim = std::tuple<int, std::size_t, SteadyTime>;
  HttpConnection* weakest = nullptr;
  Claim least;
  for (const auto& connection : connections_) {
    if (connection->closed()) continue;  // its room is on its way
    int kind = 0;
    SteadyTime since = connection->deadline();  // of idle ones: as long as all may be idle for the same time
    if (!connection->idle()) {
      connection->note_progress();
      const bool stalled = connection->stalled_since() <= now - stalled_for_long;
      if (!connection->reading() && !stalled) continue;
      kind = connection->reading() ? 1 : 2;
      since = connection->reading() ? connection->reading_since() : connection->stalled_since();
    }
    const Claim claim(kind, connections_.size() - crowd_of(*connection), since);
    if (weakest && claim >= least) continue;
    weakest = connection.get();
    least = claim;
  }
  if (!weakest) return false;
  weakest->close();
  ++counters_.evicted;
  return true;
}

Task<> HttpServer::stop() {
  // Whoever stops the server may itself be ending; the connections must end before the members do.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (!started_) co_return;
  stopping_ = true;
  stop_asked_.notify();
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
  crowds_.clear();
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
