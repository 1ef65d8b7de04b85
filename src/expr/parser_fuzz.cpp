// Reads arbitrary text as an expression, as an editor's half-written source and as the search box's. Input: one byte
// that says where the caret stands, then the text. Held: places lie within the text; a search that is understood gives
// a condition that compiles; the shorthand that an expression prints as means that expression.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "expr/ast.hpp"
#include "expr/editor.hpp"
#include "expr/parser.hpp"
#include "expr/search.hpp"
#include "expr/unicode.hpp"

using namespace taffrail::expr;

namespace {

void hold(bool holds, const char* what, std::string_view text, std::string_view more = {}) {
  if (holds) return;
  std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(text.size()), text.data(),
               static_cast<int>(more.size()), more.data());
  std::abort();
}

void read_as_expression(std::string_view source, std::size_t runes) {
  const auto tree = parse(source);
  if (!tree) {
    const ExprError& error = tree.error();
    hold(error.offset <= runes && error.line >= 1 && error.column >= 1, "a fault outside of the text", source);
    return;
  }
  const Node& root = *(*tree)->root;
  hold(root.start <= root.end && root.end <= runes, "a tree outside of the text", source);
  hold(root.height <= Limits{}.nesting && (*tree)->nodes <= Limits{}.nodes, "a tree past the limits", source);
  (void)print_shape(root);
}

void read_as_editor(std::string_view source, std::size_t runes, const Environment& environment, std::uint32_t caret) {
  static const SeenField seen[] = {{"status", {"200", "a \"quoted\" \\ value"}}, {"user.na me", {""}}};
  const Analysis analysis = analyze(source, environment, Purpose::condition, caret, seen);
  hold(analysis.replace_from <= std::max<std::size_t>(runes, caret), "a completion outside of the text", source);
  // What points at the end of the text underlines the place behind it.
  for (const Diagnostic& d : analysis.diagnostics)
    hold(d.from < d.to && d.to <= runes + 1, "a diagnostic outside of the text", source);
  (void)to_json(analysis);
}

void read_as_search(std::string_view text, std::size_t runes, const Environment& environment) {
  const auto search = read_search(text, environment);
  if (!search) return hold(search.error().offset <= runes, "a fault outside of the box", text);
  const auto condition = Condition::check(search->expression, environment);
  hold(condition.has_value(), "a search that does not compile", text, search->expression);
  const auto shorthand = to_shorthand(search->expression, environment);
  if (!shorthand) return;
  const auto again = read_search(*shorthand, environment);
  hold(again.has_value(), "a shorthand that cannot be read", search->expression, *shorthand);
  const auto wanted = parse(search->expression);
  const auto given = parse(again->expression);
  hold(wanted && given && print_shape(*(*wanted)->root) == print_shape(*(*given)->root),
       "a shorthand that means something else", search->expression, *shorthand + "\n" + again->expression);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t runes = rune_count(text);
  read_as_expression(text, runes);
  const bool lines = data[0] % 2 == 0;
  const Environment& environment = lines ? Environment::log() : Environment::container();
  read_as_editor(text, runes, environment, data[0]);
  read_as_search(text, runes, environment);
  return 0;
}
