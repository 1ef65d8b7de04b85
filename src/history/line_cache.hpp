#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "history/stored_block.hpp"
#include "model/record.hpp"

namespace taffrail::history {

/// The lines of blocks that were read lately, so that a log which is paged through, or read in small pieces beside many
/// others, is not unpacked anew for each piece. The block that was longest not asked for goes first. A block never
/// changes, so nothing here is ever out of date.
class LineCache {
 public:
  explicit LineCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  using Lines = std::shared_ptr<const Batch>;
  /// Null: not there.
  [[nodiscard]] Lines find(BlockKey key) {
    const auto at = index_.find(key);
    if (at == index_.end()) return nullptr;
    used_ = true;
    entries_.splice(entries_.begin(), entries_, at->second);
    return at->second->lines;
  }
  void put(BlockKey key, Lines lines) {
    const std::size_t size = size_of(*lines);
    if (size > most_bytes_ || index_.contains(key)) return;
    used_ = true;
    bytes_ += size;
    entries_.push_front({key, std::move(lines)});
    index_.emplace(key, entries_.begin());
    while (bytes_ > most_bytes_) {
      bytes_ -= size_of(*entries_.back().lines);
      index_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }
  /// Lets everything go when nothing was asked for since the last call.
  void age() {
    if (std::exchange(used_, false)) return;
    entries_.clear();
    index_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    BlockKey key;
    Lines lines;
  };
  static std::size_t size_of(const Batch& lines) { return lines.bytes.size() + lines.records.size() * sizeof(Record); }

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  bool used_ = false;
  std::list<Entry> entries_;
  std::unordered_map<BlockKey, std::list<Entry>::iterator> index_;
};

}  // namespace taffrail::history
