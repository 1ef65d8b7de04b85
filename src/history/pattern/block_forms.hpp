#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/template_kinds.hpp"
#include "history/pattern/form_counts.hpp"
#include "history/pattern/line_form.hpp"
#include "history/search/line_query.hpp"
#include "store/transaction.hpp"

namespace taffrail::history {

/// Counts the forms of lines, block by block. Of a block of templates it reads rows and templates, and puts no line
/// together. A block has a template for each combination of widths of its numbers, thousands in all: those that are
/// alike but for that are one *kind*, of which the form is made once for all blocks. Keeps what it has learnt; of one
/// thread at a time.
class BlockForms {
 public:
  /// Adds the lines of a block that a query admits by places, times, levels and streams.
  /// @param chosen only these, rising; null: all
  /// Errors: damaged, also where the block is no more, with nothing added; the store's.
  [[nodiscard]] Result<> add(store::Snapshot& snapshot, const LineQuery& query, const QueriedBlock& block,
                             const std::vector<std::uint32_t>* chosen);

  /// What was counted so far.
  [[nodiscard]] FormCounts& counts() { return counts_; }

 private:
  static constexpr std::uint32_t none = ~0U;
  static constexpr std::uint16_t no_message = 0xFFFF;
  /// A form that was not asked for yet.
  static constexpr std::uint32_t unknown_form = FormCounts::none - 1;
  struct Kind {
    std::uint16_t strings = 0;           // quoted strings in it
    std::uint16_t message = no_message;  // which of them is the line's
    std::uint32_t form = unknown_form;   // in counts_, of its lines and of those whose message is of it
    std::uint32_t message_form = unknown_form;
    std::uint32_t in_block = none;  // which of those of the block at hand
  };
  struct Walk;

  Result<> add_plain(store::Snapshot& snapshot, Walk& walk);
  Result<> add_templates(store::Snapshot& snapshot, Walk& walk);
  void find_kinds(Walk& walk);
  std::uint32_t kind_of(std::uint64_t hash, std::string_view text);
  [[nodiscard]] static Kind read_kind(std::string_view text);
  [[nodiscard]] Result<> go_through(Walk& walk);
  std::uint32_t kind_in_block(Walk& walk, std::uint32_t kind, std::uint32_t id, std::size_t first_string);
  std::uint32_t kind_with(Walk& walk, std::uint32_t id, std::size_t first_string);
  void add_counted(const Walk& walk);

  FormCounts counts_;
  FormMaker maker_;
  std::vector<Kind> kinds_;
  TemplateKinds known_;  // which of kinds_ a template is, or one with its strings
};

}  // namespace taffrail::history
