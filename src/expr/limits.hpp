#pragma once

#include <cstddef>
#include <cstdint>

namespace taffrail::expr {

/// What an expression may cost. Every limit ends in a clear error, never in a truncated answer. The defaults suit one
/// evaluation on behalf of a person; `for_conditions()` suits what runs for every line.
struct Limits {
  std::size_t source_bytes = 64UZ * 1024;  ///< length of the source; a hand-written rule has under 1 KiB
  std::uint32_t nesting = 200;             ///< depth of brackets and operands; bounds the recursion of every stage
  std::uint32_t nodes = 10'000;            ///< nodes of the syntax tree, as the reference has it
  std::uint64_t steps = 4'000'000;         ///< calls and rounds of a loop in one evaluation: about 0.1 s
  std::size_t memory = 48UL << 20;         ///< bytes that one evaluation may allocate; a range of 1e6 takes 16 MB
  std::uint64_t growth = 1'000'000;        ///< elements of one array, bytes added by one `repeat` (the reference's 1e6)

  /// For conditions that run once a line: a rule that needs more than this would stall the log.
  [[nodiscard]] static Limits for_conditions() {
    Limits limits;
    limits.steps = 100'000;
    limits.memory = 4UL << 20;
    return limits;
  }
};

}  // namespace taffrail::expr
