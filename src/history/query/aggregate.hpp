#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "expr/program.hpp"
#include "expr/value.hpp"
#include "history/query/distinct_count.hpp"
#include "history/query/quantile_sketch.hpp"
#include "history/query/scalar.hpp"

namespace taffrail::history {

enum class AggregateKind : std::uint8_t { count, count_distinct, min, max, avg, sum, quantile, rate };

[[nodiscard]] std::string_view to_string(AggregateKind kind);
[[nodiscard]] std::optional<AggregateKind> aggregate_kind(std::string_view name);

/// What is told of the lines of a group.
struct Aggregate {
  AggregateKind kind = AggregateKind::count;
  std::shared_ptr<const expr::Program> argument;  ///< of each line; null for count() and rate() of all
  double q = 0;                                   ///< of a quantile
};

namespace aggregate_state {

struct LineCount {
  std::uint64_t count = 0;
};
struct Mean {
  double sum = 0;
  std::uint64_t count = 0;
};
/// The least or the greatest value.
struct Extreme {
  Scalar value;
  bool greatest = false;
  void take(const Scalar& other);
};

}  // namespace aggregate_state

/// What an aggregate knows of the lines so far. Those whose argument has no value, or none that fits, do not count.
class AggregateState {
 public:
  explicit AggregateState(AggregateKind kind);

  /// So many lines, for count() and rate().
  void add_lines(std::uint64_t lines) { std::get<aggregate_state::LineCount>(state_).count += lines; }
  /// The argument's value for one line. `count` and `rate` count those for which it is true.
  void add(expr::Value value);
  void merge(const AggregateState& other);

  /// @param seconds that the group's lines are from, for `rate`; 0: not known
  [[nodiscard]] Scalar result(const Aggregate& aggregate, double seconds) const;
  /// False: the result is an estimate of a sketch.
  [[nodiscard]] bool exact() const;
  /// Of memory, beside the object itself.
  [[nodiscard]] std::size_t bytes() const;

 private:
  std::variant<aggregate_state::LineCount, aggregate_state::Mean, aggregate_state::Extreme, DistinctCount,
               QuantileSketch>
      state_;
};

}  // namespace taffrail::history
