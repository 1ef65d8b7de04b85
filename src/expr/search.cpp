#include "expr/search.hpp"

#include <algorithm>
#include <array>

#include "expr/builtin.hpp"
#include "expr/checker.hpp"
#include "expr/parser.hpp"
#include "expr/shorthand.hpp"
#include "expr/token.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

std::u32string runes(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    out.push_back(rune.value);
    text.remove_prefix(rune.size);
  }
  return out;
}

// Whether a tree is made only of what words, numbers, hyphens, dots and slashes look like when read as an expression:
// `foo-bar`, `api/v1`, `a.b`, `timeout or refused`.
bool looks_like_words(const Node& node, std::u32string_view source) {
  const auto all = [&] {
    return std::ranges::all_of(node.children, [&](const Node* child) { return looks_like_words(*child, source); });
  };
  switch (node.kind) {
    case NodeKind::call: {
      // `a (b or c)`: nobody writes a call with a space.
      const std::size_t after = node.at + rune_count(node.name);
      return after < source.size() && is_space(source[after]) && all();
    }
    case NodeKind::identifier:
    case NodeKind::constant: return true;
    case NodeKind::unary:
    case NodeKind::logical:
    case NodeKind::member: return all();
    case NodeKind::binary:
      switch (node.op) {
        case Op::add:
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
        case Op::modulo:
        case Op::range: return all();
        default: return false;
      }
    default: return false;
  }
}

bool is_comparison(std::string_view op) {
  constexpr std::array<std::string_view, 6> comparisons{"==", "!=", "<=", ">=", "<", ">"};
  return std::ranges::find(comparisons, op) != comparisons.end();
}

// Whether a token names something that expressions know: a variable, its group, or a function that is called.
bool is_known(const Token& token, std::string_view text, const Environment& environment) {
  if (token.kind != TokenKind::identifier) return false;
  const std::size_t end = token.byte_at + token.text.size();
  if (end < text.size() && text[end] == '(') return find_builtin(token.text) != nullptr;
  return environment.find(token.text) || token.text == "container" || token.text == "fields";
}

// Whether a text that is no condition was meant as one, so that its mistake is shown: it compares something known, or
// compares with a quote, or has an operator word before a quote. Reading it as words would search for something else
// than was meant. All else is what people paste from a log.
bool meant_as_expression(std::string_view text, const Environment& environment) {
  const auto tokens = tokenize(text);
  if (!tokens) return false;
  for (std::size_t i = 0; i + 1 < tokens->size(); ++i) {
    const Token& token = (*tokens)[i];
    if (token.kind != TokenKind::op) continue;
    const std::size_t after = token.byte_at + token.text.size();
    const bool alone = token.byte_at > 0 && text[token.byte_at - 1] == ' ' && after < text.size() && text[after] == ' ';
    const bool quote_follows = (*tokens)[i + 1].kind == TokenKind::string;
    const bool quote_before = i > 0 && (*tokens)[i - 1].kind == TokenKind::string;
    const bool beside_known =
        (i > 0 && is_known((*tokens)[i - 1], text, environment)) || is_known((*tokens)[i + 1], text, environment);
    const bool compares = is_comparison(token.text);
    if (compares && (beside_known || (alone && (quote_follows || quote_before)))) return true;
    if (alone && (token.text == "&&" || token.text == "||") &&
        std::ranges::any_of(*tokens, [&](const Token& t) { return is_known(t, text, environment); }))
      return true;
    for (const std::string_view word : {"contains", "matches", "startsWith", "endsWith"}) {
      if (quote_follows && token.text == word) return true;
    }
  }
  return false;
}

}  // namespace

std::string_view to_string(Taken taken) {
  switch (taken) {
    case Taken::everything: return "everything";
    case Taken::expression: return "expression";
    case Taken::text: return "text";
    case Taken::number: return "number";
    case Taken::pattern: return "pattern";
    case Taken::field: return "field";
    case Taken::field_or_text: return "field or text";
    case Taken::several: return "several";
  }
  return "text";
}

Outcome<Search> read_search(std::string_view text, const Environment& environment) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Search{false, "true", Taken::everything};
  const auto tree = parse(text);
  if (tree) {
    Node& root = *(*tree)->root;
    const auto type = check(**tree, environment, Purpose::condition);
    const bool single = root.kind == NodeKind::identifier || root.kind == NodeKind::constant;
    if (type && !single) return Search{false, std::string(text), Taken::expression};
    if (!looks_like_words(root, runes(text)) && meant_as_expression(text, environment))
      return std::unexpected(type ? tree.error() : type.error());
  } else if (meant_as_expression(text, environment)) {
    return std::unexpected(tree.error());
  }
  Taken taken = Taken::text;
  auto expression = read_shorthand(text, environment, taken);
  if (!expression) return std::unexpected(std::move(expression.error()));
  // What the words ask for may still be impossible: a level that is none, a wrong pattern.
  if (const auto condition = Condition::check(*expression, environment); !condition) {
    return std::unexpected(error_at(Stage::check, text, 0, 0, condition.error().message));
  }
  return Search{true, std::move(*expression), taken};
}

Result<Condition> compile_search(std::string_view text, const Environment& environment) {
  const auto search = read_search(text, environment);
  if (!search) return std::unexpected(search.error().to_error());
  return Condition::compile(search->expression, environment);
}

}  // namespace taffrail::expr
