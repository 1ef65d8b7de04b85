#include "expr/arena.hpp"

#include <algorithm>
#include <cstring>

namespace taffrail::expr {

void* Arena::grow(std::size_t bytes, std::size_t alignment) {
  if (bytes > limit_ - used_ || limit_ - used_ - bytes < alignment) return nullptr;
  const std::size_t size = std::max(next_size_, bytes + alignment);
  next_size_ = std::min(next_size_ * 2, largest_block);
  blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
  if (blocks_.size() == 1) first_size_ = size;
  at_ = blocks_.back().get();
  end_ = at_ + size;
  return allocate(bytes, alignment);
}

std::string_view Arena::copy(std::string_view text) {
  auto* room = static_cast<char*>(allocate(text.size(), 1));
  if (room == nullptr) return {};
  if (!text.empty()) std::memcpy(room, text.data(), text.size());
  return {room, text.size()};
}

void Arena::reset() {
  used_ = 0;
  if (blocks_.empty()) return;
  if (first_size_ > largest_block) {
    blocks_.clear();
    at_ = end_ = nullptr;
    next_size_ = first_block;
    return;
  }
  blocks_.resize(1);
  at_ = blocks_.front().get();
  end_ = at_ + first_size_;
  next_size_ = std::min(first_size_ * 2, largest_block);
}

}  // namespace taffrail::expr
