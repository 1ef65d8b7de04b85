#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/part.hpp"
#include "history/block/template_format.hpp"

namespace taffrail::history {

/// What a block says of a column before it is unpacked.
struct ColumnInfo {
  ColumnKey key = 0;
  std::uint32_t count = 0;  ///< variables
  ColumnMode mode = ColumnMode::characters;
  std::uint8_t width = 0;    ///< of each, in characters
  std::uint32_t offset = 0;  ///< in its section, in characters; of a column of steps among those
  [[nodiscard]] std::uint8_t code() const { return static_cast<std::uint8_t>(key); }
};

/// The section text_section::columns. Error damaged.
[[nodiscard]] Result<std::vector<ColumnInfo>> read_column_table(std::string_view table);

/// The columns of a block as characters, unpacked by sections when the first of their columns is asked for.
class ColumnSet {
 public:
  /// @param table of the same block
  ColumnSet(Part digits, std::span<const ColumnInfo> table) : part_(std::move(digits)), table_(table) {}

  /// The variables of a column, one behind the other; Bytes::padding readable bytes behind. They live as long as this.
  /// Error damaged.
  [[nodiscard]] Result<std::string_view> characters(std::size_t column);

 private:
  Result<> unpack_steps();

  Part part_;
  std::span<const ColumnInfo> table_;
  std::vector<std::optional<Bytes>> sections_ = std::vector<std::optional<Bytes>>(digit_section::steps + 1);
};

}  // namespace taffrail::history
