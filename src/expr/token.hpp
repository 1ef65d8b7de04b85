#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/expr_error.hpp"
#include "expr/limits.hpp"

namespace taffrail::expr {

enum class TokenKind : std::uint8_t { identifier, number, string, bytes, op, bracket, end };

/// One word of a source. `text` is the operator, name or number as written, or what a string literal stands for.
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  std::uint32_t at = 0;   ///< runes from the start
  std::uint32_t end = 0;  ///< runes; one past the last
  std::uint32_t byte_at = 0;

  [[nodiscard]] bool is(TokenKind k, std::string_view t) const { return kind == k && text == t; }
  [[nodiscard]] bool is_op(std::string_view t) const { return is(TokenKind::op, t); }
  [[nodiscard]] bool is_bracket(std::string_view t) const { return is(TokenKind::bracket, t); }
};

/// Cuts a source into tokens, the last of which is `end`. Comments (`//`, `/* */`) and white space vanish.
[[nodiscard]] Outcome<std::vector<Token>> tokenize(std::string_view source, const Limits& limits = {});

/// One token a line: "3..7 identifier name".
[[nodiscard]] std::string print_tokens(const std::vector<Token>& tokens);

/// A token as error messages name it: `identifier("x")`.
[[nodiscard]] std::string describe(const Token& token);

/// Words that are operators: and, or, not, in, matches, contains, startsWith, endsWith, let, if, else.
[[nodiscard]] bool is_operator_word(std::string_view word);

}  // namespace taffrail::expr
