#include "history/search/filter_probe.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace taffrail::history {

const FilterProbe::Keys& FilterProbe::keys_for(const KeyKinds& kinds) {
  for (const auto& [known, keys] : keys_) {
    if (known == kinds) return keys;
  }
  Keys made;
  for (const AnyOf& clause : clauses_) {
    auto& of_clause = made.emplace_back();
    for (const Literal& literal : clause)
      if (!cannot_hold(kinds, literal)) of_clause.push_back(keys_of(literal, kinds));
    // Of a literal without a key nothing is known, and so of the clause.
    if (std::ranges::any_of(of_clause, [](const auto& keys) { return keys.empty(); })) made.pop_back();
  }
  return keys_.emplace_back(kinds, std::move(made)).second;
}

Result<bool> FilterProbe::holds(std::size_t lines, std::uint64_t key) {
  BlockFilter::Line line{};
  const std::size_t at = BlockFilter::header_bytes + BlockFilter::line_of(key, lines) * sizeof(line);
  if (auto read = blob_->read(at, std::as_writable_bytes(std::span(line))); !read) return forward(read);
  return BlockFilter::holds(line, key);
}

Result<bool> FilterProbe::may_hold(BlockKey block) {
  if (clauses_.empty()) return true;
  if (blob_) {
    if (auto moved = blob_->move_to(block); !moved) {
      blob_.reset();
      return forward(moved);
    }
  } else {
    auto opened = snapshot_.blob("filter", "bytes", block);
    if (!opened) return forward(opened);
    blob_.emplace(std::move(*opened));
  }
  std::array<char, BlockFilter::header_bytes> head{};
  const std::size_t size = std::min(head.size(), blob_->size());
  if (auto read = blob_->read(0, std::as_writable_bytes(std::span(head)).first(size)); !read) return forward(read);
  auto header = BlockFilter::read_header(std::string_view(head.data(), size), blob_->size());
  if (!header) return forward(header);
  for (const auto& clause : keys_for(header->kinds)) {
    bool any = false;
    for (const auto& literal : clause) {
      bool all = true;
      for (const std::uint64_t key : literal) {
        auto held = holds(header->lines, key);
        if (!held) return forward(held);
        all = *held;
        if (!all) break;
      }
      any = all;
      if (any) break;
    }
    if (!any) return false;
  }
  return true;
}

}  // namespace taffrail::history
