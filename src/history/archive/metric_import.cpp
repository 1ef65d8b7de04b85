#include "history/archive/metric_import.hpp"

#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "expr/base64.hpp"
#include "history/archive/archive_file.hpp"
#include "history/archive/import_members.hpp"
#include "history/metric/metric_block.hpp"
#include "history/metric/metric_schema.hpp"
#include "history/metric/stored_event.hpp"

namespace taffrail::history {
namespace {

/// Containers between two times that the write-ahead log is emptied.
constexpr std::uint64_t checkpoint_series = 64;

}  // namespace

Result<MetricImport> MetricImport::open(const std::filesystem::path& file) {
  auto opened = open_for_import(file, metric_schema);
  if (!opened) return forward(opened);
  return MetricImport(std::move(*opened));
}

Result<> MetricImport::begin(const boost::json::object& container) {
  if (auto done = end(); !done) return done;
  const auto host = text_of(container, "host");
  const auto id = text_of(container, "container");
  if (!host || !id || id->empty()) return wrong("metrics have 'host' and 'container'");
  if (auto begun = connection_.run("BEGIN IMMEDIATE"); !begun) return begun;
  store::Transaction transaction(connection_);
  auto series = put_series(transaction, ContainerId(HostId(std::string(*host)), std::string(*id)));
  if (!series) {
    connection_.abandon_transaction();
    return forward(series);
  }
  series_ = *series;
  ++report_.series;
  return {};
}

Result<> MetricImport::take(const boost::json::object& line) {
  if (const auto* points = line.if_contains("points"); points && points->is_object())
    return take_points(points->get_object());
  if (const auto* event = line.if_contains("event"); event && event->is_object())
    return take_event(event->get_object());
  return wrong("behind 'metrics' come 'points' and 'event'");
}

Result<> MetricImport::take_points(const boost::json::object& points) {
  const auto level = integer_of(points, "level");
  const auto window = integer_of(points, "window");
  const auto base64 = text_of(points, "base64");
  const auto bytes = base64 ? expr::from_base64(*base64) : std::nullopt;
  if (!level || *level < 0 || !window || !bytes) return wrong("points have 'level', 'window' and 'base64'");
  auto all = decode_points(*bytes);
  if (!all) return wrong(all.error().detail);
  if (!lie_within(*all, static_cast<std::size_t>(*level), *window)) return wrong("the points lie outside their window");
  store::Transaction transaction(connection_);
  auto move = plan_points(transaction, series_, static_cast<std::size_t>(*level), *window, *all);
  if (!move) return forward(move);
  report_.points += all->size();
  return carry_out(transaction, *move);
}

Result<> MetricImport::take_event(const boost::json::object& event) {
  const auto time = time_of(event, "time");
  const auto action = text_of(event, "action");
  const auto* attributes = event.if_contains("attributes");
  if (!time || !action || !attributes || !attributes->is_object())
    return wrong("an event has 'time', 'action' and 'attributes'");
  ContainerEvent made;
  made.time = *time;
  made.action = *action;
  for (const auto& [name, value] : attributes->get_object()) {
    if (!value.is_string()) return wrong("the attributes of an event are texts");
    made.attributes.emplace(name, value.get_string());
  }
  store::Transaction transaction(connection_);
  ++report_.events;
  return insert_event(transaction, series_, made);
}

Result<> MetricImport::end() {
  if (std::exchange(series_, 0) == 0) return {};
  auto committed = connection_.run("COMMIT");
  if (!committed) connection_.abandon_transaction();
  if (!committed || report_.series % checkpoint_series != 0) return committed;
  return connection_.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace taffrail::history
