#include "history/search/regex_positions.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"

namespace taffrail::history {
namespace {

using Set = RegexPositions::Set;
using Characters = RegexPositions::Characters;

constexpr std::size_t ascii_size = 128;
/// More than RE2 repeats anything.
constexpr std::size_t most_times = 2000;

template <class Holds>
Characters characters_that(Holds holds) {
  Characters all;
  for (std::size_t c = 0; c < ascii_size; ++c) all[c] = holds(static_cast<char>(c));
  return all;
}

Characters without(const Characters& some) {
  Characters others;
  for (std::size_t c = 0; c < ascii_size; ++c) others[c] = !some[c];
  return others;
}

class Parser {
 public:
  explicit Parser(RegexPositions& to) : to_(to) {}

  /// False: it is not understood, or there are too many positions.
  bool add(std::string_view pattern) {
    pattern_ = pattern;
    at_ = 0;
    folds_ = false;
    const Part all = alternatives();
    to_.first |= all.first;
    to_.last |= all.last;
    to_.empty = to_.empty || all.empty;
    return good_ && at_ == pattern_.size();
  }

 private:
  /// A part of the pattern: the positions that it may begin and end with.
  struct Part {
    bool empty = true;
    Set first{};
    Set last{};
  };

  [[nodiscard]] bool done() const { return at_ == pattern_.size(); }
  [[nodiscard]] std::string_view rest() const { return pattern_.substr(at_); }
  bool take(std::string_view text) {
    if (!rest().starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  Part refuse() {
    good_ = false;
    at_ = pattern_.size();
    return {};
  }

  Part one_of(const Characters& some) {
    const std::size_t position = to_.characters.size();
    if (position == RegexPositions::most) return refuse();
    to_.characters.push_back(some);
    to_.follow.emplace_back();
    Part part{.empty = false};
    part.first.set(position);
    part.last.set(position);
    return part;
  }
  void follow(const Set& ends, const Set& next) {
    for (std::size_t position = 0; position < to_.follow.size(); ++position)
      if (ends[position]) to_.follow[position] |= next;
  }
  Part behind(const Part& one, const Part& other) {
    follow(one.last, other.first);
    return {.empty = one.empty && other.empty,
            .first = one.empty ? one.first | other.first : one.first,
            .last = other.empty ? one.last | other.last : other.last};
  }

  Part alternatives() {
    Part all = sequence();
    while (take("|")) {
      const Part other = sequence();
      all = {.empty = all.empty || other.empty, .first = all.first | other.first, .last = all.last | other.last};
    }
    return all;
  }
  Part sequence() {
    Part all;
    while (!done() && pattern_[at_] != '|' && pattern_[at_] != ')') all = behind(all, repeated());
    return all;
  }
  Part repeated() {
    const std::size_t begin = at_;
    const bool folds = folds_;
    Part part = atom();
    std::size_t least = 1;
    std::optional<std::size_t> most = 1;
    if (take("*")) {
      least = 0;
      most.reset();
    } else if (take("+")) {
      most.reset();
    } else if (take("?")) {
      least = 0;
    } else if (!take_counts(least, most)) {
      return part;
    }
    take("?");
    const std::size_t end = at_;
    // The atom is read again for each time that it may occur.
    const std::size_t times = std::max<std::size_t>(most.value_or(least), 1);
    Part all;
    for (std::size_t time = 0; time < times && good_; ++time) {
      if (time > 0) {
        at_ = begin;
        folds_ = folds;
        part = atom();
      }
      if (!most && time + 1 == times) follow(part.last, part.first);
      part.empty = part.empty || time >= least;
      all = behind(all, part);
    }
    if (good_) at_ = end;
    return most == 0 ? Part{} : all;
  }
  /// `{2}`, `{2,}` or `{2,5}`; what is nothing of these stands for itself.
  bool take_counts(std::size_t& least, std::optional<std::size_t>& most) {
    const std::size_t begin = at_;
    const auto number = [&](std::size_t& to) {
      const std::size_t from = at_;
      for (to = 0; !done() && ascii::is_digit(pattern_[at_]); ++at_)
        to = std::min(to * 10 + static_cast<std::size_t>(pattern_[at_] - '0'), most_times);
      // RE2 takes such a one for text.
      if (at_ - from > 1 && pattern_[from] == '0') refuse();
      return at_ > from;
    };
    if (take("{") && number(least)) {
      if (take("}")) {
        most = least;
        return true;
      }
      std::size_t greatest = 0;
      if (take(",")) {
        most = number(greatest) ? std::optional(greatest) : std::nullopt;
        if (take("}")) return true;
      }
    }
    at_ = begin;
    return false;
  }

  Part atom() {
    const std::size_t begin = at_;
    const char c = pattern_[at_++];
    switch (c) {
      case '(': return group();
      case '[': return one_of(bracketed());
      case '.': return one_of(characters_that([](char any) { return any != '\n'; }));
      case '^': return begin == 0 && (done() || !repeats(pattern_[at_])) ? edge(RegexPositions::line_begin) : Part{};
      case '$': return done() ? edge(RegexPositions::line_end) : Part{};
      case '\\':
        if (take("b") || take("B")) return {};
        return one_of(folded(escaped()));
      case '*':
      case '+':
      case '?': return refuse();
      default: return one_of(folded(characters_that([c](char other) { return other == c; })));
    }
  }
  static bool repeats(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }
  Part edge(std::size_t which) {
    Characters only;
    only.set(which);
    return one_of(only);
  }
  Part group() {
    if (take("?i)")) {
      folds_ = true;
      return {};
    }
    const bool folds = folds_;
    if (take("?i:")) {
      folds_ = true;
    } else {
      take("?:");
    }
    const Part all = alternatives();
    folds_ = folds;
    return take(")") ? all : refuse();
  }

  /// What a backslash makes of the next character.
  Characters escaped() {
    if (done()) {
      refuse();
      return {};
    }
    const char c = pattern_[at_++];
    const auto is_space = [](char any) { return std::string_view("\t\n\f\r ").contains(any); };
    const auto is_word = [](char any) { return ascii::is_alphanumeric(any) || any == '_'; };
    switch (c) {
      case 'd': return characters_that(ascii::is_digit);
      case 'D': return without(characters_that(ascii::is_digit));
      case 's': return characters_that(is_space);
      case 'S': return without(characters_that(is_space));
      case 'w': return characters_that(is_word);
      case 'W': return without(characters_that(is_word));
      case 't': return characters_that([](char any) { return any == '\t'; });
      case 'n': return characters_that([](char any) { return any == '\n'; });
      case 'r': return characters_that([](char any) { return any == '\r'; });
      case 'f': return characters_that([](char any) { return any == '\f'; });
      default:
        if (ascii::is_alphanumeric(c)) refuse();
        return characters_that([c](char any) { return any == c; });
    }
  }
  [[nodiscard]] Characters folded(Characters some) const {
    if (!folds_) return some;
    constexpr std::size_t from_small_to_capital = 'a' - 'A';
    for (std::size_t small = 'a'; small <= 'z'; ++small) {
      const std::size_t capital = small - from_small_to_capital;
      some[small] = some[capital] = some[small] || some[capital];
    }
    return some;
  }
  Characters bracketed() {
    const bool negated = take("^");
    Characters all;
    for (bool first = true; first || !take("]"); first = false) {
      Characters some = in_brackets();
      if (some.count() == 1 && rest().starts_with("-") && !rest().starts_with("-]")) {
        take("-");
        const Characters last = in_brackets();
        if (last.count() != 1) refuse();
        bool within = false;
        for (std::size_t c = 0; c < ascii_size; ++c) {
          within = within || some[c];
          if (within) all.set(c);
          within = within && !last[c];
        }
      }
      all |= some;
      if (!good_) return {};
    }
    all = folded(all);
    return negated ? without(all) : all;
  }
  Characters in_brackets() {
    if (done()) {
      refuse();
      return {};
    }
    if (take("\\")) return escaped();
    const char c = pattern_[at_++];
    return characters_that([c](char any) { return any == c; });
  }

  RegexPositions& to_;
  std::string_view pattern_;
  std::size_t at_ = 0;
  bool folds_ = false;
  bool good_ = true;
};

}  // namespace

std::optional<RegexPositions> positions_of(std::span<const std::string> patterns) {
  RegexPositions all;
  Parser parser(all);
  if (!std::ranges::all_of(patterns, [&](const std::string& pattern) { return parser.add(pattern); }))
    return std::nullopt;
  return all;
}

}  // namespace taffrail::history
