#include "api/query_routes.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "api/container_filter.hpp"
#include "api/history_routes.hpp"
#include "base/race.hpp"
#include "base/time_format.hpp"
#include "base/turn.hpp"
#include "history/history.hpp"
#include "history/query/history_query.hpp"
#include "history/query/pipe.hpp"
#include "model/variables/container_view.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

using history::Pipe;
using history::QueryAnswer;
using history::QueryRequest;
using history::Scalar;

/// Of one answer: some megabytes of JSON. Further ones are left out, and the answer says so.
constexpr std::size_t most_rows = 10'000;
/// JSON of a row, for the choice where it is made.
constexpr std::size_t bytes_of_row = 100;

void append_value(text::JsonWriter& json, const Scalar& scalar) {
  std::visit(
      [&json](const auto& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>)
          json.null();
        else if constexpr (std::is_same_v<Held, double>)
          json.raw(fmt::format("{}", held));  // to the last digit
        else
          json.value(held);
      },
      scalar);
}

void append_columns(text::JsonWriter& json, const Pipe& pipe, const QueryAnswer& answer) {
  json.key("columns").begin_array();
  for (std::size_t i = 0; i < pipe.columns.size(); ++i) {
    const bool is_group = i < pipe.groups.size();
    json.begin_object().member("name", pipe.columns[i].name).member("text", pipe.columns[i].text);
    json.member("kind", is_group ? "group" : "aggregate");
    if (is_group && pipe.groups[i].step > Duration::zero()) json.member("step", to_duration_text(pipe.groups[i].step));
    if (!is_group) {
      const bool exact = answer.exact[i - pipe.groups.size()];
      json.member("exact", exact);
      if (!exact) {
        const bool distinct = pipe.aggregates[i - pipe.groups.size()].kind == history::AggregateKind::count_distinct;
        json.member("error",
                    distinct ? history::DistinctCount::standard_error : history::QuantileSketch::relative_error);
      }
    }
    json.end_object();
  }
  json.end_array();
}

void append_end(text::JsonWriter& json, const QueryAnswer& answer) {
  json.member("groups", answer.groups).member("lines", answer.lines).member("other_lines", answer.other_lines);
  json.member("truncated", answer.other_lines > 0 || answer.rows.size() > most_rows);
  json.member("complete", answer.complete).member("from", answer.from).member("until", answer.until);
  json.member("scanned_lines", answer.scanned_lines).member("scanned_bytes", answer.scanned_bytes);
  json.member("skipped_blocks", answer.skipped_blocks).member("damaged_lines", answer.damaged_lines);
  json.member("elapsed_ms", std::chrono::duration<double, std::milli>(answer.elapsed).count());
}

void append_row(text::JsonWriter& json, const std::vector<Scalar>& row) {
  json.begin_array();
  for (const Scalar& value : row) append_value(json, value);
  json.end_array();
}

std::string render_table(const Pipe& pipe, const QueryAnswer& answer) {
  std::string body;
  text::JsonWriter json(body);
  json.begin_object();
  append_columns(json, pipe, answer);
  json.key("rows").begin_array();
  for (std::size_t i = 0; i < std::min(answer.rows.size(), most_rows); ++i) append_row(json, answer.rows[i]);
  json.end_array();
  append_end(json, answer);
  json.end_object();
  return body;
}

/// A series for each group beside the time, in the order of their first rows; points in that of the rows.
std::string render_series(const Pipe& pipe, const QueryAnswer& answer) {
  const std::size_t time = pipe.series_group();
  struct Series {
    std::vector<Scalar> group;
    std::vector<std::size_t> rows;
  };
  std::vector<Series> all;
  std::map<std::vector<Scalar>, std::size_t> places;
  for (std::size_t i = 0; i < std::min(answer.rows.size(), most_rows); ++i) {
    std::vector<Scalar> group(answer.rows[i].begin(),
                              answer.rows[i].begin() + static_cast<std::ptrdiff_t>(pipe.groups.size()));
    group.erase(group.begin() + static_cast<std::ptrdiff_t>(time));
    const auto [place, is_new] = places.emplace(group, all.size());
    if (is_new) all.push_back({.group = std::move(group), .rows = {}});
    all[place->second].rows.push_back(i);
  }
  std::string body;
  text::JsonWriter json(body);
  json.begin_object();
  append_columns(json, pipe, answer);
  json.member("step", to_duration_text(pipe.groups[time].step)).key("series").begin_array();
  for (const Series& series : all) {
    json.begin_object().key("group").begin_object();
    for (std::size_t i = 0, at = 0; i < pipe.groups.size(); ++i) {
      if (i == time) continue;
      append_value(json.key(pipe.columns[i].name), series.group[at++]);
    }
    json.end_object().key("points").begin_array();
    for (const std::size_t row : series.rows) {
      const std::vector<Scalar>& values = answer.rows[row];
      json.begin_array();
      append_value(json, values[time]);
      for (std::size_t i = pipe.groups.size(); i < values.size(); ++i) append_value(json, values[i]);
      json.end_array();
    }
    json.end_array().end_object();
  }
  json.end_array();
  append_end(json, answer);
  json.end_object();
  return body;
}

Answer<> check_room_for_query(const Services& services, const SearchMetrics& metrics) {
  if (auto room = check_room(services, metrics); !room) return room;
  if (metrics.queries.Value() >= SearchMetrics::most_queries)
    return refuse(503, "too many queries are running; try again when one of them is over");
  return {};
}

Task<Answer<>> answer_query(Services& services, Exchange& exchange, SearchMetricsPtr metrics) {
  if (auto room = check_room_for_query(services, *metrics); !room) co_return forward(room);
  const ViewerCount running(metrics->running);
  const ViewerCount query_running(metrics->queries);
  const auto source = exchange.target.parameter("q");
  if (!source) co_return refuse(400, "q: say what is asked, such as level == \"error\" | count() by container.name");
  auto parsed = history::parse_pipe(*source);
  if (!parsed) co_return refuse_expression("q", parsed.error());
  const auto pipe = std::make_shared<const Pipe>(std::move(*parsed));
  auto table = read_choice(exchange, "format", "table", "series", true);
  if (!table) co_return forward(table);
  if (!*table && pipe->series_group() == pipe->groups.size())
    co_return refuse(400, "format: a series needs one bucket of times among the groups: by bucket(time, \"5m\")");
  auto stored =
      co_await read_query(services, exchange, pipe->condition.empty() ? std::nullopt : std::optional(pipe->condition));
  if (!stored) co_return forward(stored);
  QueryRequest request{
      .pipe = pipe, .lines = std::move(stored->lines), .containers = {}, .now = services.pipeline.clock().now()};
  Turn turn;
  for (const ContainerPtr& container : stored->containers) {
    co_await yield_if_due(turn);
    const Host* host = services.registry().find_host(container->host);
    request.containers.push_back(std::make_shared<const ContainerView>(container, host ? host->name : ""));
  }
  auto first = co_await first_of(
      history::run_query(services.history->store(), services.pipeline.filter_workers(), std::move(request)),
      exchange.writer.until_stopping());
  if (first.index() == 1) co_return refuse(503, "the server is stopping");
  auto& answer = std::get<0>(first);
  if (!answer) co_return refuse(std::move(answer.error()));
  metrics->took(answer->elapsed);
  std::string body = co_await exchange.workers.run_sized(answer->rows.size() * bytes_of_row, [&] {
    return *table ? render_table(*pipe, *answer) : render_series(*pipe, *answer);
  });
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> query_routes(Services& services, const SearchMetricsPtr& metrics) {
  return {{"GET",
           "/api/v1/query",
           {"q", "containers", "since", "until", "levels", "streams", "format"},
           [&services, metrics](Exchange& exchange) { return answer_query(services, exchange, metrics); }}};
}

}  // namespace taffrail::api
