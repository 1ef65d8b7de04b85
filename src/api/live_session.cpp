#include "api/live_session.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>
#include <variant>

#include "api/alert_exchange.hpp"
#include "api/containers_subscription.hpp"
#include "api/line_filter.hpp"
#include "api/live_limits.hpp"
#include "api/log_subscription.hpp"
#include "api/notifications_subscription.hpp"
#include "api/stats_subscription.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

/// A page that names no start of a log gets this many lines.
constexpr std::uint64_t default_tail = 500;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

LiveSession::LiveSession(Services& services, const Caller& caller, net::WebSocket& socket)
    : services_(services),
      caller_(caller),
      socket_(socket),
      wake_(services.pipeline.executor()),
      room_(services.pipeline.executor()),
      tasks_(services.pipeline.executor(), services.report) {}

Task<> LiveSession::run() {
  const ViewerCount count(services_.metrics.live_viewers);
  std::string hello;
  text::JsonWriter json(hello);
  json.begin_object().member("type", "hello").member("version", services_.options.version);
  json.member("server_time", services_.pipeline.clock().now()).end_object();
  replies_.push_back(std::move(hello));
  tasks_.spawn("live writer", write_loop());
  std::exception_ptr failure;
  try {
    co_await read_loop();
  } catch (...) {
    failure = std::current_exception();  // being cancelled, as a rule; what lives here must end in order first
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  tasks_.cancel();
  co_await tasks_.join();
  for (auto& [sub, entry] : subscriptions_) co_await entry.subscription->stop();
  for (auto& entry : ending_) co_await entry.subscription->stop();
  if (failure) std::rethrow_exception(failure);
}

void LiveSession::add_queues(QueueLevels& levels) const {
  levels.add("live_replies", replies_.size(), max_replies);
  levels.add("live_followed", followed(), max_followed);
  for (const auto& [sub, entry] : subscriptions_) entry.subscription->add_queues(levels);
}

void LiveSession::stop() { tasks_.spawn("live close", close(net::CloseCode::going_away, "the server stops")); }

Task<> LiveSession::close(net::CloseCode code, std::string reason) { co_await socket_.close(code, reason); }

Task<> LiveSession::read_loop() {
  while (true) {
    while (replies_.size() >= max_replies) co_await room_.wait();
    auto message = co_await socket_.read();
    if (!message || !*message) co_return;  // the peer left, or is dead: nobody is there to be told
    auto parsed = parse_client_message((*message)->data, services_.pipeline.clock().now());
    if (parsed)
      handle(*parsed);
    else
      reply_error(parsed.error().problem, parsed.error().sub);
    wake_.notify();
  }
}

Task<> LiveSession::write_loop() {
  std::string message;
  while (true) {
    message.clear();
    if (!next_message(message)) {
      co_await wake_.wait();
      continue;
    }
    auto sent = co_await socket_.write_text(message);
    if (sent) continue;
    if (sent.error().code == ErrorCode::timeout) services_.metrics.stalled_closed.Increment();
    // This also ends the reader.
    co_await socket_.close(net::CloseCode::try_again_later, "nothing was read for too long");
    co_return;
  }
}

bool LiveSession::next_message(std::string& message) {
  if (!replies_.empty()) {
    message = std::move(replies_.front());
    replies_.pop_front();
    room_.notify();
    return true;
  }
  auto at = subscriptions_.upper_bound(last_served_);
  for (std::size_t tried = subscriptions_.size(); tried > 0; --tried) {
    if (at == subscriptions_.end()) at = subscriptions_.begin();
    const bool taken = at->second.subscription->take(message);
    last_served_ = at->first;
    const auto here = at++;
    if (here->second.subscription->ended()) end(here);
    if (taken) return true;
  }
  return false;
}

void LiveSession::handle(const ClientMessage& message) {
  std::visit(Overloaded{[this](const Subscribe& subscribe_message) {
                          auto done = subscribe(subscribe_message);
                          if (!done) reply_error(done.error(), subscribe_message.sub);
                        },
                        [this](const GrantCredit& credit) {
                          const auto at = subscriptions_.find(credit.sub);
                          if (at == subscriptions_.end() || !at->second.subscription->grant(credit.bytes))
                            reply_error(refuse(404, "there is no log subscription of this number").error(), credit.sub);
                        },
                        [this](const Unsubscribe& leave) {
                          auto done = unsubscribe(leave.sub);
                          if (!done) reply_error(done.error(), leave.sub);
                        },
                        [this](const Ping&) { replies_.emplace_back(R"({"type":"pong"})"); }},
             message);
}

Answer<> LiveSession::subscribe(const Subscribe& message) {
  if (subscriptions_.contains(message.sub)) return refuse(409, "there is a subscription of this number already");
  if (subscriptions_.size() + ending_.size() >= max_subscriptions)
    return refuse(429, "a connection has at most " + std::to_string(max_subscriptions) + " subscriptions");
  Answer<Entry> made;
  if (const auto* stats = std::get_if<WantStats>(&message.what))
    made = make_stats(message.sub, *stats);
  else if (const auto* logs = std::get_if<WantLogs>(&message.what))
    made = make_logs(message.sub, *logs);
  else if (std::holds_alternative<WantNotifications>(message.what))
    made = make_notifications(message.sub);
  else
    made = Entry{std::make_unique<ContainersSubscription>(services_, caller_, message.sub, wake_), 0};
  if (!made) return forward(made);
  subscriptions_.emplace(message.sub, std::move(*made));
  return {};
}

Answer<LiveSession::Entry> LiveSession::make_stats(std::uint64_t sub, const WantStats& want) {
  std::optional<std::set<ContainerId>> chosen;
  if (want.containers) {
    auto ids = resolve(*want.containers);
    if (!ids) return forward(ids);
    chosen.emplace(ids->begin(), ids->end());
  }
  return Entry{std::make_unique<StatsSubscription>(services_, caller_, sub, std::move(chosen), want.history, wake_), 0};
}

Answer<LiveSession::Entry> LiveSession::make_logs(std::uint64_t sub, const WantLogs& want) {
  auto ids = resolve(want.containers);
  if (!ids) return forward(ids);
  const std::size_t follows = ids->size();
  if (followed() + follows > max_followed)
    return refuse(429, "a connection follows the logs of at most " + std::to_string(max_followed) +
                           " containers, in all its subscriptions together");
  LogRequest request;
  request.containers = std::move(*ids);
  request.follow = true;
  request.behind = LogRequest::Behind::gap;
  request.cursor = want.cursor;
  request.since = want.since;
  request.tail = want.tail;
  if (!request.tail && !request.cursor && !request.since) request.tail = default_tail;
  FilterPtr simple = level_and_stream_filter(want.levels, want.streams);
  if (want.filter) {
    auto filters = expression_filters(*want.filter, services_.registry(), std::move(simple));
    if (!filters) return forward(filters);
    request.filter_of = std::move(*filters);
  } else {
    request.filter_of = for_all(std::move(simple));
  }
  return Entry{std::make_unique<LogSubscription>(services_, sub, std::move(request), want.credit, wake_), follows};
}

Answer<LiveSession::Entry> LiveSession::make_notifications(std::uint64_t sub) {
  auto alerts = alerts_of(services_);
  if (!alerts) return forward(alerts);
  return Entry{std::make_unique<NotificationsSubscription>(services_, **alerts, sub, wake_), 0};
}

std::size_t LiveSession::followed() const {
  std::size_t all = 0;
  for (const auto& [sub, entry] : subscriptions_) all += entry.followed;
  for (const Entry& entry : ending_) all += entry.followed;
  return all;
}

Answer<std::vector<ContainerId>> LiveSession::resolve(const std::vector<std::string>& names) const {
  if (names.size() > LogRead::max_containers)
    return refuse(400, "a subscription names at most " + std::to_string(LogRead::max_containers) + " containers");
  std::set<ContainerId> ids;  // a container named twice is one
  for (const std::string& name : names) {
    auto container = caller_.resolve(services_.registry(), name);
    if (!container) return forward(container);
    ids.insert((*container)->id);
  }
  return std::vector(ids.begin(), ids.end());
}

Answer<> LiveSession::unsubscribe(std::uint64_t sub) {
  const auto at = subscriptions_.find(sub);
  if (at == subscriptions_.end()) return refuse(404, "there is no subscription of this number");
  end(at);
  replies_.push_back(R"({"type":"closed","sub":)" + std::to_string(sub) + '}');
  return {};
}

void LiveSession::reply_error(const Problem& problem, std::optional<std::uint64_t> sub) {
  std::string message;
  text::JsonWriter json(message);
  json.begin_object().member("type", "error");
  if (sub) json.member("sub", *sub);
  append_json(json.key("error").next(), problem);
  json.end_object();
  replies_.push_back(std::move(message));
}

void LiveSession::end(std::map<std::uint64_t, Entry>::iterator subscription) {
  ending_.push_back(std::move(subscription->second));
  subscriptions_.erase(subscription);
  tasks_.spawn("end of a subscription", bury(std::prev(ending_.end())));
}

Task<> LiveSession::bury(std::list<Entry>::iterator entry) {
  co_await entry->subscription->stop();
  ending_.erase(entry);
}

}  // namespace taffrail::api
