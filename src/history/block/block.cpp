#include "history/block/block.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"
#include "history/block/byte_vector.hpp"
#include "history/block/line_builder.hpp"

namespace taffrail::history {
namespace {

Result<std::vector<std::uint16_t>> read_id_planes(const Part& part, std::uint32_t id) {
  auto low = part.section(id);
  if (!low) return forward(low);
  auto high = part.section(id + 1);
  if (!high) return forward(high);
  if (low->size != high->size) return damaged("two planes of ids are not of one size");
  std::vector<std::uint16_t> ids(low->size);
  for (std::size_t i = 0; i < ids.size(); ++i)
    ids[i] = static_cast<std::uint16_t>(static_cast<std::uint8_t>(low->data[i]) |
                                        static_cast<std::uint8_t>(high->data[i]) << 8);
  return ids;
}

/// Marks of quoted strings in a part of a text; the same byte behind the mark of a variable is a code.
/// @param text with Bytes::padding readable bytes behind
std::uint16_t count_strings(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t count = 0;
  if (begin == 0 && end > 0) count += text[begin++] == string_mark ? 1 : 0;
  for (std::size_t at = begin; at < end; at += sizeof(ByteVector)) {
    const char* from = text.data() + at;
    std::uint64_t marks = bits_of((load_bytes(from) == static_cast<unsigned char>(string_mark)) &
                                  (load_bytes(from - 1) != static_cast<unsigned char>(variable_mark)));
    if (end - at < sizeof(ByteVector)) marks &= (std::uint64_t{1} << (end - at)) - 1;
    count += static_cast<std::size_t>(std::popcount(marks));
  }
  return static_cast<std::uint16_t>(count);
}

}  // namespace

Result<const Part*> Block::rows_part() {
  if (!rows_part_) {
    auto part = Part::open(rows_bytes_, PartKind::rows);
    if (!part) return forward(part);
    rows_part_ = std::move(*part);
  }
  return &*rows_part_;
}

Result<const Part*> Block::text_part() {
  if (!text_part_) {
    auto part = Part::open(text_bytes_, PartKind::text);
    if (!part) return forward(part);
    text_part_ = std::move(*part);
  }
  return &*text_part_;
}

Result<RowsHead> Block::head() {
  if (!head_) {
    auto part = rows_part();
    if (!part) return forward(part);
    auto head = read_rows_head(**part);
    if (!head) return forward(head);
    head_ = *head;
  }
  return *head_;
}

Result<std::span<const std::uint16_t>> Block::ids() {
  if (!ids_) {
    auto all = head();
    if (!all) return forward(all);
    auto ids = read_id_planes(*rows_part_, row_section::ids);
    if (!ids) return forward(ids);
    if (ids->size() != all->lines) return damaged("its templates are not one for each line");
    ids_ = std::move(*ids);
  }
  return std::span<const std::uint16_t>(*ids_);
}

Result<std::vector<Record>> Block::records() {
  auto lines = ids();
  if (!lines) return forward(lines);
  auto flags = rows_part_->section(row_section::template_flags);
  if (!flags) return forward(flags);
  std::vector<std::uint8_t> predicted(lines->size());
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const std::uint16_t id = (*lines)[i];
    if (id > flags->size) return damaged("a line has a template that is not there");
    predicted[i] = id == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(flags->data[id - 1U]);
  }
  return read_rows(*rows_part_, predicted);
}

Result<std::span<const std::uint16_t>> Block::string_ids() {
  if (!string_ids_) {
    auto part = text_part();
    if (!part) return forward(part);
    auto ids = read_id_planes(**part, text_section::string_ids);
    if (!ids) return forward(ids);
    string_ids_ = std::move(*ids);
  }
  return std::span<const std::uint16_t>(*string_ids_);
}

Result<std::span<const ColumnInfo>> Block::column_table() {
  if (!column_table_) {
    auto part = text_part();
    if (!part) return forward(part);
    auto bytes = (*part)->section(text_section::columns);
    if (!bytes) return forward(bytes);
    auto table = read_column_table(bytes->view());
    if (!table) return forward(table);
    column_table_ = std::move(*table);
  }
  return std::span<const ColumnInfo>(*column_table_);
}

Result<std::string_view> Block::template_text() {
  if (!template_text_) {
    auto part = text_part();
    if (!part) return forward(part);
    auto bytes = (*part)->section(text_section::templates);
    if (!bytes) return forward(bytes);
    template_text_ = std::move(*bytes);
  }
  return template_text_->view();
}

Result<std::span<const std::uint32_t>> Block::template_ends() {
  if (!template_ends_) {
    auto text = template_text();
    if (!text) return forward(text);
    auto lengths = text_part_->section(text_section::template_lengths);
    if (!lengths) return forward(lengths);
    std::vector<std::uint32_t> ends;
    ByteReader reader(lengths->view());
    std::uint64_t end = 0;
    while (!reader.empty()) {
      const std::uint64_t size = reader.varint();
      if (size > text->size() - end || size > 2 * max_template_line || ends.size() == max_templates)
        return damaged("a template is longer than it can be");
      end += size;
      ends.push_back(static_cast<std::uint32_t>(end));
    }
    if (!reader.ok() || end != text->size()) return damaged("its templates are shorter than their text");
    template_ends_ = std::move(ends);
  }
  return std::span<const std::uint32_t>(*template_ends_);
}

Result<std::span<const std::uint16_t>> Block::template_strings() {
  if (!template_strings_) {
    auto ends = template_ends();
    if (!ends) return forward(ends);
    std::vector<std::uint16_t> counts(ends->size());
    std::size_t begin = 0;
    for (std::size_t id = 0; id < counts.size(); begin = (*ends)[id++])
      counts[id] = count_strings(template_text_->view(), begin, (*ends)[id]);
    template_strings_ = std::move(counts);
  }
  return std::span<const std::uint16_t>(*template_strings_);
}

Result<const TemplateSet*> Block::templates() {
  if (!templates_) {
    auto text = template_text();
    if (!text) return forward(text);
    auto table = column_table();
    if (!table) return forward(table);
    auto lengths = text_part_->section(text_section::template_lengths);
    if (!lengths) return forward(lengths);
    auto set = TemplateSet::open(*text, lengths->view(), *table);
    if (!set) return forward(set);
    templates_ = std::move(*set);
  }
  return &*templates_;
}

Result<std::string_view> Block::opaque() {
  if (!opaque_) {
    auto part = text_part();
    if (!part) return forward(part);
    auto bytes = (*part)->section(text_section::opaque);
    if (!bytes) return forward(bytes);
    opaque_ = std::move(*bytes);
  }
  return opaque_->view();
}

Result<const Block::Stored*> Block::stored() {
  if (!stored_) {
    auto part = text_part();
    if (!part) return forward(part);
    auto bytes = (*part)->section(text_section::stored_lines);
    if (!bytes) return forward(bytes);
    auto lengths = (*part)->section(text_section::stored_lengths);
    if (!lengths) return forward(lengths);
    Stored stored{.bytes = bytes->view(), .ends = {}};
    ByteReader reader(lengths->view());
    std::uint64_t end = 0;
    while (!reader.empty() && stored.ends.size() <= max_block_lines) {
      const std::uint64_t size = reader.varint();
      if (size > bytes->size - end) return damaged("its stored lines are longer than their bytes");
      end += size;
      stored.ends.push_back(static_cast<std::uint32_t>(end));
    }
    if (!reader.done() || end != bytes->size) return damaged("its stored lines are shorter than their bytes");
    stored_bytes_ = std::move(*bytes);
    stored_ = std::move(stored);
  }
  return &*stored_;
}

Result<ColumnSet*> Block::columns() {
  if (!columns_) {
    auto table = column_table();
    if (!table) return forward(table);
    auto bytes = load_digits_();
    if (!bytes) return forward(bytes);
    auto part = Part::open(*bytes, PartKind::digits);
    if (!part) return forward(part);
    columns_.emplace(std::move(*part), *table);
  }
  return &*columns_;
}

Result<LineTemplates> Block::line_templates() {
  if (first_strings_) return LineTemplates{*ids_, *string_ids_, *first_strings_};
  auto lines = ids();
  if (!lines) return forward(lines);
  auto counts = template_strings();
  if (!counts) return forward(counts);
  auto strings = string_ids();
  if (!strings) return forward(strings);
  auto as_they_are = stored();
  if (!as_they_are) return forward(as_they_are);
  if (std::ranges::max(*lines) > counts->size()) return damaged("a line has a template that is not there");
  if (!strings->empty() && std::ranges::max(*strings) >= counts->size())
    return damaged("a quoted string has no template of its own");
  std::uint16_t of_strings = 0;
  for (const std::uint16_t id : *strings) of_strings |= (*counts)[id];
  if (of_strings != 0) return damaged("a quoted string has no template of its own");
  std::vector<std::uint16_t> of_ids(counts->size() + 1);
  std::ranges::copy(*counts, of_ids.begin() + 1);
  std::vector<std::uint32_t> first_strings;
  first_strings.reserve(lines->size() + 1);
  std::uint64_t string_count = 0;
  for (const std::uint16_t id : *lines) {
    first_strings.push_back(static_cast<std::uint32_t>(string_count));
    string_count += of_ids[id];
  }
  first_strings.push_back(static_cast<std::uint32_t>(string_count));
  if (static_cast<std::size_t>(std::ranges::count(*lines, 0)) != (*as_they_are)->ends.size())
    return damaged("its stored lines are not as many as have no template");
  if (string_count != strings->size()) return damaged("its quoted strings are not as many as its lines have");
  first_strings_ = std::move(first_strings);
  return LineTemplates{*lines, *strings, *first_strings_};
}

Result<> Block::check_counts() {
  if (counts_checked_) return {};
  if (auto lines = line_templates(); !lines) return forward(lines);
  auto set = templates();
  if (!set) return forward(set);
  auto tokens = opaque();
  if (!tokens) return forward(tokens);

  const TemplateSet& all = **set;
  std::vector<std::uint32_t> used(all.size());
  for (const std::uint16_t id : *ids_) {
    if (id != 0) ++used[id - 1U];
  }
  for (const std::uint16_t id : *string_ids_) ++used[id];
  std::uint64_t bytes = 0;
  std::uint64_t token_count = 0;
  std::vector<std::uint64_t> variables(column_table_->size());
  for (std::size_t id = 0; id < all.size(); ++id) {
    if (used[id] == 0) continue;
    bytes += std::uint64_t{used[id]} * all[id].fixed_size;
    token_count += std::uint64_t{used[id]} * all[id].opaques;
    for (const TemplateSet::Slot& slot : all.slots(id)) {
      if (slot.width != 0) variables[slot.column] += used[id];
    }
  }
  const auto newlines = static_cast<std::uint64_t>(std::ranges::count(*tokens, '\n'));
  bytes += tokens->size() - newlines + stored_->bytes.size();
  if (token_count != newlines || (!tokens->empty() && tokens->back() != '\n'))
    return damaged("its tokens are not as many as its lines have");
  for (std::size_t column = 0; column < variables.size(); ++column) {
    if (variables[column] != (*column_table_)[column].count)
      return damaged("a column does not have one variable for each line that needs it");
  }
  if (bytes != head_->bytes) return damaged("its lines are shorter or longer than it says");
  counts_checked_ = true;
  return {};
}

Result<Batch> Block::texts(std::span<const std::uint32_t> chosen, bool newlines) {
  auto head = this->head();
  if (!head) return forward(head);
  if (std::ranges::adjacent_find(chosen, std::greater_equal()) != chosen.end() ||
      (!chosen.empty() && chosen.back() >= head->lines))
    return fail(ErrorCode::invalid_argument, "lines of a block are asked for in their order, each once");
  auto builder = LineBuilder::open(*this, chosen);
  if (!builder) return forward(builder);
  Batch batch;
  batch.records.resize(chosen.size());
  std::uint32_t line = 0;
  // Different lines of a block are at most all of them, and the builder writes a few bytes behind each.
  const std::size_t room = head->bytes + LineBuilder::over_write + (newlines ? chosen.size() : 0);
  batch.bytes.resize_and_overwrite(room, [&](char* to, std::size_t) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      builder->skip(chosen[i] - line);
      line = chosen[i] + 1;
      batch.records[i].offset = static_cast<std::uint32_t>(size);
      size += builder->append(to + size);
      batch.records[i].size = static_cast<std::uint32_t>(size - batch.records[i].offset);
      if (newlines) to[size++] = '\n';
    }
    return size;
  });
  return batch;
}

Result<Batch> Block::lines() {
  auto rows = records();
  if (!rows) return forward(rows);
  std::vector<std::uint32_t> all(rows->size());
  std::iota(all.begin(), all.end(), 0U);
  auto batch = texts(all);
  if (!batch) return forward(batch);
  for (std::size_t i = 0; i < rows->size(); ++i) {
    (*rows)[i].offset = batch->records[i].offset;
    (*rows)[i].size = batch->records[i].size;
  }
  batch->records = std::move(*rows);
  return batch;
}

}  // namespace taffrail::history
