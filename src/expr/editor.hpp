#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/checker.hpp"
#include "expr/environment.hpp"

namespace taffrail::expr {

/// A field of structured lines, or a variable, and values that were seen of it, most frequent first.
struct SeenField {
  std::string path;  ///< "status", "user.name" for fields of lines; "container.service" for a variable
  std::vector<std::string> values;
};

struct Diagnostic {
  std::string message;
  std::uint32_t from = 0;  ///< runes from the start of the source
  std::uint32_t to = 0;    ///< one past the last; at least from + 1, so that there is something to underline
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct Completion {
  std::string label;   ///< what is put in
  std::string kind;    ///< "variable", "field", "function", "keyword" or "value"
  std::string detail;  ///< a type or a signature
  std::string help;    ///< one sentence; may be empty
};

/// What an editor shows of an expression.
struct Analysis {
  std::vector<Diagnostic> diagnostics;  ///< empty when the expression is good
  std::string type;                     ///< of the result; empty when it is not good
  std::uint32_t replace_from = 0;       ///< a completion replaces the runes from here to the caret
  std::vector<Completion> completions;  ///< at most 100, the likeliest first
};

/// Checks a source and, with a caret, completes at it. Pure: POST /api/v1/expr/check is this and nothing else.
/// @param caret runes from the start; nothing for no completions
/// @param seen fields and values that occurred, for completion
[[nodiscard]] Analysis analyze(std::string_view source, const Environment& environment, Purpose purpose,
                               std::optional<std::uint32_t> caret = {}, std::span<const SeenField> seen = {});

/// {"diagnostics": […], "type": …, "replace_from": …, "completions": […]}
[[nodiscard]] std::string to_json(const Analysis& analysis);

}  // namespace taffrail::expr
