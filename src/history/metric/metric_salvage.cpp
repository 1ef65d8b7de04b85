#include "history/metric/metric_salvage.hpp"

#include <algorithm>
#include <optional>
#include <spdlog/spdlog.h>
#include <string>
#include <utility>

#include "history/metric/metric_block.hpp"
#include "history/metric/stored_event.hpp"
#include "store/carver.hpp"
#include "store/salvage_order.hpp"

namespace taffrail::history {
namespace {

/// What is read before it is written: points take 12 MB.
constexpr std::size_t rows_at_once = 2000;
constexpr std::size_t points_at_once = 40'000;

using store::Carver;

}  // namespace

struct MetricSalvage::Inventory {
  explicit Inventory(Carver carved) : file(std::move(carved)) {}

  Carver file;
  std::map<SeriesKey, ContainerId> series;
  std::vector<Carver::Row> rows;        // frames, blocks and events, without their bytes
  std::map<SeriesKey, SeriesKey> keys;  // in the new file

  void take(Carver::Row row);
};

/// A row of any table. Which one it is of shows in what its columns are.
void MetricSalvage::Inventory::take(Carver::Row row) {
  const std::string shape = row.shape();
  if (!row.in_index && shape == "-tt" && row.whole) {
    series.insert_or_assign(row.id, ContainerId(HostId(row.bytes(1)), row.bytes(2)));
  } else if (row.in_index && shape == "tti" && row.whole) {  // where the row that it leads to is lost
    series.try_emplace(row.integer(2), ContainerId(HostId(row.bytes(0)), row.bytes(1)));
  } else if (!row.in_index && (shape == "-iit" || shape == "-iiit" || shape == "-iitt")) {
    row.values.clear();
    rows.push_back(std::move(row));
  }
}

/// What is to be written, by the keys of the new file.
struct MetricSalvage::Piece {
  struct Points {
    SeriesKey series = 0;
    std::size_t level = 0;
    std::int64_t window = 0;
    std::vector<MetricPoint> points;
  };
  std::vector<MetricFrame> frames;
  std::vector<Points> blocks;
  std::vector<std::pair<SeriesKey, ContainerEvent>> events;
  std::size_t weight = 0;  // in points
  std::uint64_t lost = 0;

  /// False: it cannot be read, or is of nobody.
  bool add_frame(const Carver::Row& row, const std::map<SeriesKey, SeriesKey>& keys);
  bool add_block(const Carver::Row& row, const std::map<SeriesKey, SeriesKey>& keys);
  bool add_event(const Carver::Row& row, const std::map<SeriesKey, SeriesKey>& keys);
};

bool MetricSalvage::Piece::add_frame(const Carver::Row& row, const std::map<SeriesKey, SeriesKey>& keys) {
  auto points = decode_points(row.bytes(3));
  if (!points) return false;
  weight += points->size();
  std::map<std::int64_t, std::map<SeriesKey, MetricPoint>> chunks;
  for (MetricPoint& point : *points) {
    const auto key = keys.find(point.step);
    if (key == keys.end()) continue;
    point.step = key->second;
    chunks[point.step / MetricFrame::chunk_size].insert_or_assign(point.step, point);
  }
  for (const auto& [chunk, of] : chunks) {
    std::vector<MetricPoint> all;
    for (const auto& [series, point] : of) all.push_back(point);
    frames.push_back({chunk, row.integer(2), encode_points(all, Exactness::sampled)});
  }
  return !chunks.empty();
}

bool MetricSalvage::Piece::add_block(const Carver::Row& row, const std::map<SeriesKey, SeriesKey>& keys) {
  const auto key = keys.find(row.integer(1));
  auto points = decode_points(row.bytes(4));
  if (key == keys.end() || !points) return false;
  const auto level = static_cast<std::size_t>(row.integer(2));
  if (!lie_within(*points, level, row.integer(3))) return false;
  weight += points->size();
  blocks.push_back({key->second, level, row.integer(3), std::move(*points)});
  return true;
}

bool MetricSalvage::Piece::add_event(const Carver::Row& row, const std::map<SeriesKey, SeriesKey>& keys) {
  const auto key = keys.find(row.integer(1));
  if (key == keys.end()) return false;
  ContainerEvent event;
  event.time = Time(Duration(row.integer(2)));
  event.action = row.bytes(3);
  event.attributes = read_attributes(row.bytes(4));
  if (event.attributes.empty() && row.bytes(4) != "{}") return false;
  events.emplace_back(key->second, std::move(event));
  return true;
}

Result<std::shared_ptr<MetricSalvage::Inventory>> MetricSalvage::take_inventory() const {
  auto file = Carver::open(damaged_);
  if (!file) return forward(file);
  auto found = std::make_shared<Inventory>(std::move(*file));
  for (std::uint32_t page = 1; page <= found->file.pages(); ++page)
    for (Carver::Row& row : found->file.rows(page)) found->take(std::move(row));
  return found;
}

MetricSalvage::Piece MetricSalvage::read_piece(const Inventory& inventory, std::size_t& next) {
  Piece piece;
  const std::size_t end = std::min(inventory.rows.size(), next + rows_at_once);
  for (; next < end && piece.weight < points_at_once; ++next) {
    const auto row = inventory.file.whole(inventory.rows[next]);
    const std::string shape = row ? row->shape() : std::string();
    const bool kept = shape == "-iit"    ? piece.add_frame(*row, inventory.keys)
                      : shape == "-iiit" ? piece.add_block(*row, inventory.keys)
                      : shape == "-iitt" ? piece.add_event(*row, inventory.keys)
                                         : false;
    if (!kept) ++piece.lost;
  }
  return piece;
}

Task<Result<>> MetricSalvage::put(Piece piece) {
  salvaged_.rows += piece.frames.size() + piece.blocks.size();
  salvaged_.events += piece.events.size();
  salvaged_.lost += piece.lost;
  auto put = co_await store_.write([piece = std::move(piece)](store::Transaction& transaction) -> Result<> {
    Result<> done;
    for (const MetricFrame& frame : piece.frames)
      if (done) done = insert_frame(transaction, frame);
    for (const Piece::Points& block : piece.blocks) {
      if (!done) return done;
      auto move = plan_points(transaction, block.series, block.level, block.window, block.points);
      if (!move) return forward(move);
      done = carry_out(transaction, *move);
    }
    for (const auto& [series, event] : piece.events)
      if (done) done = insert_event(transaction, series, event);
    return done;
  });
  co_return put;
}

Task<Result<SalvagedMetrics>> MetricSalvage::run() {
  salvaged_ = {};
  auto taken = co_await workers_.run([this] { return take_inventory(); });
  if (!taken) co_return forward(taken);
  // A writing function may run when nobody waits for it any more.
  const std::shared_ptr<Inventory> inventory = std::move(*taken);
  auto known = co_await store_.write([inventory](store::Transaction& transaction) -> Result<> {
    for (const auto& [key, id] : inventory->series) {
      auto put = put_series(transaction, id);
      if (!put) return forward(put);
      inventory->keys.insert_or_assign(key, *put);
    }
    return {};
  });
  if (!known) co_return forward(known);
  salvaged_.series = inventory->series.size();
  for (std::size_t next = 0; next < inventory->rows.size();) {
    Piece piece = co_await workers_.run([&] { return read_piece(*inventory, next); });
    auto written = co_await put(std::move(piece));
    if (!written) co_return forward(written);
  }
  co_return salvaged_;
}

Task<> salvage_metrics_as_ordered(store::Store& store, WorkerPool& workers) {
  const auto damaged = store::ordered_salvage(store.path());
  if (!damaged) co_return;
  spdlog::info("what can be read of {} is taken over into the new metrics.db", damaged->string());
  MetricSalvage salvage(store, workers, *damaged);
  const auto done = co_await salvage.run();
  if (!done) {
    spdlog::error("{} could not be taken over: {}; it is tried at the next start again", damaged->string(),
                  done.error().detail);
    co_return;
  }
  spdlog::warn("metrics and {} events of {} containers were taken over from {}; {} rows could not be read",
               done->events, done->series, damaged->string(), done->lost);
  if (auto noted = store::salvage_done(store.path()); !noted) spdlog::error("{}", noted.error().detail);
}

}  // namespace taffrail::history
