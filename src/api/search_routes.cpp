#include "api/search_routes.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "api/container_filter.hpp"
#include "api/log_parameters.hpp"
#include "api/ndjson_output.hpp"
#include "api/stored_lines.hpp"
#include "base/race.hpp"
#include "history/history.hpp"
#include "history/search/histogram.hpp"
#include "history/search/history_search.hpp"
#include "model/json.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using history::Histogram;
using history::HistogramRequest;
using history::HistorySearch;
using history::LineQuery;
using history::SearchEnd;
using history::SearchRequest;

constexpr std::size_t default_limit = 200;
constexpr std::size_t default_bars = 100;
/// JSON of a bar, for the choice where it is made.
constexpr std::size_t bytes_of_bar = 200;

/// A cursor in a query's order; one that does not say the host of its container is completed.
Answer<std::optional<Cursor>> read_place(const Exchange& exchange, const LineQuery& query) {
  auto cursor = read_cursor(exchange.target, "cursor");
  if (!cursor || !*cursor || (*cursor)->container.empty() || !(*cursor)->container.host().empty()) return cursor;
  const auto same = std::ranges::find(query.logs, (*cursor)->container.str(),
                                      [](const history::QueriedLog& log) { return log.container.str(); });
  if (same != query.logs.end()) (*cursor)->container = same->container;
  return cursor;
}

std::string end_line(const SearchEnd& end) {
  std::string line;
  text::JsonWriter json(line);
  json.begin_object().key("end").begin_object();
  json.member("matched", end.matched).member("scanned_lines", end.scanned_lines);
  json.member("scanned_bytes", end.scanned_bytes).member("skipped_blocks", end.skipped_blocks);
  json.member("elapsed_ms", std::chrono::duration<double, std::milli>(end.elapsed).count());
  json.member("truncated", end.truncated);
  json.member_or_null("cursor", end.cursor ? end.cursor->to_string() : "");
  json.end_object().end_object();
  return line + '\n';
}

void add_item(NdjsonOutput& out, const LogItem& item) {
  if (const auto* lines = std::get_if<LogLines>(&item)) return out.add(*lines);
  const auto* gap = std::get_if<Gap>(&item);
  if (!gap) return;
  std::string line;
  append_json(line, *gap);
  out.add(line + '\n');
}

using Items = Result<std::vector<LogItem>>;

/// The next lines of a search; nothing: the server stops.
Task<std::optional<Items>> next_of(Exchange& exchange, HistorySearch& search) {
  auto first = co_await first_of(search.next(), exchange.writer.until_stopping());
  if (first.index() == 1) co_return std::nullopt;
  co_return std::optional<Items>(std::get<0>(std::move(first)));
}

Task<Answer<>> stream(Exchange& exchange, HistorySearch& search, Items items) {
  NdjsonOutput out;
  while (!items->empty()) {
    for (const LogItem& item : *items) add_item(out, item);
    auto written = co_await out.flush(exchange.writer);
    if (!written) co_return refuse(std::move(written.error()));
    auto next = co_await next_of(exchange, search);
    // Without its end the client sees that it was cut off.
    if (!next) co_return refuse(503, "the server is stopping");
    items = std::move(*next);
    if (!items) co_return refuse(std::move(items.error()));
  }
  const std::string end = end_line(search.end());
  out.add(end);
  auto written = co_await out.flush(exchange.writer);
  if (written) written = co_await exchange.writer.finish();
  if (!written) co_return refuse(std::move(written.error()));
  co_return Answer<>();
}

/// Tells how long a search took when it is over or left.
struct Observed {
  SearchMetrics& metrics;
  const HistorySearch& search;
  ~Observed() { metrics.took(search.end().elapsed); }
};

Task<Answer<>> search_lines(Services& services, Exchange& exchange, SearchMetricsPtr metrics) {
  if (auto room = check_room(services, *metrics); !room) co_return forward(room);
  const ViewerCount running(metrics->running);
  auto descending = read_choice(exchange, "order", "desc", "asc", true);
  if (!descending) co_return forward(descending);
  auto limit = read_within(exchange, "limit", 1, HistorySearch::max_limit, default_limit);
  if (!limit) co_return forward(limit);
  auto condition = read_condition(exchange, "q", true);
  if (!condition) co_return forward(condition);
  auto query = co_await read_query(services, exchange, std::move(*condition));
  if (!query) co_return forward(query);
  auto cursor = read_place(exchange, query->lines);
  if (!cursor) co_return forward(cursor);
  SearchRequest request{
      .query = std::move(query->lines), .descending = *descending, .limit = *limit, .cursor = *cursor};
  HistorySearch search(services.history->store(), services.pipeline.filter_workers(), std::move(request));
  net::Headers headers = security_headers();
  headers.add("Content-Type", "application/x-ndjson");
  headers.add("Cache-Control", "no-store");
  headers.add("X-Accel-Buffering", "no");
  if (exchange.is_head()) {
    auto begun = co_await exchange.writer.start(200, headers);
    if (begun) begun = co_await exchange.writer.finish();
    if (!begun) co_return refuse(std::move(begun.error()));
    co_return Answer<>();
  }
  const Observed observed{*metrics, search};
  // A store that cannot be read gets a status that says so: the head waits for the first lines.
  auto items = co_await next_of(exchange, search);
  if (!items) co_return refuse(503, "the server is stopping");
  if (!*items) co_return refuse(std::move(items->error()));
  auto begun = co_await exchange.writer.start(200, headers);
  if (!begun) co_return refuse(std::move(begun.error()));
  co_return co_await stream(exchange, search, std::move(*items));
}

Task<Answer<>> find_line(Services& services, Exchange& exchange, SearchMetricsPtr metrics) {
  if (auto room = check_room(services, *metrics); !room) co_return forward(room);
  const ViewerCount running(metrics->running);
  auto backward = read_choice(exchange, "direction", "backward", "forward", false);
  if (!backward) co_return forward(backward);
  auto condition = read_condition(exchange, "q", true);
  if (!condition) co_return forward(condition);
  auto query = co_await read_query(services, exchange, std::move(*condition));
  if (!query) co_return forward(query);
  auto cursor = read_place(exchange, query->lines);
  if (!cursor) co_return forward(cursor);
  SearchRequest request{.query = std::move(query->lines), .descending = *backward, .limit = 1, .cursor = *cursor};
  HistorySearch search(services.history->store(), services.pipeline.filter_workers(), std::move(request));
  const Observed observed{*metrics, search};
  std::optional<LogLines> found;
  while (!found) {
    auto items = co_await next_of(exchange, search);
    if (!items) co_return refuse(503, "the server is stopping");
    if (!*items) co_return refuse(std::move(items->error()));
    if ((*items)->empty()) break;
    for (const LogItem& item : **items)
      if (const auto* lines = std::get_if<LogLines>(&item)) found = *lines;
  }
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().key("found");
  if (found) {
    std::string_view record = found->batch->ndjson(found->first, found->last);
    record.remove_suffix(1);
    json.raw(record);
    json.member("cursor", Cursor::of(found->end(), found->batch->batch().container).to_string());
  } else {
    json.null().member_or_null("cursor", search.end().cursor ? search.end().cursor->to_string() : "");
  }
  json.end_object();
  co_return co_await send_json(exchange, std::move(body));
}

void append_counts(text::JsonWriter& json, const history::LevelTotals& counts) {
  json.begin_object();
  for (std::size_t level = 0; level < counts.size(); ++level)
    if (counts[level] > 0) json.member(text::to_string(static_cast<text::Level>(level)), counts[level]);
  json.end_object();
}

std::string render(const Histogram& histogram) {
  std::string body;
  text::JsonWriter json(body);
  const bool any = !histogram.bars.empty();
  const auto length = histogram.step * static_cast<Duration::rep>(histogram.bars.size());
  json.begin_object().member("from", any ? std::optional(histogram.from) : std::nullopt);
  json.member("until", any ? std::optional(moved(histogram.from, length)) : std::nullopt);
  json.member("step", to_duration_text(histogram.step)).key("buckets").begin_array();
  for (std::size_t bar = 0; bar < histogram.bars.size(); ++bar) {
    json.begin_object().member("time", moved(histogram.from, histogram.step * static_cast<Duration::rep>(bar)));
    append_counts(json.key("counts"), histogram.bars[bar]);
    json.end_object();
  }
  json.end_array().key("total");
  append_counts(json, histogram.total);
  json.member("complete", histogram.complete).member("damaged_lines", histogram.damaged_lines).end_object();
  return body;
}

Task<Answer<>> show_histogram(Services& services, Exchange& exchange, SearchMetricsPtr metrics) {
  if (auto room = check_room(services, *metrics); !room) co_return forward(room);
  const ViewerCount running(metrics->running);
  auto bars = read_within(exchange, "buckets", 2, HistogramRequest::max_bars, default_bars);
  if (!bars) co_return forward(bars);
  auto condition = read_condition(exchange, "filter", false);
  if (!condition) co_return forward(condition);
  auto query = co_await read_query(services, exchange, std::move(*condition));
  if (!query) co_return forward(query);
  const SteadyTime begun = services.pipeline.clock().steady_now();
  HistogramRequest request{.query = std::move(query->lines), .bars = *bars};
  auto counted = co_await first_of(
      history::count_lines(services.history->store(), services.pipeline.filter_workers(), std::move(request)),
      exchange.writer.until_stopping());
  if (counted.index() == 1) co_return refuse(503, "the server is stopping");
  auto& histogram = std::get<0>(counted);
  if (!histogram) co_return refuse(std::move(histogram.error()));
  metrics->took(services.pipeline.clock().steady_now() - begun);
  std::string body =
      co_await exchange.workers.run_sized(histogram->bars.size() * bytes_of_bar, [&] { return render(*histogram); });
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> search_routes(Services& services, const SearchMetricsPtr& metrics) {
  const auto with = [&](auto handler) {
    return [&services, metrics, handler](Exchange& exchange) { return handler(services, exchange, metrics); };
  };
  return {{"GET",
           "/api/v1/search",
           {"q", "containers", "since", "until", "levels", "streams", "limit", "order", "cursor"},
           with(search_lines)},
          {"GET",
           "/api/v1/find",
           {"q", "containers", "since", "until", "levels", "streams", "cursor", "direction"},
           with(find_line)},
          {"GET",
           "/api/v1/histogram",
           {"filter", "containers", "since", "until", "levels", "streams", "buckets"},
           with(show_histogram)}};
}

}  // namespace taffrail::api
