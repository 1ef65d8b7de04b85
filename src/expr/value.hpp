#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/clock.hpp"

namespace taffrail::expr {

class Arena;
class MapSource;
class JsonNode;
class Map;

/// What a Value holds.
enum class Kind : std::uint8_t {
  nil,
  boolean,
  integer,   ///< 64 bits, wraps
  floating,  ///< IEEE 754 double
  string,    ///< bytes that should be UTF-8
  bytes,
  array,
  map,
  time,      ///< an Instant and a zone to print it in
  duration,  ///< nanoseconds
  zone,      ///< a time zone
  object,    ///< a map that somebody else holds (labels, attributes); read through MapSource
  json,      ///< an object or array of a JSON text, parsed when somebody looks inside
  cut,       ///< a chain that `?.` ended; its chain step makes nil of it. Never seen outside the evaluators
  error,     ///< an evaluation that failed; the Context knows why. Never seen outside the evaluators
};

/// A point in time: wider than base's Time, because dates of any year can be written.
struct Instant {
  std::int64_t seconds = 0;       ///< since 1970, UTC
  std::uint32_t nanoseconds = 0;  ///< below 1e9, always forward

  [[nodiscard]] static Instant from(Time time) {
    constexpr std::int64_t in_second = 1'000'000'000;
    // The second that the first nanoseconds lie in begins before them, where a Time cannot say it.
    const std::int64_t total = time.time_since_epoch().count();
    const std::int64_t rest = total % in_second;
    return rest < 0 ? Instant{total / in_second - 1, static_cast<std::uint32_t>(rest + in_second)}
                    : Instant{total / in_second, static_cast<std::uint32_t>(rest)};
  }
  auto operator<=>(const Instant&) const = default;
};

/// One value of the language: 16 bytes, trivially copyable, owning nothing. Strings, arrays and maps are views into
/// the source line, the compiled program or the arena of the evaluation, and live as long as those.
class Value {
 public:
  constexpr Value() = default;
  constexpr explicit Value(bool value) : kind_(Kind::boolean), integer_(value ? 1 : 0) {}
  constexpr explicit Value(int value) : Value(std::int64_t{value}) {}
  constexpr explicit Value(std::int64_t value) : kind_(Kind::integer), integer_(value) {}
  constexpr explicit Value(double value) : kind_(Kind::floating), floating_(value) {}
  constexpr explicit Value(std::string_view value)
      : kind_(Kind::string), size_(static_cast<std::uint32_t>(value.size())), text_(value.data()) {}
  // A literal would otherwise become a bool.
  constexpr explicit Value(const char* value) : Value(std::string_view(value)) {}

  static constexpr Value bytes(std::string_view value) { return with_kind(Value(value), Kind::bytes); }
  /// @param elements a null data pointer makes the *nil array*: empty, and nil to `??`, `?.` and `== nil`
  static constexpr Value array(std::span<const Value> elements) {
    Value v;
    v.kind_ = Kind::array;
    v.size_ = static_cast<std::uint32_t>(elements.size());
    v.array_ = elements.data();
    return v;
  }
  static Value empty_array() { return array({&empty_slot, 0}); }
  static constexpr Value map(const Map& map) {
    Value v;
    v.kind_ = Kind::map;
    v.map_ = &map;
    return v;
  }
  static constexpr Value object(const MapSource& source) {
    Value v;
    v.kind_ = Kind::object;
    v.object_ = &source;
    return v;
  }
  static constexpr Value json(const JsonNode& node) {
    Value v;
    v.kind_ = Kind::json;
    v.json_ = &node;
    return v;
  }
  /// @param zone an id of time_zone.hpp; 0 is UTC
  static constexpr Value time(Instant instant, std::uint16_t zone = 0) {
    Value v(instant.seconds);
    v.kind_ = Kind::time;
    v.zone_ = zone;
    v.size_ = instant.nanoseconds;
    return v;
  }
  static Value time(Time time) { return Value::time(Instant::from(time)); }
  static constexpr Value duration(std::int64_t nanoseconds) { return with_kind(Value(nanoseconds), Kind::duration); }
  static constexpr Value zone(std::uint16_t id) { return with_kind(Value(std::int64_t{id}), Kind::zone); }
  static constexpr Value cut() {
    Value v;
    v.kind_ = Kind::cut;
    return v;
  }
  static constexpr Value error() {
    Value v;
    v.kind_ = Kind::error;
    return v;
  }

  [[nodiscard]] constexpr Kind kind() const { return kind_; }
  [[nodiscard]] constexpr bool is(Kind kind) const { return kind_ == kind; }
  [[nodiscard]] constexpr bool failed() const { return kind_ == Kind::error; }
  /// Failed, or cut by `?.`: the next link of a chain has nothing to do.
  [[nodiscard]] constexpr bool stops() const { return kind_ >= Kind::cut; }
  [[nodiscard]] constexpr bool is_number() const { return kind_ == Kind::integer || kind_ == Kind::floating; }
  /// What `??`, `?.` and `== nil` take for nil.
  [[nodiscard]] constexpr bool is_nil() const {
    return kind_ == Kind::nil || (kind_ == Kind::array && array_ == nullptr);
  }

  // Each of these asks for the kind it names.
  [[nodiscard]] constexpr bool as_bool() const { return integer_ != 0; }
  [[nodiscard]] constexpr std::int64_t as_int() const { return integer_; }
  [[nodiscard]] constexpr double as_double() const { return floating_; }
  /// A number of either kind as a double.
  [[nodiscard]] constexpr double number() const {
    return kind_ == Kind::integer ? static_cast<double>(integer_) : floating_;
  }
  [[nodiscard]] constexpr std::string_view as_string() const { return {text_, size_}; }
  [[nodiscard]] constexpr std::span<const Value> as_array() const { return {array_, size_}; }
  [[nodiscard]] constexpr const Map& as_map() const { return *map_; }
  [[nodiscard]] constexpr const MapSource& as_object() const { return *object_; }
  [[nodiscard]] constexpr const JsonNode& as_json() const { return *json_; }
  [[nodiscard]] constexpr Instant as_instant() const { return {integer_, size_}; }
  [[nodiscard]] constexpr std::uint16_t zone_id() const {
    return kind_ == Kind::zone ? static_cast<std::uint16_t>(integer_) : zone_;
  }

 private:
  static const Value empty_slot;
  static constexpr Value with_kind(Value v, Kind kind) {
    v.kind_ = kind;
    return v;
  }

  Kind kind_ = Kind::nil;
  std::uint16_t zone_ = 0;
  std::uint32_t size_ = 0;
  union {
    std::int64_t integer_ = 0;
    double floating_;
    const char* text_;
    const Value* array_;
    const Map* map_;
    const MapSource* object_;
    const JsonNode* json_;
  };
};

static_assert(sizeof(Value) == 16);

/// A map that lives elsewhere and is read in place: a container's labels, an event's attributes.
class MapSource {
 public:
  virtual ~MapSource() = default;
  /// The value under `key`, or `missing()`.
  [[nodiscard]] virtual Value find(std::string_view key) const = 0;
  [[nodiscard]] virtual bool contains(std::string_view key) const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  virtual void each(const std::function<void(std::string_view, Value)>& visit) const = 0;
  /// What an absent key gives: nil, or "" for maps of strings, as the reference has it.
  [[nodiscard]] virtual Value missing() const { return {}; }
};

/// A MapSource over any associative container of strings to strings; holds a reference to it.
template <class StringMap>
class StringMapSource final : public MapSource {
 public:
  explicit StringMapSource(const StringMap& map) : map_(map) {}
  [[nodiscard]] Value find(std::string_view key) const override {
    for (const auto& [name, value] : map_) {
      if (std::string_view(name) == key) return Value(std::string_view(value));
    }
    return missing();
  }
  [[nodiscard]] bool contains(std::string_view key) const override {
    for (const auto& entry : map_) {
      if (std::string_view(entry.first) == key) return true;
    }
    return false;
  }
  [[nodiscard]] std::size_t size() const override { return map_.size(); }
  void each(const std::function<void(std::string_view, Value)>& visit) const override {
    for (const auto& [name, value] : map_) visit(name, Value(std::string_view(value)));
  }
  [[nodiscard]] Value missing() const override { return Value(""); }

 private:
  const StringMap& map_;
};

/// A map of strings with nothing in it, for labels and attributes that are not known.
[[nodiscard]] const MapSource& no_strings();

/// A map made by an expression: entries in the order of insertion, keys of any scalar kind (groupBy makes such).
class Map {
 public:
  struct Entry {
    Value key;
    Value value;
  };
  Map() = default;
  Map(std::span<const Entry> entries, Value zero, const std::uint32_t* index, std::uint32_t mask)
      : entries_(entries), zero_(zero), index_(index), mask_(mask) {}

  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  /// The value under `key`, or null. Keys are equal when kind and value are: 1 is not 1.0.
  [[nodiscard]] const Value* find(Value key) const;
  /// What an absent key gives.
  [[nodiscard]] Value zero() const { return zero_; }
  /// The same entries with another answer for absent keys.
  [[nodiscard]] Map with_zero(Value zero) const { return {entries_, zero, index_, mask_}; }

 private:
  std::span<const Entry> entries_;
  Value zero_;
  const std::uint32_t* index_ = nullptr;  ///< open addressing over entries, position + 1; null for small maps
  std::uint32_t mask_ = 0;
};

/// Collects entries; a key set again keeps its place and takes the new value.
class MapBuilder {
 public:
  explicit MapBuilder(Arena& arena) : arena_(arena) {}
  /// False past the arena's limit.
  [[nodiscard]] bool set(Value key, Value value);
  /// The value under `key` to change in place, or null.
  [[nodiscard]] Value* find(Value key);
  [[nodiscard]] std::span<const Map::Entry> entries() const { return {entries_, size_}; }
  /// The map, in the arena; null past its limit. @param zero what an absent key gives
  [[nodiscard]] const Map* finish(Value zero = {});

 private:
  [[nodiscard]] bool grow();

  Arena& arena_;
  Map::Entry* entries_ = nullptr;
  std::uint32_t* index_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Whether a value may be a key of a map: scalars and strings.
[[nodiscard]] bool is_hashable(Value value);
/// The order that printing sorts keys by: by kind, then by value.
[[nodiscard]] bool key_less(Value a, Value b);
/// The language's name of a value's type: what `type(v)` answers.
[[nodiscard]] std::string_view type_name(Value value);
/// The kind as error messages name it, in the reference's terms: "float64", "[]interface {}".
[[nodiscard]] std::string_view kind_name(Value value);

}  // namespace taffrail::expr
