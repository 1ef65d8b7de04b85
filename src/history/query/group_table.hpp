#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "history/query/aggregate.hpp"

namespace taffrail::history {

/// One group of lines.
struct Group {
  std::uint64_t lines = 0;
  std::vector<AggregateState> states;
};

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
};

/// Groups by their keys (scalar.hpp). Of further groups than it may have only the lines are counted.
class GroupTable {
 public:
  /// So many make answers of some megabytes; each takes 150 bytes and what its aggregates hold.
  static constexpr std::size_t most_groups = 50'000;

  /// @param aggregates outlive this
  explicit GroupTable(const std::vector<Aggregate>& aggregates) : aggregates_(&aggregates) {}

  /// The group of a key, made where there is none. Null: there are too many.
  [[nodiscard]] Group* group(std::string_view key);
  /// Lines of groups that there was no room for.
  void add_others(std::uint64_t lines) { others_ += lines; }
  /// Takes over what another table counted, which is then empty.
  void merge(GroupTable& other);
  void clear();

  [[nodiscard]] std::uint64_t others() const { return others_; }
  /// Of memory. What grew since the last `merge` into this is not in it.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  using Groups = std::unordered_map<std::string, Group, KeyHash, std::equal_to<>>;
  [[nodiscard]] const Groups& groups() const { return groups_; }

 private:
  const std::vector<Aggregate>* aggregates_;
  Groups groups_;
  std::uint64_t others_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace taffrail::history
