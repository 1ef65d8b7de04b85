#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/made_once.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "history/stored_block.hpp"
#include "model/record.hpp"
#include "pipeline/memory_budget.hpp"

namespace taffrail::history {

/// The lines of blocks that were read lately, so that a log which is paged through, or read in small pieces beside many
/// others, is not unpacked anew for each piece. The block that was longest not asked for goes first; one that a reader
/// still holds is found nevertheless, so that many who read the same hold it once. A block never changes, so nothing
/// here is ever out of date.
///
/// All that it gives is counted as held by reads while anybody has it. Where they hold much already, a reader keeps a
/// part of a block and comes back for the next.
class LineCache {
 public:
  /// @param memory outlives this and all that it gives
  LineCache(const Executor& executor, MemoryBudget& memory, std::size_t most_bytes)
      : executor_(executor), memory_(memory), most_bytes_(most_bytes) {}

  using Lines = std::shared_ptr<const Batch>;
  /// The lines of a block, which are unpacked once however many ask meanwhile.
  /// @param unpack gives a Task<Result<Batch>>, whose error is given to all of them
  template <class Unpack>
  Task<Result<Lines>> get(BlockKey key, Unpack unpack) {
    if (Lines known = find(key)) co_return known;
    auto unpacking = known_[key].unpacking.lock();
    if (!unpacking) known_[key].unpacking = unpacking = std::make_shared<Unpacking>(executor_);
    const Result<Lines>* made = co_await unpacking->get([&]() -> Task<Result<Lines>> {
      auto lines = co_await unpack();
      if (!lines) co_return forward(lines);
      co_return put(key, std::move(*lines));
    });
    co_return *made;
  }
  /// Lines that a reader keeps by itself.
  [[nodiscard]] Lines count(Batch lines) {
    auto counted = std::make_shared<Counted>(std::move(lines));
    counted->held.emplace(memory_, size_of(*counted));
    return counted;
  }

  /// Whether a reader is to keep all of a block: while half of what reads may hold is free.
  [[nodiscard]] bool has_room() const { return memory_.held() <= memory_.for_reads() / 2; }

  /// Lets everything go when nothing was asked for since the last call.
  void age() {
    if (std::exchange(used_, false)) return;
    entries_.clear();
    index_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// What lines take in memory.
  [[nodiscard]] static std::size_t size_of(const Batch& lines) {
    return lines.bytes.size() + lines.records.size() * sizeof(Record);
  }

 private:
  using Unpacking = MadeOnce<Result<Lines>>;
  struct Counted : Batch {
    explicit Counted(Batch lines) : Batch(std::move(lines)) {}
    std::optional<MemoryBudget::Held> held;
  };
  struct Entry {
    BlockKey key;
    Lines lines;
  };
  struct Known {
    std::weak_ptr<const Batch> lines;
    std::weak_ptr<Unpacking> unpacking;
    [[nodiscard]] bool expired() const { return lines.expired() && unpacking.expired(); }
  };
  /// Beyond so many, those that nobody holds any more are forgotten.
  static constexpr std::size_t most_known = 1024;

  [[nodiscard]] Lines find(BlockKey key) {
    used_ = true;
    if (const auto at = index_.find(key); at != index_.end()) {
      entries_.splice(entries_.begin(), entries_, at->second);
      return at->second->lines;
    }
    const auto known = known_.find(key);
    return known == known_.end() ? nullptr : known->second.lines.lock();
  }
  Lines put(BlockKey key, Batch batch) {
    Lines lines = count(std::move(batch));
    if (known_.size() >= most_known) std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    known_[key].lines = lines;
    const std::size_t size = size_of(*lines);
    if (size > most_bytes_) return lines;
    bytes_ += size;
    entries_.push_front({key, lines});
    index_.emplace(key, entries_.begin());
    while (bytes_ > most_bytes_) {
      bytes_ -= size_of(*entries_.back().lines);
      index_.erase(entries_.back().key);
      entries_.pop_back();
    }
    return lines;
  }

  Executor executor_;
  MemoryBudget& memory_;
  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  bool used_ = false;
  std::list<Entry> entries_;
  std::unordered_map<BlockKey, std::list<Entry>::iterator> index_;
  std::unordered_map<BlockKey, Known> known_;
};

}  // namespace taffrail::history
