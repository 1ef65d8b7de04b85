#include "history/query/row_stages.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <numeric>
#include <utility>

#include "expr/variables.hpp"

namespace taffrail::history {
namespace {

class RowVariables final : public expr::Variables {
 public:
  explicit RowVariables(const Row& row) : row_(row) {}
  /// Slots are those of Pipe::columns.
  [[nodiscard]] expr::Value get(std::size_t slot) const override { return to_value(row_[slot]); }

 private:
  const Row& row_;
};

}  // namespace

void sort_rows(std::vector<Row>& rows, const SortRows& stage) {
  // With each row's place, for std::stable_sort's own memory is deprecated in libstdc++ 12.
  std::vector<std::size_t> places(rows.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::sort(places, [&](std::size_t one, std::size_t other) {
    for (const SortKey& key : stage.keys) {
      const auto order = compare(rows[one][key.column], rows[other][key.column]);
      if (order != 0) return key.descending ? order > 0 : order < 0;
    }
    return one < other;
  });
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const std::size_t place : places) sorted.push_back(std::move(rows[place]));
  rows = std::move(sorted);
}

SortRows all_columns(const Pipe& pipe) {
  SortRows stage;
  for (std::size_t i = 0; i < pipe.columns.size(); ++i) stage.keys.push_back({.column = i});
  return stage;
}

bool keeps(const KeepRows& stage, const Row& row) {
  bool failed = false;
  return stage.condition.test(RowVariables(row), failed);
}

}  // namespace taffrail::history
