#include "expr/search.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <vector>

#include "expr/checker.hpp"
#include "expr/format.hpp"
#include "expr/parser.hpp"
#include "expr/token.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

// The variable that bare words are looked for in.
std::string_view text_variable(const Environment& environment) { return environment.find("text") ? "text" : "name"; }

bool is_number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
  return digits && code == std::errc() && end == text.data() + text.size() && text.front() != '.' && text.back() != '.';
}

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

// Whether a text that is no expression was meant as one: a comparison operator by itself, or an operator word before a
// quote. Reading it as words would search for something else than was meant.
bool meant_as_expression(std::string_view text) {
  const auto tokens = tokenize(text);
  if (!tokens) return false;
  for (std::size_t i = 0; i + 1 < tokens->size(); ++i) {
    const Token& token = (*tokens)[i];
    if (token.kind != TokenKind::op) continue;
    const std::size_t after = token.byte_at + token.text.size();
    const bool alone = token.byte_at > 0 && text[token.byte_at - 1] == ' ' && after < text.size() && text[after] == ' ';
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">", "&&", "||"}) {
      if (alone && token.text == op) return true;
    }
    const bool quote_follows = (*tokens)[i + 1].kind == TokenKind::string;
    for (const std::string_view word : {"contains", "matches", "startsWith", "endsWith"}) {
      if (quote_follows && token.text == word) return true;
    }
  }
  return false;
}

class ShorthandReader {
 public:
  ShorthandReader(std::string_view text, const Environment& environment) : text_(text), environment_(environment) {}

  Outcome<std::string> run() {
    std::string all = alternatives();
    if (!failed_ && at_ < text_.size()) fail(at_, "a closing parenthesis without an opening one");
    if (failed_) return std::unexpected(error_);
    return all;
  }

 private:
  void fail(std::size_t byte, std::string message) {
    if (failed_) return;
    failed_ = true;
    const auto offset = static_cast<std::uint32_t>(rune_count(text_.substr(0, byte)));
    error_ = error_at(Stage::parse, text_, offset, offset, std::move(message));
  }
  void skip_space() {
    while (at_ < text_.size() && is_space(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  [[nodiscard]] bool at_end() {
    skip_space();
    return at_ >= text_.size() || text_[at_] == ')';
  }
  // Takes a whole word, such as `or`, in small or capital letters.
  bool take_word(std::string_view lower, std::string_view upper) {
    skip_space();
    for (const std::string_view word : {lower, upper}) {
      const std::size_t end = at_ + word.size();
      if (text_.substr(at_, word.size()) == word &&
          (end == text_.size() || text_[end] == ' ' || text_[end] == '(' || text_[end] == ')')) {
        at_ = end;
        return true;
      }
    }
    return false;
  }

  static std::string joined(const std::vector<std::string>& parts, std::string_view glue) {
    if (parts.size() == 1) return parts.front();
    std::string out;
    for (const std::string& part : parts) {
      if (!out.empty()) out += glue;
      out += part;
    }
    return '(' + out + ')';
  }

  std::string alternatives() {
    if (++depth_ > deepest) fail(at_, "parentheses nest too deep");
    std::vector<std::string> parts;
    do {
      if (failed_) return {};
      if (at_end()) {
        fail(at_, parts.empty() ? "a search term is missing here" : "a search term is missing after or");
        return {};
      }
      parts.push_back(terms());
    } while (take_word("or", "OR"));
    --depth_;
    return joined(parts, " or ");
  }

  std::string terms() {
    std::vector<std::string> parts;
    while (!failed_ && !at_end()) {
      const std::size_t before = at_;
      if (take_word("or", "OR")) {
        if (parts.empty()) fail(before, "a search term is missing before or");
        at_ = before;
        break;
      }
      if (take_word("and", "AND")) {
        if (parts.empty() || at_end()) fail(before, "a search term is missing beside and");
        continue;
      }
      parts.push_back(term());
    }
    return parts.empty() ? std::string() : joined(parts, " and ");
  }

  std::string negated() {
    if (++depth_ > deepest) fail(at_, "negations nest too deep");
    const std::string inner = failed_ ? std::string() : term();
    --depth_;
    return "not " + grouped(inner);
  }

  std::string term() {
    if (take_word("not", "NOT")) {
      if (at_end()) fail(at_, "a search term is missing after not");
      return negated();
    }
    skip_space();
    if (text_[at_] == '-' && at_ + 1 < text_.size() && !is_space(static_cast<unsigned char>(text_[at_ + 1])) &&
        text_[at_ + 1] != '-' && text_[at_ + 1] != ')') {
      ++at_;
      return negated();
    }
    if (text_[at_] == '(') {
      ++at_;
      std::string inner = alternatives();
      skip_space();
      if (!failed_ && (at_ >= text_.size() || text_[at_] != ')')) fail(at_, "an opened parenthesis is not closed");
      if (!failed_) ++at_;
      return inner;
    }
    if (text_[at_] == '"') return contains(phrase());
    if (text_[at_] == '/') {
      const std::size_t before = at_;
      if (const auto regex = pattern())
        return fmt::format("{} matches {}", text_variable(environment_), string_literal(*regex));
      at_ = before;
    }
    if (auto compared = field_term()) return *compared;
    return contains(word());
  }

  static std::string grouped(const std::string& inner) {
    return inner.starts_with('(') && inner.ends_with(')') ? inner : '(' + inner + ')';
  }

  std::string contains(std::string_view text) {
    const std::string_view variable = text_variable(environment_);
    if (has_upper(text)) return fmt::format("{} contains {}", variable, string_literal(text));
    return fmt::format("lower({}) contains {}", variable, string_literal(to_lower(text)));
  }

  std::string phrase() {
    const std::size_t open = at_++;
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) ++at_;
      out += text_[at_++];
    }
    if (at_ >= text_.size()) {
      fail(open, "the quote is not closed");
      return out;
    }
    ++at_;
    return out;
  }

  // /re/ or /re/i, ended by white space, a parenthesis or the end; else it is a word such as a path.
  std::optional<std::string> pattern() {
    ++at_;
    std::string out;
    while (at_ < text_.size() && text_[at_] != '/') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        if (text_[at_ + 1] != '/') out += '\\';
        ++at_;
      }
      out += text_[at_++];
    }
    if (at_ >= text_.size() || out.empty()) return {};
    ++at_;
    const bool ignore_case = at_ < text_.size() && text_[at_] == 'i';
    if (ignore_case) ++at_;
    if (at_ < text_.size() && text_[at_] != ')' && !is_space(static_cast<unsigned char>(text_[at_]))) return {};
    return ignore_case ? "(?i)" + out : out;
  }

  // Up to white space, or to a parenthesis that closes one outside of the word.
  std::string word() {
    const std::size_t start = at_;
    int open = 0;
    while (at_ < text_.size() && !is_space(static_cast<unsigned char>(text_[at_]))) {
      if (text_[at_] == '(') ++open;
      if (text_[at_] == ')' && --open < 0) break;
      ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }

  std::optional<std::string> field_term() {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(static_cast<unsigned char>(text_[end])) ||
                                  (end > at_ && is_digit(static_cast<unsigned char>(text_[end]))) ||
                                  text_[end] == '_' || text_[end] == '.' || (text_[end] == '-' && end > at_)))
      ++end;
    if (end == at_ || end + 1 >= text_.size() || text_[end] != ':') return {};
    const char follows = text_[end + 1];
    // "http://…" and "12:30" style words, and a colon at the end of a word, are no fields.
    if (is_space(static_cast<unsigned char>(follows)) || follows == ')' || text_.substr(end + 1, 2) == "//") return {};
    const std::string_view name = text_.substr(at_, end - at_);
    if (name.back() == '.' || name.find("..") != std::string_view::npos) return {};
    at_ = end + 1;
    std::string_view op = "==";
    for (const std::string_view candidate : {">=", "<=", "!=", ">", "<", "="}) {
      if (!text_.substr(at_).starts_with(candidate)) continue;
      op = candidate == "=" ? "==" : candidate;
      at_ += candidate.size();
      break;
    }
    const std::size_t value_at = at_;
    if (at_end()) {
      fail(value_at, "a value is missing after the field");
      return "";
    }
    at_ = value_at;
    const std::string field = path_of(name);
    if (text_[at_] == '/' && op == "==") {
      const auto regex = pattern();
      if (regex)
        return known(name) ? fmt::format("{} matches {}", field, string_literal(*regex))
                           : fmt::format("string({}) matches {}", field, string_literal(*regex));
      at_ = value_at;
    }
    const bool in_quotes = text_[at_] == '"';
    const std::string value = in_quotes ? phrase() : word();
    return comparison(name, field, op, value, in_quotes);
  }

  [[nodiscard]] std::optional<std::size_t> known(std::string_view name) const {
    if (const auto slot = environment_.find(name)) return slot;
    return environment_.find("container." + std::string(name));
  }

  // A variable of the environment, of its group `container`, or a field of structured lines.
  [[nodiscard]] std::string path_of(std::string_view name) const {
    if (const auto slot = known(name)) return environment_.declarations()[*slot].name;
    std::string path = environment_.find("fields") ? "fields" : "labels";
    if (path == "labels")
      return fmt::format("labels[{}]", string_literal(name.starts_with("labels.") ? name.substr(7) : name));
    if (name.starts_with("fields.")) name.remove_prefix(7);
    while (!name.empty()) {
      const std::string_view part = name.substr(0, name.find('.'));
      const bool plain =
          part.find('-') == std::string_view::npos && !is_digit(static_cast<unsigned char>(part.front()));
      path += plain ? fmt::format("?.{}", part) : fmt::format("?.[{}]", string_literal(part));
      name.remove_prefix(std::min(name.size(), part.size() + 1));
    }
    return path;
  }

  [[nodiscard]] std::string comparison(std::string_view name, const std::string& field, std::string_view op,
                                       const std::string& value, bool in_quotes) const {
    const bool number = !in_quotes && is_number(value);
    const auto slot = known(name);
    if (slot) {
      const Type& type = *environment_.declarations()[*slot].type;
      if (type.is(TypeKind::boolean) && (value == "true" || value == "false"))
        return fmt::format("{} {} {}", field, op, value);
      return fmt::format("{} {} {}", field, op, number && !type.is_text() ? value : string_literal(value));
    }
    if (field.starts_with("labels[")) return fmt::format("{} {} {}", field, op, string_literal(value));
    // The field of a JSON line may be a number, of a logfmt line it is always a text.
    if (op == "==" || op == "!=") {
      if (!in_quotes && (value == "true" || value == "false"))
        return fmt::format("{} {}in [{}, {}]", field, op == "==" ? "" : "not ", value, string_literal(value));
      if (number) return fmt::format("{} {}in [{}, {}]", field, op == "==" ? "" : "not ", value, string_literal(value));
      return fmt::format("{} {} {}", field, op, string_literal(value));
    }
    if (number) return fmt::format("({} != nil and float({}) {} {})", field, field, op, value);
    return fmt::format("({} != nil and string({}) {} {})", field, field, op, string_literal(value));
  }

  std::string_view text_;
  const Environment& environment_;
  std::size_t at_ = 0;
  static constexpr unsigned deepest = 50;  // parentheses and negations within each other
  unsigned depth_ = 0;
  bool failed_ = false;
  ExprError error_;
};

}  // namespace

Outcome<Search> read_search(std::string_view text, const Environment& environment) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Search{false, "true"};
  const auto tree = parse(text);
  if (tree) {
    Node& root = *(*tree)->root;
    const auto type = check(**tree, environment, Purpose::condition);
    const bool single = root.kind == NodeKind::identifier || root.kind == NodeKind::constant;
    if (type && !single) return Search{false, std::string(text)};
    if (!looks_like_words(root, runes(text))) return std::unexpected(type.error());
  } else if (meant_as_expression(text)) {
    return std::unexpected(tree.error());
  }
  auto expression = ShorthandReader(text, environment).run();
  if (!expression) return std::unexpected(std::move(expression.error()));
  // What the words ask for may still be impossible: a level that is none, a wrong pattern.
  if (const auto condition = Condition::check(*expression, environment); !condition) {
    return std::unexpected(error_at(Stage::check, text, 0, 0, condition.error().message));
  }
  return Search{true, std::move(*expression)};
}

Result<Condition> compile_search(std::string_view text, const Environment& environment) {
  const auto search = read_search(text, environment);
  if (!search) return std::unexpected(search.error().to_error());
  return Condition::compile(search->expression, environment);
}

}  // namespace taffrail::expr
