#include "api/api.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "api/alert_exchange.hpp"
#include "api/container_routes.hpp"
#include "api/event_routes.hpp"
#include "api/expr_routes.hpp"
#include "api/history_routes.hpp"
#include "api/live_limits.hpp"
#include "api/live_session.hpp"
#include "api/log_routes.hpp"
#include "api/pattern_routes.hpp"
#include "api/process_metrics.hpp"
#include "api/query_routes.hpp"
#include "api/queue_metrics.hpp"
#include "api/search_routes.hpp"
#include "api/stats_routes.hpp"
#include "api/system_routes.hpp"
#include "api/view_routes.hpp"
#include "net/websocket.hpp"

namespace taffrail::api {
namespace {

/// The segments of a base path ("/tools/logs"), which the configuration has checked.
std::vector<std::string> segments_of(const std::string& base_path) {
  auto target = net::parse_target(base_path.empty() ? "/" : base_path);
  assert(target.has_value());
  return std::move(target->segments);
}

/// Keeps a session in the list while it runs, also when an exception ends it.
class Listed {
 public:
  Listed(std::list<LiveSession*>& list, LiveSession& session) : list_(list), session_(&session) {
    list_.push_back(session_);
  }
  ~Listed() { list_.remove(session_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::list<LiveSession*>& list_;
  LiveSession* session_;
};

}  // namespace

Api::Api(Pipeline& pipeline, alert::Alerts* alerts, history::History* history, prometheus::Registry& prometheus,
         ApiOptions options, TaskGroup::Report report)
    : options_(std::move(options)),
      access_(options_.access),
      metrics_(prometheus),
      judge_(pipeline.workers()),
      lists_(pipeline),
      frames_(pipeline),
      inspections_(pipeline.executor(), pipeline.registry(), pipeline.sources(), pipeline.clock()),
      services_{.pipeline = pipeline,
                .alerts = alerts,
                .history = history,
                .judge = judge_,
                .lists = lists_,
                .frames = frames_,
                .inspections = inspections_,
                .prometheus = prometheus,
                .metrics = metrics_,
                .access = access_,
                .options = options_,
                .report = std::move(report),
                .started = pipeline.clock().now(),
                .collectables = {std::make_shared<ProcessMetrics>()}},
      files_(embedded_page(), options_.base_path),
      base_segments_(segments_of(options_.base_path)) {
  add_metrics(std::make_shared<QueueMetrics>([this](QueueLevels& levels) { add_queues(levels); }));
  router_.add(system_routes(services_));
  router_.add(container_routes(services_));
  router_.add(log_routes(services_));
  router_.add(history_routes(services_));
  const auto searches = std::make_shared<SearchMetrics>(services_.prometheus);
  router_.add(search_routes(services_, searches));
  router_.add(query_routes(services_, searches));
  router_.add(pattern_routes(services_, searches));
  router_.add(stats_routes(services_));
  router_.add(event_routes(services_));
  router_.add(expr_routes());
  router_.add(rule_routes(services_));
  router_.add(destination_routes(services_));
  router_.add(alert_routes(services_));
  router_.add(silence_link_routes(services_));
  router_.add({"GET", "/api/v1/live", {}, [this](Exchange& exchange) { return live(exchange); }});
}

void Api::add_views(views::SavedViews& views) { router_.add(view_routes(services_, views)); }

Api::~Api() { assert(sessions_.empty() && "the server stops before the Api dies"); }

Task<> Api::handle(const net::HttpRequest& request, net::ResponseWriter& writer) {
  std::string allow;
  auto answered = co_await answer(request, writer, allow);
  if (!answered && !writer.started()) co_await send_problem(writer, answered.error(), allow);
}

Task<Answer<>> Api::answer(const net::HttpRequest& request, net::ResponseWriter& writer, std::string& allow) {
  auto target = net::parse_target(request.target);
  if (!target) co_return refuse(std::move(target.error()));
  auto caller = access_.authorize(request);
  if (!caller) co_return forward(caller);
  // A page of another site can have its visitor's browser send a form or a text: what changes something is for our own.
  if (request.method != "GET" && request.method != "HEAD")
    if (auto own = access_.check_origin(request); !own) co_return forward(own);

  std::vector<std::string>& segments = target->segments;
  if (segments.size() < base_segments_.size() ||
      !std::ranges::equal(base_segments_, std::span(segments).first(base_segments_.size())))
    co_return refuse(404, "everything lies below " + options_.base_path + "/ here");
  segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(base_segments_.size()));
  if (segments.empty() && !base_segments_.empty()) {
    // Without the slash the page's relative addresses would miss the base path.
    net::Headers headers = security_headers();
    const std::size_t query = request.target.find('?');
    headers.add("Location",
                options_.base_path + "/" + (query == std::string::npos ? std::string() : request.target.substr(query)));
    auto sent = co_await writer.send(308, headers);
    if (!sent) co_return refuse(std::move(sent.error()));
    co_return Answer<>();
  }
  if (segments.size() == 1 && segments.front().empty()) segments.clear();

  Exchange exchange{.request = request,
                    .writer = writer,
                    .target = std::move(*target),
                    .caller = std::move(*caller),
                    .workers = services_.pipeline.workers(),
                    .captures = {}};
  Router::Match match = router_.match(request.method, exchange.target.segments);
  if (match.route) {
    auto known = check_parameters(*match.route, exchange.target);
    if (!known) co_return forward(known);
    exchange.captures = std::move(match.captures);
    co_return co_await match.route->handler(exchange);
  }
  if (match.allow.empty() && !exchange.target.segments.empty() && exchange.target.segments.front() == "api")
    co_return refuse(404, "there is no " + exchange.target.path + "; see api/v1/openapi.yaml");
  if (match.allow.empty()) {
    if (request.method == "GET" || request.method == "HEAD") co_return co_await files_.serve(exchange);
    match.allow = "GET, HEAD";
  }
  allow = std::move(match.allow);
  co_return refuse(405, "the methods here are " + allow);
}

Task<Answer<>> Api::live(Exchange& exchange) {
  if (!net::WebSocket::requested(exchange.request)) {
    co_return refuse(426, "this is a WebSocket: connect to it with an Upgrade");
  }
  auto allowed = access_.check_origin(exchange.request);
  if (!allowed) co_return forward(allowed);
  if (stopping_) co_return refuse(503, "the server is stopping");
  net::WebSocketOptions options;
  options.max_message_bytes = max_message_bytes;
  options.stall_limit = stall_limit;
  auto socket = co_await net::WebSocket::accept(exchange.request, exchange.writer, options);
  if (!socket) co_return refuse(std::move(socket.error()));
  LiveSession session(services_, exchange.caller, **socket);
  const Listed listed(sessions_, session);
  co_await session.run();
  co_return Answer<>();
}

void Api::add_queues(QueueLevels& levels) const {
  services_.pipeline.add_queues(levels);
  // The kinds are there before the first page is.
  levels.add("live_followed", 0, max_followed);
  levels.add("live_replies", 0, max_replies);
  levels.add("live_events", 0, max_events);
  levels.add("live_log_bytes", 0, max_credit);
  for (const LiveSession* session : sessions_) session->add_queues(levels);
}

void Api::stop() {
  stopping_ = true;
  for (LiveSession* session : sessions_) session->stop();
}

}  // namespace taffrail::api
