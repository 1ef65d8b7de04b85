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
  std::optional<Place> first;  ///< of the oldest block; nothing where there is none
  Time least = Time::max();    ///< that a line states; may be of one that was dropped since
  Time greatest = Time::min();
  BlockSums sums;
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
  /// All its blocks are gone.
  void clear(StoredLog& log);
  /// Of all logs.
  [[nodiscard]] const BlockSums& sums() const { return sums_; }

 private:
  std::map<ContainerId, StoredLog> logs_;
  std::map<LogKey, ContainerId> by_key_;
  BlockSums sums_;
};

}  // namespace taffrail::history
