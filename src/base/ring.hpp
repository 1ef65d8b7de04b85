#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace taffrail {

/// The last `capacity` values pushed, oldest first. A push into a full ring drops the oldest. Memory grows to the
/// capacity as values come and not before.
template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : capacity_(capacity) { assert(capacity > 0); }

  void push(T value) {
    if (values_.size() < capacity_) {
      values_.push_back(std::move(value));
    } else {
      values_[first_] = std::move(value);
      first_ = (first_ + 1) % capacity_;
    }
  }

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// The i-th oldest value; i < size().
  [[nodiscard]] const T& operator[](std::size_t i) const {
    assert(i < size());
    return values_[(first_ + i) % values_.size()];
  }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] const T& back() const { return (*this)[size() - 1]; }
  void clear() {
    values_.clear();
    first_ = 0;
  }

 private:
  std::size_t capacity_;
  std::size_t first_ = 0;
  std::vector<T> values_;
};

}  // namespace taffrail
