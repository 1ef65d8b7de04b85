#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "history/block/block_limits.hpp"
#include "history/block/block_writer.hpp"
#include "history/block/filter_keys.hpp"
#include "history/roll_up.hpp"
#include "model/record.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// The row of a log in history.db.
using LogKey = std::int64_t;
/// The row of a block. Never given twice.
using BlockKey = std::int64_t;

/// What is known of a block without reading it.
struct BlockInfo {
  enum class Kind : std::uint8_t {
    plain = 0,      ///< one part, the lines as they are
    templates = 1,  ///< three parts
  };
  BlockKey key = 0;
  LogKey log = 0;
  Kind kind = Kind::plain;
  Place first;  ///< of its first line
  Place last;
  Time least;               ///< that a line of it states
  Time greatest;            ///< likewise
  std::uint32_t lines = 0;  ///< at least one
  std::uint32_t raw = 0;    ///< bytes of the lines
  std::uint64_t size = 0;   ///< bytes of its parts, its filter and its roll-up
  std::uint8_t levels = 0;  ///< head levels that occur: bit `1 << level`

  /// The columns that `read` reads, for a SELECT from block.
  static constexpr std::string_view columns =
      "id, log, kind, first_seq, first_place, last_seq, last_place, least, greatest, lines, raw, size, levels";
  /// From the row that a statement stands on, whose first columns are these.
  [[nodiscard]] static BlockInfo read(const store::Statement& row);
  friend bool operator==(const BlockInfo&, const BlockInfo&) = default;
};

/// The place of one of a block's parts in table `part`.
enum class PartOf : std::uint8_t { plain = 0, rows = 1, text = 2, digits = 3 };
[[nodiscard]] constexpr std::int64_t part_key(BlockKey block, PartOf part) {
  return block * 4 + static_cast<std::int64_t>(part);
}
/// Those that a block has.
[[nodiscard]] constexpr std::span<const PartOf> parts_of(BlockInfo::Kind kind) {
  constexpr static std::array all{PartOf::plain, PartOf::rows, PartOf::text, PartOf::digits};
  return kind == BlockInfo::Kind::plain ? std::span(all).first(1) : std::span(all).subspan(1);
}

/// A block to be written: parts by PartOf, of which a plain block has the first and the others the rest.
struct EncodedRow {
  BlockInfo info;  ///< key and log are not set
  std::array<std::string, 4> parts;
  std::string filter;
  std::string roll_up;
};

/// Turns lines into rows. Holds some megabytes once it has made a block of templates; of one thread at a time.
class RowWriter {
 public:
  /// @param text_level as for BlockWriter
  explicit RowWriter(int text_level = 3) : text_level_(text_level) {}
  /// @param lines classified, of one container in order of their places, within block_limits.hpp
  [[nodiscard]] Result<EncodedRow> plain(const Batch& lines);
  [[nodiscard]] Result<EncodedRow> templates(const Batch& lines);

 private:
  int text_level_;
  std::optional<BlockWriter> writer_;  // made for the first block of templates
  std::optional<FilterKeys> plain_keys_;
  std::optional<FilterKeys> keys_;
};

/// The rows of a log's blocks in order, for BlockInfo::read.
[[nodiscard]] Result<store::Statement> blocks_of(store::Snapshot& snapshot, LogKey log);

/// Writes a block of a log, and gives its key.
[[nodiscard]] Result<BlockKey> insert_block(store::Transaction& transaction, LogKey log, const EncodedRow& row);
/// Takes a block away, with all that is of it.
[[nodiscard]] Result<> delete_block(store::Transaction& transaction, BlockKey block);

/// Whether a block is there: not once it was merged, or dropped.
[[nodiscard]] Result<bool> is_there(store::Snapshot& snapshot, BlockKey block);
/// A part's bytes. Errors: damaged when there is none; not_found where the block is no more.
[[nodiscard]] Result<std::string> read_part(store::Snapshot& snapshot, BlockKey block, PartOf part);
/// Sets what a row says of its lines: all but its keys and its parts, whose sizes it adds up with those of the filter.
void describe(EncodedRow& row, const Batch& lines);
/// The lines in a row's parts, of which those of its kind are looked at. Error damaged.
[[nodiscard]] Result<Batch> decode_lines(const EncodedRow& row);
/// All lines of a block, with everything but their container. Errors: damaged; not_found where it is no more.
[[nodiscard]] Result<Batch> read_lines(store::Snapshot& snapshot, const BlockInfo& block);

}  // namespace taffrail::history
