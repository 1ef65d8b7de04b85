#include "history/archive/metric_check.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <vector>

#include "history/archive/archive_file.hpp"
#include "history/metric/metric_block.hpp"
#include "history/metric/metric_rows.hpp"

namespace taffrail::history {
namespace {

/// Rows that are read in one reading.
constexpr std::size_t rows_at_once = 256;

class MetricCheck {
 public:
  MetricCheck(store::Connection& connection, const std::function<void(const std::string&)>& tell)
      : connection_(connection), tell_(tell) {}

  MetricReport run() {
    each("the file", "SELECT 0, integrity_check FROM pragma_integrity_check WHERE 0 >= ?1 AND ?2 > 0",
         [&](store::Statement& row) {
           if (row.text(1) != "ok") fault("SQLite says: " + std::string(row.text(1)));
         });
    each("the containers", "SELECT id FROM series WHERE id > ?1 ORDER BY id LIMIT ?2",
         [&](store::Statement&) { ++report_.series; });
    each("the blocks",
         "SELECT id, series, level, window, bytes, series IN (SELECT id FROM series) FROM block WHERE id > ?1 ORDER BY "
         "id LIMIT ?2",
         [&](store::Statement& row) { check_block(row); });
    each("the frames", "SELECT id, chunk, step, bytes FROM frame WHERE id > ?1 ORDER BY id LIMIT ?2",
         [&](store::Statement& row) { check_frame(row); });
    each("the events",
         "SELECT id, series, json_valid(attributes), series IN (SELECT id FROM series) FROM event WHERE id > ?1 ORDER "
         "BY id LIMIT ?2",
         [&](store::Statement& row) {
           ++report_.events;
           if (row.integer(2) == 0) fault(fmt::format("what event {} says is no JSON", row.integer(0)));
           if (row.integer(3) == 0) fault(fmt::format("event {} is of a container that is not there", row.integer(0)));
         });
    return report_;
  }

 private:
  void fault(const std::string& what) {
    ++report_.faults;
    tell_(what);
  }
  /// Calls `take` with all rows, some in each reading. @param sql of rows by their first column, behind ?1, ?2 at most
  template <class Take>
  void each(std::string_view what, std::string_view sql, Take take) {
    for (std::int64_t passed = 0, more = 1; more != 0;) {
      more = 0;
      auto done = in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
        auto rows = snapshot.query(sql, passed, rows_at_once);
        if (!rows) return forward(rows);
        return each_row(*rows, [&](store::Statement& row) -> Result<> {
          take(row);
          more = row.integer(0) > passed ? 1 : more;
          passed = std::max(passed, row.integer(0));
          return {};
        });
      });
      if (!done) return fault(fmt::format("{} cannot be read to the end: {}", what, done.error().detail));
    }
  }
  std::vector<MetricPoint> points(const std::string& name, store::Bytes bytes) {
    auto points = decode_points({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!points) {
      fault(fmt::format("{}: {}", name, points.error().detail));
      return {};
    }
    report_.points += points->size();
    return std::move(*points);
  }
  void check_block(store::Statement& row) {
    const std::string name = fmt::format("block {} of series {}", row.integer(0), row.integer(1));
    if (row.integer(5) == 0) fault(name + " is of a container that is not there");
    const auto level = static_cast<std::size_t>(row.integer(2));
    if (level >= metric_levels.size()) return fault(name + " is of a level that there is not");
    if (!lie_within(points(name, row.bytes(4)), level, row.integer(3))) fault(name + " has points outside its window");
  }
  void check_frame(store::Statement& row) {
    const std::string name = fmt::format("frame {}", row.integer(0));
    const std::vector<MetricPoint> all = points(name, row.bytes(3));
    if (!std::ranges::all_of(
            all, [&](const MetricPoint& point) { return point.step / MetricFrame::chunk_size == row.integer(1); }))
      fault(name + " has samples of containers that are not its own");
  }

  store::Connection& connection_;
  const std::function<void(const std::string&)>& tell_;
  MetricReport report_;
};

}  // namespace

Result<MetricReport> check_metrics(const std::filesystem::path& file,
                                   const std::function<void(const std::string&)>& tell) {
  auto connection = open_archive(file, ArchiveOf::metrics);
  if (!connection) return forward(connection);
  return MetricCheck(*connection, tell).run();
}

}  // namespace taffrail::history
