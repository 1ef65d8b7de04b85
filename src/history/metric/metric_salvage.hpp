#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/metric/metric_rows.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// What was taken over of a damaged metrics.db.
struct SalvagedMetrics {
  std::uint64_t series = 0;  ///< containers
  std::uint64_t rows = 0;    ///< frames and blocks whose points are there
  std::uint64_t events = 0;
  std::uint64_t lost = 0;  ///< frames, blocks and events that cannot be read, or that are of nobody
};

/// Takes over what can be read of a damaged metrics.db into a new one, whichever of its pages are wrong: its rows are
/// read page by page (store/carver.hpp). Points are believed as far as their checksums are right. Nothing is there
/// twice when it is done again, so what was broken off is begun again from the start.
class MetricSalvage {
 public:
  /// @param store with the tables of metrics; nobody else writes to it meanwhile
  MetricSalvage(store::Store& store, WorkerPool& workers, std::filesystem::path damaged)
      : store_(store), workers_(workers), damaged_(std::move(damaged)) {}

  /// Errors: the store's, and the operating system's.
  Task<Result<SalvagedMetrics>> run();

 private:
  struct Inventory;
  struct Piece;
  [[nodiscard]] Result<std::shared_ptr<Inventory>> take_inventory() const;
  /// Some rows from `next` on.
  [[nodiscard]] static Piece read_piece(const Inventory& inventory, std::size_t& next);
  Task<Result<>> put(Piece piece);

  store::Store& store_;
  WorkerPool& workers_;
  std::filesystem::path damaged_;
  SalvagedMetrics salvaged_;
};

/// Does what was ordered (store/salvage_order.hpp), if something was, and says in the log what came of it. What fails
/// is tried at the next start again.
Task<> salvage_metrics_as_ordered(store::Store& store, WorkerPool& workers);

}  // namespace taffrail::history
