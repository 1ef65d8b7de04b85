#include "history/block/block_writer.hpp"

#include <algorithm>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"
#include "history/block/filter_keys.hpp"
#include "history/block/plain_block.hpp"
#include "history/block/row_columns.hpp"

namespace taffrail::history {
namespace {

/// A variable of one character becomes two bytes of a template.
constexpr std::size_t shape_capacity = 2 * max_template_line + 64;
constexpr std::size_t table_bits = 17;  // half full at most
/// Bytes behind a line that copies may read.
constexpr std::size_t over_read = 64;

void add_id_planes(PartWriter& part, std::uint32_t id, const std::vector<std::uint16_t>& ids) {
  std::string plane(ids.size(), '\0');
  for (unsigned byte = 0; byte < 2; ++byte) {
    for (std::size_t i = 0; i < ids.size(); ++i) plane[i] = static_cast<char>(ids[i] >> (8 * byte));
    part.add(id + byte, plane);
  }
}

}  // namespace

BlockWriter::BlockWriter(int text_level)
    : text_level_(text_level),
      table_(std::size_t{1} << table_bits),
      shape_(std::make_unique_for_overwrite<char[]>(shape_capacity)) {}

void BlockWriter::clear() {
  columns_.clear();
  text_.clear();
  ends_.clear();
  slots_.clear();
  slot_ends_.clear();
  template_flags_.clear();
  std::ranges::fill(table_, 0);
  ids_.clear();
  string_ids_.clear();
  opaque_.clear();
  stored_lines_.clear();
  stored_lengths_.clear();
}

Result<EncodedBlock> BlockWriter::encode(const Batch& lines, FilterKeys* keys) {
  if (auto within = check_block_limits(lines); !within) return forward(within);
  clear();
  keys_ = keys;
  if (keys_ != nullptr) keys_->clear();
  std::uint32_t bytes = 0;
  std::string last;
  for (const Record& record : lines.records) {
    std::string_view line = lines.text(record);
    bytes += record.size;
    if (record.size <= max_template_line) {
      if (record.offset + record.size + over_read > lines.bytes.size()) {
        last.assign(line).append(over_read, '\0');
        line = std::string_view(last).substr(0, record.size);
      }
      if (add_line(line, pack_flags(record))) continue;
    }
    ids_.push_back(0);
    append_varint(stored_lengths_, line.size());
    stored_lines_ += line;
    if (keys_ != nullptr) keys_->add_text(line);
  }
  return finish(lines, bytes);
}

bool BlockWriter::add_line(std::string_view line, std::uint8_t flags) {
  if (!classes_.scan(line)) return false;
  variables_.clear();
  string_units_.clear();
  // Messages are the same in the text and the JSON of a program, and lines with two strings would be a template for
  // each pair.
  find_strings(classes_, line, strings_);
  const Unit outer = add_unit(line, 0, line.size(), true);
  if (outer.id == no_template) return false;
  for (const Token string : strings_) {
    string_units_.push_back(add_unit(line, string.begin, string.end, false));
    if (string_units_.back().id == no_template) return false;
  }
  template_flags_.resize(ends_.size(), flags);
  append_variables(line, outer);
  ids_.push_back(static_cast<std::uint16_t>(outer.id + 1));
  for (const Unit& unit : string_units_) string_ids_.push_back(static_cast<std::uint16_t>(unit.id));
  return true;
}

BlockWriter::Unit BlockWriter::add_unit(std::string_view line, std::size_t from, std::size_t to, bool outer) {
  Unit unit{.id = no_template, .first_variable = static_cast<std::uint32_t>(variables_.size())};
  shape_size_ = 0;
  if (outer) {
    for (const Token string : strings_) {
      shape(line, from, string.begin);
      shape_[shape_size_++] = string_mark;
      from = string.end;
    }
  }
  shape(line, from, to);
  unit.id = intern({shape_.get(), shape_size_});
  return unit;
}

/// Appends to the template what of the line from `from` to `to` is fixed, with a mark for each variable.
void BlockWriter::shape(std::string_view line, std::size_t from, std::size_t to) {
  for (std::size_t digit = classes_.next_digit(from); digit < to;) {
    const Token token = classes_.token_around(digit, from);
    literal(line.data() + from, token.begin - from);
    shape_token(line, token);
    from = token.end;
    digit = classes_.next_digit(from);
  }
  literal(line.data() + from, to - from);
}

void BlockWriter::shape_token(std::string_view line, Token token) {
  using Shape = LineClasses::Shape;
  const std::size_t size = token.end - token.begin;
  const auto hex = [&](std::uint8_t base, std::size_t skipped) {
    literal(line.data() + token.begin, skipped);
    variable(token.begin + skipped, size - skipped,
             static_cast<std::uint8_t>(base + (size - skipped) - variable::least_hex));
  };
  const Shape shape = classes_.shape(line, token);
  if (keys_ != nullptr)
    keys_->add_token(line.substr(token.begin, size), shape != Shape::digits && shape != Shape::mixed);
  switch (shape) {
    case Shape::digits: return variable(token.begin, size, static_cast<std::uint8_t>(size));
    case Shape::lower: return hex(variable::lower_hex, 0);
    case Shape::upper: return hex(variable::upper_hex, 0);
    case Shape::after_0x_lower: return hex(variable::lower_hex, 2);
    case Shape::after_0x_upper: return hex(variable::upper_hex, 2);
    case Shape::opaque: return variable(token.begin, size, variable::opaque);
    case Shape::mixed: break;
  }
  std::uint64_t digits = classes_.digits_at(token.begin) & low_bits(size);
  std::size_t at = token.begin;
  while (digits != 0) {
    const auto before = static_cast<std::size_t>(std::countr_zero(digits));
    const auto run = static_cast<std::size_t>(std::countr_one(digits >> before));
    const std::size_t begin = token.begin + before;
    literal(line.data() + at, begin - at);
    variable(begin, run, static_cast<std::uint8_t>(run));
    at = begin + run;
    digits &= ~(low_bits(run) << before);
  }
  literal(line.data() + at, token.end - at);
}

void BlockWriter::variable(std::size_t at, std::size_t size, std::uint8_t code) {
  variables_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(size), code});
  shape_[shape_size_] = variable_mark;
  shape_[shape_size_ + 1] = static_cast<char>(code);
  shape_size_ += 2;
}

void BlockWriter::literal(const char* from, std::size_t size) {
  char* to = shape_.get() + shape_size_;
  shape_size_ += size;
  if (size <= 16) {
    std::memcpy(to, from, 16);
  } else {
    std::memcpy(to, from, size);
  }
}

std::uint32_t BlockWriter::intern(std::string_view text) {
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  constexpr std::uint64_t tag_mask = ~std::uint64_t{0} << 24;
  std::size_t at = hash & low_bits(table_bits);
  for (; table_[at] != 0; at = (at + 1) & low_bits(table_bits)) {
    if (((table_[at] ^ hash) & tag_mask) != 0) continue;
    const auto id = static_cast<std::uint32_t>((table_[at] & ~tag_mask) - 1);
    const std::uint32_t begin = id == 0 ? 0 : ends_[id - 1];
    if (std::string_view(text_).substr(begin, ends_[id] - begin) == text) return id;
  }
  if (ends_.size() == max_templates || text_.size() + text.size() > max_section_bytes || slots_.size() >= max_slots)
    return no_template;
  text_ += text;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  add_slots(text);
  if (keys_ != nullptr) keys_->add_template(text);
  table_[at] = (hash & tag_mask) | ends_.size();
  return static_cast<std::uint32_t>(ends_.size() - 1);
}

void BlockWriter::add_slots(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == string_mark) {
      slots_.push_back(string_slot);
    } else if (text[at] == variable_mark) {
      const auto code = static_cast<std::uint8_t>(text[at + 1]);
      slots_.push_back(code == variable::opaque ? opaque_slot : columns_.column(column_key(text, at, code)));
      ++at;
    }
  }
  slot_ends_.push_back(static_cast<std::uint32_t>(slots_.size()));
}

/// In the order of the line: a reader goes through it once.
void BlockWriter::append_variables(std::string_view line, const Unit& outer) {
  std::size_t string = 0;
  const auto append = [&](const Unit& unit, auto&& self) -> void {
    const Variable* variable = variables_.data() + unit.first_variable;
    const std::uint32_t begin = unit.id == 0 ? 0 : slot_ends_[unit.id - 1];
    for (std::uint32_t i = begin; i < slot_ends_[unit.id]; ++i) {
      const std::uint16_t slot = slots_[i];
      if (slot == string_slot) {
        self(string_units_[string++], self);
      } else if (slot == opaque_slot) {
        opaque_.append(line, variable->at, variable->size).push_back('\n');
        ++variable;
      } else {
        columns_.append(slot, line.data() + variable->at);
        ++variable;
      }
    }
  };
  append(outer, append);
}

EncodedBlock BlockWriter::finish(const Batch& lines, std::uint32_t bytes) {
  EncodedBlock block;
  block.digits = columns_.write_part();

  std::string table;
  columns_.write_table(table);
  std::string lengths;
  for (std::size_t i = 0; i < ends_.size(); ++i) append_varint(lengths, ends_[i] - (i == 0 ? 0 : ends_[i - 1]));
  PartWriter text(PartKind::text);
  text.add(text_section::templates, text_, {.level = text_level_});
  text.add(text_section::template_lengths, lengths);
  text.add(text_section::columns, table);
  add_id_planes(text, text_section::string_ids, string_ids_);
  text.add(text_section::opaque, opaque_);
  text.add(text_section::stored_lengths, stored_lengths_);
  text.add(text_section::stored_lines, stored_lines_, {.level = text_level_});
  block.text = text.finish();

  template_flags_.resize(ends_.size());
  std::vector<std::uint8_t> predicted(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) predicted[i] = ids_[i] == 0 ? 0 : template_flags_[ids_[i] - 1U];
  PartWriter rows(PartKind::rows);
  add_rows(rows, lines.records, bytes, predicted);
  rows.add(row_section::template_flags,
           {reinterpret_cast<const char*>(template_flags_.data()), template_flags_.size()});
  add_id_planes(rows, row_section::ids, ids_);
  block.rows = rows.finish();
  return block;
}

}  // namespace taffrail::history
