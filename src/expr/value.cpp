#include "expr/value.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "expr/arena.hpp"
#include "expr/json_node.hpp"

namespace taffrail::expr {
namespace {

constexpr std::uint32_t small_map = 8;  ///< up to here a scan beats hashing

bool same_key(Value a, Value b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::nil: return true;
    case Kind::string:
    case Kind::bytes: return a.as_string() == b.as_string();
    case Kind::floating: return a.as_double() == b.as_double();
    case Kind::time: return a.as_instant() == b.as_instant() && a.zone_id() == b.zone_id();
    default: return a.as_int() == b.as_int();
  }
}

// NaN is equal to nothing, so as a key it is never found and every one is an entry of its own.
bool is_nan(Value key) { return key.is(Kind::floating) && std::isnan(key.as_double()); }

std::size_t hash_key(Value key) {
  const auto kind = static_cast<std::size_t>(key.kind()) * 0x9E3779B97F4A7C15ULL;
  if (key.is(Kind::string) || key.is(Kind::bytes)) return kind ^ std::hash<std::string_view>()(key.as_string());
  if (key.is(Kind::floating)) return kind ^ std::hash<double>()(key.as_double());
  if (key.is(Kind::nil)) return kind;
  std::uint64_t x = static_cast<std::uint64_t>(key.as_int());
  x ^= x >> 32;
  // The upper half of the product: the lower bits of it know nothing of the upper bits of the key, and keys that are
  // multiples of a power of two would all meet in one place.
  return kind ^ static_cast<std::size_t>((x * 0xD6E8FEB86659FD93ULL) >> 32);
}

const Value* look_up(std::span<const Map::Entry> entries, const std::uint32_t* index, std::uint32_t mask, Value key) {
  if (is_nan(key)) return nullptr;
  if (index == nullptr) {
    for (const Map::Entry& entry : entries) {
      if (same_key(entry.key, key)) return &entry.value;
    }
    return nullptr;
  }
  for (auto slot = static_cast<std::uint32_t>(hash_key(key)) & mask; index[slot] != 0; slot = (slot + 1) & mask) {
    const Map::Entry& entry = entries[index[slot] - 1];
    if (same_key(entry.key, key)) return &entry.value;
  }
  return nullptr;
}

void enter(std::uint32_t* index, std::uint32_t mask, Value key, std::uint32_t position) {
  if (is_nan(key)) return;
  auto slot = static_cast<std::uint32_t>(hash_key(key)) & mask;
  while (index[slot] != 0) slot = (slot + 1) & mask;
  index[slot] = position + 1;
}

class NoStrings final : public MapSource {
 public:
  [[nodiscard]] Value find(std::string_view) const override { return missing(); }
  [[nodiscard]] bool contains(std::string_view) const override { return false; }
  [[nodiscard]] std::size_t size() const override { return 0; }
  void each(const std::function<void(std::string_view, Value)>&) const override {}
  [[nodiscard]] Value missing() const override { return Value(""); }
};

}  // namespace

const MapSource& no_strings() {
  static const NoStrings none;
  return none;
}

constinit const Value Value::empty_slot{};

const Value* Map::find(Value key) const { return look_up(entries_, index_, mask_, key); }

Value* MapBuilder::find(Value key) {
  return const_cast<Value*>(look_up({entries_, size_}, index_, capacity_ * 2 - 1, key));
}

bool MapBuilder::set(Value key, Value value) {
  if (Value* present = find(key)) {
    *present = value;
    return true;
  }
  if (size_ == capacity_ && !grow()) return false;
  entries_[size_] = {key, value};
  if (index_ != nullptr) enter(index_, capacity_ * 2 - 1, key, size_);
  ++size_;
  return true;
}

bool MapBuilder::grow() {
  const std::uint32_t capacity = capacity_ == 0 ? small_map : capacity_ * 2;
  auto* entries = arena_.array<Map::Entry>(capacity);
  if (entries == nullptr) return false;
  std::copy_n(entries_, size_, entries);
  entries_ = entries;
  capacity_ = capacity;
  if (capacity <= small_map) return true;
  index_ = arena_.array<std::uint32_t>(std::size_t{capacity} * 2);
  if (index_ == nullptr) return false;
  for (std::uint32_t i = 0; i < size_; ++i) enter(index_, capacity * 2 - 1, entries_[i].key, i);
  return true;
}

const Map* MapBuilder::finish(Value zero) {
  const std::uint32_t mask = index_ == nullptr ? 0 : capacity_ * 2 - 1;
  return arena_.make<Map>(std::span<const Map::Entry>(entries_, size_), zero, index_, mask);
}

bool is_hashable(Value value) {
  switch (value.kind()) {
    case Kind::nil:
    case Kind::boolean:
    case Kind::integer:
    case Kind::floating:
    case Kind::string:
    case Kind::time:
    case Kind::duration:
    case Kind::zone: return true;
    default: return false;
  }
}

bool key_less(Value a, Value b) {
  if (a.kind() != b.kind()) return a.kind() < b.kind();
  if (a.is(Kind::string)) return a.as_string() < b.as_string();
  if (a.is(Kind::floating)) return is_nan(a) ? !is_nan(b) : a.as_double() < b.as_double();
  if (a.is(Kind::time)) return a.as_instant() < b.as_instant();
  return !a.is(Kind::nil) && a.as_int() < b.as_int();
}

std::string_view type_name(Value value) {
  switch (value.kind()) {
    case Kind::nil: return "nil";
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::floating: return "float";
    case Kind::string: return "string";
    case Kind::bytes:
    case Kind::array: return "array";
    case Kind::map:
    case Kind::object: return "map";
    case Kind::json: return value.as_json().is_array() ? "array" : "map";
    case Kind::time: return "time.Time";
    case Kind::duration: return "time.Duration";
    case Kind::zone: return "time.Location";
    case Kind::cut:
    case Kind::error: break;
  }
  return "error";
}

std::string_view kind_name(Value value) {
  switch (value.kind()) {
    case Kind::nil: return "<nil>";
    case Kind::floating: return "float64";
    case Kind::bytes: return "[]uint8";
    case Kind::array: return "[]interface {}";
    case Kind::map:
    case Kind::object: return "map[string]interface {}";
    case Kind::json: return value.as_json().is_array() ? "[]interface {}" : "map[string]interface {}";
    default: return type_name(value);
  }
}

}  // namespace taffrail::expr
