#include "history/search/open_regex.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace taffrail::history {
namespace {

/// Beyond so many each further one is taken for a match. Patterns have some tens.
constexpr std::size_t most_states = 1000;

bool takes(OpenRegex::Open kind, char c) {
  switch (kind) {
    case OpenRegex::Open::digit:
    case OpenRegex::Open::digits: return ascii::is_digit(c);
    case OpenRegex::Open::lower:
    case OpenRegex::Open::lowers: return ascii::is_digit(c) || (c >= 'a' && c <= 'f');
    case OpenRegex::Open::upper:
    case OpenRegex::Open::uppers: return ascii::is_digit(c) || (c >= 'A' && c <= 'F');
    case OpenRegex::Open::token: return ascii::is_alphanumeric(c);
    case OpenRegex::Open::any: return true;
    case OpenRegex::Open::end: return false;
  }
  return false;
}

}  // namespace

std::optional<OpenRegex> OpenRegex::of(std::span<const std::string> patterns) {
  auto positions = positions_of(patterns);
  if (!positions || positions->empty) return std::nullopt;
  OpenRegex regex(std::move(*positions));
  if (regex.begin_ == found) return std::nullopt;
  return regex;
}

OpenRegex::OpenRegex(RegexPositions positions) : positions_(std::move(positions)) {
  make_symbols();
  states_.emplace_back();
  ways_.assign(reach_.size(), found);
  Set at_begin;
  for (std::size_t i = 0; i < positions_.characters.size(); ++i)
    at_begin[i] = positions_.first[i] && positions_.characters[i][RegexPositions::line_begin];
  begin_ = state_of(at_begin);
  idle_ = state_of({});
}

/// Characters that the same positions take are one symbol.
void OpenRegex::make_symbols() {
  reach_.resize(open_symbols);
  std::unordered_map<Set, Symbol> known;
  for (std::size_t c = 0; c < symbols_.size(); ++c) {
    const bool plain = (c >= ' ' && c <= '~') || c == '\t';
    if (!plain) {
      symbols_[c] = static_cast<Symbol>(Open::any);
      continue;
    }
    Set takers;
    for (std::size_t i = 0; i < positions_.characters.size(); ++i) takers[i] = positions_.characters[i][c];
    const auto [same, is_new] = known.emplace(takers, static_cast<Symbol>(reach_.size()));
    if (is_new) reach_.push_back(takers);
    symbols_[c] = same->second;
    for (std::size_t kind = 0; kind < open_symbols; ++kind)
      if (takes(static_cast<Open>(kind), static_cast<char>(c))) reach_[kind] |= takers;
  }
  for (std::size_t i = 0; i < positions_.characters.size(); ++i)
    reach_[static_cast<std::size_t>(Open::end)][i] = positions_.characters[i][RegexPositions::line_end];
}

OpenRegex::Set OpenRegex::next(const Set& from, const Set& reach) const {
  Set to = positions_.first;
  for (std::size_t i = 0; i < positions_.follow.size(); ++i)
    if (from[i]) to |= positions_.follow[i];
  return to & reach;
}

OpenRegex::State OpenRegex::find_way(State from, Symbol symbol) {
  Set to = next(states_[from], reach_[symbol]);
  bool match = symbol == static_cast<Symbol>(Open::any) || (to & positions_.last).any();
  if (symbol >= static_cast<Symbol>(Open::digits) && symbol <= static_cast<Symbol>(Open::token)) {
    for (Set before; !match && before != to;) {
      before = to;
      to |= next(to, reach_[symbol]);
      match = (to & positions_.last).any();
    }
  }
  const State state = match ? found : state_of(to);
  ways_[from * reach_.size() + symbol] = state;
  return state;
}

OpenRegex::State OpenRegex::state_of(const Set& positions) {
  if ((positions & positions_.last).any()) return found;
  if (const auto same = known_.find(positions); same != known_.end()) return same->second;
  if (states_.size() == most_states) return found;
  const auto state = static_cast<State>(states_.size());
  known_.emplace(positions, state);
  states_.push_back(positions);
  ways_.resize(ways_.size() + reach_.size(), unknown);
  return state;
}

}  // namespace taffrail::history
