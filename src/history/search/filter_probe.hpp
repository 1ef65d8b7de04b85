#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_search.hpp"
#include "history/stored_block.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// Asks the filters of many blocks whether these can have a line that meets some clauses. Of each filter it reads the
/// few lines that the keys lie in, so its checksum is not looked at: what is damaged in them is found where all of
/// history is checked.
class FilterProbe {
 public:
  /// @param clauses outlive this
  FilterProbe(store::Snapshot& snapshot, const std::vector<AnyOf>& clauses) : snapshot_(snapshot), clauses_(clauses) {}

  /// False: no line of the block meets all clauses. Error not_found when the block is no more; damaged.
  [[nodiscard]] Result<bool> may_hold(BlockKey block);

 private:
  /// By clause and literal.
  using Keys = std::vector<std::vector<std::vector<std::uint64_t>>>;
  const Keys& keys_for(const KeyKinds& kinds);
  Result<bool> holds(std::size_t lines, std::uint64_t key);

  store::Snapshot& snapshot_;
  const std::vector<AnyOf>& clauses_;
  std::optional<store::Blob> blob_;
  std::vector<std::pair<KeyKinds, Keys>> keys_;  // there are some ten kinds of filters
};

}  // namespace taffrail::history
