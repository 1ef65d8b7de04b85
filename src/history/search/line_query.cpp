#include "history/search/line_query.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/level.hpp"

namespace taffrail::history {
namespace {

/// Which is bit `1 << rank` there, with `unknown` last, and `1 << level` here, with it first.
std::uint32_t bits_of(expr::LevelMask mask) {
  constexpr unsigned levels = text::level_count - 1;
  return (mask & ((1U << levels) - 1)) << 1U | (static_cast<unsigned>(mask) >> levels & 1U);
}

}  // namespace

void LineQuery::require(const expr::Required& required) {
  levels &= bits_of(required.levels);
  if (required.from) since = since ? std::max(*since, *required.from) : *required.from;
  if (required.until) {
    const Time end = moved(*required.until, Duration(1));
    until = until ? std::min(*until, end) : end;
  }
  clauses_suffice = required.suffices;
  for (const expr::Clause& clause : required.all) {
    AnyOf any_of;
    std::vector<std::string> patterns;
    for (const expr::Needle& needle : clause) {
      if (needle.kind == expr::Needle::Kind::regex) {
        patterns.push_back(needle.text);
      } else {
        any_of.push_back(
            {.text = needle.text, .folded = needle.kind == expr::Needle::Kind::folded, .whole = needle.whole});
      }
    }
    if (patterns.empty() && !any_of.empty()) {
      clauses.push_back(std::move(any_of));
    } else if (any_of.empty() && !patterns.empty() && !probe) {
      probe = std::make_shared<const RegexProbe>(std::move(patterns));
    }
  }
  if (!probe && !required.patterns.empty())
    probe = std::make_shared<const RegexProbe>(std::vector{required.patterns.front()});
}

bool LineQuery::admits_all(const QueriedBlock& block) const {
  constexpr std::uint32_t both_streams = 3;
  const BlockInfo& info = block.info;
  return (info.levels & ~levels) == 0 && (streams & both_streams) == both_streams && (!since || info.least >= *since) &&
         (!until || info.greatest < *until) && block.range.holds(info.first) && block.range.holds(info.last);
}

bool LineQuery::has_filters() const {
  return std::ranges::any_of(logs, [](const QueriedLog& log) { return log.filter != nullptr; });
}

Place after(Place place) { return {place.time, place.seq + 1}; }

Place before(Place place) {
  if (place.seq > 0) return {place.time, place.seq - 1};
  return {moved(place.time, Duration(-1)), (Seq{1} << 53) - 1};
}

}  // namespace taffrail::history
