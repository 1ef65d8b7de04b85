#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace taffrail {

/// What this server may hold of lines (`--memory`), and how that is shared out. One half is for the rings of the
/// containers that are followed, held together by RingMemory; the other for what reads hold: the pieces of logs they
/// merge, the answer being made of them, and the frame on its way to its client.
class MemoryBudget {
 public:
  static constexpr std::uint64_t default_bytes = 192ULL << 20;
  static constexpr std::uint64_t least_bytes = 64ULL << 20;

  /// Reads at a time. With fewer bytes each than `least_read` a read would be made of single lines.
  static constexpr std::size_t max_reads = 512;
  /// The most and the least that one read holds. The most is for a merge of a thousand logs, each of which then has
  /// pieces of 16 KiB, about a hundred lines, at a time; smaller ones make it dearer. A line may have 256 KiB, so the
  /// least is less than a line and its rendering.
  static constexpr std::size_t most_read = 64UZ << 20;
  static constexpr std::size_t least_read = 128UZ << 10;
  /// Bytes of lines that a lane of a read asks for at once, however little there is to share. With their rendering they
  /// take five times that, and a lane that stands still may have two pieces: 40 MiB for 200 reads of twenty logs each.
  static constexpr std::size_t least_piece = 1024;

  explicit MemoryBudget(std::uint64_t bytes = default_bytes) : bytes_(std::max(bytes, least_bytes)) {}

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t for_rings() const { return bytes_ / 2; }
  [[nodiscard]] std::size_t for_reads() const { return bytes_ / 2; }

  /// How much each of the reads that are open may hold now: an equal share, and no more than two thirds of what is not
  /// held yet. Those who came when there were few, and take no more of what they were given, keep their large share;
  /// those who come later have the less.
  [[nodiscard]] std::size_t read_share() const {
    const std::size_t left = for_reads() - std::min(held(), for_reads());
    return std::clamp(std::min(for_reads() / std::max<std::size_t>(reads_, 1), left / 3 * 2), least_read, most_read);
  }
  [[nodiscard]] std::size_t reads() const { return reads_; }
  /// Bytes that all reads hold now.
  [[nodiscard]] std::size_t held() const { return held_.load(std::memory_order_relaxed); }

  /// One open read, while it lives.
  class Read {
   public:
    explicit Read(MemoryBudget& budget) : budget_(budget) { ++budget_.reads_; }
    ~Read() { --budget_.reads_; }
    Read(const Read&) = delete;
    Read& operator=(const Read&) = delete;

   private:
    MemoryBudget& budget_;
  };

  /// Some of what reads hold, while it lives. It may die on any thread, with the last who looks at a batch.
  class Held {
   public:
    Held(MemoryBudget& budget, std::size_t bytes) : budget_(budget), bytes_(bytes) { budget_.held_ += bytes_; }
    ~Held() { budget_.held_ -= bytes_; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    MemoryBudget& budget_;
    std::size_t bytes_;
  };

 private:
  std::uint64_t bytes_;
  std::size_t reads_ = 0;
  std::atomic<std::size_t> held_{0};
};

}  // namespace taffrail
