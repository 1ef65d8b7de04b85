#include "expr/code.hpp"

#include <fmt/format.h>

#include "expr/format.hpp"

namespace taffrail::expr {
namespace {

void print(std::string& out, const Code* code, std::size_t depth) {
  out.append(depth * 2, ' ');
  if (code == nullptr) {
    out += "-\n";
    return;
  }
  out += code->label;
  const std::string_view label = code->label;
  if (label == "variable" || label == "local" || label == "let")
    fmt::format_to(std::back_inserter(out), " {}", code->slot);
  else if (label != "comparisons" && (label == "constant" || !code->value.is(Kind::nil)))
    fmt::format_to(std::back_inserter(out), " {}", to_json(code->value));
  out += '\n';
  if (code->a != nullptr) print(out, code->a, depth + 1);
  if (code->b != nullptr) print(out, code->b, depth + 1);
  for (const Code* operand : code->more) print(out, operand, depth + 1);
}

}  // namespace

std::string print_code(const Code& code) {
  std::string out;
  print(out, &code, 0);
  return out;
}

}  // namespace taffrail::expr
