#include "history/search/block_scan.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "history/block/part.hpp"
#include "history/block/plain_block.hpp"
#include "history/block/row_columns.hpp"
#include "text/ansi.hpp"

namespace taffrail::history {
namespace {

/// Lines that are put together at first, and how many times as many with each further step.
constexpr std::size_t first_step = 256;
constexpr std::size_t step_growth = 4;
constexpr std::size_t largest_step = 16'384;
/// Lines between two looks at the clock; of filters that may be dear, whose longest evaluation takes 2.5 ms.
constexpr std::size_t lines_between_looks = 512;
constexpr std::size_t dear_lines_between_looks = 8;

/// Fewer lines are asked about one by one: that is done before Vectorscan has compiled a pattern.
constexpr std::size_t least_probed = 1024;

/// Of a block's lines so many times fewer are few.
constexpr std::size_t few_lines = 16;

constexpr std::string_view escape = "\x1b";

bool found_in(const Result<BlockSearch::Answer>& answer, LineSet& sure, LineSet& maybe) {
  if (!answer) return false;
  sure |= answer->sure;
  maybe |= answer->maybe;
  return true;
}

}  // namespace

/// A walk through one block.
struct BlockScan::Walk {
  const QueriedBlock& block;
  const Each& each;
  const LineFilter* filter;
  std::size_t until_look;
  Place at{};          // of the line that was decided on last
  bool ended = false;  // before the block's range did
};

Result<PlaceRange> BlockScan::walk(const QueriedBlock& block, const Visit& visit) {
  const auto each = [&visit](const Batch& batch, const Record& record, std::uint32_t) { return visit(batch, record); };
  return walk(block, each, true);
}

Result<PlaceRange> BlockScan::count(const QueriedBlock& block, const Count& count) {
  const auto each = [&count](const Batch&, const Record& record, std::uint32_t line) {
    count(record, line);
    return true;
  };
  return walk(block, each, false);
}

Result<PlaceRange> BlockScan::walk(const QueriedBlock& block, const Each& each, bool texts) {
  const LineFilter* filter = query_.logs[block.log].filter.get();
  const bool dear = filter != nullptr && !filter->is_cheap();
  Walk walk{.block = block,
            .each = each,
            .filter = filter,
            .until_look = dear ? dear_lines_between_looks : lines_between_looks};
  return block.info.kind == BlockInfo::Kind::plain ? walk_plain(walk, texts) : walk_templates(walk, texts);
}

PlaceRange BlockScan::left_behind(const QueriedBlock& block, Place place) const {
  return descending_ ? PlaceRange{block.range.first, before(place)} : PlaceRange{after(place), block.range.last};
}

namespace {

/// Asks about some lines in the direction of a walk. @return false when the walk is to end behind the line it is at
template <class Walk, class Wants>
bool ask_each(Walk& walk, std::size_t lines, bool descending, TurnClock& turn, Wants wants) {
  std::size_t asked = 0;
  for (std::size_t i = 0; i < lines; ++i) {
    if (!wants(descending ? lines - 1 - i : i)) return false;
    if (++asked % walk.until_look == 0 && turn.over()) return false;
  }
  return true;
}

}  // namespace

/// Whether a line can meet the clauses, as far as that is cheaper to say than to ask the filter.
bool BlockScan::can_have_clauses(std::string_view text) const {
  const bool escaped = text::has_ansi(text);
  return std::ranges::all_of(query_.clauses, [&](const AnyOf& clause) {
    // What Unicode folds is the filter's matter.
    if (escaped || std::ranges::any_of(clause, &Literal::folded)) return true;
    return std::ranges::any_of(clause, [&](const Literal& literal) { return occurs(literal, text); });
  });
}

Result<PlaceRange> BlockScan::walk_plain(Walk& walk, bool texts) {
  const BlockKey key = walk.block.info.key;
  Batch batch;
  auto bytes = read_part(snapshot_, key, PartOf::plain);
  if (!bytes) return forward(bytes);
  if (texts || walk.filter != nullptr) {
    auto lines = decode_plain(*bytes);
    if (!lines) return forward(lines);
    batch = std::move(*lines);
  } else {
    auto part = Part::open(*bytes, PartKind::plain);
    if (!part) return forward(part);
    auto rows = read_rows(*part, {});
    if (!rows) return forward(rows);
    batch.records = std::move(*rows);
  }
  batch.container = query_.logs[walk.block.log].container;
  std::vector<std::uint32_t> lines;
  for (std::uint32_t line = 0; line < batch.records.size(); ++line) {
    const Record& record = batch.records[line];
    if (walk.block.range.holds(record.place()) && query_.admits(record)) lines.push_back(line);
  }
  const bool whole = ask_each(walk, lines.size(), descending_, turn_, [&](std::size_t i) {
    const Record& record = batch.records[lines[i]];
    walk.at = record.place();
    const bool wanted =
        walk.filter == nullptr || (can_have_clauses(batch.text(record)) && walk.filter->wants(batch, record));
    return !wanted || walk.each(batch, record, lines[i]);
  });
  return whole ? PlaceRange::none() : left_behind(walk.block, walk.at);
}

/// By templates and columns. What the kinds of templates say is known of most from blocks before, so it is asked first;
/// what their widths say costs by the line, so where many are left literals are asked before.
Result<BlockScan::Candidates> BlockScan::candidates(Block& block, bool filtered) {
  TemplateProbe* templates = filtered && asker() != nullptr ? asker()->templates() : nullptr;
  if (templates == nullptr) return by_literals(block, filtered);
  auto may = templates->by_kinds(block);
  if (!may) return forward(may);
  Candidates found{LineSet(may->lines()), std::move(*may)};
  const auto ask_widths = [&]() -> Result<> {
    auto left = templates->by_widths(block, found.maybe);
    if (!left) return forward(left);
    found.maybe &= *left;
    return {};
  };
  const auto ask_literals = [&]() -> Result<> {
    auto left = by_literals(block, filtered);
    if (!left) return forward(left);
    found.sure = std::move(left->sure);
    found.sure &= found.maybe;
    found.maybe &= left->maybe;
    return {};
  };
  const bool many = found.maybe.count() > found.maybe.lines() / few_lines;
  Result<> asked;
  if (many) asked = ask_literals();
  if (asked && found.maybe.count() != 0) asked = ask_widths();
  if (asked && !many && found.maybe.count() != 0) asked = ask_literals();
  if (!asked) return forward(asked);
  return found;
}

Result<BlockScan::Candidates> BlockScan::by_literals(Block& block, bool filtered) const {
  auto head = block.head();
  if (!head) return forward(head);
  Candidates found{LineSet(head->lines), LineSet(head->lines)};
  if (!filtered) {
    found.sure.add_all();
    return found;
  }
  if (query_.clauses.empty()) {
    found.maybe.add_all();
    return found;
  }
  found.sure.add_all();
  BlockSearch search(block);
  auto escapes = search.has_escapes();
  if (!escapes) return forward(escapes);
  for (const AnyOf& clause : query_.clauses) {
    LineSet sure(head->lines);
    LineSet any(head->lines);
    for (const Literal& literal : clause) {
      auto answer = search.ask(literal);
      if (!found_in(answer, sure, any)) return forward(answer);
      if (!*escapes) continue;
      // An escape may end in a letter, so what is whole without it is not so with it.
      if (literal.whole) answer = search.ask({.text = literal.text, .folded = literal.folded});
      if (!found_in(answer, any, any)) return forward(answer);
      for (std::size_t size = 1; size < literal.text.size(); ++size) {
        Literal beginning{.text = literal.text.substr(0, size), .folded = literal.folded};
        auto parted = search.may_be_before_escape(beginning);
        if (!parted) return forward(parted);
        if (!*parted) continue;
        beginning.text += escape;
        answer = search.ask(beginning);
        if (!found_in(answer, any, any)) return forward(answer);
      }
    }
    any |= sure;
    // Lines that had all clauses so far, and have this one.
    found.maybe |= found.sure;
    found.maybe &= any;
    found.sure &= sure;
    if (found.maybe.count() == 0) break;
  }
  if (!query_.clauses_suffice) {
    found.sure = LineSet(head->lines);
  } else {
    found.maybe -= found.sure;
  }
  return found;
}

Result<PlaceRange> BlockScan::walk_templates(Walk& walk, bool texts) {
  const BlockKey key = walk.block.info.key;
  auto rows_part = read_part(snapshot_, key, PartOf::rows);
  if (!rows_part) return forward(rows_part);
  std::string text_part;
  std::string digits_part;
  if (texts || walk.filter != nullptr) {
    auto part = read_part(snapshot_, key, PartOf::text);
    if (!part) return forward(part);
    text_part = std::move(*part);
  }
  Block block(*rows_part, text_part, [&]() -> Result<std::string_view> {
    auto part = read_part(snapshot_, key, PartOf::digits);
    if (!part) return forward(part);
    digits_part = std::move(*part);
    return digits_part;
  });
  auto found = candidates(block, walk.filter != nullptr);
  if (!found) return forward(found);
  LineSet either = found->sure;
  either |= found->maybe;
  std::vector<std::uint32_t> lines = either.indices();
  if (lines.empty()) return PlaceRange::none();
  auto rows = block.records();
  if (!rows) return forward(rows);
  std::erase_if(lines, [&](std::uint32_t line) {
    const Record& record = (*rows)[line];
    return !walk.block.range.holds(record.place()) || !query_.admits(record);
  });
  for (std::size_t step = first_step; !lines.empty(); step = std::min(step * step_growth, largest_step)) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(step, lines.size()));
    std::vector<std::uint32_t> some;
    if (descending_) {
      some.assign(lines.end() - count, lines.end());
      lines.resize(lines.size() - some.size());
    } else {
      some.assign(lines.begin(), lines.begin() + count);
      lines.erase(lines.begin(), lines.begin() + count);
    }
    auto goes_on = go_through(walk, block, *rows, *found, some, texts);
    if (!goes_on) return forward(goes_on);
    if (!*goes_on || (!lines.empty() && turn_.over())) return left_behind(walk.block, walk.at);
  }
  return PlaceRange::none();
}

RegexProbe::Asker* BlockScan::asker() {
  if (!query_.probe) return nullptr;
  if (!asker_) asker_ = query_.probe->lend();
  return asker_.get();
}

/// @return false when the walk is to end
Result<bool> BlockScan::go_through(Walk& walk, Block& block, const std::vector<Record>& rows,
                                   const Candidates& candidates, const std::vector<std::uint32_t>& some, bool texts) {
  std::vector<std::uint32_t> read;
  for (const std::uint32_t line : some) {
    if (texts || !candidates.sure.holds(line)) read.push_back(line);
  }
  Batch batch;
  std::optional<LineSet> may;
  if (!read.empty()) {
    const bool probed =
        walk.filter != nullptr && read.size() >= least_probed && asker() != nullptr && asker()->useful();
    auto made = block.texts(read, probed);
    if (!made) return forward(made);
    batch = std::move(*made);
    if (probed) may = asker_->ask(batch);
    for (std::size_t i = 0; i < read.size(); ++i) {
      Record& record = batch.records[i];
      const std::uint32_t offset = record.offset;
      const std::uint32_t size = record.size;
      record = rows[read[i]];
      record.offset = offset;
      record.size = size;
    }
  }
  batch.container = query_.logs[walk.block.log].container;
  std::size_t next = descending_ ? read.size() : 0;
  return ask_each(walk, some.size(), descending_, turn_, [&](std::size_t i) {
    const std::uint32_t line = some[i];
    walk.at = rows[line].place();
    const bool sure = candidates.sure.holds(line);
    if (sure && !texts) return walk.each(batch, rows[line], line);
    const std::size_t place = descending_ ? --next : next++;
    const Record& record = batch.records[place];
    const bool wanted = sure || ((!may || may->holds(place)) && walk.filter->wants(batch, record));
    return !wanted || walk.each(batch, record, line);
  });
}

}  // namespace taffrail::history
