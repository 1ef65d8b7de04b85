#include "history/query/aggregate.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <utility>

namespace taffrail::history {

using aggregate_state::Extreme;
using aggregate_state::LineCount;
using aggregate_state::Mean;

namespace {

constexpr std::array names{
    std::pair{AggregateKind::count, std::string_view("count")},
    std::pair{AggregateKind::count_distinct, std::string_view("count_distinct")},
    std::pair{AggregateKind::min, std::string_view("min")},
    std::pair{AggregateKind::max, std::string_view("max")},
    std::pair{AggregateKind::avg, std::string_view("avg")},
    std::pair{AggregateKind::sum, std::string_view("sum")},
    std::pair{AggregateKind::quantile, std::string_view("quantile")},
    std::pair{AggregateKind::rate, std::string_view("rate")},
};

/// What `min` and `max` compare: a text that is a number is one.
Scalar comparable(expr::Value value) {
  if (const auto number = number_of(value)) return to_scalar(*number);
  return to_scalar(value);
}

}  // namespace

std::string_view to_string(AggregateKind kind) {
  return std::ranges::find(names, kind, [](const auto& entry) { return entry.first; })->second;
}

std::optional<AggregateKind> aggregate_kind(std::string_view name) {
  const auto* const found = std::ranges::find(names, name, [](const auto& entry) { return entry.second; });
  if (found == names.end()) return std::nullopt;
  return found->first;
}

AggregateState::AggregateState(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::count:
    case AggregateKind::rate: break;
    case AggregateKind::count_distinct: state_ = DistinctCount(); break;
    case AggregateKind::min: state_ = Extreme(); break;
    case AggregateKind::max: state_ = Extreme{.value = {}, .greatest = true}; break;
    case AggregateKind::avg:
    case AggregateKind::sum: state_ = Mean(); break;
    case AggregateKind::quantile: state_ = QuantileSketch(); break;
  }
}

void aggregate_state::Extreme::take(const Scalar& other) {
  if (std::holds_alternative<std::monostate>(other)) return;
  const bool first = std::holds_alternative<std::monostate>(value);
  if (first || (greatest ? compare(value, other) < 0 : compare(other, value) < 0)) value = other;
}

void AggregateState::add(expr::Value value) {
  if (auto* lines = std::get_if<LineCount>(&state_)) {
    if (value.is(expr::Kind::boolean) && value.as_bool()) ++lines->count;
  } else if (auto* distinct = std::get_if<DistinctCount>(&state_)) {
    if (value.is_nil() || value.stops()) return;
    thread_local std::string key;
    key.clear();
    append_key(key, value);
    distinct->add(key);
  } else if (auto* extreme = std::get_if<Extreme>(&state_)) {
    extreme->take(comparable(value));
  } else if (const auto number = number_of(value)) {
    if (auto* mean = std::get_if<Mean>(&state_)) {
      mean->sum += *number;
      ++mean->count;
    } else {
      std::get<QuantileSketch>(state_).add(*number);
    }
  }
}

void AggregateState::merge(const AggregateState& other) {
  std::visit(
      [&other](auto& state) {
        using State = std::remove_cvref_t<decltype(state)>;
        const State& from = std::get<State>(other.state_);
        if constexpr (std::is_same_v<State, LineCount>) {
          state.count += from.count;
        } else if constexpr (std::is_same_v<State, Mean>) {
          state.sum += from.sum;
          state.count += from.count;
        } else if constexpr (std::is_same_v<State, Extreme>) {
          state.take(from.value);
        } else {
          state.merge(from);
        }
      },
      state_);
}

Scalar AggregateState::result(const Aggregate& aggregate, double seconds) const {
  if (const auto* lines = std::get_if<LineCount>(&state_)) {
    if (aggregate.kind == AggregateKind::count) return static_cast<std::int64_t>(lines->count);
    return seconds > 0 ? to_scalar(static_cast<double>(lines->count) / seconds) : Scalar();
  }
  if (const auto* distinct = std::get_if<DistinctCount>(&state_)) return static_cast<std::int64_t>(distinct->count());
  if (const auto* extreme = std::get_if<Extreme>(&state_)) return extreme->value;
  if (const auto* mean = std::get_if<Mean>(&state_)) {
    if (mean->count == 0) return {};
    return to_scalar(aggregate.kind == AggregateKind::sum ? mean->sum : mean->sum / static_cast<double>(mean->count));
  }
  const auto& sketch = std::get<QuantileSketch>(state_);
  return sketch.size() == 0 ? Scalar() : to_scalar(sketch.quantile(aggregate.q));
}

bool AggregateState::exact() const {
  if (const auto* distinct = std::get_if<DistinctCount>(&state_)) return distinct->exact();
  if (const auto* sketch = std::get_if<QuantileSketch>(&state_)) return sketch->exact();
  return true;
}

std::size_t AggregateState::bytes() const {
  if (const auto* distinct = std::get_if<DistinctCount>(&state_)) return distinct->bytes();
  if (const auto* sketch = std::get_if<QuantileSketch>(&state_)) return sketch->bytes();
  const auto* extreme = std::get_if<Extreme>(&state_);
  const auto* text = extreme != nullptr ? std::get_if<std::string>(&extreme->value) : nullptr;
  return text != nullptr ? text->capacity() : 0;
}

}  // namespace taffrail::history
