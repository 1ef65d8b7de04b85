#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "history/stored_block.hpp"
#include "model/container.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// Blocks of fewer bytes of lines are merged with their neighbours.
inline constexpr std::uint32_t small_block_bytes = 512U << 10;

/// What the blocks of one log come to.
struct BlockSums {
  std::uint64_t blocks = 0;
  std::uint64_t lines = 0;
  std::uint64_t raw = 0;   ///< bytes of lines
  std::uint64_t size = 0;  ///< bytes on disk
  // Of these, those that are to be merged.
  std::uint64_t plain = 0;
  std::uint64_t plain_raw = 0;
  std::uint64_t small = 0;  ///< of templates, of less than small_block_bytes
  void add(const BlockInfo& block);
  void remove(const BlockInfo& block);
  BlockSums& operator+=(const BlockSums& other);
  BlockSums& operator-=(const BlockSums& other);
};

/// The log of one container, as far as it is stored.
struct StoredLog {
  LogKey key = 0;
  ContainerPtr container;       ///< as of its last line
  std::optional<Time> removed;  ///< when it was found to be gone; nothing: it is there
  /// The last line that was stored. It stays when that line's block is dropped: what is before it is not read again.
  Place last;
  /// The line behind which all up to `last` were lost to a full disk: nothing stored stands behind them.
  std::optional<Place> lost_after;
  std::optional<Place> first;  ///< of the oldest block; nothing where there is none
  Time least = Time::max();    ///< that a line states; may be of one that was dropped since
  Time greatest = Time::min();
  BlockSums sums;
  /// Small blocks that it had when nothing of it was to be merged: it is looked at again when it has some more.
  std::uint64_t looked_at = 0;
  /// Lines up to this one are to be forgotten, by Upkeep; nothing of them is merged any more.
  std::optional<Seq> forget_to;

  /// The line behind which a reader asks the source: it may have what was lost, and that is newer than what is stored.
  [[nodiscard]] Place read_to() const { return lost_after.value_or(last); }
};

/// Which logs are stored, and what is where. The owner thread's view of history.db: the writer changes the two
/// together.
class Catalogue {
 public:
  /// All that the database knows of logs; for a worker.
  [[nodiscard]] static Result<std::vector<StoredLog>> load(store::Snapshot& snapshot);
  void adopt(std::vector<StoredLog> logs);

  [[nodiscard]] StoredLog* find(const ContainerId& id);
  [[nodiscard]] const StoredLog* find(const ContainerId& id) const;
  [[nodiscard]] StoredLog* find(LogKey key);
  [[nodiscard]] StoredLog& put(StoredLog log);
  void erase(LogKey key);
  [[nodiscard]] const std::map<ContainerId, StoredLog>& logs() const { return logs_; }

  void note_added(StoredLog& log, const BlockInfo& block);
  void note_removed(StoredLog& log, const BlockInfo& block);
  /// Of all logs.
  [[nodiscard]] const BlockSums& sums() const { return sums_; }

 private:
  std::map<ContainerId, StoredLog> logs_;
  std::map<LogKey, ContainerId> by_key_;
  BlockSums sums_;
};

}  // namespace taffrail::history
