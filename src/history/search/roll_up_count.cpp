#include "history/search/roll_up_count.hpp"

#include <algorithm>

#include "history/roll_up.hpp"

namespace taffrail::history {
namespace {

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

}  // namespace

bool count_by_roll_up(const QueriedBlock& block, std::string_view bytes, const LineQuery& query,
                      const std::function<bool(Time first, Time last)>& together,
                      const std::function<void(Time time, text::Level level, std::uint64_t lines)>& add) {
  const auto roll_up = RollUp::decode(bytes);
  if (!roll_up) return false;
  const Time since = query.since.value_or(Time::min());
  const Time until = query.until.value_or(Time::max());
  for (const bool sure : {false, true}) {
    for (const RollUp::Entry& entry : roll_up->entries) {
      const auto begin = static_cast<__int128>(entry.step) * roll_up->length.count();
      const auto first = std::max<__int128>(begin, ns_of(block.info.least));
      const auto last = std::min<__int128>(begin + roll_up->length.count() - 1, ns_of(block.info.greatest));
      // Beyond its step where a block's times are far from each other.
      if (first > last || (&entry == &roll_up->entries.front() && begin > ns_of(block.info.least)) ||
          (&entry == &roll_up->entries.back() && last < ns_of(block.info.greatest)))
        return false;
      const Time from{Duration(static_cast<std::int64_t>(first))};
      const Time to{Duration(static_cast<std::int64_t>(last))};
      if (to < since || from >= until) continue;
      if (from < since || to >= until || !together(from, to)) return false;
      if (!sure) continue;
      for (std::size_t level = 0; level < entry.counts.size(); ++level)
        if ((query.levels >> level & 1U) != 0 && entry.counts[level] > 0)
          add(from, static_cast<text::Level>(level), entry.counts[level]);
    }
  }
  return true;
}

}  // namespace taffrail::history
