#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "model/record.hpp"

namespace taffrail::files {

/// The last lines of a stream that cannot be read again, bounded by their memory: the oldest block of lines goes when
/// there is too much. Lines are numbered from `base` on; the number is the seq.
class LineRing {
 public:
  /// @param bound bytes of lines and of their records together
  LineRing(std::size_t bound, Seq base) : bound_(bound), base_(base), first_(base) {}

  /// `time` must not be before that of the line before.
  void push(Time time, std::string_view line, bool truncated);

  [[nodiscard]] Seq base() const { return base_; }           ///< the number of the first line that ever came
  [[nodiscard]] Seq first() const { return first_; }         ///< the oldest line held
  [[nodiscard]] Seq end() const { return first_ + count_; }  ///< the next line's number
  /// Bytes of what is held, and the most there may be.
  [[nodiscard]] std::size_t memory() const { return full_cost_ + (blocks_.empty() ? 0 : cost(blocks_.back())); }
  [[nodiscard]] std::size_t bound() const { return bound_; }
  /// The first line held at or after `time`; end() when there is none.
  [[nodiscard]] Seq first_at(Time time) const;
  /// The first of the last lines before `end` that have `bytes` together, but of one at least.
  [[nodiscard]] Seq last_bytes(Seq end, std::uint64_t bytes) const;
  /// The time of a line that is held.
  [[nodiscard]] Time time_of(Seq seq) const;
  /// Appends lines from `from` on, which is held, below `to`, until the batch has `bytes` bytes. Returns the next.
  Seq copy(Seq from, Seq to, std::size_t bytes, Batch& batch) const;

 private:
  struct Block {
    Seq first = 0;
    Batch lines;
  };
  [[nodiscard]] const Block& block_of(Seq seq) const;
  [[nodiscard]] static std::size_t cost(const Block& block);

  std::size_t bound_;
  Seq base_;
  std::deque<Block> blocks_;
  Seq first_;
  std::uint64_t count_ = 0;
  std::size_t full_cost_ = 0;  // of all blocks but the last, which still grows
};

}  // namespace taffrail::files
