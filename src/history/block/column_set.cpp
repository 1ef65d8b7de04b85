#include "history/block/column_set.hpp"

#include <array>
#include <cstring>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"

namespace taffrail::history {
namespace {

constexpr std::uint64_t ten_to_eight = 100'000'000;

constexpr auto powers_of_ten = [] {
  std::array<std::uint64_t, variable::max_digits + 1> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

/// Eight decimal digits, the highest in the lowest byte. All halves, quarters and eighths are divided at once, as
/// products that are as good as a division for numbers of their size.
/// https://pvk.ca/Blog/2017/12/22/appnexus-common-framework-its-out-also-how-to-print-integers-faster/
std::uint64_t eight_digits(std::uint64_t value) {
  const std::uint64_t halves = value / 10'000 | value % 10'000 << 32U;
  const std::uint64_t hundreds = (halves * 10'486 >> 20U) & 0x7F'0000'007F;
  const std::uint64_t quarters = hundreds | (halves - hundreds * 100) << 16U;
  const std::uint64_t tens = (quarters * 103 >> 10U) & 0x000F'000F'000F'000F;
  return (tens | (quarters - tens * 10) << 8U) + 0x3030'3030'3030'3030;
}

/// @param width at least one, and enough for the value
/// @param to has room for it and seven bytes more, which are written over
void write_number(std::uint64_t value, std::size_t width, char* to) {
  if (width > 8) {
    const std::size_t higher = width - 8;
    write_number(value / ten_to_eight, higher, to);
    value %= ten_to_eight;
    to += higher;
    width = 8;
  }
  const std::uint64_t digits = eight_digits(value) >> (8 * (8 - width));
  std::memcpy(to, &digits, sizeof digits);
}

}  // namespace

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
      if (value >= powers_of_ten[column.width] || !reader.ok()) return damaged("a column of steps leaves its width");
      write_number(value, column.width, to);
      to += column.width;
    }
  }
  if (!reader.done()) return damaged("a column of steps is longer than it says");
  sections_[digit_section::steps] = std::move(out);
  return {};
}

}  // namespace taffrail::history
