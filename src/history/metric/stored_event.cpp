#include "history/metric/stored_event.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "text/json_writer.hpp"

namespace taffrail::history {
namespace {

namespace json = boost::json;

/// Containers whose events are looked up one by one; of more, all events of the time are gone through.
constexpr std::size_t few = 64;

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

/// Of one series (0: of all), the rows from `from` on.
Result<store::Statement> rows_of(store::Snapshot& snapshot, SeriesKey series, const EventQuery& query,
                                 const EventPlace& from) {
  constexpr std::string_view one_up =
      "SELECT id, series, time, action, attributes FROM event WHERE series = ?1 AND time BETWEEN ?2 AND ?3 AND (time, "
      "id) > (?4, ?5) ORDER BY time, id LIMIT ?6";
  constexpr std::string_view one_down =
      "SELECT id, series, time, action, attributes FROM event WHERE series = ?1 AND time BETWEEN ?2 AND ?3 AND (time, "
      "id) < (?4, ?5) ORDER BY time DESC, id DESC LIMIT ?6";
  constexpr std::string_view all_up =
      "SELECT id, series, time, action, attributes FROM event WHERE ?1 = 0 AND time BETWEEN ?2 AND ?3 AND (time, id) > "
      "(?4, ?5) ORDER BY time, id LIMIT ?6";
  constexpr std::string_view all_down =
      "SELECT id, series, time, action, attributes FROM event WHERE ?1 = 0 AND time BETWEEN ?2 AND ?3 AND (time, id) < "
      "(?4, ?5) ORDER BY time DESC, id DESC LIMIT ?6";
  const std::string_view sql =
      series != 0 ? (query.descending ? one_down : one_up) : (query.descending ? all_down : all_up);
  // Those of all containers are chosen from here, however many are passed over.
  const std::int64_t most =
      series != 0 ? static_cast<std::int64_t>(query.limit) : std::numeric_limits<std::int64_t>::max();
  return snapshot.query(sql, series, ns_of(query.since), ns_of(query.until) - 1, ns_of(from.time), from.id, most);
}

}  // namespace

std::map<std::string, std::string> read_attributes(std::string_view text) {
  std::map<std::string, std::string> attributes;
  boost::system::error_code wrong;
  const json::value value = json::parse(text, wrong);
  if (wrong || !value.is_object()) return attributes;
  for (const auto& [name, attribute] : value.get_object())
    if (attribute.is_string()) attributes.emplace(name, attribute.get_string());
  return attributes;
}

Result<> insert_event(store::Transaction& transaction, SeriesKey series, const ContainerEvent& event) {
  std::string attributes;
  text::JsonWriter(attributes).value(event.attributes);
  return transaction.run(
      "INSERT OR IGNORE INTO event(series, time, action, attributes) SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM "
      "series WHERE id = ?1)",
      series, ns_of(event.time), event.action, attributes);
}

Result<std::vector<StoredEvent>> read_events(store::Snapshot& snapshot, const EventQuery& query,
                                             const std::unordered_map<SeriesKey, ContainerId>& series) {
  std::vector<StoredEvent> events;
  if (query.since >= query.until) return events;
  const EventPlace from =
      query.cursor.value_or(query.descending ? EventPlace{Time::max(), std::numeric_limits<std::int64_t>::max()}
                                             : EventPlace{Time::min(), -1});
  const auto add = [&](SeriesKey of) -> Result<> {
    auto row = rows_of(snapshot, of, query, from);
    if (!row) return forward(row);
    for (std::size_t taken = 0; taken < query.limit;) {
      auto there = row->step();
      if (!there) return forward(there);
      if (!*there) break;
      const auto container = series.find(row->integer(1));
      if (container == series.end()) continue;
      StoredEvent& one = events.emplace_back();
      one.place = {Time(Duration(row->integer(2))), row->integer(0)};
      one.event.container = container->second;
      one.event.host = container->second.host();
      one.event.time = one.place.time;
      one.event.action = row->text(3);
      one.event.attributes = read_attributes(row->text(4));
      ++taken;
    }
    return {};
  };
  if (query.containers && series.size() <= few) {
    for (const auto& [key, id] : series)
      if (auto added = add(key); !added) return forward(added);
    if (query.descending)
      std::ranges::sort(events, std::greater(), &StoredEvent::place);
    else
      std::ranges::sort(events, std::less(), &StoredEvent::place);
    if (events.size() > query.limit) events.resize(query.limit);
  } else if (auto added = add(0); !added) {
    return forward(added);
  }
  return events;
}

Result<> bound_events(store::Transaction& transaction, std::size_t most, std::size_t most_of_all, Time oldest) {
  auto done = transaction.run("DELETE FROM event WHERE time < ?1", ns_of(oldest));
  std::vector<SeriesKey> full;
  {
    auto row = transaction.query("SELECT series FROM event GROUP BY series HAVING count(*) > ?1", most);
    if (!row) return forward(row);
    for (;;) {
      auto there = row->step();
      if (!there) return forward(there);
      if (!*there) break;
      full.push_back(row->integer(0));
    }
  }
  for (const SeriesKey series : full)
    if (done)
      done = transaction.run(
          "DELETE FROM event WHERE series = ?1 AND id NOT IN (SELECT id FROM event WHERE series = ?1 ORDER BY time "
          "DESC, id DESC LIMIT ?2)",
          series, most);
  if (done)
    done = transaction.run(
        "DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY time DESC, id DESC LIMIT -1 OFFSET ?1)",
        most_of_all);
  return done;
}

}  // namespace taffrail::history
