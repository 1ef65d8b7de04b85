#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/container.hpp"

namespace taffrail {

/// Containers by their ids and names.
class ContainerIndex {
 public:
  using ById = std::map<ContainerId, ContainerPtr>;
  using Found = std::vector<const Container*>;
  /// Which containers exist for whom asks; empty: all.
  using Sees = std::function<bool(const Container&)>;

  [[nodiscard]] const ById& all() const { return all_; }
  [[nodiscard]] bool contains(const ContainerId& id) const { return all_.contains(id); }
  /// Null where there is none.
  [[nodiscard]] ContainerPtr find(const ContainerId& id) const;
  /// @return what was there before; null: nothing
  ContainerPtr put(ContainerPtr container);
  /// @return what was there; null: nothing
  ContainerPtr erase(const ContainerId& id);

  /// Those whose ids are, or begin like, this one.
  /// @param id of one host, or, where it says none, of any
  /// @param whole the id is not just the beginning of one
  /// @param most no more are looked for; one more is given where there are
  [[nodiscard]] Found of_id(const ContainerId& id, bool whole, const Sees& sees, std::size_t most) const;
  /// The running or else the newest one of this name; null where there is none.
  [[nodiscard]] const Container* named(std::string_view name, const Sees& sees) const;

 private:
  ById all_;
  std::map<std::string, std::set<ContainerId>, std::less<>> by_name_;
};

}  // namespace taffrail
