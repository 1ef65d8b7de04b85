#pragma once

#include <string>

#include "expr/log_variables.hpp"
#include "model/record.hpp"
#include "model/variables/logfmt_fields.hpp"

namespace taffrail {

/// A kind of line as expressions know it.
[[nodiscard]] expr::LineKind line_kind(text::Kind kind);

/// What expressions see of one line after the other. It holds what was read of a line for all expressions that are
/// asked about it: keep one per thread. `clear` before the batch dies.
class LineView {
 public:
  /// Takes the next line. @param container may be null: nothing is known of it
  void set(const Batch& batch, const Record& record, const expr::ContainerFields* container);
  void clear() { variables_.set({}); }
  [[nodiscard]] const expr::LogVariables& variables() const { return variables_; }
  /// The line without ANSI escapes, until the next `set`.
  [[nodiscard]] std::string_view text() const { return variables_.fields().text; }

 private:
  expr::LogVariables variables_;
  LogfmtFields logfmt_;
  std::string plain_;
};

}  // namespace taffrail
