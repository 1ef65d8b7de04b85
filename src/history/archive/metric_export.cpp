#include "history/archive/metric_export.hpp"

#include <fmt/format.h>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "expr/base64.hpp"
#include "history/archive/archive_file.hpp"
#include "history/container_about.hpp"
#include "history/metric/metric_block.hpp"
#include "history/metric/metric_rows.hpp"
#include "history/metric/stored_event.hpp"
#include "text/json_writer.hpp"

namespace taffrail::history {
namespace {

/// Events that are read in one reading.
constexpr std::size_t events_at_once = 1000;

class MetricExport {
 public:
  MetricExport(store::Connection& connection, std::optional<store::Connection> lines, const ExportOptions& options,
               std::ostream& out)
      : connection_(connection), lines_(std::move(lines)), options_(options), out_(out) {}

  Result<MetricExportReport> run() {
    std::map<SeriesKey, ContainerId> series;
    auto begun = in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = snapshot.query("SELECT id, host, container FROM series");
      if (!rows) return forward(rows);
      auto done = each_row(*rows, [&](store::Statement& row) -> Result<> {
        series.emplace(row.integer(0), ContainerId(HostId(std::string(row.text(1))), std::string(row.text(2))));
        return {};
      });
      return done ? read_frames(snapshot) : done;
    });
    if (!begun) return forward(begun);
    for (const auto& [key, id] : series) {
      auto wanted = wants(id);
      if (!wanted) return forward(wanted);
      if (!*wanted) continue;
      if (auto done = write_series(key, id); !done) return forward(done);
    }
    out_.flush();
    if (auto done = write_out(out_, ""); !done) return forward(done);
    return report_;
  }

 private:
  /// Makes blocks of the frames, as the server does later; those of them that were part of stored blocks take their
  /// place. What the server moves meanwhile is written twice, and an importer puts it together.
  Result<> read_frames(store::Snapshot& snapshot) {
    std::vector<std::int64_t> chunks;
    {
      auto rows = snapshot.query("SELECT DISTINCT chunk FROM frame");
      if (!rows) return forward(rows);
      auto done = each_row(*rows, [&](store::Statement& row) -> Result<> {
        chunks.push_back(row.integer(0));
        return {};
      });
      if (!done) return done;
    }
    for (const std::int64_t chunk : chunks) {
      auto move = plan_blocks(snapshot, chunk, std::numeric_limits<std::int64_t>::min());
      if (!move) return forward(move);
      report_.damaged += move->damaged;
      replaced_.insert(move->gone.begin(), move->gone.end());
      for (EncodedMetrics& block : move->blocks) from_frames_.emplace(block.series, std::move(block));
    }
    return {};
  }

  /// What is known of a container is what its log says of it.
  Result<bool> wants(const ContainerId& id) {
    if (!options_.wants) return true;
    Container container;
    container.id = id;
    container.host = id.host();
    container.name = id.str();
    if (lines_) {
      auto found = in_snapshot(*lines_, [&](store::Snapshot& snapshot) -> Result<> {
        auto row =
            snapshot.query("SELECT about FROM log WHERE host = ?1 AND container = ?2", id.host().str(), id.str());
        if (!row) return forward(row);
        return each_row(*row, [&](store::Statement& one) -> Result<> {
          container = read_about(id, std::string(one.text(0)));
          return {};
        });
      });
      if (!found) return forward(found);
    }
    return options_.wants(container);
  }

  Result<> write_series(SeriesKey key, const ContainerId& id) {
    std::multimap<std::pair<std::size_t, std::int64_t>, std::string> blocks;  // by level and window
    auto done = in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = snapshot.query("SELECT id, level, window, bytes FROM block WHERE series = ?1", key);
      if (!rows) return forward(rows);
      return each_row(*rows, [&](store::Statement& row) -> Result<> {
        if (replaced_.contains(row.integer(0))) return {};
        const store::Bytes bytes = row.bytes(3);
        blocks.emplace(std::pair(static_cast<std::size_t>(row.integer(1)), row.integer(2)),
                       std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        return {};
      });
    });
    if (!done) return done;
    const auto [from, to] = from_frames_.equal_range(key);
    for (auto block = from; block != to; ++block)
      blocks.emplace(std::pair(block->second.level, block->second.window), block->second.bytes);
    std::string text;
    for (const auto& [place, bytes] : blocks) append_block(text, place.first, place.second, bytes);
    if (done = append_events(text, key, id); !done || text.empty()) return done;
    ++report_.series;
    std::string head;
    text::JsonWriter json(head);
    json.begin_object().key("metrics").begin_object().member("host", id.host().str()).member("container", id.str());
    json.end_object().end_object();
    head += '\n';
    done = write_out(out_, head);
    return done ? write_out(out_, text) : done;
  }

  void append_block(std::string& text, std::size_t level, std::int64_t window, std::string_view bytes) {
    auto points = decode_points(bytes);
    if (!points || !lie_within(*points, level, window)) {
      ++report_.damaged;
      return;
    }
    std::erase_if(*points, [&](const MetricPoint& point) {
      const Time begin = begin_of(point.step, metric_levels.at(level).length);
      return (options_.since && begin < *options_.since) || (options_.until && begin >= *options_.until);
    });
    if (points->empty()) return;
    report_.points += points->size();
    const std::string kept = encode_points(*points, level == 0 ? Exactness::sampled : Exactness::rolled);
    text += fmt::format("{{\"points\":{{\"level\":{},\"window\":{},\"base64\":\"{}\"}}}}\n", level, window,
                        expr::to_base64(kept));
  }

  Result<> append_events(std::string& text, SeriesKey key, const ContainerId& id) {
    EventQuery query;
    query.containers = std::vector{id};
    query.since = options_.since.value_or(Time::min());
    query.until = options_.until.value_or(Time::max());
    query.limit = events_at_once;
    for (bool more = true; more;) {
      auto events = in_snapshot(connection_,
                                [&](store::Snapshot& snapshot) { return read_events(snapshot, query, {{key, id}}); });
      if (!events) return forward(events);
      more = events->size() == query.limit;
      for (const StoredEvent& one : *events) {
        text::JsonWriter json(text);
        json.begin_object().key("event").begin_object().member("time", one.event.time);
        json.member("action", one.event.action).member("attributes", one.event.attributes).end_object().end_object();
        text += '\n';
        ++report_.events;
        query.cursor = one.place;
      }
    }
    return {};
  }

  store::Connection& connection_;
  std::optional<store::Connection> lines_;
  const ExportOptions& options_;
  std::ostream& out_;
  std::multimap<SeriesKey, EncodedMetrics> from_frames_;
  std::set<std::int64_t> replaced_;  // rows of blocks
  MetricExportReport report_;
};

}  // namespace

Result<MetricExportReport> export_metrics(const std::filesystem::path& file, const std::filesystem::path& lines,
                                          const ExportOptions& options, std::ostream& out) {
  auto connection = open_archive(file, ArchiveOf::metrics);
  if (!connection) return forward(connection);
  std::optional<store::Connection> beside;
  if (options.wants) {
    auto opened = open_archive(lines, ArchiveOf::lines);
    if (!opened && opened.error().code != ErrorCode::not_found) return forward(opened);
    if (opened) beside.emplace(std::move(*opened));
  }
  return MetricExport(*connection, std::move(beside), options, out).run();
}

}  // namespace taffrail::history
