#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace taffrail::demo {

/// SplitMix64's finishing step: every bit of the input moves every bit of the result. The same on every machine, which
/// std::hash and the distributions of <random> are not.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// One number out of several.
[[nodiscard]] constexpr std::uint64_t hash(std::initializer_list<std::uint64_t> values) {
  std::uint64_t result = 0x243f6a8885a308d3;
  for (const std::uint64_t value : values) result = mix(result + 0x9e3779b97f4a7c15 + value);
  return result;
}

/// From a hash to a number in [0, 1).
[[nodiscard]] constexpr double unit(std::uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1p-53; }

/// A row of numbers that follows from its seed alone.
class Dice {
 public:
  explicit constexpr Dice(std::uint64_t seed) : state_(seed) {}
  constexpr std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }
  /// 0 to n - 1; n > 0.
  constexpr std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>((next() >> 32) * n >> 32); }
  constexpr std::uint32_t between(std::uint32_t least, std::uint32_t most) { return least + below(most - least + 1); }
  constexpr bool chance(double probability) { return unit(next()) < probability; }
  template <class T, std::size_t N>
  constexpr const T& pick(const std::array<T, N>& values) {
    return values[below(static_cast<std::uint32_t>(N))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace taffrail::demo
