#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace taffrail::expr {

/// Memory that is given back all at once: syntax trees, and the values of one evaluation. Objects are never destroyed,
/// so they must be trivially destructible. Bounded: past `limit` bytes `allocate` answers null.
class Arena {
 public:
  /// @param first_bytes size of the first block, for what knows its size beforehand
  explicit Arena(std::size_t limit = static_cast<std::size_t>(-1), std::size_t first_bytes = first_block)
      : next_size_(first_bytes), limit_(limit) {}
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// Room for `bytes` aligned to `alignment` (a power of two up to 16), or null past the limit.
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = 16);

  /// A value-initialised array; empty data pointer (with `count` > 0) past the limit.
  template <class T>
  [[nodiscard]] T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    // NOLINTBEGIN(bugprone-sizeof-expression): T may be a pointer, and its size is what is meant
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) return nullptr;
    void* room = allocate(count * sizeof(T), alignof(T));
    // NOLINTEND(bugprone-sizeof-expression)
    if (room == nullptr) return nullptr;
    return std::uninitialized_value_construct_n(static_cast<T*>(room), count), static_cast<T*>(room);
  }
  template <class T, class... Args>
  [[nodiscard]] T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    void* room = allocate(sizeof(T), alignof(T));
    return room == nullptr ? nullptr : new (room) T{static_cast<Args&&>(args)...};
  }
  /// A copy that lives as long as the arena; its data() is null past the limit.
  [[nodiscard]] std::string_view copy(std::string_view text);

  /// Forgets everything. One block of ordinary size is kept for the next use.
  void reset();
  [[nodiscard]] std::size_t used() const { return used_; }
  void set_limit(std::size_t limit) { limit_ = limit; }

 private:
  static constexpr std::size_t first_block = 4096;       ///< most evaluations of conditions fit
  static constexpr std::size_t largest_block = 1 << 20;  ///< bigger requests get a block of their own

  [[nodiscard]] void* grow(std::size_t bytes, std::size_t alignment);

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t first_size_ = 0;
  std::size_t next_size_ = first_block;
  std::size_t used_ = 0;
  std::size_t limit_;
};

inline void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
  bytes += bytes == 0 ? 1 : 0;  // null means the limit, so nothing has an address as well
  const auto address = reinterpret_cast<std::uintptr_t>(at_);
  const std::size_t pad = (alignment - (address & (alignment - 1))) & (alignment - 1);
  const auto room = static_cast<std::size_t>(end_ - at_);
  if (bytes > room || pad > room - bytes || bytes + pad > limit_ - used_) return grow(bytes, alignment);
  std::byte* result = at_ + pad;
  at_ = result + bytes;
  used_ += bytes + pad;
  return result;
}

}  // namespace taffrail::expr
