#include "expr/log_variables.hpp"

namespace taffrail::expr {
namespace {

const ContainerFields no_container;

}  // namespace

const Environment& Environment::log() {
  static const Environment environment = [] {
    std::vector<Declaration> d = {
        {"message", &any_type, "The line's text, or, of a JSON or logfmt line, its fields.",
         "message contains \"timeout\""},
        {"text", &string_type, "The line as text, whatever its kind.", "text contains \"timeout\""},
        {"level", &level_type, "trace, debug, info, warn, error, fatal or unknown; <, <=, > and >= compare severity.",
         "level >= \"warn\""},
        {"stream", &string_type, "stdout or stderr.", "stream == \"stderr\""},
        {"type", &string_type, "single, group (several lines that belong together) or complex (JSON, logfmt).",
         "type == \"complex\""},
        {"kind", &string_type, "text, json or logfmt.", "kind == \"json\""},
        {"timestamp", &integer_type, "When the line was written, in milliseconds since 1970.", ""},
        {"time", &time_type, "When the line was written.", "time.Hour() >= 22"},
        {"id", &integer_type, "The number of the line in its stream.", ""},
        {"fields", &any_type, "The fields of a JSON or logfmt line, or nil.", "fields?.status >= 500"},
    };
    for (Declaration& field : ContainerVariables::declare("container.")) d.push_back(std::move(field));
    return Environment("line", std::move(d), "message");
  }();
  return environment;
}

Value LogVariables::structure() const {
  if (parsed_) return root_;
  parsed_ = true;
  root_ = {};
  if (fields_.kind == LineKind::json) {
    document_.reset(fields_.text);
    root_ = document_.root();
    if (!root_.is(Kind::json) || root_.as_json().is_array()) root_ = {};
  } else if (fields_.kind == LineKind::logfmt && fields_.logfmt != nullptr) {
    root_ = Value::object(*fields_.logfmt);
  }
  return root_;
}

Value LogVariables::get(std::size_t slot) const {
  switch (slot) {
    case message: {
      if (fields_.kind == LineKind::text) return Value(fields_.text);
      const Value value = structure();
      return value.is(Kind::nil) ? Value(fields_.text) : value;
    }
    case text: return Value(fields_.text);
    case level: return Value(fields_.level);
    case stream: return Value(fields_.stream);
    case type: return Value(fields_.kind != LineKind::text ? "complex" : fields_.group ? "group" : "single");
    case kind:
      return Value(fields_.kind == LineKind::text ? "text" : fields_.kind == LineKind::json ? "json" : "logfmt");
    case timestamp:
      return Value(static_cast<std::int64_t>(
          std::chrono::floor<std::chrono::milliseconds>(fields_.time).time_since_epoch().count()));
    case time: return Value::time(fields_.time);
    case id: return Value(fields_.sequence);
    case fields_slot: return structure();
    default:
      return ContainerVariables::field(fields_.container == nullptr ? no_container : *fields_.container,
                                       slot - container_first);
  }
}

}  // namespace taffrail::expr
