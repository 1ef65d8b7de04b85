#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "expr/builtin.hpp"
#include "expr/context.hpp"
#include "expr/operations.hpp"

namespace taffrail::expr {

/// The arguments of a builtin with a predicate, but for the predicate.
struct LoopCall {
  Loop loop = Loop::none;
  std::uint32_t at = 0;
  Value list;
  bool has_predicate = true;
  bool has_extra = false;
  Value extra;               ///< initial value of reduce, order of sortBy
  std::uint32_t weight = 0;  ///< steps that a round takes beyond the one: long predicates take their time
};

/// Runs a builtin with a predicate for either evaluator.
/// @param predicate gives the predicate's Value with `context.frame` at the item; not called without has_predicate
template <class Predicate>
class PredicateLoop {
 public:
  PredicateLoop(Context& context, const LoopCall& call, Predicate& predicate)
      : context_(context), call_(call), predicate_(predicate), outer_(context.frame) {}
  ~PredicateLoop() { context_.frame = outer_; }
  PredicateLoop(const PredicateLoop&) = delete;
  PredicateLoop& operator=(const PredicateLoop&) = delete;

  Value run() {
    // A string that the checker could not see is gone through by bytes, as in the reference.
    text_ = call_.list.is(Kind::string);
    if (!text_ && !is_list(call_.list)) return context_.fail(call_.at, "predicates need an array, not %T", call_.list);
    size_ = text_ ? call_.list.as_string().size() : list_size(call_.list);
    switch (call_.loop) {
      case Loop::all: return search(false, Value(false), Value(true));
      case Loop::any: return search(true, Value(true), Value(false));
      case Loop::none_of: return search(true, Value(false), Value(true));
      case Loop::find: return find(false, false);
      case Loop::find_index: return find(false, true);
      case Loop::find_last: return find(true, false);
      case Loop::find_last_index: return find(true, true);
      case Loop::one:
      case Loop::count: return count();
      case Loop::filter: return filter();
      case Loop::map: return map();
      case Loop::sum: return sum();
      case Loop::group_by: return group_by();
      case Loop::sort_by: return sort_by();
      case Loop::reduce: return reduce();
      case Loop::none: break;
    }
    return context_.fail(call_.at, "not a predicate builtin");
  }

 private:
  Value item(std::size_t i) const {
    if (text_) return Value(std::int64_t{static_cast<unsigned char>(call_.list.as_string()[i])});
    return list_at(call_.list, i);
  }

  // The predicate for item i, or the item itself without one.
  Value at(std::size_t i) {
    if (!context_.step(call_.at, 1 + call_.weight)) return Value::error();
    if (!call_.has_predicate) return item(i);
    frame_.item = item(i);
    frame_.index = static_cast<std::int64_t>(i);
    context_.frame = &frame_;
    const Value v = predicate_();
    context_.frame = outer_;
    return v;
  }
  // 1 and 0 for true and false, -1 after failing.
  int test(std::size_t i) {
    const Value v = at(i);
    if (v.is(Kind::boolean)) return v.as_bool() ? 1 : 0;
    if (!v.failed()) context_.fail(call_.at, "predicate should return boolean (got %T)", v);
    return -1;
  }

  Value search(bool wanted, Value found, Value otherwise) {
    for (std::size_t i = 0; i < size_; ++i) {
      const int yes = test(i);
      if (yes < 0) return Value::error();
      if ((yes == 1) == wanted) return found;
    }
    return otherwise;
  }

  Value find(bool last, bool index) {
    for (std::size_t n = 0; n < size_; ++n) {
      const std::size_t i = last ? size_ - 1 - n : n;
      const int yes = test(i);
      if (yes < 0) return Value::error();
      if (yes == 1) return index ? Value(static_cast<std::int64_t>(i)) : item(i);
    }
    return {};
  }

  Value count() {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      const int yes = test(i);
      if (yes < 0) return Value::error();
      count += yes;
    }
    return call_.loop == Loop::one ? Value(count == 1) : Value(count);
  }

  Value filter() {
    std::vector<Value> kept;
    for (std::size_t i = 0; i < size_; ++i) {
      const int yes = test(i);
      if (yes < 0) return Value::error();
      if (yes == 1) kept.push_back(item(i));
    }
    return context_.make_array(call_.at, kept);
  }

  // What the predicate gives for every item, in the arena; null after failing.
  Value* all_results() {
    Value* room = context_.make_elements(call_.at, size_);
    if (room == nullptr) return nullptr;
    for (std::size_t i = 0; i < size_; ++i) {
      room[i] = at(i);
      if (room[i].failed()) return nullptr;
    }
    return room;
  }

  Value map() {
    const Value* room = all_results();
    return room == nullptr ? Value::error() : Value::array({room, size_});
  }

  Value sum() {
    Value total(0);
    for (std::size_t i = 0; i < size_; ++i) {
      const Value v = at(i);
      if (v.failed()) return v;
      // Durations have no zero of kind integer to start from.
      total = i == 0 && v.is(Kind::duration) ? v : add(context_, call_.at, total, v);
      if (total.failed()) return total;
    }
    return total;
  }

  Value group_by() {
    MapBuilder groups(context_.arena());
    std::vector<std::vector<Value>> members;
    for (std::size_t i = 0; i < size_; ++i) {
      const Value key = at(i);
      if (key.failed()) return key;
      if (!is_hashable(key))
        return context_.fail(call_.at, "cannot use %T as a key for groupBy: type is not comparable", key);
      if (key.is(Kind::string) && !context_.read_through(call_.at, key.as_string().size())) return Value::error();
      const Value* place = groups.find(key);
      const std::size_t group = place == nullptr ? members.size() : static_cast<std::size_t>(place->as_int());
      if (place == nullptr) {
        constexpr std::uint64_t group_steps = 8;  // a group is a list of its own
        if (!context_.step(call_.at, group_steps)) return Value::error();
        if (!groups.set(key, Value(static_cast<std::int64_t>(group)))) return context_.out_of_memory(call_.at);
        members.emplace_back();
      }
      members[group].push_back(item(i));
    }
    MapBuilder result(context_.arena());
    for (const Map::Entry& entry : groups.entries()) {
      const Value group = context_.make_array(call_.at, members[static_cast<std::size_t>(entry.value.as_int())]);
      if (group.failed()) return group;
      if (!result.set(entry.key, group)) return context_.out_of_memory(call_.at);
    }
    const Map* map = result.finish(Value::array({}));
    return map == nullptr ? context_.out_of_memory(call_.at) : Value::map(*map);
  }

  Value sort_by() {
    const Value* keys = all_results();
    Value* items = keys == nullptr ? nullptr : context_.make_elements(call_.at, size_);
    if (items == nullptr) return Value::error();
    for (std::size_t i = 0; i < size_; ++i) items[i] = item(i);
    const Value done = builtins::sort_by_keys(context_, call_.at, {items, size_}, {keys, size_},
                                              call_.has_extra ? call_.extra : Value());
    return done.failed() ? done : Value::array({items, size_});
  }

  Value reduce() {
    std::size_t first = 0;
    if (call_.has_extra) {
      frame_.accumulator = call_.extra;
    } else {
      if (size_ == 0) return context_.fail(call_.at, "reduce of empty array with no initial value");
      frame_.accumulator = item(0);
      first = 1;
    }
    for (std::size_t i = first; i < size_; ++i) {
      const Value v = at(i);
      if (v.failed()) return v;
      frame_.accumulator = v;
    }
    return frame_.accumulator;
  }

  Context& context_;
  const LoopCall& call_;
  Predicate& predicate_;
  PredicateFrame* outer_;
  PredicateFrame frame_;
  std::size_t size_ = 0;
  bool text_ = false;
};

}  // namespace taffrail::expr
