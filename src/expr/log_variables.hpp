#pragma once

#include <cstdint>
#include <string_view>

#include "expr/container_variables.hpp"
#include "expr/json_node.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// What a log line holds; the names of CONTRACT's record.
enum class LineKind : std::uint8_t { text, json, logfmt };

/// What expressions see of a log line: views that the caller fills for each line and keeps alive.
struct LogFields {
  std::string_view text{};    ///< the line without ANSI escapes; of a JSON line, the JSON text
  std::string_view level{};   ///< "trace" … "fatal", "unknown"
  std::string_view stream{};  ///< "stdout", "stderr"
  LineKind kind = LineKind::text;
  bool group = false;         ///< `text` is several lines that belong together, joined by \n
  std::int64_t sequence = 0;  ///< number of the line in its stream
  Time time{};
  const MapSource* logfmt = nullptr;           ///< members of a logfmt line, all strings; null: `message` is the text
  const ContainerFields* container = nullptr;  ///< null: the group `container` is empty
};

/// Variables of Environment::log() over one line after the other. Keep one per thread and call `set` for each line: a
/// JSON line is parsed at most once, when the first condition looks inside, for all conditions.
class LogVariables final : public Variables {
 public:
  /// Takes the next line. The views must live until the next `set`; values of the line before die.
  void set(const LogFields& fields) {
    fields_ = fields;
    parsed_ = false;
  }
  [[nodiscard]] const LogFields& fields() const { return fields_; }
  [[nodiscard]] Value get(std::size_t slot) const override;

  // Slots of Environment::log(), in the order of declaration; `container_first` begins the group `container`.
  enum Slot : std::size_t {
    message,
    text,
    level,
    stream,
    type,
    kind,
    timestamp,
    time,
    id,
    fields_slot,
    container_first
  };

 private:
  [[nodiscard]] Value structure() const;

  LogFields fields_;
  mutable JsonDocument document_;  ///< parsing on demand is not a change that anybody can see
  mutable Value root_;
  mutable bool parsed_ = false;
};

}  // namespace taffrail::expr
