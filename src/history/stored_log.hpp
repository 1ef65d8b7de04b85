#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "history/stored_block.hpp"
#include "model/record.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// A log as its row has it.
struct LogRow {
  ContainerId id;
  std::string about;            ///< what its container was (container_about.hpp)
  std::optional<Time> removed;  ///< when it was found to be gone
  Place last;                   ///< of the last line that was ever stored
};

/// The row of a log, from a statement whose first columns are these.
inline constexpr std::string_view log_columns = "id, host, container, about, removed, last_seq, last_place";
[[nodiscard]] LogRow read_log(const store::Statement& row);

/// Writes the row of a log, unless there is one: then its last line is the later one. @return its key
[[nodiscard]] Result<LogKey> put_log(store::Transaction& transaction, const LogRow& log);
/// The reason of a gap whose lines were dropped because nothing could be written. The source may have them still.
inline constexpr std::string_view lost_to_disk = "disk";
/// Writes what is missing before a line of a log. @param gap with `before`
[[nodiscard]] Result<> put_gap(store::Transaction& transaction, LogKey log, const Gap& gap);
/// A gap, from a statement whose columns from `from` on are these; its container is not among them.
inline constexpr std::string_view gap_columns = "after_seq, after_place, before_seq, before_place, lines, reason";
[[nodiscard]] Gap read_gap(const store::Statement& row, int from, const ContainerId& id);

/// Whether some block of a log reaches into these lines.
[[nodiscard]] Result<bool> has_block_within(store::Snapshot& snapshot, LogKey log, Seq first, Seq last);

}  // namespace taffrail::history
