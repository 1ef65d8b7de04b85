#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "expr/required.hpp"
#include "history/block/block_search.hpp"
#include "history/search/regex_probe.hpp"
#include "history/stored_block.hpp"
#include "model/record.hpp"
#include "pipeline/line_filter.hpp"

namespace taffrail::history {

/// A log whose lines are asked for.
struct QueriedLog {
  LogKey log = 0;
  ContainerId container;
  FilterPtr filter;  ///< which of the lines are wanted, beside what LineQuery says; null: all
};

struct QueriedBlock;

/// Which stored lines are wanted.
struct LineQuery {
  static constexpr std::uint32_t all = ~0U;

  std::vector<QueriedLog> logs;  ///< each container once
  std::optional<Time> since;     ///< only lines that state this time or a later one
  std::optional<Time> until;     ///< only lines that state an earlier one
  std::uint32_t levels = all;    ///< head levels: bit `1 << level`
  std::uint32_t streams = all;   ///< bit `1 << stream`
  std::vector<AnyOf> clauses;    ///< every line that the filters want, without its escape sequences, has these
  /// Every line that the filters want may have a match; null: nothing is known.
  std::shared_ptr<const RegexProbe> probe;
  bool clauses_suffice = false;  ///< and every line that has them is wanted by the filters

  /// Takes over what a condition that all filters ask needs: clauses, levels and times.
  void require(const expr::Required& required);

  /// Whether what is not the filters' matter is fulfilled.
  [[nodiscard]] bool admits(const Record& record) const {
    return ((levels >> static_cast<unsigned>(record.head_level)) & (streams >> static_cast<unsigned>(record.stream)) &
            1U) != 0 &&
           (!since || record.time >= *since) && (!until || record.time < *until);
  }
  /// Whether it admits every line of a block that its filters want.
  [[nodiscard]] bool admits_all(const QueriedBlock& block) const;
  /// Whether all lines that it admits are wanted.
  [[nodiscard]] bool has_filters() const;
};

/// The place behind another in the order of a log, and the one before it.
[[nodiscard]] Place after(Place place);
[[nodiscard]] Place before(Place place);

/// A run of a log's lines by their places, both ends included.
struct PlaceRange {
  Place first{Time::min(), 0};
  Place last{Time::max(), ~Seq{0}};
  [[nodiscard]] static PlaceRange none() { return {Place{Time::max(), 0}, Place{Time::min(), 0}}; }
  [[nodiscard]] bool holds(Place place) const { return first <= place && place <= last; }
  [[nodiscard]] bool empty() const { return last < first; }
  [[nodiscard]] PlaceRange cut(const PlaceRange& other) const {
    return {std::max(first, other.first), std::min(last, other.last)};
  }
};

/// A block of which lines may be wanted.
struct QueriedBlock {
  BlockInfo info;
  std::size_t log = 0;   ///< its place in LineQuery::logs
  PlaceRange range;      ///< which of its lines
  bool tallied = false;  ///< it was read before, in part
};

}  // namespace taffrail::history
