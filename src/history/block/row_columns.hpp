#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "history/block/part.hpp"
#include "model/record.hpp"

namespace taffrail::history {

/// Sections of `plain` and `rows` parts.
namespace row_section {
inline constexpr std::uint32_t head = 1;   ///< counts and first values
inline constexpr std::uint32_t flags = 2;  ///< a byte for each line, against what its template says
inline constexpr std::uint32_t template_flags = 3;
inline constexpr std::uint32_t seqs = 4;         ///< exceptions
inline constexpr std::uint32_t places = 5;       ///< exceptions
inline constexpr std::uint32_t head_levels = 6;  ///< exceptions
inline constexpr std::uint32_t ids = 8;          ///< two planes: the template of each line, plus one; 0 stored as it is
inline constexpr std::uint32_t lengths = 32;     ///< plain parts: the size of each line
inline constexpr std::uint32_t lines = 33;       ///< plain parts: the lines, end to end
inline constexpr std::uint32_t time_planes = 16;  ///< and up to seven behind it
inline constexpr std::uint32_t seq_planes = 24;   ///< and up to seven behind it
}  // namespace row_section

/// What a part says of all its lines together.
struct RowsHead {
  std::uint32_t lines = 0;
  std::uint32_t bytes = 0;  ///< of the lines, end to end
};

/// A line's flags in a byte: level, stream, kind, continues, truncated, from the lowest bit on.
[[nodiscard]] std::uint8_t pack_flags(const Record& record);

/// Adds everything of the lines but their bytes.
/// @param records in order of their places, as many as a block may have, not none
/// @param predicted what the flags of each line probably are; none: 0
void add_rows(PartWriter& part, std::span<const Record> records, std::uint32_t bytes,
              std::span<const std::uint8_t> predicted);

/// Error damaged when there is none, or one that says more than a block may have.
[[nodiscard]] Result<RowsHead> read_rows_head(const Part& part);
/// The reverse of add_rows: records without offset and size. Error damaged.
[[nodiscard]] Result<std::vector<Record>> read_rows(const Part& part, std::span<const std::uint8_t> predicted);

/// Adds numbers of 8, 16 … 64 bits, byte by byte: all lowest bytes as section `id`, all next ones as `id + 1`, up to
/// the highest that is not 0. They are packed alone, as each has its own distribution.
/// @return how many planes
std::uint32_t add_planes(PartWriter& part, std::uint32_t id, std::span<const std::uint64_t> values);
/// The reverse. Error damaged when a plane does not have `values.size()` bytes.
[[nodiscard]] Result<> read_planes(const Part& part, std::uint32_t id, std::uint64_t planes,
                                   std::span<std::uint64_t> values);

}  // namespace taffrail::history
