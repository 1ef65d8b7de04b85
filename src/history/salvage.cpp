#include "history/salvage.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <spdlog/spdlog.h>
#include <string>
#include <utility>

#include "history/block/block_filter.hpp"
#include "history/container_about.hpp"
#include "history/stored_log.hpp"
#include "store/carver.hpp"
#include "store/salvage_order.hpp"

namespace taffrail::history {
namespace {

namespace fs = std::filesystem;

/// Bytes of blocks that are read before they are written.
constexpr std::size_t piece_bytes = std::size_t{8} << 20;

using store::Carver;

Place place(const Carver::Row& row, std::size_t seq_column) {
  return {Time(Duration(row.integer(seq_column + 1))), static_cast<Seq>(row.integer(seq_column))};
}

bool plausible(const BlockInfo& info) {
  constexpr Seq largest = (Seq{1} << 53) - 1;  // model/record.hpp
  return info.first.seq <= info.last.seq && info.last.seq <= largest && info.lines > 0 &&
         info.lines <= max_block_lines && info.raw <= max_block_bytes;
}

}  // namespace

struct Salvage::Inventory {
  explicit Inventory(Carver carved) : file(std::move(carved)) {}

  Carver file;
  std::map<LogKey, LogRow> logs;
  std::map<BlockKey, BlockInfo> blocks;
  std::multimap<BlockKey, std::pair<LogKey, Seq>> last_lines;  // by the index of blocks
  std::map<std::int64_t, Carver::Row> parts;                   // without their bytes
  std::map<BlockKey, Carver::Row> filters;                     // likewise
  std::vector<std::pair<LogKey, Gap>> gaps;
  std::map<LogKey, LogKey> keys;  // in the new file

  void take(Carver::Row row);
  void take_index(const Carver::Row& row);
  [[nodiscard]] std::string bytes_of(const std::map<std::int64_t, Carver::Row>& rows, std::int64_t key) const;
};

/// A row of any table. Which one it is of shows in what its columns are.
void Salvage::Inventory::take(Carver::Row row) {
  const std::string shape = row.shape();
  if (row.in_index) {
    take_index(row);
  } else if (shape == "-t") {
    auto& rows = row.bytes(1).starts_with("TBF") ? filters : parts;
    row.values.clear();
    rows.insert_or_assign(row.id, std::move(row));
  } else if (shape == "-iiiiiiiiiiiit") {
    BlockInfo info;
    info.key = row.id;
    info.log = row.integer(1);
    info.kind = row.integer(2) == 0 ? BlockInfo::Kind::plain : BlockInfo::Kind::templates;
    info.first = place(row, 3);
    info.last = place(row, 5);
    info.least = Time(Duration(row.integer(7)));
    info.greatest = Time(Duration(row.integer(8)));
    info.lines = static_cast<std::uint32_t>(row.integer(9));
    info.raw = static_cast<std::uint32_t>(row.integer(10));
    info.size = static_cast<std::uint64_t>(row.integer(11));
    info.levels = static_cast<std::uint8_t>(row.integer(12));
    if (plausible(info)) blocks.insert_or_assign(info.key, info);
  } else if (shape == "-ttt-ii" || shape == "-tttiii") {
    const auto all = file.whole(row);
    if (!all) return;
    LogRow log{ContainerId(HostId(all->bytes(1)), all->bytes(2)), all->bytes(3), std::nullopt, place(*all, 5)};
    if (shape[4] == 'i') log.removed = Time(Duration(all->integer(4)));
    logs.insert_or_assign(row.id, std::move(log));
  } else if (shape.size() == 8 && shape.starts_with("-i") && shape.substr(4, 2) == "ii" && shape.ends_with('t')) {
    Gap gap;
    if (shape[2] == 'i') gap.after = Cursor{place(row, 2).seq, place(row, 2).time, {}};
    gap.before = Cursor{place(row, 4).seq, place(row, 4).time, {}};
    if (shape[6] == 'i') gap.lines = static_cast<std::uint64_t>(row.integer(6));
    gap.reason = row.bytes(7);
    gaps.emplace_back(row.integer(1), std::move(gap));
  }
}

/// What an index says is of use where the row that it leads to is lost.
void Salvage::Inventory::take_index(const Carver::Row& row) {
  const std::string shape = row.shape();
  if (shape == "iii") {
    last_lines.emplace(row.integer(2), std::pair(row.integer(0), static_cast<Seq>(row.integer(1))));
  } else if (shape == "tti" && row.whole) {
    Container nameless;
    nameless.id = ContainerId(HostId(row.bytes(0)), row.bytes(1));
    nameless.host = nameless.id.host();
    nameless.name = nameless.id.str();
    logs.try_emplace(row.integer(2), LogRow{nameless.id, about(nameless), {}, {}});
  }
}

std::string Salvage::Inventory::bytes_of(const std::map<std::int64_t, Carver::Row>& rows, std::int64_t key) const {
  const auto at = rows.find(key);
  if (at == rows.end()) return {};
  const auto all = file.whole(at->second);
  return all ? all->bytes(1) : std::string();
}

/// A block to be written.
struct Salvage::Piece {
  EncodedRow row;
  LogKey log = 0;      // in the new file
  bool whole = false;  // its lines are there
};

Result<std::shared_ptr<Salvage::Inventory>> Salvage::take_inventory() const {
  auto file = Carver::open(damaged_);
  if (!file) return forward(file);
  auto found = std::make_shared<Inventory>(std::move(*file));
  for (std::uint32_t page = 1; page <= found->file.pages(); ++page)
    for (Carver::Row& row : found->file.rows(page)) found->take(std::move(row));
  // Blocks whose row is lost.
  for (const auto& [key, part] : found->parts)
    if (const BlockKey block = key / 4; !found->blocks.contains(block)) found->blocks[block].key = block;
  // What belongs to no log is of nobody.
  std::erase_if(found->blocks,
                [&](const auto& block) { return plausible(block.second) && !found->logs.contains(block.second.log); });
  std::erase_if(found->gaps, [&](const auto& gap) { return !found->logs.contains(gap.first); });
  for (const auto& [key, block] : found->blocks)
    if (plausible(block) && found->logs.at(block.log).last.seq < block.last.seq)
      found->logs.at(block.log).last = block.last;
  return found;
}

/// A block with what is left of it. Nothing: nobody knows whose it is.
std::optional<Salvage::Piece> Salvage::read_piece(const Inventory& inventory, const BlockInfo& info,
                                                  RowWriter& writer) {
  Piece piece;
  for (std::size_t part = 0; part < piece.row.parts.size(); ++part)
    piece.row.parts[part] = inventory.bytes_of(inventory.parts, part_key(info.key, static_cast<PartOf>(part)));
  piece.row.filter = inventory.bytes_of(inventory.filters, info.key);
  piece.row.info = info;
  piece.row.info.kind = piece.row.parts[0].empty() ? BlockInfo::Kind::templates : BlockInfo::Kind::plain;
  LogKey log = info.log;
  const auto lines = decode_lines(piece.row);
  piece.whole = lines.has_value() && !lines->records.empty();
  if (piece.whole && plausible(info)) piece.whole = lines->records.back().seq == info.last.seq;
  if (!plausible(info)) {
    const auto [from, to] = inventory.last_lines.equal_range(info.key);
    const auto at = std::find_if(from, to, [&](const auto& entry) {
      return piece.whole && entry.second.second == lines->records.back().seq &&
             inventory.logs.contains(entry.second.first);
    });
    if (at == to) return std::nullopt;
    log = at->second.first;
  }
  piece.log = inventory.keys.at(log);
  if (!piece.whole) {
    piece.row.parts = {};
    piece.row.filter.clear();
    return piece;
  }
  if (auto kept = BlockFilter::decode(piece.row.filter); kept) {
    describe(piece.row, *lines);
    return piece;
  }
  auto made = piece.row.info.kind == BlockInfo::Kind::plain ? writer.plain(*lines) : writer.templates(*lines);
  if (made) piece.row = std::move(*made);
  return piece;
}

Result<std::vector<Salvage::Piece>> Salvage::read_pieces(const Inventory& inventory, BlockKey& next) {
  std::vector<Piece> pieces;
  RowWriter writer;
  std::size_t bytes = 0;
  auto at = inventory.blocks.lower_bound(next);
  for (; bytes < piece_bytes && at != inventory.blocks.end(); ++at) {
    auto piece = read_piece(inventory, at->second, writer);
    if (!piece) continue;
    for (const std::string& part : piece->row.parts) bytes += part.size();
    pieces.push_back(std::move(*piece));
  }
  next = at == inventory.blocks.end() ? 0 : at->first;
  return pieces;
}

Task<Result<>> Salvage::put(std::vector<Piece> pieces) {
  std::size_t bytes = 0;
  for (const Piece& piece : pieces)
    for (const std::string& part : piece.row.parts) bytes += part.size();
  auto put = co_await store_.write(
      [pieces = std::move(pieces)](store::Transaction& transaction) -> Result<Salvaged> {
        Salvaged kept;
        for (const Piece& piece : pieces) {
          const BlockInfo& info = piece.row.info;
          auto there = has_block_within(transaction, piece.log, info.first.seq, info.last.seq);
          if (!there) return forward(there);
          if (*there) continue;
          auto block = insert_block(transaction, piece.log, piece.row);
          if (!block) return forward(block);
          if (piece.whole) {
            ++kept.blocks;
            kept.lines += info.lines;
          } else {
            ++kept.gaps;
          }
        }
        return kept;
      },
      bytes);
  if (!put) co_return forward(put);
  salvaged_.blocks += put->blocks;
  salvaged_.lines += put->lines;
  salvaged_.gaps += put->gaps;
  co_return Result<>();
}

Task<Result<Salvaged>> Salvage::run() {
  auto taken = co_await workers_.run([this] { return take_inventory(); });
  if (!taken) co_return forward(taken);
  // A writing function may run when nobody waits for it any more.
  const std::shared_ptr<Inventory> inventory = std::move(*taken);
  auto done = co_await store_.write([inventory](store::Transaction& transaction) -> Result<bool> {
    for (const auto& [key, log] : inventory->logs) {
      auto put = put_log(transaction, log);
      if (!put) return forward(put);
      inventory->keys.insert_or_assign(key, *put);
    }
    for (const auto& [log, gap] : inventory->gaps) {
      auto put = put_gap(transaction, inventory->keys.at(log), gap);
      if (!put) return forward(put);
    }
    return true;
  });
  if (!done) co_return forward(done);
  salvaged_.logs = inventory->logs.size();
  // What cannot be read comes last: where its row is wrong, it must not take the place of lines that are there.
  std::vector<Piece> unreadable;
  BlockKey next = 1;
  while (next > 0) {
    auto pieces = co_await workers_.run([&] { return read_pieces(*inventory, next); });
    if (!pieces) co_return forward(pieces);
    const auto [first, last] = std::ranges::partition(*pieces, &Piece::whole);
    unreadable.insert(unreadable.end(), std::make_move_iterator(first), std::make_move_iterator(last));
    pieces->erase(first, last);
    auto written = co_await put(std::move(*pieces));
    if (!written) co_return forward(written);
  }
  auto written = co_await put(std::move(unreadable));
  if (!written) co_return forward(written);
  co_return salvaged_;
}

Task<> salvage_as_ordered(store::Store& store, WorkerPool& workers) {
  const auto damaged = store::ordered_salvage(store.path());
  if (!damaged) co_return;
  spdlog::info("what can be read of {} is taken over into the new history.db", damaged->string());
  Salvage salvage(store, workers, *damaged);
  const auto done = co_await salvage.run();
  if (!done) {
    spdlog::error("{} could not be taken over: {}; it is tried at the next start again", damaged->string(),
                  done.error().detail);
    co_return;
  }
  spdlog::warn("{} lines of {} logs were taken over from {}; {} blocks could not be read, and are shown as gaps",
               done->lines, done->logs, damaged->string(), done->gaps);
  if (auto noted = store::salvage_done(store.path()); !noted) spdlog::error("{}", noted.error().detail);
}

}  // namespace taffrail::history
