#include "history/block/template_set.hpp"

#include <algorithm>
#include <bit>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"
#include "history/block/byte_vector.hpp"

namespace taffrail::history {
namespace {

/// Of templates, for each of their slots: fewer than most have, so that room is made once.
constexpr std::size_t bytes_of_slot = 6;

}  // namespace

/// The columns of a block by their keys.
class TemplateSet::ColumnIndex {
 public:
  struct Entry {
    ColumnKey key = 0;
    std::uint16_t column = none;
    std::uint8_t width = 0;
  };
  static constexpr std::uint16_t none = 0xFFFF;

  explicit ColumnIndex(std::span<const ColumnInfo> columns) : table_(size) {
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const ColumnInfo& info = columns[column];
      std::size_t at = place_of(info.key);
      while (table_[at].column != none) at = (at + 1) % size;
      table_[at] = {.key = info.key, .column = static_cast<std::uint16_t>(column), .width = info.width};
    }
  }
  /// The column of this key, or the shared one of its code; `none` when there is neither.
  [[nodiscard]] Entry find(ColumnKey key) const {
    for (const ColumnKey wanted : {key, shared_column(static_cast<std::uint8_t>(key))}) {
      for (std::size_t at = place_of(wanted); table_[at].column != none; at = (at + 1) % size) {
        if (table_[at].key == wanted) return table_[at];
      }
    }
    return {};
  }

 private:
  /// Twice as many as columns can be, so that a search for one that is not there ends.
  static constexpr std::size_t size = 2048;
  static std::size_t place_of(ColumnKey key) { return key * 0x9E3779B97F4A7C15ULL >> 53; }
  std::vector<Entry> table_;
};

Result<TemplateSet> TemplateSet::open(std::string_view text, std::string_view lengths,
                                      std::span<const ColumnInfo> columns) {
  TemplateSet set;
  set.text_ = text;
  set.slots_.reserve(text.size() / bytes_of_slot);
  const ColumnIndex index(columns);
  ByteReader reader(lengths);
  std::uint64_t begin = 0;
  while (!reader.empty()) {
    const std::uint64_t size = reader.varint();
    if (size > text.size() - begin || size > 2 * max_template_line || set.templates_.size() == max_templates)
      return damaged("a template is longer than it can be");
    Template& one = set.templates_.emplace_back();
    one.begin = static_cast<std::uint32_t>(begin);
    one.end = static_cast<std::uint32_t>(begin + size);
    if (set.slots_.size() > max_slots + max_templates) return damaged("its templates have too many variables");
    if (!set.take_apart(one, index)) return damaged("a variable has no column");
    begin += size;
  }
  if (!reader.ok() || begin != text.size()) return damaged("its templates are shorter than their text");
  return set;
}

bool TemplateSet::take_apart(Template& one, const ColumnIndex& columns) {
  const std::string_view text = text_.substr(one.begin, one.end - one.begin);
  one.slots = static_cast<std::uint32_t>(slots_.size());
  std::size_t literal = 0;
  const auto add = [&](std::size_t end, std::uint16_t column, std::uint8_t width) {
    slots_.push_back({.literal = static_cast<std::uint32_t>(one.begin + literal),
                      .literal_size = static_cast<std::uint16_t>(end - literal),
                      .column = column,
                      .width = width});
    one.fixed_size += static_cast<std::uint32_t>(end - literal + width);
  };
  for (std::size_t from = 0; from < text.size(); from += sizeof(ByteVector)) {
    // Bytes behind the template may be marks as well.
    std::uint64_t marks = bits_of(load_bytes(text.data() + from) < static_cast<unsigned char>(2));
    for (; marks != 0; marks &= marks - 1) {
      const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(marks));
      if (at >= text.size()) break;
      if (at < literal) continue;  // the code behind a mark
      if (text[at] == string_mark) {
        add(at, Slot::string, 0);
        ++one.strings;
        literal = at + 1;
        continue;
      }
      const auto code = at + 1 < text.size() ? static_cast<std::uint8_t>(text[at + 1]) : std::uint8_t{0};
      if (code == variable::opaque) {
        add(at, Slot::opaque, 0);
        ++one.opaques;
      } else {
        // Of a code that is none there is no column.
        const ColumnIndex::Entry column = columns.find(column_key(text, at, code));
        if (column.column == ColumnIndex::none) return false;
        add(at, column.column, column.width);
      }
      literal = at + 2;
    }
  }
  add(text.size(), Slot::end, 0);
  one.slots_end = static_cast<std::uint32_t>(slots_.size());
  return true;
}

std::size_t TemplateSet::at(std::size_t place) const {
  const auto after = std::ranges::upper_bound(templates_, place, {}, &Template::begin);
  // Empty templates begin where the next one does: the last that begins there is the one with bytes.
  return static_cast<std::size_t>(after - templates_.begin()) - 1;
}

}  // namespace taffrail::history
