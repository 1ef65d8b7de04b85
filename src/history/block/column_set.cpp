#include "history/block/column_set.hpp"

#include <cstring>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"

namespace taffrail::history {

Result<std::vector<ColumnInfo>> read_column_table(std::string_view table) {
  std::vector<ColumnInfo> columns;
  std::uint32_t characters[digit_section::steps + 1] = {};
  std::uint64_t all = 0;
  ByteReader reader(table);
  while (!reader.empty()) {
    ColumnInfo column;
    column.key = reader.fixed<std::uint32_t>();
    const std::uint64_t count = reader.varint();
    const auto mode = reader.fixed<std::uint8_t>();
    column.width = static_cast<std::uint8_t>(variable::width_of(column.code()));
    if (!reader.ok() || column.width == 0 || mode > static_cast<std::uint8_t>(ColumnMode::steps) ||
        count > max_block_bytes)
      return damaged("a column is of no kind");
    column.mode = static_cast<ColumnMode>(mode);
    if (column.mode == ColumnMode::steps && column.code() > variable::max_digits)
      return damaged("a column of other things than numbers has steps");
    column.count = static_cast<std::uint32_t>(count);
    all += count * column.width;
    if (all > max_block_bytes || columns.size() >= max_context_columns + 256)
      return damaged("it has more columns than a block has");
    std::uint32_t& used =
        characters[column.mode == ColumnMode::steps ? digit_section::steps : section_of(column.code())];
    column.offset = used;
    used += column.count * column.width;
    columns.push_back(column);
  }
  return columns;
}

Result<std::string_view> ColumnSet::characters(std::size_t index) {
  const ColumnInfo& column = table_[index];
  const bool steps = column.mode == ColumnMode::steps;
  const std::uint32_t id = steps ? digit_section::steps : section_of(column.code());
  std::optional<Bytes>& section = sections_[id];
  if (!section) {
    if (steps) {
      if (auto unpacked = unpack_steps(); !unpacked) return forward(unpacked);
    } else {
      auto unpacked = part_.section(id);
      if (!unpacked) return forward(unpacked);
      section = std::move(*unpacked);
    }
  }
  const std::size_t size = std::size_t{column.count} * column.width;
  if (column.offset + size > section->size) return damaged("a column is shorter than it says");
  return section->view().substr(column.offset, size);
}

Result<> ColumnSet::unpack_steps() {
  auto stored = part_.section(digit_section::steps);
  if (!stored) return forward(stored);
  std::size_t size = 0;
  for (const ColumnInfo& column : table_) {
    if (column.mode == ColumnMode::steps) size += std::size_t{column.count} * column.width;
  }
  Bytes out = Bytes::of_size(size);
  char* to = out.data.get();
  ByteReader reader(stored->view());
  for (const ColumnInfo& column : table_) {
    if (column.mode != ColumnMode::steps) continue;
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < column.count; ++i) {
      value += unzigzag(reader.varint());
      std::uint64_t rest = value;
      for (std::size_t digit = column.width; digit-- > 0; rest /= 10) to[digit] = static_cast<char>('0' + rest % 10);
      if (rest != 0 || !reader.ok()) return damaged("a column of steps leaves its width");
      to += column.width;
    }
  }
  if (!reader.done()) return damaged("a column of steps is longer than it says");
  sections_[digit_section::steps] = std::move(out);
  return {};
}

}  // namespace taffrail::history
