#pragma once

#include <cstddef>

/// What a block may be. A writer refuses more, a reader takes more for damage: so what hostile bytes can make a reader
/// hold is known (docs/formats/block.md).
namespace taffrail::history {

/// Where a writer should cut: larger blocks are not smaller on disk, and cost a reader more at a time.
inline constexpr std::size_t target_block_bytes = std::size_t{4} << 20;
/// The lines of a block, end to end. Twice the target: a block that ends with the longest line has room, and a decoder
/// holds about three times as much at most.
inline constexpr std::size_t max_block_bytes = std::size_t{8} << 20;
/// A row costs a reader 48 bytes, so that many are 12 MiB.
inline constexpr std::size_t max_block_lines = std::size_t{1} << 18;
/// One section, unpacked: the text of templates can be twice the lines that they are made of.
inline constexpr std::size_t max_section_bytes = 2 * max_block_bytes;
/// All sections of a part, unpacked.
inline constexpr std::size_t max_part_bytes = 4 * max_block_bytes;
/// Sections of a part. Rows have up to 22.
inline constexpr std::size_t max_sections = 64;
/// Longer lines are stored as they are: they hold data, not words.
inline constexpr std::size_t max_template_line = std::size_t{16} << 10;
/// Lines and quoted strings of more shapes than this are stored as they are; two bytes hold an id.
inline constexpr std::size_t max_templates = 65'000;
/// Variables and strings of all templates together; a reader spends 12 bytes for each.
inline constexpr std::size_t max_slots = std::size_t{1} << 20;
/// Columns with a context; variables of further contexts share one column for each class and width. 2,000 instead save
/// one part in a hundred.
inline constexpr std::size_t max_context_columns = 512;

}  // namespace taffrail::history
