#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "history/block/column_set.hpp"
#include "history/block/literal.hpp"
#include "history/block/template_set.hpp"

namespace taffrail::history {

/// The longest part of a fragment that one variable has, where the fragment lies on a template.
struct VariablePart {
  std::size_t column = 0;
  std::size_t offset = 0;  ///< in the variable
  std::string_view text;   ///< empty: the fragment lies on text alone
};

/// Lays a fragment on a template around its anchor: text on text, and characters on variables that can have them.
class TemplateAlignment {
 public:
  /// @param text of all templates, in small letters where `folded`
  TemplateAlignment(const TemplateSet& templates, std::span<const ColumnInfo> columns, std::string_view text,
                    const Fragment& fragment, bool folded)
      : templates_(templates), columns_(columns), text_(text), fragment_(fragment), folded_(folded) {}

  /// @param id of the template
  /// @param anchor a part of the fragment that the template's text has at `place`
  /// @return nothing when the fragment cannot be there
  [[nodiscard]] std::optional<VariablePart> at(std::size_t id, Fragment::Run anchor, std::size_t place);

 private:
  using Slot = TemplateSet::Slot;
  [[nodiscard]] bool rightwards(std::size_t slot, std::size_t at, std::size_t place);
  [[nodiscard]] bool leftwards(std::size_t slot, std::size_t at, std::size_t place);
  /// Whether a variable can have the fragment's characters [begin, end) from `offset` on.
  [[nodiscard]] bool fits(const Slot& variable, std::size_t begin, std::size_t end, std::size_t offset);
  /// Whether the slot has letters or digits in place of a piece of text.
  [[nodiscard]] static bool is_token(const Slot& slot) { return slot.width != 0 || slot.column == Slot::opaque; }
  [[nodiscard]] std::size_t end_of(std::size_t slot) const {
    return std::size_t{slots_[slot].literal} + slots_[slot].literal_size;
  }

  const TemplateSet& templates_;
  std::span<const ColumnInfo> columns_;
  std::string_view text_;
  const Fragment& fragment_;
  bool folded_;
  std::span<const Slot> slots_;
  VariablePart longest_;
};

}  // namespace taffrail::history
