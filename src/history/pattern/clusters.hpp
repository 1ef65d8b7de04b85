#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::history {

/// Forms that are of one pattern, and what they have in common.
struct Clusters {
  std::vector<std::string> forms;  ///< of each cluster, with form_mark::word for what differs
  std::vector<std::uint32_t> of;   ///< the cluster of each form that was given
};

/// More words than this in the same place are a variable: names, paths, hosts. So many may be kinds of something, such
/// as levels, methods or states, which people want to see apart.
inline constexpr std::size_t most_kinds = 6;

/// Puts forms together that differ only in words of which there are many.
///
/// Forms with the same signs between as many words stand below each other. As long as there is a place with 2 to
/// `most_kinds` words they are parted by the one with fewest (Makanju et al., "Clustering event logs using iterative
/// partitioning", KDD 2009, step 2); then, where at least half of the places have one word only, they are one pattern,
/// else they are parted further. What comes out depends on the set of forms, not on their order or number of lines.
/// @param forms each once; of FormMaker
[[nodiscard]] Clusters cluster_forms(std::span<const std::string_view> forms);

}  // namespace taffrail::history
