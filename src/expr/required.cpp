#include "expr/required.hpp"

#include <algorithm>
#include <iterator>
#include <re2/filtered_re2.h>

#include "base/ascii.hpp"
#include "expr/builtin.hpp"
#include "expr/checker.hpp"
#include "expr/operations.hpp"
#include "expr/parser.hpp"
#include "expr/unicode.hpp"

// A condition is walked from its root. `and` needs what each operand needs; `or` needs one alternative of each operand,
// so one clause is picked from every operand and they are joined; all else but the comparisons below needs nothing.
//
// Text found in fields of JSON lines stands in the line too, unless it is written with escapes. So every needle that
// comes from a field has the backslash as its alternative.

namespace taffrail::expr {
namespace {

constexpr std::size_t most_alternatives = 64;  // of a clause; a longer one would be hit by most lines anyway

// The line itself, or a part of it.
enum class Origin : std::uint8_t {
  none,
  line,   // `text`, or `message` of a text line
  field,  // a field of a JSON or logfmt line
};

struct Source {
  Origin origin = Origin::none;
  bool folded = false;                 // in small letters
  std::vector<std::string_view> keys;  // of the fields on the way
};

bool is_variable(const Node& node, std::string_view name) {
  return node.kind == NodeKind::identifier && node.meaning == Meaning::variable && node.name == name;
}

Source source_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::identifier: {
      if (is_variable(node, "text") || is_variable(node, "message")) return {Origin::line, false, {}};
      return is_variable(node, "fields") ? Source{Origin::field, false, {}} : Source{};
    }
    case NodeKind::chain: return source_of(node.child(0));
    case NodeKind::member: {
      if (node.meaning != Meaning::none || !node.child(1).is_constant(Kind::string)) return {};
      Source from = source_of(node.child(0));
      if (from.origin == Origin::none || from.folded || is_variable(node.child(0), "text")) return {};
      from.origin = Origin::field;
      from.keys.push_back(node.child(1).value.as_string());
      return from;
    }
    case NodeKind::builtin: {
      if (node.builtin->name != "lower") return {};
      Source inner = source_of(node.child(0));
      inner.folded = true;
      return inner;
    }
    default: return {};
  }
}

Clause finish(Clause clause, const Source& source) {
  if (source.origin == Origin::field) clause.push_back({"\\", Needle::Kind::exact});
  return clause;
}

void add(std::vector<Clause>& all, Clause clause) {
  std::ranges::sort(clause);
  clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
  const bool useful = !clause.empty() && clause.size() <= most_alternatives &&
                      std::ranges::none_of(clause, [](const Needle& n) { return n.text.empty(); });
  if (useful && std::ranges::find(all, clause) == all.end()) all.push_back(std::move(clause));
}

Needle needle(std::string_view text, const Source& source) {
  return {std::string(text), source.folded ? Needle::Kind::folded : Needle::Kind::exact};
}

// The keys that must be there when a comparison of the field is true.
void need_keys(Required& r, const Source& source) {
  if (source.origin != Origin::field) return;
  for (const std::string_view key : source.keys) add(r.all, finish({{std::string(key), Needle::Kind::exact}}, source));
}

// The longest part of a text without letters beyond ASCII.
std::string_view longest_ascii(std::string_view text) {
  std::string_view best;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size() && static_cast<unsigned char>(text[end]) < 0x80) ++end;
    if (end > best.size()) best = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return best;
}

// An atom of RE2 as a needle. Its small letters are those of case folding, which beyond ASCII are not always ours, so
// only its ASCII part counts; and a long s counts as an s. False when too little is left.
bool add_atom(Clause& clause, std::string_view atom) {
  atom = longest_ascii(atom);
  if (atom.size() < 2) return false;
  if (atom.find('s') != std::string_view::npos) clause.push_back({"\u017F", Needle::Kind::exact});
  clause.push_back({std::string(atom), Needle::Kind::folded});
  return true;
}

// The word of a pattern like `\bword\b`, which a search box makes of a number; else nothing.
std::string_view whole_word(std::string_view pattern) {
  constexpr std::string_view edge = "\\b";
  if (pattern.size() <= 2 * edge.size() || !pattern.starts_with(edge) || !pattern.ends_with(edge)) return {};
  const std::string_view word = pattern.substr(edge.size(), pattern.size() - 2 * edge.size());
  return std::ranges::all_of(word, ascii::is_alphanumeric) ? word : std::string_view();
}

// What a pattern needs: RE2 knows which literals ("atoms", in small letters) a match holds. Its answer is a formula
// that it does not show, so it is asked: an atom without which there is no match is a clause by itself, else all are
// one.
void need_regex(Required& r, std::string_view pattern, const Source& source) {
  if (const std::string_view word = whole_word(pattern); !word.empty() && source.origin == Origin::line) {
    Needle whole = needle(word, source);
    whole.whole = true;
    add(r.all, {std::move(whole)});
    return;
  }
  constexpr int shortest = 2;
  re2::FilteredRE2 filter(shortest);
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(2 << 20);
  int id = 0;
  std::vector<std::string> atoms;
  if (filter.Add(re2::StringPiece(pattern.data(), pattern.size()), options, &id) != re2::RE2::NoError) return;
  if (source.origin == Origin::line && !source.folded) r.patterns.emplace_back(pattern);
  filter.Compile(&atoms);
  const auto possible = [&](const std::vector<int>& found) {
    std::vector<int> regexes;
    filter.AllPotentials(found, &regexes);
    return !regexes.empty();
  };
  if (atoms.empty() || possible({})) {
    // A match may hold no literal at all; the pattern itself is what can be looked for.
    if (source.origin == Origin::line && !source.folded) add(r.all, {{std::string(pattern), Needle::Kind::regex}});
    return;
  }
  bool single = false;
  for (std::size_t without = 0; without < atoms.size() && atoms.size() <= most_alternatives; ++without) {
    std::vector<int> others;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      if (i != without) others.push_back(static_cast<int>(i));
    }
    if (possible(others)) continue;
    single = true;
    Clause clause;
    if (add_atom(clause, atoms[without])) add(r.all, finish(std::move(clause), source));
  }
  if (single) return;
  Clause clause;
  for (const std::string& atom : atoms) {
    if (!add_atom(clause, atom)) return;
  }
  add(r.all, finish(std::move(clause), source));
}

LevelMask levels_where(Op op, std::string_view level) {
  LevelMask mask = 0;
  const int wanted = level_rank(level);
  for (int rank = 0; rank < 6; ++rank) {
    const bool holds = op == Op::less         ? rank < wanted
                       : op == Op::less_equal ? rank <= wanted
                       : op == Op::greater    ? rank > wanted
                                              : rank >= wanted;
    if (holds && wanted >= 0) mask = static_cast<LevelMask>(mask | 1U << static_cast<unsigned>(rank));
  }
  return mask;
}

// `text contains "some"`, also in small letters: what is needed is all that is asked. Beyond ASCII small letters are
// several of one.
bool is_only_a_needle(const Node& node) {
  const Node& left = node.child(0);
  const bool lowered = left.kind == NodeKind::builtin && left.builtin->name == "lower";
  if (node.op != Op::contains || !is_variable(lowered ? left.child(0) : left, "text")) return false;
  const std::string_view text = node.child(1).value.as_string();
  return !text.empty() && (!lowered || longest_ascii(text) == text);
}

bool is_level(std::string_view text) { return level_rank(text) >= 0 || text == "unknown"; }

void need_level(Required& r, const Node& node) {
  const Node& right = node.child(1);
  if (node.op == Op::in && right.kind == NodeKind::array) {
    LevelMask mask = 0;
    for (const Node* item : right.children) {
      if (item->kind != NodeKind::constant) return;
      if (item->value.is(Kind::string)) mask = static_cast<LevelMask>(mask | level_bit(item->value.as_string()));
    }
    r.levels &= mask;
    r.suffices = std::ranges::all_of(right.children, [](const Node* item) {
      return item->value.is(Kind::string) && is_level(item->value.as_string());
    });
    return;
  }
  if (!right.is_constant(Kind::string)) return;
  const std::string_view level = right.value.as_string();
  r.suffices = node.op == Op::equal ? is_level(level) : level_rank(level) >= 0;
  switch (node.op) {
    case Op::equal: r.levels &= level_bit(level); break;
    case Op::not_equal:
      if (level_rank(level) >= 0) r.levels &= static_cast<LevelMask>(~level_bit(level));
      break;
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: r.levels &= levels_where(node.op, level); break;
    default: r.suffices = false; break;
  }
}

// `timestamp >= 1700000000000`, in milliseconds.
void need_time(Required& r, const Node& node) {
  if (!node.child(1).is_constant(Kind::integer)) return;
  constexpr std::int64_t furthest = 9'000'000'000'000;  // milliseconds that nanoseconds can say
  const std::int64_t ms = node.child(1).value.as_int();
  if (ms > furthest || ms < -furthest) return;
  const Time start{std::chrono::milliseconds(ms)};
  const Time end = start + std::chrono::milliseconds(1) - std::chrono::nanoseconds(1);  // the whole millisecond
  if (node.op == Op::equal || node.op == Op::greater_equal || node.op == Op::greater) r.from = start;
  if (node.op == Op::equal || node.op == Op::less_equal || node.op == Op::less) r.until = end;
}

Required comparison(const Node& node) {
  Required r;
  const Node& left = node.child(0);
  const Node& right = node.child(1);
  if (is_variable(left, "level")) {
    need_level(r, node);
    return r;
  }
  if (is_variable(left, "timestamp")) {
    need_time(r, node);
    return r;
  }
  const Source source = source_of(left);
  if (source.origin == Origin::none) return r;
  const bool text = right.is_constant(Kind::string);
  switch (node.op) {
    case Op::not_equal:
      if (right.is_constant(Kind::nil)) need_keys(r, source);
      break;
    case Op::equal:
      if (right.kind != NodeKind::constant || right.value.is(Kind::nil)) break;
      need_keys(r, source);
      if (text) add(r.all, finish({needle(right.value.as_string(), source)}, source));
      break;
    case Op::contains:
    case Op::starts_with:
    case Op::ends_with:
      need_keys(r, source);
      if (text) add(r.all, finish({needle(right.value.as_string(), source)}, source));
      r.suffices = text && is_only_a_needle(node);
      break;
    case Op::matches:
      need_keys(r, source);
      if (text) need_regex(r, right.value.as_string(), source);
      break;
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: need_keys(r, source); break;
    case Op::in: {
      if (right.kind != NodeKind::array) break;
      Clause clause;
      bool texts = true;
      for (const Node* item : right.children) {
        if (item->kind != NodeKind::constant || item->value.is(Kind::nil)) return r;
        texts = texts && item->value.is(Kind::string);
        if (item->value.is(Kind::string)) clause.push_back(needle(item->value.as_string(), source));
      }
      need_keys(r, source);
      if (texts) add(r.all, finish(std::move(clause), source));
      break;
    }
    default: break;
  }
  return r;
}

// The clause that the fewest lines will satisfy: long needles, few of them, no patterns.
std::size_t selectivity(const Clause& clause) {
  std::size_t shortest = 1000;
  for (const Needle& n : clause) {
    // What stands beside other needles to be on the safe side is rare in lines.
    const bool escape = clause.size() > 1 && (n.text == "\\" || n.text == "\u017F");
    shortest = std::min(shortest, n.kind == Needle::Kind::regex ? 0 : escape ? 8 : n.text.size());
  }
  return shortest * 100 + (most_alternatives - std::min(most_alternatives, clause.size()));
}

Required either(std::vector<Required> parts) {
  Required r;
  r.levels = 0;
  Clause joined;
  bool each_has_one = true;
  r.from = parts.front().from;
  r.until = parts.front().until;
  // Of several clauses one is picked, and levels are not those of one alternative any more where there are clauses.
  const bool one_clause_each = std::ranges::all_of(
      parts, [](const Required& part) { return part.suffices && part.all.size() == 1 && part.levels == all_levels; });
  const bool levels_alone =
      std::ranges::all_of(parts, [](const Required& part) { return part.suffices && part.all.empty(); });
  for (Required& part : parts) {
    r.levels |= part.levels;
    r.from = r.from && part.from ? std::optional(std::min(*r.from, *part.from)) : std::nullopt;
    r.until = r.until && part.until ? std::optional(std::max(*r.until, *part.until)) : std::nullopt;
    each_has_one = each_has_one && !part.all.empty();
    if (!each_has_one) continue;
    const Clause& best = *std::ranges::max_element(part.all, {}, selectivity);
    joined.insert(joined.end(), best.begin(), best.end());
  }
  if (each_has_one) add(r.all, std::move(joined));
  r.suffices = levels_alone || (one_clause_each && !r.all.empty());
  return r;
}

Required both(std::vector<Required> parts) {
  Required r;
  r.suffices = std::ranges::all_of(parts, &Required::suffices);
  for (Required& part : parts) {
    r.levels &= part.levels;
    if (part.from) r.from = r.from ? std::max(*r.from, *part.from) : *part.from;
    if (part.until) r.until = r.until ? std::min(*r.until, *part.until) : *part.until;
    for (Clause& clause : part.all) add(r.all, std::move(clause));
    std::ranges::move(part.patterns, std::back_inserter(r.patterns));
  }
  // The best first, for those who look at one only.
  std::ranges::sort(r.all, std::ranges::greater(), selectivity);
  return r;
}

}  // namespace

LevelMask level_bit(std::string_view level) {
  const int rank = level_rank(level);
  return static_cast<LevelMask>(1U << (rank < 0 ? 6U : static_cast<unsigned>(rank)));
}

namespace {

/// Of an expression whose other parts may fail.
Required in_part(Required of_result) {
  of_result.suffices = false;
  return of_result;
}

}  // namespace

Required required(const Node& node) {
  switch (node.kind) {
    case NodeKind::logical: {
      std::vector<Required> parts;
      for (const Node* operand : node.children) parts.push_back(required(*operand));
      return node.op == Op::logical_or ? either(std::move(parts)) : both(std::move(parts));
    }
    case NodeKind::binary: return comparison(node);
    case NodeKind::let: return in_part(required(node.child(1)));
    case NodeKind::sequence: return in_part(required(*node.children.back()));
    default: return {};
  }
}

Required required(std::string_view source) {
  const auto tree = parse(source);
  if (!tree || !check(**tree, Environment::log(), Purpose::condition)) return {};
  return required(*(*tree)->root);
}

}  // namespace taffrail::expr
