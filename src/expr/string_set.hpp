#pragma once

#include <string_view>
#include <unordered_set>

namespace taffrail::expr {

/// The strings of `x in ["a", "b", …]`, which live as long as the program.
class StringSet {
 public:
  void add(std::string_view text) { strings_.insert(text); }
  [[nodiscard]] bool contains(std::string_view text) const { return strings_.contains(text); }

 private:
  std::unordered_set<std::string_view> strings_;
};

}  // namespace taffrail::expr
