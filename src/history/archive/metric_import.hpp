#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "history/metric/metric_rows.hpp"
#include "store/connection.hpp"

namespace taffrail::history {

struct MetricImportReport {
  std::uint64_t series = 0;  ///< containers
  std::uint64_t points = 0;
  std::uint64_t events = 0;  ///< that were stored or stood there
};

/// Puts what `export_metrics` wrote into a metrics.db. Points of steps that are there already are put together with
/// these, and events that are there stay once, so an import that was broken off is repeated. A container is written as
/// a whole.
class MetricImport {
 public:
  /// Opens the file, or makes it. Errors: the store's; damaged when it was set aside.
  [[nodiscard]] static Result<MetricImport> open(const std::filesystem::path& file);

  /// What comes now is of another container. Errors: the store's; invalid_argument for what names none.
  [[nodiscard]] Result<> begin(const boost::json::object& container);
  /// Takes a line of points or an event. Errors: likewise.
  [[nodiscard]] Result<> take(const boost::json::object& line);
  /// Writes what was taken of a container.
  [[nodiscard]] Result<> end();
  [[nodiscard]] const MetricImportReport& report() const { return report_; }

 private:
  explicit MetricImport(store::Connection connection) : connection_(std::move(connection)) {}
  Result<> take_points(const boost::json::object& points);
  Result<> take_event(const boost::json::object& event);

  store::Connection connection_;
  SeriesKey series_ = 0;  // 0: of none
  MetricImportReport report_;
};

}  // namespace taffrail::history
