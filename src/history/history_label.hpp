#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/container.hpp"

namespace taffrail::history {

/// What a container's label `taffrail.history` asks for.
struct HistoryLabel {
  bool off = false;                    ///< its lines are not stored
  std::optional<std::uint64_t> bytes;  ///< its blocks may have so many
  std::optional<Duration> age;         ///< its lines may be so old
};

/// `off`, `on`, a size ("200MiB") or a length of time ("7d"); none at all is `on`.
/// Error invalid_argument for anything else; such a label is taken for `on`.
[[nodiscard]] Result<HistoryLabel> history_label(const Container& container);

}  // namespace taffrail::history
