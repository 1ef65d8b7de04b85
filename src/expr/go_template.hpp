#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::expr {

/// A fault in a template: what, and how many bytes from the start of the text that was handed in.
struct TemplateFault {
  std::string message;
  std::size_t at = 0;
};

/// Translates the inside of one `{{ … }}` of the reference's templates (Go's text/template) into an expression over
/// Environment::notification(): paths (`.Container.Name`), method calls (`.Timestamp.Format "2006"`), comparisons
/// (`eq`, `ne`, `lt`, `le`, `gt`, `ge`), `and`, `or`, `not`, `len`, `index`, `print`, pipes and parentheses.
/// @param item whether a lone dot is the item of a `range`
[[nodiscard]] std::expected<std::string, TemplateFault> translate_action(std::string_view action, bool item);
/// The same for what stands after `if`: Go's idea of truth, in which empty and zero are false.
[[nodiscard]] std::expected<std::string, TemplateFault> translate_condition(std::string_view action, bool item);

/// Whether an action can only be Go's: it starts with a dot or one of its keywords.
[[nodiscard]] bool is_go_action(std::string_view action);
/// The keyword that an action starts with (if, else, end, range, with, …), or "".
[[nodiscard]] std::string_view go_keyword(std::string_view action);

}  // namespace taffrail::expr
