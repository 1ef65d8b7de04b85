#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "history/block/column_set.hpp"
#include "history/block/line_marks.hpp"
#include "history/block/part.hpp"
#include "history/block/row_columns.hpp"
#include "history/block/template_set.hpp"
#include "model/record.hpp"

namespace taffrail::history {

/// Reads a block that a BlockWriter wrote, or that somebody else did: whatever the bytes are, it gives lines or an
/// error (damaged; unsupported for a later version of the format), within the bounds of block_limits.hpp.
///
/// Each question unpacks the sections that it needs, once. Of one thread at a time.
class Block {
 public:
  /// @param rows, text, digits the three parts; stay where they are. A question that does not need a part takes it
  ///        empty.
  Block(std::string_view rows, std::string_view text, std::string_view digits)
      : Block(rows, text, [digits] { return Result<std::string_view>(digits); }) {}
  /// @param digits gives the third part, a Result<std::string_view>, when it is needed first
  template <std::invocable Load>
  Block(std::string_view rows, std::string_view text, Load digits)
      : rows_bytes_(rows), text_bytes_(text), load_digits_(std::move(digits)) {}
  /// Members point at each other.
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  /// How many lines and bytes. Needs the rows, as do all below.
  [[nodiscard]] Result<RowsHead> head();
  /// Times, seqs and flags; without offsets and sizes.
  [[nodiscard]] Result<std::vector<Record>> records();
  /// The template of each line, plus one; 0 for one that is stored as it is. As long as this lives.
  [[nodiscard]] Result<std::span<const std::uint16_t>> ids();

  /// The templates end to end, with their marks. Needs the text, as do those below.
  [[nodiscard]] Result<std::string_view> template_text();
  /// Where each of them ends: what they say without their columns, for a reader of many blocks. As long as this lives.
  [[nodiscard]] Result<std::span<const std::uint32_t>> template_ends();
  /// How many quoted strings each of them has. As long as this lives.
  [[nodiscard]] Result<std::span<const std::uint16_t>> template_strings();
  [[nodiscard]] Result<const TemplateSet*> templates();
  /// The template of each quoted string, in the order of the lines.
  [[nodiscard]] Result<std::span<const std::uint16_t>> string_ids();
  [[nodiscard]] Result<std::span<const ColumnInfo>> column_table();
  /// Tokens that are in no column, each with a newline behind.
  [[nodiscard]] Result<std::string_view> opaque();
  struct Stored {
    std::string_view bytes;
    std::vector<std::uint32_t> ends;  ///< of each line
  };
  /// Lines without a template, in order.
  [[nodiscard]] Result<const Stored*> stored();

  /// The templates of all lines, which fit each other: a part of the next, which takes no template apart. As long as
  /// this lives.
  [[nodiscard]] Result<LineTemplates> line_templates();
  /// Whether counts of everything fit each other, so that lines can be gone through without asking again. Asked once;
  /// what it needs is unpacked then.
  [[nodiscard]] Result<> check_counts();

  /// Needs the digits, too.
  [[nodiscard]] Result<ColumnSet*> columns();

  /// Some of the lines' bytes, end to end; the records have offset and size and nothing else.
  /// @param chosen their indices, rising; else invalid_argument
  /// @param newlines whether one stands behind each line
  [[nodiscard]] Result<Batch> texts(std::span<const std::uint32_t> chosen, bool newlines = false);
  /// All lines, with everything but their container.
  [[nodiscard]] Result<Batch> lines();

 private:
  friend class BlockSearch;
  friend class LineBuilder;
  Result<const Part*> rows_part();
  Result<const Part*> text_part();
  std::string_view rows_bytes_;
  std::string_view text_bytes_;
  std::function<Result<std::string_view>()> load_digits_;
  std::optional<Part> rows_part_;
  std::optional<Part> text_part_;
  std::optional<RowsHead> head_;
  std::optional<std::vector<std::uint16_t>> ids_;
  std::optional<std::vector<std::uint16_t>> string_ids_;
  std::optional<std::vector<ColumnInfo>> column_table_;
  std::optional<Bytes> template_text_;
  std::optional<std::vector<std::uint32_t>> template_ends_;
  std::optional<std::vector<std::uint16_t>> template_strings_;
  std::optional<TemplateSet> templates_;
  std::optional<ColumnSet> columns_;
  std::optional<Bytes> opaque_;
  std::optional<Bytes> stored_bytes_;
  std::optional<Stored> stored_;
  std::optional<std::vector<std::uint32_t>> first_strings_;  // of each line; once they are known to fit
  bool counts_checked_ = false;
};

}  // namespace taffrail::history
