#include "history/block/block_search.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "history/block/byte_vector.hpp"
#include "history/block/template_alignment.hpp"
#include "history/block/token.hpp"

namespace taffrail::history {
namespace {

using Slot = TemplateSet::Slot;

/// Columns whose rows are traced to their lines one by one, which goes through all lines each time; where more have
/// hits, all lines that have one of these columns may have it.
constexpr std::size_t most_traced = 8;
/// A column with more hits than one in so many rows is not worth tracing.
constexpr std::size_t dense = 8;

constexpr std::string_view escape = "\x1b";

/// Whether a token of these letters and digits is an opaque one, or one that is the same but for its capitals.
bool may_be_opaque(std::string_view token, bool folded) {
  if (token.size() > variable::most_hex) return true;
  const std::string padded = std::string(token) + std::string(Bytes::padding, '\0');
  LineClasses classes;
  classes.scan(std::string_view(padded).substr(0, token.size()));
  if (classes.next_digit(0) == token.size()) return false;
  const auto shape = classes.shape(padded, {0, static_cast<std::uint32_t>(token.size())});
  return shape == LineClasses::Shape::opaque || (folded && shape != LineClasses::Shape::digits);
}

enum class Fit : std::uint8_t { none, whole, with_variables };

/// Lays a fragment on a template as far as its text goes.
/// @param anchor a part of the fragment that the text has at `place`
Fit lay_on(std::string_view text, const Fragment& fragment, Fragment::Run anchor, std::size_t place) {
  const std::string_view wanted = fragment.text;
  const auto is_code = [text](std::size_t at) { return at > 0 && text[at - 1] == variable_mark; };
  const auto variable_for = [](char c) { return ascii::is_alphanumeric(c) ? Fit::with_variables : Fit::none; };
  if (is_code(place)) return Fit::none;
  std::size_t begin = place;
  for (std::size_t i = anchor.begin; i > 0; --i, --begin) {
    if (begin == 0) return Fit::none;
    if (is_code(begin - 1)) return variable_for(wanted[i - 1]);
    if (text[begin - 1] != wanted[i - 1]) return Fit::none;
  }
  std::size_t end = place + (anchor.end - anchor.begin);
  if (end > text.size()) return Fit::none;
  for (std::size_t i = anchor.end; i < wanted.size(); ++i, ++end) {
    if (end == text.size()) return Fit::none;
    if (text[end] == variable_mark) return variable_for(wanted[i]);
    if (text[end] != wanted[i]) return Fit::none;
  }
  const bool goes_on_left = begin > 0 && (is_code(begin - 1) || ascii::is_alphanumeric(text[begin - 1]));
  const bool goes_on_right = end < text.size() && (text[end] == variable_mark || ascii::is_alphanumeric(text[end]));
  if (fragment.left_closed && ascii::is_alphanumeric(wanted.front()) && goes_on_left) return Fit::none;
  if (fragment.right_closed && ascii::is_alphanumeric(wanted.back()) && goes_on_right) return Fit::none;
  return Fit::whole;
}

/// Whether no byte is beyond ASCII. No end before the last byte, so that the compiler makes vectors of it.
bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return !ascii::is_high(static_cast<char>(all));
}

}  // namespace

/// One literal, and what was found of it so far.
struct BlockSearch::Probe {
  const Literal& literal;
  Fragment fragment;
  std::vector<std::uint8_t> sure{};   // by template
  std::vector<std::uint8_t> maybe{};  // by template
  std::vector<std::uint8_t> dense_columns{};
  bool any_template = false;
  bool any_dense = false;
  std::vector<Hits> hits{};
  /// What was asked of columns already: many templates ask the same.
  struct Asked {
    std::size_t column;
    std::size_t offset;
    std::string text;
  };
  std::vector<Asked> asked{};
};

Result<> BlockSearch::prepare() {
  auto ids = block_.ids();
  if (!ids) return forward(ids);
  ids_ = *ids;
  auto table = block_.column_table();
  if (!table) return forward(table);
  table_ = *table;
  auto stored = block_.stored();
  if (!stored) return forward(stored);
  stored_ = *stored;
  auto opaque = block_.opaque();
  if (!opaque) return forward(opaque);
  opaque_ = *opaque;
  return {};
}

/// Loads what lines are found by; not before something was found, for most blocks hold nothing of what is looked for.
Result<> BlockSearch::load_lines() {
  auto lines = block_.line_templates();
  if (!lines) return forward(lines);
  lines_ = *lines;
  ends_ = *block_.template_ends();
  return {};
}

/// And what tells a template's variables from each other.
Result<> BlockSearch::load_templates() {
  if (templates_ != nullptr) return {};
  if (auto checked = block_.check_counts(); !checked) return forward(checked);
  templates_ = *block_.templates();  // not before: who asks again after an error gets it again
  return {};
}

/// Where escape sequences begin in the text of templates.
Result<std::span<const BlockSearch::Escape>> BlockSearch::escapes() {
  if (!escapes_) {
    auto ends = block_.template_ends();
    if (!ends) return forward(ends);
    std::vector<Escape> found;
    std::size_t id = 0;
    each_place(*block_.template_text(), escape, [&](std::size_t place) {
      while ((*ends)[id] <= place) ++id;
      found.push_back({.place = static_cast<std::uint32_t>(place),
                       .id = static_cast<std::uint16_t>(id),
                       .begin = id == 0 ? 0 : (*ends)[id - 1]});
      return true;
    });
    escapes_ = std::move(found);
  }
  return std::span<const Escape>(*escapes_);
}

Result<bool> BlockSearch::has_escapes() {
  auto places = escapes();
  if (!places) return forward(places);
  auto stored = block_.stored();
  if (!stored) return forward(stored);
  return !places->empty() || (*stored)->bytes.contains(escape);
}

Result<bool> BlockSearch::may_be_before_escape(const Literal& beginning) {
  auto places = escapes();
  if (!places) return forward(places);
  auto stored = block_.stored();
  if (!stored) return forward(stored);
  if ((*stored)->bytes.contains(escape)) return true;
  const std::string_view text = *block_.template_text();
  const std::string_view wanted = beginning.text;
  return std::ranges::any_of(*places, [&](const Escape& one) {
    std::size_t place = one.place;
    for (std::size_t i = wanted.size(); i > 0; --i, --place) {
      // Before a quoted string, which is a template of its own, is its quote.
      if (place == one.begin) return wanted[i - 1] == '"';
      if (place - 1 > one.begin && text[place - 2] == variable_mark) return ascii::is_alphanumeric(wanted[i - 1]);
      const char c = text[place - 1];
      if (c == string_mark || (beginning.folded && ascii::is_high(c))) return true;
      if ((beginning.folded ? ascii::to_lower(c) : c) != wanted[i - 1]) return false;
    }
    return true;
  });
}

std::string_view BlockSearch::folded(std::string_view text, std::string& cache) {
  if (cache.size() != text.size()) cache = ascii::to_lower(text);
  return cache;
}

Result<BlockSearch::Answer> BlockSearch::ask(const Literal& literal) {
  if (auto ready = prepare(); !ready) return forward(ready);
  Answer answer{LineSet(ids_.size()), LineSet(ids_.size())};
  Probe probe{.literal = literal, .fragment = fragment_of(literal)};
  if (literal.folded && literal.text.find_first_of("ik") != std::string::npos) {
    auto odd = has_other_letters();
    if (!odd) return forward(odd);
    if (*odd) probe.fragment = {};
  }
  if (probe.fragment.text.empty()) {
    answer.maybe.add_all();
    return answer;
  }
  ask_stored(probe, answer);
  if (auto asked = ask_opaque(probe); !asked) return forward(asked);
  const Fragment::Run anchor = probe.fragment.anchor();
  if (anchor.end > anchor.begin) {
    if (auto asked = ask_templates(probe, anchor); !asked) return forward(asked);
  } else {
    if (auto asked = ask_columns(probe); !asked) return forward(asked);
  }
  if (auto marked = mark_lines(probe, answer); !marked) return forward(marked);
  answer.maybe -= answer.sure;
  return answer;
}

/// Letters that Unicode folds to an `i` or a `k`: not by what is looked for here.
Result<bool> BlockSearch::has_other_letters() {
  if (!other_letters_) {
    auto text = block_.template_text();
    if (!text) return forward(text);
    other_letters_ = false;
    for (const std::string_view part : {*text, stored_->bytes}) {
      if (is_ascii(part)) continue;
      for (const std::string_view letter : {"\xE2\x84\xAA", "\xC4\xB0"})
        each_place(part, letter, [this](std::size_t) {
          other_letters_ = true;
          return false;
        });
    }
  }
  return *other_letters_;
}

void BlockSearch::ask_stored(const Probe& probe, Answer& answer) {
  if (stored_->ends.empty()) return;
  const bool all = probe.fragment.whole_literal;
  const Literal wanted{
      .text = std::string(probe.fragment.text), .folded = probe.literal.folded, .whole = all && probe.literal.whole};
  std::size_t line = 0;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : stored_->ends) {
    while (line < ids_.size() && ids_[line] != 0) ++line;
    if (line == ids_.size()) return;
    const std::string_view text = stored_->bytes.substr(begin, end - begin);
    if (occurs(wanted, text)) (all && !text.contains(escape) ? answer.sure : answer.maybe).add(line);
    begin = end;
    ++line;
  }
}

Result<> BlockSearch::ask_opaque(Probe& probe) {
  if (opaque_.empty()) return {};
  const std::string_view tokens = probe.literal.folded ? folded(opaque_, folded_opaque_) : opaque_;
  std::vector<std::uint32_t> rows;
  for (const Fragment::Run& run : probe.fragment.runs()) {
    const std::string_view part = probe.fragment.text.substr(run.begin, run.end - run.begin);
    if (!run.open_left && !run.open_right && !may_be_opaque(part, probe.literal.folded)) continue;
    std::uint32_t row = 0;
    std::size_t counted = 0;
    each_place(tokens, part, [&](std::size_t place) {
      const std::size_t end = place + part.size();
      if (!run.open_left && place > 0 && tokens[place - 1] != '\n') return true;
      if (!run.open_right && (end == tokens.size() || tokens[end] != '\n')) return true;
      row += static_cast<std::uint32_t>(std::count(tokens.data() + counted, tokens.data() + place, '\n'));
      counted = place;
      rows.push_back(row);
      return true;
    });
  }
  if (rows.empty()) return {};
  std::ranges::sort(rows);
  probe.hits.push_back({.column = Slot::opaque, .rows = std::move(rows)});
  return {};
}

Result<> BlockSearch::ask_templates(Probe& probe, Fragment::Run anchor) {
  auto text = block_.template_text();
  if (!text) return forward(text);
  // A line with a mark in it has no template.
  if (std::ranges::any_of(probe.fragment.text, [](char c) { return c == variable_mark || c == string_mark; }))
    return {};
  const std::string_view searched = probe.literal.folded ? folded(*text, folded_text_) : *text;
  Result<> fault;
  each_place(searched, probe.fragment.text.substr(anchor.begin, anchor.end - anchor.begin), [&](std::size_t place) {
    fault = align(probe, anchor, place);
    return fault.has_value();
  });
  return fault;
}

/// Marks the template where the fragment lies on its text. Where it reaches variables, asks the column of the one that
/// has most of it.
Result<> BlockSearch::align(Probe& probe, Fragment::Run anchor, std::size_t place) {
  if (auto loaded = load_lines(); !loaded) return forward(loaded);
  probe.sure.resize(ends_.size());
  probe.maybe.resize(ends_.size());
  const auto id = static_cast<std::size_t>(std::ranges::upper_bound(ends_, place) - ends_.begin());
  if (probe.maybe[id] != 0 || probe.sure[id] != 0) return {};
  const bool folded = probe.literal.folded;
  const std::string_view text = folded ? std::string_view(folded_text_) : *block_.template_text();
  const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
  const Fit fit = lay_on(text.substr(begin, ends_[id] - begin), probe.fragment, anchor, place - begin);
  if (fit == Fit::none) return {};
  if (fit == Fit::with_variables) {
    if (auto loaded = load_templates(); !loaded) return forward(loaded);
    TemplateAlignment alignment(*templates_, table_, text, probe.fragment, folded);
    const auto part = alignment.at(id, anchor, place);
    if (!part) return {};
    if (!part->text.empty()) return match_column(probe, part->column, part->text, part->offset, part->offset);
  }
  probe.any_template = true;
  (probe.fragment.whole_literal ? probe.sure : probe.maybe)[id] = 1;
  return {};
}

/// The fragment is all digits and letters of hexadecimal numbers.
Result<> BlockSearch::ask_columns(Probe& probe) {
  const std::string_view text = probe.fragment.text;
  const Fragment::Run run = probe.fragment.runs().front();
  const bool digits = std::ranges::all_of(text, ascii::is_digit);
  const bool lower = std::ranges::none_of(text, ascii::is_upper);
  const bool upper = probe.literal.folded || std::ranges::none_of(text, ascii::is_lower);
  for (std::size_t column = 0; column < table_.size(); ++column) {
    const std::size_t width = table_[column].width;
    if (width < text.size()) continue;
    switch (variable::class_of(table_[column].code())) {
      case variable::Class::digits:
        if (!digits) continue;
        break;
      case variable::Class::lower:
        if (!lower) continue;
        break;
      default:
        if (!upper) continue;
    }
    if (!run.open_left && !run.open_right && width != text.size()) continue;
    // A closed end is an end of the variable, too.
    const std::size_t last = width - text.size();
    const std::size_t from = run.open_left && !run.open_right ? last : 0;
    const std::size_t to = run.open_left ? last : 0;
    if (auto matched = match_column(probe, column, text, from, to); !matched) return forward(matched);
  }
  // A token of few changes between letters and digits: its letters are in a template, and so is the 0 of 0x.
  Fragment::Run letters;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && ascii::is_letter(text[end])) ++end;
    if (end - begin > letters.end - letters.begin) letters = {.begin = begin, .end = end};
    begin = end + 1;
  }
  if (text == "0") letters = {.begin = 0, .end = 1};
  if (letters.end == letters.begin) return {};
  return ask_templates(probe, letters);
}

/// Rows of a column that have `text` at an offset between `from` and `to`.
Result<> BlockSearch::match_column(Probe& probe, std::size_t column, std::string_view text, std::size_t from,
                                   std::size_t to) {
  for (const Probe::Asked& asked : probe.asked) {
    if (asked.column == column && asked.offset == from && asked.text == text) return {};
  }
  if (probe.asked.size() < 256) probe.asked.push_back({column, from, std::string(text)});
  auto columns = block_.columns();
  if (!columns) return forward(columns);
  auto characters = (*columns)->characters(column);
  if (!characters) return forward(characters);
  const ColumnInfo& info = table_[column];
  std::string wanted(text);
  if (probe.literal.folded && variable::class_of(info.code()) == variable::Class::upper)
    std::ranges::transform(wanted, wanted.begin(), ascii::to_upper);
  const std::size_t width = info.width;
  Hits hits{.column = static_cast<std::uint16_t>(column), .rows = {}};
  bool too_many = false;
  each_place(*characters, wanted, [&](std::size_t place) {
    const std::size_t offset = place % width;
    if (offset < from || offset > to) return true;  // at another offset, or over the edge of two rows
    hits.rows.push_back(static_cast<std::uint32_t>(place / width));
    too_many = hits.rows.size() > 16 && hits.rows.size() * dense > info.count;
    return !too_many;
  });
  if (too_many) {
    probe.dense_columns.resize(table_.size());
    probe.dense_columns[column] = 1;
    probe.any_dense = true;
  } else if (!hits.rows.empty()) {
    probe.hits.push_back(std::move(hits));
  }
  return {};
}

Result<> BlockSearch::mark_lines(const Probe& probe, Answer& answer) {
  if (!probe.any_template && !probe.any_dense && probe.hits.empty()) return {};
  if (auto loaded = load_lines(); !loaded) return forward(loaded);
  constexpr std::uint8_t maybe = 1;
  constexpr std::uint8_t sure = 2;
  constexpr std::uint8_t escaped = 4;
  std::vector<std::uint8_t> marks(ends_.size());
  for (std::size_t id = 0; id < probe.maybe.size(); ++id)
    marks[id] = static_cast<std::uint8_t>((probe.maybe[id] != 0 ? maybe : 0) | (probe.sure[id] != 0 ? sure : 0));
  const bool traced = probe.hits.size() <= most_traced;
  const bool by_column = probe.any_dense || !traced;
  if (by_column || !probe.hits.empty()) {
    if (auto loaded = load_templates(); !loaded) return forward(loaded);
  }
  if (traced) {
    for (const Hits& hits : probe.hits) locate(hits, answer.maybe);
  }
  if (by_column) {
    std::vector<std::uint8_t> columns = probe.dense_columns;
    columns.resize(table_.size());
    bool opaque = false;
    for (const Hits& hits : probe.hits) {
      if (traced) break;
      if (hits.column == Slot::opaque) {
        opaque = true;
      } else {
        columns[hits.column] = 1;
      }
    }
    for (std::size_t id = 0; id < marks.size(); ++id) {
      for (const Slot& slot : templates_->slots(id)) {
        if (slot.width != 0 ? columns[slot.column] != 0 : opaque && slot.column == Slot::opaque) marks[id] |= maybe;
      }
    }
  }
  if (!probe.any_template && !by_column) return {};
  auto escapes = this->escapes();
  if (!escapes) return forward(escapes);
  for (const Escape& one : *escapes) marks[one.id] |= escaped;
  const LineMarks of_lines(lines_, marks, marks);
  answer.sure |= of_lines.where(sure | escaped, sure);
  answer.maybe |= of_lines.with_any(sure | maybe);
  return {};
}

/// Goes through the lines that have variables of a column and counts these, to see whose the rows are.
void BlockSearch::locate(const Hits& hits, LineSet& lines) {
  std::vector<std::uint16_t> times(templates_->size());
  std::vector<std::uint8_t> any(templates_->size());
  for (std::size_t id = 0; id < times.size(); ++id) {
    for (const Slot& slot : templates_->slots(id))
      times[id] = static_cast<std::uint16_t>(times[id] + (slot.column == hits.column ? 1 : 0));
    any[id] = times[id] != 0 ? 1 : 0;
  }
  std::size_t next = 0;
  std::uint32_t row = 0;
  for (const std::uint32_t line : LineMarks(lines_, any, any).with_any(1).indices()) {
    row += times[ids_[line] - 1U];
    for (const std::uint16_t id : lines_.strings(line)) row += times[id];
    if (row <= hits.rows[next]) continue;
    lines.add(line);
    while (next < hits.rows.size() && hits.rows[next] < row) ++next;
    if (next == hits.rows.size()) return;
  }
}

Result<LineSet> BlockSearch::candidates(std::span<const AnyOf> all_of) {
  if (auto ready = prepare(); !ready) return forward(ready);
  LineSet lines(ids_.size());
  lines.add_all();
  for (const AnyOf& any_of : all_of) {
    if (any_of.empty()) continue;
    LineSet some(ids_.size());
    for (const Literal& literal : any_of) {
      auto answer = ask(literal);
      if (!answer) return forward(answer);
      some |= answer->sure;
      some |= answer->maybe;
    }
    lines &= some;
    if (lines.count() == 0) break;
  }
  return lines;
}

Result<std::vector<std::uint32_t>> BlockSearch::find(std::span<const AnyOf> all_of,
                                                     const std::function<bool(std::string_view)>& wanted) {
  auto lines = candidates(all_of);
  if (!lines) return forward(lines);
  return keep(lines->indices(), wanted);
}

Result<std::vector<std::uint32_t>> BlockSearch::keep(std::vector<std::uint32_t> lines,
                                                     const std::function<bool(std::string_view)>& wanted) {
  if (lines.empty()) return lines;
  auto texts = block_.texts(lines);
  if (!texts) return forward(texts);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (wanted(texts->text(texts->records[i]))) lines[kept++] = lines[i];
  }
  lines.resize(kept);
  return lines;
}

Result<std::vector<std::uint32_t>> BlockSearch::find(const Literal& literal) {
  auto answer = ask(literal);
  if (!answer) return forward(answer);
  auto found = keep(answer->maybe.indices(), [&](std::string_view text) { return occurs(literal, text); });
  if (!found) return forward(found);
  for (const std::uint32_t line : *found) answer->sure.add(line);
  return answer->sure.indices();
}

Result<std::size_t> BlockSearch::count(const Literal& literal) {
  auto answer = ask(literal);
  if (!answer) return forward(answer);
  auto found = keep(answer->maybe.indices(), [&](std::string_view text) { return occurs(literal, text); });
  if (!found) return forward(found);
  return answer->sure.count() + found->size();
}

}  // namespace taffrail::history
