#include "expr/json_value.hpp"

#include <simdjson.h>
#include <utility>
#include <vector>

#include "expr/json_text.hpp"

namespace taffrail::expr {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t deepest = 200;  // reading and printing recurse

// Reads every value of a document, which checks them all. Not simdjson's tree: that has no integers beyond 64 bits and
// no negative zero, and refuses the whole text for one.
class Reader {
 public:
  Reader(Arena& arena, NumberStyle numbers) : arena_(arena), numbers_(numbers) {}

  /// Why reading stopped; SUCCESS when the arena is full.
  [[nodiscard]] simdjson::error_code fault() const { return fault_; }

  // Nothing after a fault, or when the arena is full. Takes a value or a whole document: they read alike.
  template <class Source>
  std::optional<Value> read(Source&& source, std::size_t depth) {
    if (depth > deepest) return fail(simdjson::DEPTH_ERROR);
    ondemand::json_type type{};
    if (const auto code = source.type().get(type); code != simdjson::SUCCESS) return fail(code);
    switch (type) {
      case ondemand::json_type::null: {
        bool null = false;
        simdjson::simdjson_result<bool> answer = source.is_null();
        if (const auto code = std::move(answer).get(null); code != simdjson::SUCCESS) return fail(code);
        if (!null) return fail(simdjson::N_ATOM_ERROR);
        return Value();
      }
      case ondemand::json_type::boolean: {
        bool flag = false;
        if (const auto code = source.get_bool().get(flag); code != simdjson::SUCCESS) return fail(code);
        return Value(flag);
      }
      case ondemand::json_type::number: return number(source);
      case ondemand::json_type::string: {
        ondemand::raw_json_string text;
        if (const auto code = source.get_raw_json_string().get(text); code != simdjson::SUCCESS) return fail(code);
        return string(text);
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (const auto code = source.get_array().get(array); code != simdjson::SUCCESS) return fail(code);
        return list(array, depth);
      }
      case ondemand::json_type::object: {
        ondemand::object object;
        if (const auto code = source.get_object().get(object); code != simdjson::SUCCESS) return fail(code);
        return map(object, depth);
      }
    }
    return fail(simdjson::TAPE_ERROR);
  }

 private:
  std::optional<Value> fail(simdjson::error_code code) {
    fault_ = code;
    return {};
  }

  template <class Source>
  std::optional<Value> number(Source&& source) {
    std::int64_t integer = 0;
    if (numbers_ == NumberStyle::integers && source.get_int64().get(integer) == simdjson::SUCCESS)
      return Value(integer);
    double value = 0;
    if (const auto code = source.get_double().get(value); code != simdjson::SUCCESS) return fail(code);
    return Value(value);
  }

  std::optional<Value> list(ondemand::array array, std::size_t depth) {
    std::vector<Value> values;
    for (auto item : array) {
      if (item.error() != simdjson::SUCCESS) return fail(item.error());
      const auto value = read(item.value_unsafe(), depth + 1);
      if (!value) return {};
      values.push_back(*value);
    }
    auto* room = arena_.array<Value>(values.size() + 1);
    if (room == nullptr) return {};
    std::copy(values.begin(), values.end(), room);
    return Value::array({room, values.size()});
  }

  std::optional<Value> map(ondemand::object object, std::size_t depth) {
    MapBuilder builder(arena_);
    for (auto member : object) {
      ondemand::raw_json_string key;
      if (const auto code = member.key().get(key); code != simdjson::SUCCESS) return fail(code);
      const auto name = string(key);
      if (!name) return {};
      const auto value = read(member.value().value_unsafe(), depth + 1);
      if (!value || !builder.set(*name, *value)) return {};
    }
    const Map* map = builder.finish();
    if (map == nullptr) return {};
    return Value::map(*map);
  }

  std::optional<Value> string(ondemand::raw_json_string raw) {
    // The closing quote is there: simdjson refuses a text with an open string before anything is read.
    const char* end = raw.raw();
    bool escaped = false;
    for (; *end != '"'; ++end) {
      if (*end != '\\') continue;
      escaped = true;
      ++end;
    }
    const std::string_view inside(raw.raw(), static_cast<std::size_t>(end - raw.raw()));
    if (!escaped) return copy(inside);
    const auto text = unescape_json(inside);
    return text ? copy(*text) : fail(simdjson::STRING_ERROR);
  }

  std::optional<Value> copy(std::string_view text) {
    const std::string_view kept = arena_.copy(text);
    if (kept.data() == nullptr) return {};
    return Value(kept);
  }

  Arena& arena_;
  NumberStyle numbers_;
  simdjson::error_code fault_ = simdjson::SUCCESS;
};

}  // namespace

std::optional<Value> json_value(Arena& arena, std::string_view text, NumberStyle numbers, std::string& error) {
  const simdjson::padded_string padded(text);
  ondemand::parser parser;
  ondemand::document document;
  Reader reader(arena, numbers);
  auto fault = parser.iterate(padded).get(document);
  std::optional<Value> value;
  if (fault == simdjson::SUCCESS) {
    value = reader.read(document, 0);
    fault = reader.fault();
    // There is a place left to read exactly when something follows.
    if (value && document.current_location().error() == simdjson::SUCCESS) fault = simdjson::TRAILING_CONTENT;
  }
  if (fault == simdjson::SUCCESS) return value;
  error = std::string("not JSON: ") + simdjson::error_message(fault);
  return {};
}

}  // namespace taffrail::expr
