#include "api/pattern_json.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "history/pattern/line_form.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"
#include "text/json_writer.hpp"
#include "text/level.hpp"

namespace taffrail::api {
namespace {

/// Containers and services of a pattern that are named, those with most lines.
constexpr std::size_t most_named = 20;

void append_places(text::JsonWriter& json, const history::Pattern& pattern, const StoredLines& stored) {
  std::map<std::string_view, std::uint64_t> services;
  json.member("container_count", pattern.logs.size()).key("containers").begin_array();
  for (std::size_t i = 0; i < pattern.logs.size(); ++i) {
    const Container& container = *stored.containers[pattern.logs[i].first];
    if (!container.service.empty()) services[container.service] += pattern.logs[i].second;
    if (i >= most_named) continue;
    json.begin_object().member("container", container.id.str()).member("host", container.host.str());
    json.member("name", container.name).member("lines", pattern.logs[i].second).end_object();
  }
  json.end_array().key("services").begin_array();
  std::vector<std::pair<std::string_view, std::uint64_t>> most(services.begin(), services.end());
  std::ranges::sort(most, [](const auto& one, const auto& other) {
    return std::pair(other.second, one.first) < std::pair(one.second, other.first);
  });
  for (const auto& [service, lines] : std::span(most).first(std::min(most.size(), most_named)))
    json.begin_object().member("service", service).member("lines", lines).end_object();
  json.end_array();
}

void append_end(text::JsonWriter& json, std::string_view name, bool known, Time time, Place place,
                const ContainerId& container) {
  json.member(name, known ? std::optional(time) : std::nullopt);
  const Cursor cursor{.seq = place.seq, .time = place.time, .container = container};
  json.member_or_null(std::string(name) + "_cursor", known ? cursor.to_string() : "");
}

void append_pattern(text::JsonWriter& json, const history::Pattern& pattern, const StoredLines& stored, bool compared) {
  const history::FormTally& tally = pattern.tally;
  const std::uint64_t lines = tally.lines();
  json.begin_object().member("id", pattern.id()).member("template", history::show_form(pattern.form));
  json.member("filter", history::form_filter(pattern.form)).member("lines", lines);
  json.key("levels").begin_object();
  for (std::size_t level = 0; level < tally.levels.size(); ++level)
    if (tally.levels[level] > 0) json.member(text::to_string(static_cast<text::Level>(level)), tally.levels[level]);
  json.end_object();
  const auto id_of = [&](std::size_t log) { return lines > 0 ? stored.containers[log]->id : ContainerId(); };
  append_end(json, "first", lines > 0, tally.first, tally.first_place, id_of(pattern.first_log));
  append_end(json, "last", lines > 0, tally.last, tally.last_place, id_of(pattern.last_log));
  json.member("example", pattern.example);
  append_places(json, pattern, stored);
  if (compared) json.member("base_lines", pattern.base_lines).member("surprise", pattern.surprise);
  json.end_object();
}

void append_fields(text::JsonWriter& json, const history::Patterns& patterns) {
  json.key("fields").begin_array();
  for (const history::MovedField& field : patterns.fields) {
    json.begin_object().member("name", field.name).member("surprise", field.surprise);
    json.member("lines", field.lines).member("base_lines", field.base_lines).key("values").begin_array();
    for (const history::MovedField::Value& value : field.values)
      json.begin_object()
          .member("value", value.value)
          .member("lines", value.lines)
          .member("base_lines", value.base_lines)
          .end_object();
    json.end_array().member("median", field.median).member("base_median", field.base_median).end_object();
  }
  json.end_array().member("sampled_lines", patterns.sampled_lines);
  json.member("base_sampled_lines", patterns.base_sampled_lines);
}

void append_container(text::JsonWriter& json, const Comparison& comparison, std::optional<std::size_t> place) {
  const Container* container = place ? comparison.containers[*place].get() : nullptr;
  json.member_or_null("container", container != nullptr ? container->id.str() : "");
  json.member_or_null("host", container != nullptr ? container->host.str() : "");
  json.member_or_null("name", container != nullptr ? container->name : "");
}

void append_metrics(text::JsonWriter& json, const Comparison& comparison) {
  if (!comparison.metrics) {
    json.key("metrics").null().key("events").null();
    return;
  }
  json.key("metrics").begin_array();
  for (const history::MovedMetric& one : comparison.metrics->metrics) {
    const Metric& metric = all_metrics[one.metric];
    json.begin_object().member("metric", metric.name).member("unit", metric.unit);
    append_container(json, comparison, one.container);
    json.member("surprise", one.surprise).member("mean", one.mean).member("base_mean", one.base_mean).end_object();
  }
  json.end_array().key("events").begin_array();
  for (const history::MovedEvent& one : comparison.metrics->events) {
    json.begin_object().member("action", one.action);
    append_container(json, comparison, one.container);
    json.member("surprise", one.surprise).member("count", one.count).member("base_count", one.base_count).end_object();
  }
  json.end_array();
}

}  // namespace

std::string render_patterns(const history::Patterns& patterns, const StoredLines& stored, const Comparison* comparison,
                            Duration elapsed) {
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().key("patterns").begin_array();
  for (const history::Pattern& pattern : patterns.patterns)
    append_pattern(json, pattern, stored, comparison != nullptr);
  json.end_array().member("found", patterns.found).member("lines", patterns.lines);
  if (comparison != nullptr) {
    const ComparedTimes& times = comparison->times;
    json.member("base_lines", patterns.base_lines).member("by", times.by_time ? "time" : "share");
    json.member("since", times.since).member("until", times.until);
    json.member("base_since", times.base_since).member("base_until", times.base_until);
    append_fields(json, patterns);
    append_metrics(json, *comparison);
  }
  json.member("other_lines", patterns.other_lines).member("complete", patterns.complete);
  json.member("truncated", !patterns.complete || patterns.other_lines > 0 || patterns.found > patterns.patterns.size());
  json.member("damaged_lines", patterns.damaged_lines).member("scanned_lines", patterns.scanned_lines);
  json.member("scanned_bytes", patterns.scanned_bytes);
  json.member("elapsed_ms", std::chrono::duration<double, std::milli>(elapsed).count()).end_object();
  return body;
}

}  // namespace taffrail::api
