#include "history/block/column_writer.hpp"

#include <algorithm>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"

namespace taffrail::history {
namespace {

std::size_t hash(ColumnKey key) { return key * 0x9E3779B97F4A7C15ULL >> 52; }

std::uint64_t number(const char* from, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value * 10 + static_cast<std::uint64_t>(from[i] - '0');
  return value;
}

}  // namespace

ColumnWriter::ColumnWriter() { table_.fill(0); }

void ColumnWriter::clear() {
  for (std::size_t i = 0; i < used_; ++i) columns_[i].size = 0;
  used_ = 0;
  with_context_ = 0;
  table_.fill(0);
}

std::uint16_t ColumnWriter::column(ColumnKey key) {
  for (;;) {
    std::size_t at = hash(key);
    while (table_[at] != 0 && columns_[table_[at] - 1U].key != key) at = (at + 1) % table_size;
    if (table_[at] != 0) return static_cast<std::uint16_t>(table_[at] - 1);
    const auto code = static_cast<std::uint8_t>(key);
    if (key != shared_column(code)) {
      if (with_context_ == max_context_columns) {
        key = shared_column(code);
        continue;
      }
      ++with_context_;
    }
    if (used_ == columns_.size()) columns_.emplace_back();
    Column& column = columns_[used_];
    column.key = key;
    column.width = static_cast<std::uint8_t>(variable::width_of(code));
    table_[at] = static_cast<std::uint16_t>(++used_);
    return static_cast<std::uint16_t>(used_ - 1);
  }
}

void ColumnWriter::grow(Column& column) {
  const std::uint32_t capacity = std::max<std::uint32_t>(256, column.capacity * 2);
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  if (column.size != 0) std::memcpy(data.get(), column.data.get(), column.size);
  column.data = std::move(data);
  column.capacity = capacity;
}

/// Whether a column is smaller as differences: numbers that mostly rise by little, such as times and counters. Asked of
/// the first 64 values before all are read. A digit costs 3.3 bits in characters, whatever it is.
bool ColumnWriter::as_steps(const Column& column, std::string& out) {
  if (variable::class_of(static_cast<std::uint8_t>(column.key)) != variable::Class::digits || column.width < 3)
    return false;
  const std::size_t begin = out.size();
  const std::size_t count = column.size / column.width;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = number(column.data.get() + i * column.width, column.width);
    append_varint(out, zigzag(value - before));
    before = value;
    const bool probe = i == 63;
    if ((probe || i + 1 == count) && (out.size() - begin) * 80 > (i + 1) * column.width * 33 + 800) {
      out.resize(begin);
      return false;
    }
  }
  return count >= 16;
}

std::string ColumnWriter::write_part() {
  std::string steps;
  for (std::size_t i = 0; i < used_; ++i) {
    Column& column = columns_[i];
    const std::size_t begin = steps.size();
    column.mode = as_steps(column, steps) ? ColumnMode::steps : ColumnMode::characters;
    if (column.mode == ColumnMode::characters) steps.resize(begin);
  }
  PartWriter part(PartKind::digits);
  std::string section;
  for (std::uint32_t id = 1; id <= digit_section::upper; ++id) {
    section.clear();
    for (std::size_t i = 0; i < used_; ++i) {
      const Column& column = columns_[i];
      if (column.mode == ColumnMode::characters && section_of(static_cast<std::uint8_t>(column.key)) == id)
        section.append(column.data.get(), column.size);
    }
    // Long matches only: between random digits short ones cost more than they save.
    part.add(id, section, {.level = 1, .min_match = 7});
  }
  part.add(digit_section::steps, steps);
  return part.finish();
}

void ColumnWriter::write_table(std::string& out) const {
  for (std::size_t i = 0; i < used_; ++i) {
    const Column& column = columns_[i];
    append_fixed(out, column.key);
    append_varint(out, column.size / column.width);
    out.push_back(static_cast<char>(column.mode));
  }
}

}  // namespace taffrail::history
