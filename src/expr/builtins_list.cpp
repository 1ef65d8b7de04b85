// Arrays and maps.

#include <algorithm>
#include <bit>
#include <numeric>

#include "expr/builtin.hpp"
#include "expr/operations.hpp"

namespace taffrail::expr::builtins {
namespace {

bool is_array(Context& context, std::uint32_t at, Value v, const char* failure) {
  if (is_list(v)) return true;
  context.fail(at, failure, v);
  return false;
}

// A map with its entries sorted by key: the reference's order is random, ours is always the same.
Value sorted_map(Context& context, std::uint32_t at, Value v, const char* failure, std::vector<Map::Entry>& entries) {
  if (!is_map(v)) return context.fail(at, failure, v);
  const Value settled = settle_map(context, at, v);
  if (settled.failed()) return settled;
  const auto from = settled.as_map().entries();
  if (!context.step(at, from.size())) return Value::error();
  entries.assign(from.begin(), from.end());
  std::ranges::sort(entries, [](const Map::Entry& a, const Map::Entry& b) { return key_less(a.key, b.key); });
  return settled;
}

bool flatten_into(Context& context, std::uint32_t at, Value list, std::vector<Value>& out, unsigned depth) {
  constexpr unsigned deepest = 100;
  if (depth > deepest) {
    context.fail(at, "arrays are nested too deep to flatten");
    return false;
  }
  for (std::size_t i = 0; i < list_size(list); ++i) {
    if (!context.step(at)) return false;
    const Value item = list_at(list, i);
    if (is_list(item)) {
      if (!flatten_into(context, at, item, out, depth + 1)) return false;
    } else {
      out.push_back(item);
      if (out.size() >= context.limits().growth) {
        context.out_of_memory(at);
        return false;
      }
    }
  }
  return true;
}

}  // namespace

Value first(Context&, std::uint32_t, std::span<const Value> args) { return get_or_nil(args[0], Value(0)); }
Value last(Context&, std::uint32_t, std::span<const Value> args) { return get_or_nil(args[0], Value(-1)); }

Value take(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!is_array(context, at, args[0], "cannot take from %T")) return Value::error();
  if (!args[1].is(Kind::integer)) return context.fail(at, "cannot take %T elements", args[1]);
  if (args[1].as_int() < 0) return context.fail(at, "cannot take %v elements", args[1]);
  if (args[0].is_nil()) return args[0];
  return slice(context, at, args[0], nullptr, &args[1]);
}

Value reverse(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!is_array(context, at, args[0], "cannot reverse %T")) return Value::error();
  const std::size_t size = list_size(args[0]);
  Value* room = context.make_elements(at, size);
  if (room == nullptr || !context.step(at, size)) return Value::error();
  for (std::size_t i = 0; i < size; ++i) room[size - 1 - i] = list_at(args[0], i);
  return Value::array({room, size});
}

Value uniq(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!is_array(context, at, args[0], "cannot uniq %T")) return Value::error();
  std::vector<Value> kept;
  for (std::size_t i = 0; i < list_size(args[0]); ++i) {
    const Value item = list_at(args[0], i);
    bool known = false;
    if (!context.step(at, kept.size() / 4)) return Value::error();
    for (const Value& other : kept) {
      const Value same = equal(context, at, item, other);
      if (same.failed()) return same;
      known = same.as_bool();
      if (known) break;
    }
    if (!known) kept.push_back(item);
  }
  return context.make_array(at, kept);
}

Value concat(Context& context, std::uint32_t at, std::span<const Value> args) {
  std::vector<Value> out;
  for (const Value& arg : args) {
    if (!is_array(context, at, arg, "cannot concat %T")) return Value::error();
    const std::size_t size = list_size(arg);
    if (out.size() + size >= context.limits().growth) return context.out_of_memory(at);
    if (!context.step(at, size)) return Value::error();
    for (std::size_t i = 0; i < size; ++i) out.push_back(list_at(arg, i));
  }
  if (out.empty()) return Value::array({});  // nil, as in the reference
  return context.make_array(at, out);
}

Value flatten(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!is_array(context, at, args[0], "cannot flatten %T")) return Value::error();
  std::vector<Value> out;
  if (!flatten_into(context, at, args[0], out, 0)) return Value::error();
  return context.make_array(at, out);
}

Value sort_by_keys(Context& context, std::uint32_t at, std::span<Value> items, std::span<const Value> keys,
                   Value order_name) {
  bool descending = false;
  if (!order_name.is_nil()) {
    if (!order_name.is(Kind::string) || (order_name.as_string() != "asc" && order_name.as_string() != "desc")) {
      return context.fail(at, "unknown order, use asc or desc");
    }
    descending = order_name.as_string() == "desc";
  }
  std::uint64_t cost = 4 * items.size();
  for (const Value& key : keys) {
    // A text is compared with about as many others as the number of items has digits in base 2.
    if (key.is(Kind::string)) cost += key.as_string().size() * std::bit_width(items.size()) / 1024;
  }
  if (!context.step(at, cost)) return Value::error();
  std::vector<std::uint32_t> places(items.size());
  std::iota(places.begin(), places.end(), 0U);
  // Every key is compared with the first before sorting, so that the order is total while it sorts.
  bool failed = false;
  for (const Value& key : keys) {
    if (keys.size() > 1) (void)order(key, keys.front(), failed);
    if (failed) return context.fail(at, "cannot sort %T and %T", key, keys.front());
  }
  // NaN goes last, whatever the order.
  const auto is_nan = [&](std::uint32_t i) {
    return keys[i].is(Kind::floating) && keys[i].as_double() != keys[i].as_double();
  };
  std::ranges::sort(places, [&](std::uint32_t a, std::uint32_t b) {
    if (is_nan(a) != is_nan(b)) return is_nan(b);
    if (is_nan(a)) return a < b;
    const int sign = order(keys[a], keys[b], failed);
    if (sign == 0) return a < b;  // keeps the order of equals
    return descending ? sign > 0 : sign < 0;
  });
  std::vector<Value> sorted;
  sorted.reserve(items.size());
  for (const std::uint32_t place : places) sorted.push_back(items[place]);
  std::ranges::copy(sorted, items.begin());
  return Value(true);
}

Value sort(Context& context, std::uint32_t at, std::span<const Value> args) {
  // What is no array sorts to the nil array, as in the reference.
  if (!is_list(args[0])) return Value::array({});
  const std::size_t size = list_size(args[0]);
  Value* room = context.make_elements(at, size);
  if (room == nullptr) return Value::error();
  for (std::size_t i = 0; i < size; ++i) room[i] = list_at(args[0], i);
  const std::vector<Value> keys(room, room + size);
  const Value done = sort_by_keys(context, at, {room, size}, keys, args.size() > 1 ? args[1] : Value());
  return done.failed() ? done : Value::array({room, size});
}

Value keys(Context& context, std::uint32_t at, std::span<const Value> args) {
  std::vector<Map::Entry> entries;
  if (const Value map = sorted_map(context, at, args[0], "cannot get keys from %T", entries); map.failed()) return map;
  std::vector<Value> out;
  out.reserve(entries.size());
  for (const Map::Entry& entry : entries) out.push_back(entry.key);
  return context.make_array(at, out);
}

Value values(Context& context, std::uint32_t at, std::span<const Value> args) {
  std::vector<Map::Entry> entries;
  if (const Value map = sorted_map(context, at, args[0], "cannot get values from %T", entries); map.failed())
    return map;
  std::vector<Value> out;
  out.reserve(entries.size());
  for (const Map::Entry& entry : entries) out.push_back(entry.value);
  return context.make_array(at, out);
}

Value to_pairs(Context& context, std::uint32_t at, std::span<const Value> args) {
  std::vector<Map::Entry> entries;
  if (const Value map = sorted_map(context, at, args[0], "cannot transform %T to pairs", entries); map.failed())
    return map;
  std::vector<Value> out;
  for (const Map::Entry& entry : entries) {
    Value* pair = context.make_elements(at, 2);
    if (pair == nullptr) return Value::error();
    pair[0] = entry.key;
    pair[1] = entry.value;
    out.push_back(Value::array({pair, 2}));
  }
  return context.make_array(at, out);
}

Value from_pairs(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!is_array(context, at, args[0], "cannot transform %T from pairs")) return Value::error();
  MapBuilder builder(context.arena());
  for (std::size_t i = 0; i < list_size(args[0]); ++i) {
    const Value pair = list_at(args[0], i);
    if (!is_list(pair) || list_size(pair) != 2) return context.fail(at, "invalid pair %v", pair);
    const Value key = list_at(pair, 0);
    if (!is_hashable(key)) return context.fail(at, "cannot use %T as a key of a map", key);
    if (!context.step(at, 1 + (key.is(Kind::string) ? key.as_string().size() / 128 : 0))) return Value::error();
    if (!builder.set(key, list_at(pair, 1))) return context.out_of_memory(at);
  }
  const Map* map = builder.finish();
  return map == nullptr ? context.out_of_memory(at) : Value::map(*map);
}

}  // namespace taffrail::expr::builtins
