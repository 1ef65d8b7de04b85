#include "expr/json_value.hpp"

#include <simdjson.h>
#include <vector>

namespace taffrail::expr {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t deepest = 200;  // reading and printing recurse

class Reader {
 public:
  Reader(Arena& arena, NumberStyle numbers) : arena_(arena), numbers_(numbers) {}

  // Nothing when the arena is full.
  std::optional<Value> read(dom::element element) {
    switch (element.type()) {
      case dom::element_type::NULL_VALUE: return Value();
      case dom::element_type::BOOL: return Value(bool(element));
      case dom::element_type::DOUBLE: return Value(double(element));
      case dom::element_type::INT64:
        if (numbers_ == NumberStyle::integers) return Value(std::int64_t(element));
        return Value(static_cast<double>(std::int64_t(element)));
      case dom::element_type::UINT64: return Value(static_cast<double>(std::uint64_t(element)));
      case dom::element_type::STRING: return copy(std::string_view(element));
      case dom::element_type::ARRAY: {
        const dom::array array = element;
        std::vector<Value> values;
        for (const dom::element item : array) {
          const auto value = read(item);
          if (!value) return {};
          values.push_back(*value);
        }
        auto* room = arena_.array<Value>(values.size() + 1);
        if (room == nullptr) return {};
        std::copy(values.begin(), values.end(), room);
        return Value::array({room, values.size()});
      }
      case dom::element_type::OBJECT: {
        MapBuilder builder(arena_);
        const dom::object object = element;
        for (const auto& [key, item] : object) {
          const auto name = copy(key);
          const auto value = read(item);
          if (!name || !value || !builder.set(*name, *value)) return {};
        }
        const Map* map = builder.finish();
        if (map == nullptr) return {};
        return Value::map(*map);
      }
    }
    return {};
  }

 private:
  std::optional<Value> copy(std::string_view text) {
    const std::string_view kept = arena_.copy(text);
    if (kept.data() == nullptr) return {};
    return Value(kept);
  }

  Arena& arena_;
  NumberStyle numbers_;
};

}  // namespace

std::optional<Value> json_value(Arena& arena, std::string_view text, NumberStyle numbers, std::string& error) {
  dom::parser parser;
  if (const auto code = parser.allocate(text.size() + 64, deepest); code != simdjson::SUCCESS) {
    error = simdjson::error_message(code);
    return {};
  }
  dom::element root;
  if (const auto code = parser.parse(text.data(), text.size()).get(root); code != simdjson::SUCCESS) {
    error = std::string("not JSON: ") + simdjson::error_message(code);
    return {};
  }
  return Reader(arena, numbers).read(root);
}

}  // namespace taffrail::expr
