#include "history/query/group_table.hpp"

#include <utility>

namespace taffrail::history {
namespace {

/// A node of the map, its place in the array of buckets, and the key's bytes on the heap.
constexpr std::size_t bytes_of_entry = sizeof(std::pair<std::string, Group>) + 3 * sizeof(void*);

std::size_t bytes_of(const Group& group) {
  std::size_t bytes = group.states.capacity() * sizeof(AggregateState);
  for (const AggregateState& state : group.states) bytes += state.bytes();
  return bytes;
}

}  // namespace

Group* GroupTable::group(std::string_view key) {
  if (const auto found = groups_.find(key); found != groups_.end()) return &found->second;
  if (groups_.size() >= most_groups) return nullptr;
  Group& made = groups_.emplace(std::string(key), Group()).first->second;
  made.states.reserve(aggregates_->size());
  for (const Aggregate& aggregate : *aggregates_) made.states.emplace_back(aggregate.kind);
  bytes_ += bytes_of_entry + key.size() + bytes_of(made);
  return &made;
}

void GroupTable::merge(GroupTable& other) {
  for (auto& [key, from] : other.groups_) {
    Group* into = group(key);
    if (into == nullptr) {
      others_ += from.lines;
      continue;
    }
    const std::size_t before = bytes_of(*into);
    if (into->lines == 0) {
      *into = std::move(from);
    } else {
      into->lines += from.lines;
      for (std::size_t i = 0; i < into->states.size(); ++i) into->states[i].merge(from.states[i]);
    }
    bytes_ += bytes_of(*into) - before;
  }
  others_ += other.others_;
  other.clear();
}

void GroupTable::clear() {
  groups_.clear();
  others_ = 0;
  bytes_ = 0;
}

}  // namespace taffrail::history
