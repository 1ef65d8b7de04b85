#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/stored_block.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// What became of the blocks of a damaged file.
struct Salvaged {
  std::uint64_t logs = 0;
  std::uint64_t blocks = 0;  ///< whose lines are there
  std::uint64_t lines = 0;   ///< in these
  std::uint64_t gaps = 0;    ///< blocks that cannot be read: each is a gap
};

/// Takes over what can be read of a damaged history.db into a new one, whichever of its pages are wrong: its rows are
/// read page by page (store/carver.hpp).
///
/// Of a block only its lines are believed, whose parts have checksums: its row is made from them again, and its filter
/// too when that is damaged. Where a row is lost, the index of blocks says whose it was. A block whose lines cannot be
/// read stays as a row without parts, and is shown as a gap. No line is taken twice, so what was broken off is begun
/// again from the start.
class Salvage {
 public:
  /// @param store new, with the tables of history; nobody else writes lines to it meanwhile
  Salvage(store::Store& store, WorkerPool& workers, std::filesystem::path damaged)
      : store_(store), workers_(workers), damaged_(std::move(damaged)) {}

  /// Errors: the store's, and the operating system's.
  Task<Result<Salvaged>> run();

 private:
  struct Inventory;
  struct Piece;
  [[nodiscard]] Result<std::shared_ptr<Inventory>> take_inventory() const;
  [[nodiscard]] static std::optional<Piece> read_piece(const Inventory& inventory, const BlockInfo& info,
                                                       RowWriter& writer);
  /// Some blocks from `next` on, which becomes 0 behind the last one.
  [[nodiscard]] static Result<std::vector<Piece>> read_pieces(const Inventory& inventory, BlockKey& next);
  Task<Result<>> put(std::vector<Piece> pieces);

  store::Store& store_;
  WorkerPool& workers_;
  std::filesystem::path damaged_;
  Salvaged salvaged_;
};

/// Does what was ordered (store/salvage_order.hpp), if something was, and says in the log what came of it. What fails
/// is tried at the next start again.
Task<> salvage_as_ordered(store::Store& store, WorkerPool& workers);

}  // namespace taffrail::history
