#include "expr/rule_set.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <hs.h>
#include <map>
#include <optional>
#include <re2/set.h>
#include <utility>

#include "expr/context.hpp"
#include "expr/equality.hpp"
#include "expr/program.hpp"
#include "expr/required.hpp"
#include "expr/shared_code.hpp"
#include "expr/stopwatch.hpp"

// How a line is asked about a thousand rules. Each rule's condition says what a line must hold for it to be true
// (required.hpp). The most selective clause of every rule goes into an index: its literals into one Vectorscan
// database, its patterns without literals into one RE2::Set. A line is scanned once; each hit makes the rules behind it
// candidates, and only candidates whose levels fit are evaluated. Rules without a clause are candidates of every line
// of their levels. Where many rules have the same clause and compare the same thing with numbers (a status), a hit
// makes a group of them a candidate: the value is evaluated, and looked up (equality.hpp). Vectorscan is given literals
// only: RE2 decides what a pattern matches, so the answer is the one that the condition alone would give, on text that
// is not UTF-8, too. What candidates have in common is evaluated once a line (shared_code.hpp).

namespace taffrail::expr {
namespace {

struct FreeDatabase {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
struct FreeScratch {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};

constexpr std::size_t level_count = 7;

std::size_t level_index(std::string_view level) {
  const LevelMask bit = level_bit(level);
  std::size_t i = 0;
  while ((bit >> i & 1U) == 0) ++i;
  return i;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
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

// The alternatives of a clause as literals that Vectorscan can find: it folds ASCII letters only. Of the letters whose
// small form is ASCII and that are not ASCII themselves there are two, the Kelvin sign and the capital I with a dot;
// where they matter they are alternatives. False when a needle cannot be looked for.
bool literals_of(const Clause& clause, Clause& out) {
  constexpr std::size_t shortest_part = 3;
  for (const Needle& n : clause) {
    std::string_view text = n.text;
    const bool folded = n.kind == Needle::Kind::folded;
    if (folded && !is_ascii(text)) {
      text = longest_ascii(text);
      if (text.size() < shortest_part) return false;
    }
    // Vectorscan takes a literal that starts with a zero byte for an empty one; what follows must be there, too.
    if (n.kind != Needle::Kind::regex) text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
    if (text.empty()) return false;
    if (folded && text.find('k') != std::string_view::npos) out.push_back({"\u212A", Needle::Kind::exact});
    if (folded && text.find('i') != std::string_view::npos) out.push_back({"\u0130", Needle::Kind::exact});
    out.push_back({std::string(text), n.kind});
  }
  return true;
}

/// A clause that so many rules have tells them apart no more.
constexpr std::size_t crowd = 4;

/// One line in so many is measured, so that measuring costs next to nothing; after a dear one so many in a row.
constexpr std::uint32_t measured_seldom = 61;
/// What makes a line dear: a rule that takes so much.
constexpr std::chrono::nanoseconds dear{50'000};

/// Which lines are measured. Of a thread, for states come and go with every batch where containers have different sets.
struct Sampling {
  std::uint32_t until_measured = measured_seldom - 1;  // lines
  std::uint32_t dear_lines = 0;                        // that are yet to be measured, each of them

  /// For how many lines the next one stands; 0: it is not measured.
  std::uint32_t next() {
    if (dear_lines > 0) {
      --dear_lines;
      return 1;
    }
    if (until_measured > 0) {
      --until_measured;
      return 0;
    }
    until_measured = measured_seldom - 1;
    return measured_seldom;
  }
};
thread_local Sampling sampling;

}  // namespace

struct RuleSet::Inner {
  std::vector<Condition> rules;
  std::unique_ptr<SharedCode> shared;  ///< program i is rule i's
  std::vector<std::uint32_t> twin;     ///< the first rule with the same source, which answers for all of them
  std::size_t twins = 0;               ///< rules that another one answers for
  std::vector<EqualityGroup> groups;   ///< group i has the number behind those of the rules, and so has its program
  std::vector<LevelMask> levels;       ///< of the rules, and then of the groups
  std::vector<std::vector<std::uint32_t>> rules_of_literal;
  std::vector<std::vector<std::uint32_t>> rules_of_pattern;
  std::array<std::vector<std::uint32_t>, level_count> unfiltered;
  std::unique_ptr<hs_database_t, FreeDatabase> database;
  std::unique_ptr<re2::RE2::Set> patterns;

  [[nodiscard]] Result<void> compile_literals(const std::vector<Needle>& literals);
  void make_groups(std::vector<std::uint32_t>& alike, std::vector<const Code*>& programs);
};

struct RuleSet::State::Inner {
  std::unique_ptr<hs_scratch_t, FreeScratch> scratch;
  Context context{Limits::for_conditions()};
  std::vector<std::uint32_t> candidates;
  std::vector<std::uint32_t> seen;  ///< for each rule, the last round in which it became a candidate
  std::vector<int> hits;
  std::uint32_t round = 0;
  const RuleSet::Inner* set = nullptr;
  LevelMask level = 0;
  std::vector<bool> off;   ///< empty: none
  std::vector<bool> idle;  ///< rules whose twins are all off, too
  std::vector<std::chrono::nanoseconds> costs;

  /// @return whether something was noted
  bool note_cost(std::uint32_t rule, std::chrono::nanoseconds time, std::uint32_t stands_for) {
    if (time <= RuleSet::free_time) return false;
    if (time >= dear) sampling.dear_lines = measured_seldom;
    costs[rule] += (time - RuleSet::free_time) * stands_for;
    return true;
  }

  /// Puts in the place of groups those of their rules that can be true.
  void open_groups(const LogVariables& line) {
    const std::size_t rules = set->rules.size();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {  // which grows meanwhile
      const std::uint32_t number = candidates[i];
      if (number < rules) {
        candidates[kept++] = number;
        continue;
      }
      context.begin(line, 0);
      add(set->groups[number - rules].possible(run(set->shared->program(number), context)));
    }
    candidates.resize(kept);
  }

  void add(std::span<const std::uint32_t> rules) {
    for (const std::uint32_t rule : rules) {
      if (seen[rule] == round || (set->levels[rule] & level) == 0) continue;
      if (rule < idle.size() && idle[rule]) continue;
      seen[rule] = round;
      candidates.push_back(rule);
    }
  }
};

Result<void> RuleSet::Inner::compile_literals(const std::vector<Needle>& literals) {
  if (literals.empty()) return {};
  std::vector<const char*> texts;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < literals.size(); ++i) {
    texts.push_back(literals[i].text.c_str());
    lengths.push_back(literals[i].text.size());
    flags.push_back(HS_FLAG_SINGLEMATCH | (literals[i].kind == Needle::Kind::folded ? HS_FLAG_CASELESS : 0U));
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_database_t* made = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t code =
      hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(texts.size()),
                           HS_MODE_BLOCK, nullptr, &made, &error);
  if (code != HS_SUCCESS) {
    std::string detail = fmt::format("the literals of the rules cannot be compiled: {}",
                                     error == nullptr ? "no reason given" : error->message);
    hs_free_compile_error(error);
    return fail(ErrorCode::internal, std::move(detail));
  }
  database.reset(made);
  return {};
}

/// Puts groups in the place of rules that compare the same thing with numbers.
/// @param alike rules with the same clause
/// @param programs of the rules, and behind them of the groups
void RuleSet::Inner::make_groups(std::vector<std::uint32_t>& alike, std::vector<const Code*>& programs) {
  std::vector<Equality> equalities;
  std::vector<std::uint32_t> having;  // one
  for (const std::uint32_t number : alike) {
    const auto equality = required_equality(*programs[number]);
    if (!equality) continue;
    equalities.push_back(*equality);
    having.push_back(number);
  }
  std::map<std::size_t, std::vector<std::size_t>> by_operand;
  const std::vector<std::size_t> firsts = first_alike(equalities);
  for (std::size_t i = 0; i < firsts.size(); ++i) by_operand[firsts[i]].push_back(i);
  for (const auto& [first, members] : by_operand) {
    if (members.size() < crowd) continue;
    EqualityGroup& group = groups.emplace_back();
    LevelMask any = 0;
    for (const std::size_t i : members) {
      group.add(equalities[i].number, having[i]);
      any |= levels[having[i]];
    }
    std::erase_if(alike, [&](std::uint32_t number) { return std::ranges::binary_search(group.all(), number); });
    alike.push_back(static_cast<std::uint32_t>(programs.size()));
    programs.push_back(equalities[first].operand);
    levels.push_back(any);
  }
}

Result<std::shared_ptr<const RuleSet>> RuleSet::build(std::vector<Condition> rules) {
  if (rules.size() > most_rules)
    return fail(ErrorCode::too_large, fmt::format("a rule set holds at most {} rules", most_rules));
  auto inner = std::make_unique<Inner>();
  std::map<Needle, std::vector<std::uint32_t>> index;
  std::map<Clause, std::vector<std::uint32_t>> rules_of_clause;  // the empty one: those that have none
  std::map<std::string_view, std::uint32_t> first_of_source;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(16L << 20);  // of the states of all patterns together; past it every one counts as hit
  auto patterns = std::make_unique<re2::RE2::Set>(options, re2::RE2::UNANCHORED);
  for (std::uint32_t number = 0; number < rules.size(); ++number) {
    const auto [same, fresh] = first_of_source.emplace(rules[number].source(), number);
    inner->twin.push_back(same->second);
    if (!fresh) {
      inner->levels.push_back(0);
      ++inner->twins;
      continue;
    }
    const Required needs = required(rules[number].source());
    inner->levels.push_back(needs.levels);
    Clause chosen;
    for (const Clause& clause : needs.all) {
      Clause literals;
      if (!literals_of(clause, literals)) continue;
      chosen = std::move(literals);
      break;
    }
    rules_of_clause[std::move(chosen)].push_back(number);
  }
  std::vector<const Code*> programs;
  programs.reserve(rules.size());
  for (const Condition& rule : rules) programs.push_back(&rule.program().code());
  for (auto& [clause, behind] : rules_of_clause) {
    if (behind.size() >= crowd) inner->make_groups(behind, programs);
    for (const std::uint32_t number : behind) {
      for (const Needle& n : clause) index[n].push_back(number);
      for (std::size_t level = 0; clause.empty() && level < level_count; ++level)
        if ((inner->levels[number] >> level & 1U) != 0) inner->unfiltered[level].push_back(number);
    }
  }
  std::vector<Needle> literals;
  for (auto& [needle, behind] : index) {
    if (needle.kind != Needle::Kind::regex) {
      literals.push_back(needle);
      inner->rules_of_literal.push_back(std::move(behind));
    } else if (patterns->Add(needle.text, nullptr) >= 0) {
      inner->rules_of_pattern.push_back(std::move(behind));
    } else {
      // The checker has compiled the pattern, so the set takes it; if it ever does not, the rule is always evaluated.
      for (auto& list : inner->unfiltered) list.insert(list.end(), behind.begin(), behind.end());
    }
  }
  if (!inner->rules_of_pattern.empty()) {
    if (patterns->Compile()) {
      inner->patterns = std::move(patterns);
    } else {
      for (const auto& behind : inner->rules_of_pattern) {
        for (auto& list : inner->unfiltered) list.insert(list.end(), behind.begin(), behind.end());
      }
    }
  }
  if (auto good = inner->compile_literals(literals); !good) return forward(good);
  inner->shared = std::make_unique<SharedCode>(programs);
  inner->rules = std::move(rules);
  return std::shared_ptr<const RuleSet>(new RuleSet(std::move(inner)));
}

RuleSet::RuleSet(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
RuleSet::~RuleSet() = default;

RuleSet::State::State(const RuleSet& set) : inner_(std::make_unique<Inner>()) {
  inner_->set = set.inner_.get();
  inner_->seen.resize(set.inner_->levels.size());
  inner_->costs.resize(set.size());
  inner_->context.kept.resize(set.inner_->shared->parts());
  if (set.inner_->database == nullptr) return;
  hs_scratch_t* scratch = nullptr;
  // Without scratch (no memory) every rule is evaluated: slower, but right.
  if (hs_alloc_scratch(set.inner_->database.get(), &scratch) == HS_SUCCESS) inner_->scratch.reset(scratch);
}
RuleSet::State::~State() = default;

void RuleSet::State::set_off(std::span<const std::uint32_t> rules) {
  const std::vector<std::uint32_t>& twin = inner_->set->twin;
  has_exceeded_ = false;
  inner_->off.clear();
  inner_->idle.clear();
  if (rules.empty()) return;
  inner_->off.resize(twin.size());
  inner_->idle.resize(twin.size(), true);
  for (const std::uint32_t rule : rules) inner_->off[rule] = true;
  for (std::size_t rule = 0; rule < twin.size(); ++rule)
    if (!inner_->off[rule]) inner_->idle[twin[rule]] = false;
}

std::chrono::nanoseconds RuleSet::State::cost(std::uint32_t rule) const {
  return inner_->costs[inner_->set->twin[rule]];
}

void RuleSet::State::forget_costs() {
  has_exceeded_ = false;
  if (!std::exchange(has_costs_, false)) return;
  std::ranges::fill(inner_->costs, std::chrono::nanoseconds(0));
}

void RuleSet::match(const LogVariables& line, State& state) const {
  State::Inner& s = *state.inner_;
  const LogFields& fields = line.fields();
  state.matched.clear();
  state.failed.clear();
  s.candidates.clear();
  if (++s.round == 0) {
    std::ranges::fill(s.seen, 0U);
    std::ranges::fill(s.context.kept, KeptValue());
    s.round = 1;
  }
  s.context.round = s.round;
  s.level = level_bit(fields.level);
  s.add(inner_->unfiltered[level_index(fields.level)]);
  const auto everything = [&](const std::vector<std::vector<std::uint32_t>>& lists) {
    for (const auto& list : lists) s.add(list);
  };
  if (inner_->database != nullptr) {
    const auto hit = [](unsigned id, unsigned long long, unsigned long long, unsigned, void* to) {
      auto& inner = *static_cast<State::Inner*>(to);
      inner.add(inner.set->rules_of_literal[id]);
      return 0;
    };
    const bool scanned = s.scratch != nullptr &&
                         hs_scan(inner_->database.get(), fields.text.data(), static_cast<unsigned>(fields.text.size()),
                                 0, s.scratch.get(), hit, &s) == HS_SUCCESS;
    if (!scanned) everything(inner_->rules_of_literal);
  }
  if (inner_->patterns != nullptr) {
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    s.hits.clear();
    const bool found =
        inner_->patterns->Match(re2::StringPiece(fields.text.data(), fields.text.size()), &s.hits, &error);
    if (!found && error.kind != re2::RE2::Set::kNoError) everything(inner_->rules_of_pattern);
    for (const int id : s.hits) s.add(inner_->rules_of_pattern[static_cast<std::size_t>(id)]);
  }
  if (!inner_->groups.empty()) s.open_groups(line);
  state.evaluated = s.candidates.size();
  if (s.candidates.empty()) return;
  const std::uint32_t weight = sampling.next();
  std::optional<Stopwatch> watch;
  if (weight > 0) watch.emplace();
  for (const std::uint32_t number : s.candidates) {
    s.context.begin(line, inner_->rules[number].program().locals());
    const Value value = run(inner_->shared->program(number), s.context);
    if (!value.is(Kind::boolean))
      state.failed.push_back(number);
    else if (value.as_bool())
      state.matched.push_back(number);
    if (!watch || !s.note_cost(number, watch->lap(free_time), weight)) continue;
    state.has_costs_ = true;
    if (s.costs[number] > state.most) state.has_exceeded_ = true;
  }
  if (state.matched.empty() && state.failed.empty()) return;
  // Rules with the same source answer alike.
  const auto with_twins = [&](std::vector<std::uint32_t>& numbers) {
    std::ranges::sort(numbers);
    if (inner_->twins == 0 || numbers.empty()) return;  // without twins nothing that is off was asked
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < inner_->twin.size(); ++i) {
      if (std::ranges::binary_search(numbers, inner_->twin[i])) all.push_back(i);
    }
    numbers = std::move(all);
    if (!s.off.empty()) std::erase_if(numbers, [&](std::uint32_t number) { return s.off[number]; });
  };
  with_twins(state.matched);
  with_twins(state.failed);
}

std::size_t RuleSet::size() const { return inner_->twin.size(); }
const Condition& RuleSet::rule(std::uint32_t number) const { return inner_->rules[number]; }

}  // namespace taffrail::expr
