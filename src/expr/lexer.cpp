#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "expr/format.hpp"
#include "expr/token.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

constexpr std::array<std::string_view, 11> operator_words = {
    "and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"};

// Longer ones before their prefixes.
constexpr std::array<std::string_view, 29> operators = {"**", "&&", "||", "==", "!=", "<=", ">=", "??", "?.", "..",
                                                        "::", "|",  ":",  ",",  ";",  "%",  "+",  "-",  "^",  "*",
                                                        "/",  "&",  "!",  "=",  "<",  ">",  "?",  ".",  "#"};

bool starts_name(char32_t rune) { return rune == '_' || rune == '$' || is_letter(rune); }
bool continues_name(char32_t rune) { return starts_name(rune) || is_digit(rune); }
int hex_value(char32_t c) { return c < 0x80 ? ascii::hex_value(static_cast<char>(c)) : -1; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Outcome<std::vector<Token>> run() {
    for (;;) {
      if (!skip_blank()) return std::unexpected(error_);
      start_ = offset_;
      byte_start_ = static_cast<std::uint32_t>(byte_);
      if (at_end()) break;
      if (!token()) return std::unexpected(error_);
    }
    emit(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool at_end() const { return byte_ >= source_.size(); }
  [[nodiscard]] char32_t peek(std::size_t ahead = 0) const {
    std::string_view rest = source_.substr(byte_);
    for (; !rest.empty(); --ahead) {
      const Rune rune = decode_rune(rest);
      if (ahead == 0) return rune.value;
      rest.remove_prefix(rune.size);
    }
    return 0;
  }
  char32_t next() {
    const Rune rune = decode_rune(source_.substr(byte_));
    byte_ += rune.size;
    ++offset_;
    return rune.value;
  }
  bool fail(std::string message) {
    error_ = error_at(Stage::parse, source_, start_, offset_, std::move(message));
    return false;
  }
  void emit(TokenKind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), start_, offset_, byte_start_});
  }

  bool skip_blank() {
    while (!at_end()) {
      const char32_t c = peek();
      if (is_space(c)) {
        next();
      } else if (c == '/' && peek(1) == '/') {
        while (!at_end() && peek() != '\n') next();
      } else if (c == '/' && peek(1) == '*') {
        start_ = offset_;
        const std::size_t close = source_.find("*/", byte_ + 2);
        if (close == std::string_view::npos) return fail("unclosed comment");
        while (byte_ < close + 2) next();
      } else {
        break;
      }
    }
    return true;
  }

  bool token() {
    const char32_t c = peek();
    if (c == '"' || c == '\'') return quoted(c, false);
    if (c == '`') return raw_string();
    if ((c == 'b' || c == 'B') && (peek(1) == '"' || peek(1) == '\'')) {
      next();
      return quoted(peek(), true);
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (starts_name(c)) {
      const std::size_t from = byte_;
      while (!at_end() && continues_name(peek())) next();
      const std::string_view word = source_.substr(from, byte_ - from);
      emit(is_operator_word(word) ? TokenKind::op : TokenKind::identifier, std::string(word));
      return true;
    }
    if (std::u32string_view(U"()[]{}").contains(c)) {
      emit_here(TokenKind::bracket, 1);
      return true;
    }
    for (const std::string_view op : operators) {
      if (source_.substr(byte_).starts_with(op)) {
        emit_here(TokenKind::op, op.size());
        return true;
      }
    }
    next();
    return fail(fmt::format("unrecognized character: U+{:04X}", static_cast<unsigned>(c)));
  }

  void emit_here(TokenKind kind, std::size_t bytes) {
    const std::string_view text = source_.substr(byte_, bytes);
    byte_ += bytes;
    offset_ += static_cast<std::uint32_t>(bytes);  // operators and brackets are ASCII
    emit(kind, std::string(text));
  }

  // Takes digits (and `_` between them) of a base.
  void digits(int base) {
    while (!at_end()) {
      const char32_t c = peek();
      const int value = hex_value(c);
      if (c != '_' && (value < 0 || value >= base)) break;
      next();
    }
  }

  bool number() {
    const std::size_t from = byte_;
    int base = 10;
    if (peek() == '0') {
      const char32_t kind = peek(1) | 0x20U;
      base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
      if (base != 10) {
        next();
        next();
      }
    }
    digits(base);
    if (base == 10) {
      // "1..3" is a range, "1." a float.
      if (peek() == '.' && peek(1) != '.') {
        next();
        digits(10);
      }
      if ((peek() | 0x20U) == 'e') {
        next();
        if (peek() == '+' || peek() == '-') next();
        digits(10);
      }
    }
    if (!at_end() && continues_name(peek())) {
      next();
      return fail(fmt::format("bad number syntax: \"{}\"", source_.substr(from, byte_ - from)));
    }
    emit(TokenKind::number, std::string(source_.substr(from, byte_ - from)));
    return true;
  }

  bool raw_string() {
    next();
    std::string text;
    for (;;) {
      if (at_end()) return fail("literal not terminated");
      const std::size_t from = byte_;
      if (next() != '`') {
        text += source_.substr(from, byte_ - from);
      } else if (peek() == '`') {
        next();
        text += '`';
      } else {
        break;
      }
    }
    emit(TokenKind::string, std::move(text));
    return true;
  }

  bool quoted(char32_t quote, bool bytes) {
    next();
    std::string text;
    for (;;) {
      if (at_end() || peek() == '\n') return fail("literal not terminated");
      const std::size_t from = byte_;
      const char32_t c = next();
      if (c == quote) break;
      if (c == '\\') {
        if (!escape(text, quote, bytes)) return false;
      } else {
        text += source_.substr(from, byte_ - from);
      }
    }
    emit(bytes ? TokenKind::bytes : TokenKind::string, std::move(text));
    return true;
  }

  // After a backslash. \x and octal name code points in strings and bytes in bytes literals.
  bool escape(std::string& text, char32_t quote, bool bytes) {
    if (at_end()) return fail("literal not terminated");
    const char32_t c = next();
    const auto put = [&](char32_t value) {
      if (bytes)
        text.push_back(static_cast<char>(value));
      else
        append_rune(text, value);
    };
    if (c == quote) {
      append_rune(text, c);
      return true;
    }
    switch (c) {
      case 'a': text += '\a'; return true;
      case 'b': text += '\b'; return true;
      case 'f': text += '\f'; return true;
      case 'n': text += '\n'; return true;
      case 'r': text += '\r'; return true;
      case 't': text += '\t'; return true;
      case 'v': text += '\v'; return true;
      case '\\': text += '\\'; return true;
      case 'x': {
        char32_t value = 0;
        if (!hex(2, value)) return false;
        put(value);
        return true;
      }
      case 'u':
      case 'U': {
        if (bytes) break;
        char32_t value = 0;
        if (c == 'u' && peek() == '{') {
          next();
          std::size_t count = 0;
          for (; hex_value(peek()) >= 0 && count < 7; ++count)
            value = value * 16 + static_cast<char32_t>(hex_value(next()));
          if (count == 0 || count > 6 || peek() != '}') return fail("invalid char escape");
          next();
        } else if (!hex(c == 'u' ? 4 : 8, value)) {
          return false;
        }
        if (value > 0x10FFFF) return fail("escape is not a valid code point");
        append_rune(text, value);
        return true;
      }
      case '0':
      case '1':
      case '2':
      case '3': {
        char32_t value = c - '0';
        for (int i = 0; i < 2; ++i) {
          if (peek() < '0' || peek() > '7') return fail("invalid octal escape");
          value = value * 8 + (next() - '0');
        }
        put(value);
        return true;
      }
      default: break;
    }
    return fail("invalid char escape");
  }

  bool hex(std::size_t count, char32_t& value) {
    for (std::size_t i = 0; i < count; ++i) {
      const int digit = hex_value(peek());
      if (at_end() || digit < 0) return fail("invalid char escape");
      next();
      if (value > 0x0FFFFFFF) return fail("invalid char escape");
      value = value * 16 + static_cast<char32_t>(digit);
    }
    return true;
  }

  std::string_view source_;
  std::size_t byte_ = 0;
  std::uint32_t offset_ = 0;
  std::uint32_t start_ = 0;
  std::uint32_t byte_start_ = 0;
  std::vector<Token> tokens_;
  ExprError error_;
};

}  // namespace

bool is_operator_word(std::string_view word) { return std::ranges::find(operator_words, word) != operator_words.end(); }

Outcome<std::vector<Token>> tokenize(std::string_view source, const Limits& limits) {
  if (source.size() > limits.source_bytes) {
    return std::unexpected(
        error_at(Stage::parse, source, 0, 0, fmt::format("expression is longer than {} bytes", limits.source_bytes)));
  }
  return Lexer(source).run();
}

std::string describe(const Token& token) {
  const auto named = [&](std::string_view kind) { return fmt::format("{}(\"{}\")", kind, token.text); };
  switch (token.kind) {
    case TokenKind::identifier: return named("Identifier");
    case TokenKind::number: return named("Number");
    case TokenKind::string: return named("String");
    case TokenKind::bytes: return named("Bytes");
    case TokenKind::op: return named("Operator");
    case TokenKind::bracket: return named("Bracket");
    case TokenKind::end: return "EOF";
  }
  return {};
}

std::string print_tokens(const std::vector<Token>& tokens) {
  std::string out;
  for (const Token& token : tokens) {
    std::string text;
    append_json_escaped(text, token.text);
    constexpr std::array<std::string_view, 7> names = {"identifier", "number",  "string", "bytes",
                                                       "operator",   "bracket", "end"};
    fmt::format_to(std::back_inserter(out), "{}..{} {}{}{}\n", token.at, token.end,
                   names[static_cast<std::size_t>(token.kind)], text.empty() ? "" : " ", text);
  }
  return out;
}

}  // namespace taffrail::expr
