#include "history/block/line_builder.hpp"

#include <cstring>

namespace taffrail::history {
namespace {

/// Of a block's lines so many times fewer are few.
constexpr std::size_t few_lines = 16;

}  // namespace

using Slot = TemplateSet::Slot;

LineBuilder::LineBuilder(Block& block)
    : templates_(&*block.templates_),
      lines_{*block.ids_, *block.string_ids_, *block.first_strings_},
      stored_(&*block.stored_),
      opaque_(block.opaque_->view()),
      columns_(block.column_table_->size()),
      passed_(block.templates_->size()),
      passed_ids_(block.templates_->size() + 1) {}

Result<LineBuilder> LineBuilder::open(Block& block, std::span<const std::uint32_t> chosen) {
  if (auto checked = block.check_counts(); !checked) return forward(checked);
  auto columns = block.columns();
  if (!columns) return forward(columns);
  LineBuilder builder(block);
  const std::vector<bool> needed = builder.columns_of(chosen);
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    auto characters = (*columns)->characters(i);
    if (!characters) return forward(characters);
    builder.columns_[i].characters = characters->data();
  }
  for (std::size_t at = 0; at < builder.opaque_.size(); ++at) {
    at = builder.opaque_.find('\n', at);
    builder.token_ends_.push_back(static_cast<std::uint32_t>(at));
  }
  return builder;
}

/// The columns that some lines have variables in; where these are many, all: that is not worth a look at each.
std::vector<bool> LineBuilder::columns_of(std::span<const std::uint32_t> chosen) const {
  const bool all = chosen.size() > lines_.ids.size() / few_lines;
  std::vector<bool> columns(columns_.size(), all);
  if (all) return columns;
  const auto add = [&](std::size_t id) {
    for (const Slot& slot : templates_->slots(id)) {
      if (slot.width != 0) columns[slot.column] = true;
    }
  };
  for (const std::uint32_t line : chosen) {
    if (lines_.ids[line] != 0) add(lines_.ids[line] - 1U);
    for (const std::uint16_t id : lines_.strings(line)) add(id);
  }
  return columns;
}

/// Without a branch: whether a template was passed over before is nothing that a processor could foresee.
void LineBuilder::pass(std::uint16_t id) {
  passed_ids_[passed_count_] = id;
  passed_count_ += passed_[id]++ == 0 ? 1 : 0;
}

void LineBuilder::skip(std::size_t lines) {
  const std::size_t end = line_ + lines;
  for (; line_ < end; ++line_) {
    if (lines_.ids[line_] == 0) {
      ++stored_line_;
    } else {
      pass(static_cast<std::uint16_t>(lines_.ids[line_] - 1));
    }
  }
  for (; string_ < lines_.first_strings[end]; ++string_) pass(lines_.string_ids[string_]);
}

void LineBuilder::settle() {
  for (const std::uint16_t id : std::span(passed_ids_).first(passed_count_)) {
    const std::size_t times = passed_[id];
    passed_[id] = 0;
    token_ += times * (*templates_)[id].opaques;
    for (const Slot& slot : templates_->slots(id)) {
      if (slot.width != 0) columns_[slot.column].at += times * slot.width;
    }
  }
  passed_count_ = 0;
}

std::size_t LineBuilder::append(char* to) {
  if (passed_count_ != 0) settle();
  const std::uint16_t id = lines_.ids[line_++];
  if (id != 0) return static_cast<std::size_t>(append_template(id - 1U, to) - to);
  const std::uint32_t begin = stored_line_ == 0 ? 0 : stored_->ends[stored_line_ - 1];
  const std::uint32_t size = stored_->ends[stored_line_++] - begin;
  std::memcpy(to, stored_->bytes.data() + begin, size);
  return size;
}

/// Copies are of sixteen bytes where they can be, whatever is needed of them: what is too much is written over.
char* LineBuilder::append_template(std::size_t id, char* to) {
  const char* text = templates_->text().data();
  for (const Slot& slot : templates_->slots(id)) {
    if (slot.literal_size <= 16) {
      std::memcpy(to, text + slot.literal, 16);
    } else {
      std::memcpy(to, text + slot.literal, slot.literal_size);
    }
    to += slot.literal_size;
    if (slot.width != 0) {
      Column& column = columns_[slot.column];
      const char* from = column.characters + column.at;
      if (slot.width <= 16) {
        std::memcpy(to, from, 16);
      } else {
        std::memcpy(to, from, slot.width);
      }
      column.at += slot.width;
      to += slot.width;
    } else if (slot.column == Slot::string) {
      to = append_template(lines_.string_ids[string_++], to);
    } else if (slot.column == Slot::opaque) {
      const std::size_t begin = token_ == 0 ? 0 : token_ends_[token_ - 1] + 1;
      const std::size_t size = token_ends_[token_++] - begin;
      std::memcpy(to, opaque_.data() + begin, size);
      to += size;
    }
  }
  return to;
}

}  // namespace taffrail::history
