#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/block.hpp"
#include "history/block/line_set.hpp"
#include "history/block/literal.hpp"

namespace taffrail::history {

/// At least one of these is in the line.
using AnyOf = std::vector<Literal>;

/// Looks for literals in templates and columns, and puts only those lines together that can have them.
///
/// Where a literal stands in a line, each part of it stands in the text of a template, in a column, in an opaque token,
/// or in a line that is stored as it is. So a line has it only if one of these has:
///  1. a stored line: the literal itself;
///  2. an opaque token: one of the literal's runs of letters and digits that may be a part of one;
///  3. a template: the part of the literal that no variable can be (its anchor), with what is around it in the literal
///     matching the text and the kinds of variables there, and in the column of one of these a variable that matches;
///  4. a column, where the literal may be a part of one number.
class BlockSearch {
 public:
  explicit BlockSearch(Block& block) : block_(block) {}

  struct Answer {
    LineSet sure;   ///< these have it, and no escape sequence
    LineSet maybe;  ///< these may have it; no others but the sure ones do
  };
  /// Where a literal can be. Error of the block's, as for all below.
  [[nodiscard]] Result<Answer> ask(const Literal& literal);
  /// Whether any line has an escape sequence.
  [[nodiscard]] Result<bool> has_escapes();
  /// Whether any line can have this with an escape sequence behind; quicker than to ask where.
  [[nodiscard]] Result<bool> may_be_before_escape(const Literal& beginning);
  /// The lines that can have one literal of each clause; all lines where there are no clauses. An empty clause is one
  /// of which nothing is known.
  [[nodiscard]] Result<LineSet> candidates(std::span<const AnyOf> all_of);

  /// The lines that have a literal, rising.
  [[nodiscard]] Result<std::vector<std::uint32_t>> find(const Literal& literal);
  /// How many have it; those that are sure are not put together.
  [[nodiscard]] Result<std::size_t> count(const Literal& literal);
  /// The candidates that `wanted` says yes to, rising.
  [[nodiscard]] Result<std::vector<std::uint32_t>> find(std::span<const AnyOf> all_of,
                                                        const std::function<bool(std::string_view)>& wanted);

 private:
  /// Variables of a column, or opaque tokens, that may have a fragment.
  struct Hits {
    std::uint16_t column = 0;         // or TemplateSet::Slot::opaque
    std::vector<std::uint32_t> rows;  // rising
  };
  /// An escape sequence in the text of a template.
  struct Escape {
    std::uint32_t place;
    std::uint16_t id;     // of the template
    std::uint32_t begin;  // of its text
  };
  struct Probe;

  Result<> prepare();
  Result<> load_lines();
  Result<> load_templates();
  Result<std::span<const Escape>> escapes();
  Result<bool> has_other_letters();
  void ask_stored(const Probe& probe, Answer& answer);
  Result<> ask_opaque(Probe& probe);
  Result<> ask_templates(Probe& probe, Fragment::Run anchor);
  Result<> align(Probe& probe, Fragment::Run anchor, std::size_t place);
  Result<> ask_columns(Probe& probe);
  Result<> match_column(Probe& probe, std::size_t column, std::string_view text, std::size_t from, std::size_t to);
  Result<> mark_lines(const Probe& probe, Answer& answer);
  Result<std::vector<std::uint32_t>> keep(std::vector<std::uint32_t> lines,
                                          const std::function<bool(std::string_view)>& wanted);
  void locate(const Hits& hits, LineSet& lines);
  [[nodiscard]] std::string_view folded(std::string_view text, std::string& cache);

  Block& block_;
  std::span<const std::uint16_t> ids_;
  LineTemplates lines_;
  std::span<const ColumnInfo> table_;
  std::string_view opaque_;
  const Block::Stored* stored_ = nullptr;
  const TemplateSet* templates_ = nullptr;
  std::span<const std::uint32_t> ends_;  // of templates
  std::optional<std::vector<Escape>> escapes_;
  std::string folded_text_;  // made when it is needed first
  std::string folded_opaque_;
  std::optional<bool> other_letters_;
};

}  // namespace taffrail::history
