#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/column_set.hpp"

namespace taffrail::history {

/// The templates of a block, taken apart and checked.
class TemplateSet {
 public:
  /// A fixed piece of a template, and what stands behind it.
  struct Slot {
    static constexpr std::uint16_t string = 0xFFFF;  ///< a quoted string, which is a template of its own
    static constexpr std::uint16_t opaque = 0xFFFE;
    static constexpr std::uint16_t end = 0xFFFD;  ///< nothing: every template ends so
    std::uint32_t literal = 0;                    ///< where the piece begins in text()
    std::uint16_t literal_size = 0;
    std::uint16_t column = end;  ///< its index, or one of the above
    std::uint8_t width = 0;      ///< of a variable in a column, in characters
  };
  struct Template {
    std::uint32_t begin = 0;  ///< in text(), with the marks
    std::uint32_t end = 0;
    std::uint32_t slots = 0;  ///< the first of its slots
    std::uint32_t slots_end = 0;
    std::uint32_t fixed_size = 0;  ///< in characters, without opaque tokens and strings
    std::uint16_t strings = 0;
    std::uint16_t opaques = 0;
  };

  /// @param text all templates, end to end, with Bytes::padding readable bytes behind; stays where it is
  /// @param lengths of each, the section text_section::template_lengths
  /// Error damaged.
  [[nodiscard]] static Result<TemplateSet> open(std::string_view text, std::string_view lengths,
                                                std::span<const ColumnInfo> columns);

  [[nodiscard]] std::size_t size() const { return templates_.size(); }
  [[nodiscard]] const Template& operator[](std::size_t id) const { return templates_[id]; }
  [[nodiscard]] std::span<const Slot> slots(std::size_t id) const {
    return std::span(slots_).subspan(templates_[id].slots, templates_[id].slots_end - templates_[id].slots);
  }
  [[nodiscard]] std::string_view text() const { return text_; }
  /// The template that a place of text() is in.
  [[nodiscard]] std::size_t at(std::size_t place) const;

 private:
  class ColumnIndex;
  /// @return false when a variable has no column
  bool take_apart(Template& one, const ColumnIndex& columns);

  std::string_view text_;
  std::vector<Template> templates_;
  std::vector<Slot> slots_;
};

}  // namespace taffrail::history
