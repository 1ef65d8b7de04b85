#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "history/search/line_query.hpp"

namespace taffrail::history {

/// The blocks that are still to be read, taken by several workers: first that whose lines come first.
class BlockQueue {
 private:
  [[nodiscard]] Place near_end(const QueriedBlock& block) const {
    return descending_ ? block.range.last : block.range.first;
  }
  /// Whether `one` comes after `other`.
  [[nodiscard]] auto order() const {
    return [this](const QueriedBlock& one, const QueriedBlock& other) {
      return descending_ ? near_end(one) < near_end(other) : near_end(other) < near_end(one);
    };
  }

 public:
  explicit BlockQueue(bool descending) : descending_(descending) {}

  void fill(std::vector<QueriedBlock> blocks) {
    const std::lock_guard lock(mutex_);
    heap_ = std::move(blocks);
    std::ranges::make_heap(heap_, order());
  }
  [[nodiscard]] std::optional<QueriedBlock> take() {
    const std::lock_guard lock(mutex_);
    if (heap_.empty()) return std::nullopt;
    std::ranges::pop_heap(heap_, order());
    QueriedBlock block = heap_.back();
    heap_.pop_back();
    return block;
  }
  /// What is left of one that was taken.
  void put_back(const QueriedBlock& block) {
    const std::lock_guard lock(mutex_);
    heap_.push_back(block);
    std::ranges::push_heap(heap_, order());
  }
  /// Before this there is nothing left to read; nothing: there is no more at all. While nobody has taken any.
  [[nodiscard]] std::optional<Place> frontier() const {
    const std::lock_guard lock(mutex_);
    if (heap_.empty()) return std::nullopt;
    return near_end(heap_.front());
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    heap_.clear();
  }

 private:
  bool descending_;
  mutable std::mutex mutex_;
  std::vector<QueriedBlock> heap_;
};

}  // namespace taffrail::history
