#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/container.hpp"
#include "model/record.hpp"
#include "pipeline/line_filter.hpp"

namespace taffrail {

/// What to read of one log, or of several merged in the order of (place, container).
struct LogRequest {
  std::vector<ContainerId> containers;  ///< at most LogRead::max_containers
  std::optional<Cursor> cursor;         ///< ascending: after it; descending: before it
  std::optional<Cursor> until_cursor;   ///< the other bound, exclusive
  std::optional<Time> since;            ///< only lines that state this time or a later one
  std::optional<Time> until;            ///< only lines that state an earlier one
  std::optional<std::uint64_t> tail;    ///< ascending only: the last so many of the range, at most LogRead::max_tail
  std::optional<std::uint64_t> limit;   ///< end after so many; of a tail, the last so many
  bool descending = false;              ///< newest first
  bool follow = false;                  ///< ascending only, without `until` and `until_cursor`: go on with what comes
  /// Makes the filter of one container's lines, when its reading begins; empty, and null: all lines.
  std::function<FilterPtr(const Container&)> filter_of;
  /// With `follow`: containers that come to fulfil this while the read is open are taken up too, with all their lines
  /// within the bounds, or, with `tail`, those since the read began. Empty: no others are.
  std::function<bool(const Container&)> joins;
  bool events = false;  ///< with `follow`: what happens to the containers from now on is told among their lines
  /// What becomes of a following reader that falls behind the shared ring: it reads the lines again from the source
  /// (HTTP clients: nothing lost, at their own pace), or it gets a Gap with the exact count (pages, which fetch what
  /// they want to see).
  enum class Behind : std::uint8_t { reread, gap } behind = Behind::reread;

  /// The bounds of the range, whichever way it is read: after `lower`, before `upper`.
  [[nodiscard]] const std::optional<Cursor>& lower() const { return descending ? until_cursor : cursor; }
  [[nodiscard]] const std::optional<Cursor>& upper() const { return descending ? cursor : until_cursor; }
};

}  // namespace taffrail
