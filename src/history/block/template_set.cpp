#include "history/block/template_set.hpp"

#include <algorithm>
#include <bit>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"
#include "history/block/byte_vector.hpp"

namespace taffrail::history {
namespace {

/// Twice as many as columns can be, so that a search for one that is not there ends.
constexpr std::size_t table_size = 2048;

/// Of templates, for each of their slots: fewer than most have, so that room is made once.
constexpr std::size_t bytes_of_slot = 6;
std::size_t hash(ColumnKey key) { return key * 0x9E3779B97F4A7C15ULL >> 53; }

std::vector<std::uint32_t> index_columns(std::span<const ColumnInfo> columns) {
  std::vector<std::uint32_t> table(table_size);
  for (std::uint32_t i = 0; i < columns.size(); ++i) {
    std::size_t at = hash(columns[i].key);
    while (table[at] != 0) at = (at + 1) % table_size;
    table[at] = i + 1;
  }
  return table;
}

/// The index of a column, or that of the shared one of its code; `columns.size()` when there is neither.
std::size_t find_column(ColumnKey key, std::span<const std::uint32_t> table, std::span<const ColumnInfo> columns) {
  for (const ColumnKey wanted : {key, shared_column(static_cast<std::uint8_t>(key))}) {
    for (std::size_t at = hash(wanted); table[at] != 0; at = (at + 1) % table_size) {
      if (columns[table[at] - 1].key == wanted) return table[at] - 1;
    }
  }
  return columns.size();
}

}  // namespace

Result<TemplateSet> TemplateSet::open(std::string_view text, std::string_view lengths,
                                      std::span<const ColumnInfo> columns) {
  TemplateSet set;
  set.text_ = text;
  set.slots_.reserve(text.size() / bytes_of_slot);
  const std::vector<std::uint32_t> table = index_columns(columns);
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
    if (auto taken = set.take_apart(one, table, columns); !taken) return forward(taken);
    begin += size;
  }
  if (!reader.ok() || begin != text.size()) return damaged("its templates are shorter than their text");
  return set;
}

Result<> TemplateSet::take_apart(Template& one, std::span<const std::uint32_t> column_table,
                                 std::span<const ColumnInfo> columns) {
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
  const auto pass_mark = [&](std::size_t at) -> Result<> {
    if (text[at] == string_mark) {
      add(at, Slot::string, 0);
      ++one.strings;
      literal = at + 1;
      return {};
    }
    const auto code = at + 1 < text.size() ? static_cast<std::uint8_t>(text[at + 1]) : std::uint8_t{0};
    switch (variable::class_of(code)) {
      case variable::Class::none: return damaged("a variable is of no kind");
      case variable::Class::opaque:
        add(at, Slot::opaque, 0);
        ++one.opaques;
        break;
      case variable::Class::digits:
      case variable::Class::lower:
      case variable::Class::upper: {
        const std::size_t column = find_column(column_key(text, at, code), column_table, columns);
        if (column == columns.size()) return damaged("a variable has no column");
        add(at, static_cast<std::uint16_t>(column), columns[column].width);
      }
    }
    literal = at + 2;
    return {};
  };
  for (std::size_t from = 0; from < text.size(); from += sizeof(ByteVector)) {
    // Bytes behind the template may be marks as well.
    std::uint64_t marks = bits_of(load_bytes(text.data() + from) < static_cast<unsigned char>(2));
    for (; marks != 0; marks &= marks - 1) {
      const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(marks));
      if (at >= text.size()) break;
      if (at < literal) continue;  // the code behind a mark
      if (auto passed = pass_mark(at); !passed) return forward(passed);
    }
  }
  add(text.size(), Slot::end, 0);
  one.slots_end = static_cast<std::uint32_t>(slots_.size());
  return {};
}

std::size_t TemplateSet::at(std::size_t place) const {
  const auto after = std::ranges::upper_bound(templates_, place, {}, &Template::begin);
  // Empty templates begin where the next one does: the last that begins there is the one with bytes.
  return static_cast<std::size_t>(after - templates_.begin()) - 1;
}

}  // namespace taffrail::history
