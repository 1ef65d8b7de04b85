#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/column_writer.hpp"
#include "history/block/token.hpp"
#include "model/record.hpp"

namespace taffrail::history {

class FilterKeys;

/// A block of templates and variables; each part is a BLOB.
struct EncodedBlock {
  std::string rows;
  std::string text;
  std::string digits;
  [[nodiscard]] std::size_t size() const { return rows.size() + text.size() + digits.size(); }
};

/// Writes blocks in which a line is a template (what its kind has in common) and variables (numbers, hexadecimal
/// numbers, tokens of letters and digits), which stand in columns with others of their kind. That is a third smaller
/// than the lines packed as they are, and a search looks at a few templates and at the columns that can hold what it
/// looks for, not at lines.
///
/// Holds some megabytes, for use again and again on one thread.
class BlockWriter {
 public:
  /// @param text_level of zstd for templates; 6 where there is time, for 2 % less
  explicit BlockWriter(int text_level = 3);

  /// @param lines as for encode_plain
  /// @param keys gets the keys of the lines for their filter, if not null; emptied first
  [[nodiscard]] Result<EncodedBlock> encode(const Batch& lines, FilterKeys* keys = nullptr);

 private:
  struct Variable {
    std::uint32_t at = 0;  // in the line
    std::uint32_t size = 0;
    std::uint8_t code = 0;
  };
  /// A line or a quoted string of one: its template, and its variables in variables_.
  struct Unit {
    std::uint32_t id = 0;
    std::uint32_t first_variable = 0;
  };
  static constexpr std::uint32_t no_template = ~std::uint32_t{0};
  static constexpr std::uint16_t string_slot = 0xFFFF;
  static constexpr std::uint16_t opaque_slot = 0xFFFE;

  void clear();
  /// False: it has to be stored as it is.
  bool add_line(std::string_view line, std::uint8_t flags);
  Unit add_unit(std::string_view line, std::size_t from, std::size_t to, bool outer);
  void shape(std::string_view line, std::size_t from, std::size_t to);
  void shape_token(std::string_view line, Token token);
  void variable(std::size_t at, std::size_t size, std::uint8_t code);
  void literal(const char* from, std::size_t size);
  std::uint32_t intern(std::string_view text);
  void add_slots(std::string_view text);
  void append_variables(std::string_view line, const Unit& outer);
  [[nodiscard]] EncodedBlock finish(const Batch& lines, std::uint32_t bytes);

  int text_level_;
  FilterKeys* keys_ = nullptr;
  LineClasses classes_;
  ColumnWriter columns_;

  // The templates of the block.
  std::string text_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint16_t> slots_;  // of all templates: a column, or one of the two above
  std::vector<std::uint32_t> slot_ends_;
  std::vector<std::uint8_t> template_flags_;
  std::vector<std::uint64_t> table_;  // by hash: its upper 40 bits, and id + 1

  // What the lines are.
  std::vector<std::uint16_t> ids_;  // template + 1; 0: stored as it is
  std::vector<std::uint16_t> string_ids_;
  std::string opaque_;
  std::string stored_lines_;
  std::string stored_lengths_;

  // Of the line at hand.
  std::unique_ptr<char[]> shape_;
  std::size_t shape_size_ = 0;
  std::vector<Variable> variables_;
  std::vector<Token> strings_;
  std::vector<Unit> string_units_;
};

}  // namespace taffrail::history
