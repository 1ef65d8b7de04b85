#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace taffrail {

/// A name whose type says what it names: `using ContainerId = Id<struct ContainerTag>`. An Id of one kind is never
/// mistaken for another, and none is made from a bare string by accident.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  explicit Id(std::string_view value) : value_(value) {}
  explicit Id(const char* value) : value_(value) {}

  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string value_;
};

}  // namespace taffrail

template <class Tag>
struct std::hash<taffrail::Id<Tag>> {
  size_t operator()(const taffrail::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
