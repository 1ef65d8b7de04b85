#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "history/block/part.hpp"
#include "history/block/template_format.hpp"

namespace taffrail::history {

/// Gathers the variables of a block by column.
class ColumnWriter {
 public:
  ColumnWriter();

  /// Begins a block; memory of the one before is kept.
  void clear();
  /// The column of a variable in a template, a new one where there is none yet.
  /// @param key of column_key
  std::uint16_t column(ColumnKey key);
  /// Appends a variable's characters, as many as its column is wide.
  /// @param from 64 bytes of it can be read
  void append(std::uint16_t column, const char* from) {
    Column& to = columns_[column];
    if (to.capacity - to.size < 64) grow(to);
    char* at = to.data.get() + to.size;
    std::memcpy(at, from, 16);
    if (to.width > 16) std::memcpy(at + 16, from + 16, 48);
    to.size += to.width;
  }
  /// Appends what the section text_section::columns has.
  void write_table(std::string& out) const;
  /// The part with the columns; write_table after it.
  [[nodiscard]] std::string write_part();

 private:
  struct Column {
    std::unique_ptr<char[]> data;
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
    ColumnKey key = 0;
    std::uint8_t width = 0;
    ColumnMode mode = ColumnMode::characters;
  };
  static void grow(Column& column);
  static bool as_steps(const Column& column, std::string& out);

  static constexpr std::size_t table_size = 4096;  // a sixth full at most
  std::vector<Column> columns_;                    // the first `used_` are this block's
  std::size_t used_ = 0;
  std::size_t with_context_ = 0;
  std::array<std::uint16_t, table_size> table_;  // index + 1 by hash of the key
};

}  // namespace taffrail::history
