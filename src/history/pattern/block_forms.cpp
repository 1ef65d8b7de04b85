#include "history/pattern/block_forms.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "history/block/block.hpp"
#include "history/block/part.hpp"
#include "history/block/template_format.hpp"

namespace taffrail::history {
namespace {

/// Lines of a kind in one block. In a cache line of the processor: there are thousands of kinds.
struct alignas(64) Lines {
  static constexpr std::uint32_t none = ~0U;

  LevelCounts levels{};
  std::uint32_t newest = none;
  Time first_time = Time::max();
  Time last_time = Time::min();
  std::uint32_t first = none;  // that states `first_time`
  std::uint32_t last = none;

  void add(const Record& record, std::uint32_t line) {
    ++levels[static_cast<std::size_t>(record.head_level)];
    newest = line;
    if (record.time < first_time) {
      first_time = record.time;
      first = line;
    }
    if (record.time >= last_time) {
      last_time = record.time;
      last = line;
    }
  }
  [[nodiscard]] FormTally tally(const std::vector<Record>& records, BlockKey block) const {
    FormTally tally{.first = first_time,
                    .last = last_time,
                    .first_place = records[first].place(),
                    .last_place = records[last].place(),
                    .block = block,
                    .line = newest};
    std::ranges::copy(levels, tally.levels.begin());
    return tally;
  }
};

}  // namespace

/// One block.
struct BlockForms::Walk {
  struct Template {
    std::uint32_t kind;  // in `kinds`
    std::uint16_t strings;
    std::uint16_t message;
  };
  struct KindInBlock {
    std::uint32_t kind;
    std::uint32_t id;            // one of its templates
    std::uint32_t first_string;  // of one of its lines, where the strings are part of the kind
  };

  const LineQuery& query;
  const QueriedBlock& block;
  const std::vector<std::uint32_t>* chosen;
  std::size_t next_chosen = 0;
  bool wants_all = false;

  std::vector<Record> records = {};
  std::span<const std::uint16_t> ids = {};
  std::string_view text = {};  // of the templates
  std::span<const std::uint32_t> ends = {};
  std::span<const std::uint16_t> string_ids = {};
  const Block::Stored* stored = nullptr;

  std::vector<Template> templates = {};
  std::vector<KindInBlock> kinds = {};
  // Of each of `kinds`: its lines, and those whose message is of it.
  std::vector<Lines> lines = {};
  std::vector<Lines> messages = {};
  /// Wanted lines without a template, and which of these they are.
  std::vector<std::pair<std::uint32_t, std::size_t>> as_they_are = {};

  [[nodiscard]] std::string_view text_of(std::size_t id) const {
    const std::uint32_t begin = id == 0 ? 0 : ends[id - 1];
    return text.substr(begin, ends[id] - begin);
  }
  [[nodiscard]] std::string_view stored_line(std::size_t index) const {
    const std::uint32_t begin = index == 0 ? 0 : stored->ends[index - 1];
    return stored->bytes.substr(begin, stored->ends[index] - begin);
  }
  [[nodiscard]] std::string text_with_strings(const KindInBlock& kind) const {
    const std::string_view with_marks = text_of(kind.id);
    auto strings = string_ids.subspan(kind.first_string, templates[kind.id].strings);
    std::string marked;
    for (std::size_t at = 0; at < with_marks.size() && marked.size() <= 2 * max_template_line; ++at) {
      if (with_marks[at] == string_mark && !strings.empty()) {
        marked += text_of(strings.front());
        strings = strings.subspan(1);
        continue;
      }
      marked += with_marks[at];
      if (with_marks[at] == variable_mark && at + 1 < with_marks.size()) marked += with_marks[++at];
    }
    return marked;
  }
  /// Whether a line is wanted; asked about one after the other.
  bool wants(std::uint32_t line, const Record& record) {
    if (wants_all) return true;
    if (chosen != nullptr) {
      if (next_chosen == chosen->size() || (*chosen)[next_chosen] != line) return false;
      ++next_chosen;
      return true;
    }
    return block.range.holds(record.place()) && query.admits(record);
  }
};

Result<> BlockForms::add(store::Snapshot& snapshot, const LineQuery& query, const QueriedBlock& block,
                         const std::vector<std::uint32_t>* chosen) {
  Walk walk{.query = query, .block = block, .chosen = chosen};
  walk.wants_all = chosen == nullptr && query.admits_all(block);
  return block.info.kind == BlockInfo::Kind::plain ? add_plain(snapshot, walk) : add_templates(snapshot, walk);
}

Result<> BlockForms::add_plain(store::Snapshot& snapshot, Walk& walk) {
  auto lines = read_lines(snapshot, walk.block.info);
  if (!lines) return forward(lines);
  for (std::uint32_t line = 0; line < lines->records.size(); ++line) {
    const Record& record = lines->records[line];
    if (!walk.wants(line, record)) continue;
    counts_.add(counts_.intern(maker_.of_line(lines->text(record))), walk.block.log, record, walk.block.info.key, line);
  }
  return {};
}

Result<> BlockForms::add_templates(store::Snapshot& snapshot, Walk& walk) {
  auto rows = read_part(snapshot, walk.block.info.key, PartOf::rows);
  if (!rows) return forward(rows);
  auto text = read_part(snapshot, walk.block.info.key, PartOf::text);
  if (!text) return forward(text);
  Block block(*rows, *text, std::string_view());
  auto records = block.records();
  if (!records) return forward(records);
  auto ids = block.ids();
  if (!ids) return forward(ids);
  auto all = block.template_text();
  if (!all) return forward(all);
  auto ends = block.template_ends();
  if (!ends) return forward(ends);
  auto strings = block.string_ids();
  if (!strings) return forward(strings);
  auto stored = block.stored();
  if (!stored) return forward(stored);
  const Bytes kinds = TemplateKinds::without_widths(*all);
  walk.records = std::move(*records);
  walk.ids = *ids;
  walk.text = kinds.view();
  walk.ends = *ends;
  walk.string_ids = *strings;
  walk.stored = *stored;
  find_kinds(walk);
  auto counted = go_through(walk);
  if (counted) add_counted(walk);
  for (const Walk::KindInBlock& kind : walk.kinds) kinds_[kind.kind].in_block = none;
  return counted;
}

void BlockForms::find_kinds(Walk& walk) {
  if (known_.size() > TemplateKinds::most_known) {
    kinds_.clear();
    known_.forget();
  }
  walk.templates.reserve(walk.ends.size());
  for (std::uint32_t id = 0; id < walk.ends.size(); ++id) {
    const std::string_view text = walk.text_of(id);
    const std::uint32_t kind = kind_of(known_.hash(text), text);
    walk.templates.push_back(
        {.kind = kind_in_block(walk, kind, id, 0), .strings = kinds_[kind].strings, .message = kinds_[kind].message});
  }
}

std::uint32_t BlockForms::kind_in_block(Walk& walk, std::uint32_t kind, std::uint32_t id, std::size_t first_string) {
  std::uint32_t& index = kinds_[kind].in_block;
  if (index == none) {
    index = static_cast<std::uint32_t>(walk.kinds.size());
    walk.kinds.push_back({.kind = kind, .id = id, .first_string = static_cast<std::uint32_t>(first_string)});
    walk.lines.emplace_back();
    walk.messages.emplace_back();
  }
  return index;
}

std::uint32_t BlockForms::kind_of(std::uint64_t hash, std::string_view text) {
  const auto [kind, is_new] = known_.find(hash);
  if (is_new) kinds_.push_back(read_kind(text));
  return kind;
}

BlockForms::Kind BlockForms::read_kind(std::string_view text) {
  Kind kind;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == variable_mark) {
      ++at;
    } else if (text[at] == string_mark) {
      if (kind.message == no_message && FormMaker::is_message(text.substr(0, at))) kind.message = kind.strings;
      ++kind.strings;
    }
  }
  return kind;
}

/// Counts the lines of each kind. Error damaged where lines, templates and strings do not fit each other.
Result<> BlockForms::go_through(Walk& walk) {
  const auto is_there = [&](std::uint16_t id) { return id < walk.ends.size(); };
  if (!std::ranges::all_of(walk.string_ids, is_there)) return damaged("a quoted string has no template of its own");
  std::size_t string = 0;
  std::size_t stored = 0;
  for (std::uint32_t line = 0; line < walk.records.size(); ++line) {
    const Record& record = walk.records[line];
    const bool wanted = walk.wants(line, record);
    const std::uint16_t id = walk.ids[line];
    if (id == 0) {
      if (wanted) walk.as_they_are.emplace_back(line, stored);
      ++stored;
      continue;
    }
    if (id > walk.templates.size()) return damaged("a line has a template that is not there");
    const Walk::Template& one = walk.templates[id - 1U];
    const std::size_t first_string = string;
    string += one.strings;
    if (string > walk.string_ids.size()) return damaged("its quoted strings are fewer than its lines have");
    if (!wanted) continue;
    if (one.message != no_message) {
      walk.messages[walk.templates[walk.string_ids[first_string + one.message]].kind].add(record, line);
    } else {
      walk.lines[one.strings == 0 ? one.kind : kind_with(walk, id - 1U, first_string)].add(record, line);
    }
  }
  if (stored != walk.stored->ends.size()) return damaged("its stored lines are not as many as have no template");
  if (string != walk.string_ids.size()) return damaged("its quoted strings are more than its lines have");
  return {};
}

/// Of a template with its strings in their places, which is a kind by itself.
std::uint32_t BlockForms::kind_with(Walk& walk, std::uint32_t id, std::size_t first_string) {
  const auto kind = [&](std::uint32_t of) { return walk.kinds[walk.templates[of].kind].kind; };
  std::uint64_t hash = kind(id) + 1ULL;
  for (const std::uint16_t string : walk.string_ids.subspan(first_string, walk.templates[id].strings)) {
    const std::array<std::uint64_t, 2> both{hash, kind(string)};
    hash = known_.hash({reinterpret_cast<const char*>(both.data()), sizeof both});
  }
  return kind_in_block(walk, kind_of(hash, {}), id, first_string);
}

void BlockForms::add_counted(const Walk& walk) {
  const BlockKey key = walk.block.info.key;
  const std::size_t log = walk.block.log;
  for (std::size_t i = 0; i < walk.kinds.size(); ++i) {
    const Walk::KindInBlock& in_block = walk.kinds[i];
    Kind& kind = kinds_[in_block.kind];
    if (walk.lines[i].newest != Lines::none) {
      if (kind.form == unknown_form) kind.form = counts_.intern(maker_.of_template(walk.text_with_strings(in_block)));
      counts_.add(kind.form, log, walk.lines[i].tally(walk.records, key));
    }
    if (walk.messages[i].newest != Lines::none) {
      if (kind.message_form == unknown_form)
        kind.message_form = counts_.intern(maker_.of_message(walk.text_of(in_block.id)));
      counts_.add(kind.message_form, log, walk.messages[i].tally(walk.records, key));
    }
  }
  for (const auto& [line, stored] : walk.as_they_are) {
    const std::uint32_t form = counts_.intern(maker_.of_line(walk.stored_line(stored)));
    counts_.add(form, log, walk.records[line], key, line);
  }
}

}  // namespace taffrail::history
