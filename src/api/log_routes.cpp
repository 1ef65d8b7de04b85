#include "api/log_routes.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "api/event_weave.hpp"
#include "api/history_routes.hpp"
#include "api/log_parameters.hpp"
#include "api/ndjson_output.hpp"
#include "api/selection.hpp"
#include "base/race.hpp"
#include "history/history.hpp"
#include "model/json.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {
namespace {

/// NDJSON reads at a time. A client that takes nothing of what it asked for costs what LogRead holds for as long as it
/// stays connected: about 2 MB for one container, and a chunk for each further one of a merge.
constexpr double max_log_reads = 256;

/// Adds what a client is to know of an item; what only matters to a page that shows readers' states is left out.
/// @return the number of lines
std::size_t add_item(NdjsonOutput& out, const LogItem& item) {
  if (const auto* lines = std::get_if<LogLines>(&item)) {
    out.add(*lines);
    return lines->size();
  }
  std::string line;
  if (const auto* gap = std::get_if<Gap>(&item)) {
    append_json(line, *gap);
  } else if (const auto* state = std::get_if<LogState>(&item); state && state->what == LogState::What::unreadable) {
    line = R"({"unreadable":{"container":)";
    text::append_json_string(line, state->container.str());
    line += R"(,"reason":)";
    text::append_json_string(line, state->reason);
    line += "}}";
  }
  if (!line.empty()) {
    line += '\n';
    out.add(line);
  }
  return 0;
}

std::string end_line(std::size_t matched, bool truncated, const std::optional<Cursor>& cursor) {
  std::string line = R"({"end":{"matched":)" + std::to_string(matched);
  line += truncated ? R"(,"truncated":true,"cursor":)" : R"(,"truncated":false,"cursor":)";
  if (cursor)
    text::append_json_string(line, cursor->to_string());
  else
    line += "null";
  line += "}}\n";
  return line;
}

/// Delivers a read from its first items to its end. Every await has its bound in net: a write that stalls, a client
/// that leaves and a server that stops all end this task.
/// @param joining whose joins() the read asks, or nullptr
/// @param events what puts events among the lines, or nullptr
Task<Answer<>> stream(Exchange& exchange, LogRead& read, std::vector<LogItem> items, const Selection* joining,
                      EventWeave* events) {
  NdjsonOutput out;
  std::size_t matched = 0;
  while (!items.empty()) {
    for (const LogItem& item : items) {
      const auto* lines = std::get_if<LogLines>(&item);
      Result<> woven;
      if (events && lines && !events->caught_up()) {
        woven = co_await events->add(out, *lines);
        matched += lines->size();
      } else {
        if (events && std::holds_alternative<LogCaughtUp>(item)) woven = co_await events->catch_up(out);
        if (const auto* event = std::get_if<EventPtr>(&item); events && event) events->add_live(out, **event);
        matched += add_item(out, item);
      }
      if (!woven) co_return refuse(std::move(woven.error()));
    }
    if (out.size() > 0) {
      auto written = co_await out.flush(exchange.writer);
      if (!written) co_return refuse(std::move(written.error()));
    }
    items.clear();
    if (joining && joining->overspent()) co_return joining->refuse_overspent();
    // A read that follows waits for what may never come; a server that stops ends it in order.
    auto first = co_await first_of(read.next(), exchange.writer.until_stopping());
    if (first.index() == 1) {
      auto finished = co_await exchange.writer.finish();
      if (!finished) co_return refuse(std::move(finished.error()));
      co_return Answer<>();
    }
    auto& next = std::get<0>(first);
    if (!next) co_return refuse(std::move(next.error()));
    items = std::move(*next);
  }
  if (events) {
    auto woven = co_await events->end(out, read.truncated());
    if (!woven) co_return refuse(std::move(woven.error()));
  }
  out.add(end_line(matched, read.truncated(), read.cursor()));
  auto written = co_await out.flush(exchange.writer);
  if (!written) co_return refuse(std::move(written.error()));
  auto finished = co_await exchange.writer.finish();
  if (!finished) co_return refuse(std::move(finished.error()));
  co_return Answer<>();
}

Task<Answer<>> read_logs(Services& services, Exchange& exchange, LogRequest request,
                         const Selection* joining = nullptr) {
  const bool nothing = request.containers.empty() && !request.joins;
  if (services.metrics.stream_viewers.Value() >= max_log_reads)
    co_return refuse(503, "too many logs are being read at once; try again when one of the readers has left");
  const ViewerCount count(services.metrics.stream_viewers);
  auto with_events = read_flag(exchange.target, "events");
  if (!with_events) co_return forward(with_events);
  std::optional<EventWeave> events;
  if (*with_events && (!services.history || !services.history->metrics())) co_return no_history();
  if (*with_events) events.emplace(services, request);
  request.events = *with_events;
  auto read = nothing ? Result<std::unique_ptr<LogRead>>() : LogRead::open(services.pipeline, std::move(request));
  if (!read) co_return refuse(std::move(read.error()));
  net::Headers headers = security_headers();
  headers.add("Content-Type", "application/x-ndjson");
  headers.add("Cache-Control", "no-store");
  // nginx and its like would hold lines back until a buffer is full.
  headers.add("X-Accel-Buffering", "no");
  if (nothing) {
    const std::string body = end_line(0, false, std::nullopt);
    auto sent = co_await exchange.writer.send(200, headers, body);
    if (!sent) co_return refuse(std::move(sent.error()));
    co_return Answer<>();
  }
  if (exchange.is_head()) {
    auto begun = co_await exchange.writer.start(200, headers);
    if (begun) begun = co_await exchange.writer.finish();
    if (!begun) co_return refuse(std::move(begun.error()));
    co_return Answer<>();
  }
  // A log that cannot be read at all gets a status that says so: the head waits for the first items.
  auto first = co_await first_of((*read)->next(), exchange.writer.until_stopping());
  if (first.index() == 1) co_return refuse(503, "the server is stopping");
  auto& items = std::get<0>(first);
  if (!items) co_return refuse(std::move(items.error()));
  auto begun = co_await exchange.writer.start(200, headers);
  if (!begun) co_return refuse(std::move(begun.error()));
  co_return co_await stream(exchange, **read, std::move(*items), joining, events ? &*events : nullptr);
}

Task<Answer<>> container_logs(Services& services, Exchange& exchange) {
  auto container = exchange.caller.resolve(services.registry(), exchange.captures.front());
  if (!container) co_return forward(container);
  auto request =
      read_log_parameters(exchange.target, services.registry(), {(*container)->id}, services.pipeline.clock().now());
  if (!request) co_return forward(request);
  co_return co_await read_logs(services, exchange, std::move(*request));
}

Task<Answer<>> merged_logs(Services& services, Exchange& exchange) {
  auto selection = Selection::read(services, exchange, "containers");
  if (!selection) co_return forward(selection);
  auto containers = co_await selection->containers_with_removed();
  if (!containers) co_return forward(containers);
  std::vector<ContainerId> ids;
  for (const ContainerPtr& container : *containers) ids.push_back(container->id);
  auto request =
      read_log_parameters(exchange.target, services.registry(), std::move(ids), services.pipeline.clock().now());
  if (!request) co_return forward(request);
  if (request->follow) request->joins = selection->joins();
  co_return co_await read_logs(services, exchange, std::move(*request), &*selection);
}

}  // namespace

std::vector<Route> log_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  std::vector<std::string> one = log_parameter_names();
  one.emplace_back("events");
  std::vector<std::string> merged = one;
  merged.emplace_back("containers");
  return {{"GET", "/api/v1/containers/{id}/logs", std::move(one), with(container_logs)},
          {"GET", "/api/v1/logs", std::move(merged), with(merged_logs)}};
}

}  // namespace taffrail::api
