#include "expr/shorthand.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "expr/format.hpp"
#include "expr/unicode.hpp"

// The search box's shorthand.
//
// Terms are words, phrases, patterns and fields, joined by blanks (all of them), `or` (any), `not` or '-' (none) and
// parentheses. People paste what they have seen into the box, so nothing of a log is refused: a quote or parenthesis
// without its other half stands for itself, and `name:value` asks for a field only where it may be one, and for the
// text as well where the name is not one of the environment's. The order of the two matters: a field of an unexpected
// shape makes a condition fail, so the text is asked first.

namespace taffrail::expr {
namespace {

/// A number of so many digits is an id or a count of a log: it is looked for as a whole, not inside of longer ones.
constexpr std::size_t fewest_digits = 5;
constexpr std::size_t most_digits = 11;
/// Doubles hold whole numbers exactly up to 2^53.
constexpr double exact_integers = 9007199254740992.0;

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether a value is written as expressions write numbers, too.
bool is_number(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !digits.empty() && is_digit(static_cast<unsigned char>(digits.front())) && code == std::errc() &&
         end == text.data() + text.size() && is_digit(static_cast<unsigned char>(digits.back()));
}

bool is_beyond_double(std::string_view number) {
  double value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  const std::string_view digits = number.starts_with('-') ? number.substr(1) : number;
  return all_digits(digits) && digits.size() < 19 && (value >= exact_integers || value <= -exact_integers);
}

class ShorthandReader {
 public:
  ShorthandReader(std::string_view text, const Environment& environment) : text_(text), environment_(environment) {}

  Outcome<std::string> run() {
    if (is_operator_alone()) return literal_words();
    std::string all = alternatives();
    if (!failed_ && at_ < text_.size()) leave_structure();
    if (unbalanced_) return literal_words();
    if (failed_) return std::unexpected(error_);
    return all;
  }
  [[nodiscard]] Taken taken() const { return taken_; }

 private:
  void fail(std::size_t byte, std::string message) {
    if (failed_) return;
    failed_ = true;
    const auto offset = static_cast<std::uint32_t>(rune_count(text_.substr(0, byte)));
    error_ = error_at(Stage::parse, text_, offset, offset, std::move(message));
  }
  /// One word is always looked for.
  [[nodiscard]] bool is_operator_alone() const {
    constexpr std::array<std::string_view, 6> operators{"or", "OR", "and", "AND", "not", "NOT"};
    const std::size_t first = text_.find_first_not_of(" \t");
    const std::string_view word = text_.substr(first, text_.find_last_not_of(" \t") + 1 - first);
    return std::ranges::find(operators, word) != operators.end();
  }
  /// A parenthesis without its other half, or around nothing: they are the text's own.
  void leave_structure() { unbalanced_ = failed_ = true; }
  /// Every word as it stands.
  std::string literal_words() {
    failed_ = false;
    taken_ = Taken::text;
    std::vector<std::string> parts;
    for (at_ = 0; skip_space(), at_ < text_.size();) {
      const std::size_t start = at_;
      while (at_ < text_.size() && !is_space(static_cast<unsigned char>(text_[at_]))) ++at_;
      parts.push_back(contains(text_.substr(start, at_ - start)));
    }
    return joined(parts, " and ");
  }
  void take_as(Taken kind) { taken_ = taken_ == Taken::everything || taken_ == kind ? kind : Taken::several; }

  void skip_space() {
    while (at_ < text_.size() && is_space(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  [[nodiscard]] bool at_end() {
    skip_space();
    return at_ >= text_.size() || text_[at_] == ')';
  }
  /// Takes a whole word, such as `or`, in small or capital letters.
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
        if (parts.empty()) {
          leave_structure();
        } else {
          fail(at_, "a search term is missing after or");
        }
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

  /// A hyphen in front of something; "->", "--flag" and "-" are words.
  [[nodiscard]] bool negates() const {
    if (text_[at_] != '-' || at_ + 1 >= text_.size()) return false;
    const auto next = static_cast<unsigned char>(text_[at_ + 1]);
    return !is_space(next) && std::string_view("->=)-").find(static_cast<char>(next)) == std::string_view::npos;
  }

  std::string term() {
    if (take_word("not", "NOT")) {
      if (at_end()) fail(at_, "a search term is missing after not");
      return failed_ ? std::string() : negated();
    }
    skip_space();
    if (negates()) {
      ++at_;
      return negated();
    }
    if (text_[at_] == '(') {
      ++at_;
      std::string inner = alternatives();
      skip_space();
      if (!failed_ && (at_ >= text_.size() || text_[at_] != ')')) leave_structure();
      if (!failed_) ++at_;
      return inner;
    }
    if (auto compared = field_term()) return *compared;
    if (const auto phrase = quoted()) {
      take_as(Taken::text);
      return contains(*phrase);
    }
    if (text_[at_] == '/') {
      const std::size_t before = at_;
      if (const auto regex = pattern()) {
        take_as(Taken::pattern);
        return fmt::format("{} matches {}", text_variable(environment_), string_literal(*regex));
      }
      at_ = before;
    }
    const std::string plain = word();
    const bool line = environment_.find("text").has_value();
    if (line && all_digits(plain) && plain.size() >= fewest_digits && plain.size() <= most_digits) {
      take_as(Taken::number);
      return fmt::format("text matches {}", string_literal("\\b" + plain + "\\b"));
    }
    take_as(Taken::text);
    return contains(plain);
  }

  static std::string grouped(const std::string& inner) {
    return inner.starts_with('(') && inner.ends_with(')') ? inner : '(' + inner + ')';
  }

  std::string contains(std::string_view text) {
    const std::string_view variable = text_variable(environment_);
    if (has_upper(text)) return fmt::format("{} contains {}", variable, string_literal(text));
    return fmt::format("lower({}) contains {}", variable, string_literal(to_lower(text)));
  }

  /// A phrase in quotes that ends its term (or is a field's name, in front of a colon); nothing where the quote is the
  /// text's own.
  std::optional<std::string> quoted(bool name = false) {
    if (text_[at_] != '"') return {};
    std::size_t end = at_ + 1;
    std::string out;
    while (end < text_.size() && text_[end] != '"') {
      if (text_[end] == '\\' && end + 1 < text_.size() && (text_[end + 1] == '"' || text_[end + 1] == '\\')) ++end;
      out += text_[end++];
    }
    if (end >= text_.size() || out.empty()) return {};
    const char behind = end + 1 < text_.size() ? text_[end + 1] : ' ';
    if (name ? behind != ':' : behind != ')' && !is_space(static_cast<unsigned char>(behind))) return {};
    at_ = end + 1;
    return out;
  }

  /// /re/ or /re/i, ended by white space, a parenthesis or the end; else it is a word such as a path.
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

  /// Up to white space, or to a parenthesis that closes one outside of the word.
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

  /// Where the bare name of a field that begins here ends.
  [[nodiscard]] std::size_t end_of_name() const {
    std::size_t end = at_;
    while (end < text_.size() &&
           (is_letter(static_cast<unsigned char>(text_[end])) ||
            (end > at_ && is_digit(static_cast<unsigned char>(text_[end]))) || text_[end] == '_' || text_[end] == '@' ||
            text_[end] == '.' || (text_[end] == '-' && end > at_)))
      ++end;
    return end;
  }

  /// `name:value`, `name:>=value`, `name:/re/`, `"a name":"a value"`. Nothing where it is no field: then `at_` is where
  /// it was.
  std::optional<std::string> field_term() {
    const std::size_t start = at_;
    const auto in_quotes = quoted(true);
    const std::size_t end = in_quotes ? at_ : end_of_name();
    const std::string name = in_quotes ? *in_quotes : std::string(text_.substr(start, end - start));
    // A name in quotes is a field's, as JSON writes it, and no variable.
    const bool is_variable = !in_quotes && known(name);
    at_ = start;
    if (name.empty() || end + 1 >= text_.size() || text_[end] != ':') return {};
    const char follows = text_[end + 1];
    // URLs, C++ and Rust names, Windows' paths, and a colon that ends a word are no fields.
    if (is_space(static_cast<unsigned char>(follows)) || follows == ')' || follows == ':' || follows == '\\' ||
        text_.substr(end + 1, 2) == "//")
      return {};
    if (!in_quotes && (name.back() == '.' || name.find("..") != std::string::npos)) return {};
    at_ = end + 1;
    std::string_view op;
    for (const std::string_view candidate : {">=", "<=", "!=", ">", "<", "="}) {
      if (!text_.substr(at_).starts_with(candidate)) continue;
      op = candidate;
      at_ += candidate.size();
      break;
    }
    if (at_ >= text_.size() || is_space(static_cast<unsigned char>(text_[at_])) || text_[at_] == ')') {
      if (is_variable) {
        fail(at_, "a value is missing after the field");
        return "";
      }
      at_ = start;
      return {};
    }
    if (text_[at_] == '/' && op.empty()) {
      const std::size_t before = at_;
      if (const auto regex = pattern()) {
        take_as(Taken::field);
        const std::string path = is_variable ? path_of(name) : fmt::format("string({})", path_of_field(name));
        return fmt::format("{} matches {}", path, string_literal(*regex));
      }
      at_ = before;
    }
    const auto phrase = quoted();
    const std::string value = phrase ? *phrase : word();
    const std::string_view compare = op.empty() || op == "=" ? "==" : op;
    std::string test = is_variable ? compare_variable(name, compare, value, phrase.has_value())
                                   : compare_field(path_of_field(name), compare, value, phrase.has_value());
    const bool explicit_field = !op.empty() || name.starts_with("fields.") || name.starts_with("labels.");
    if (is_variable || explicit_field) {
      take_as(Taken::field);
      return test;
    }
    // Nobody may have such a field: the text is asked, too, and first.
    take_as(Taken::field_or_text);
    return fmt::format("({} or {})", contains(text_.substr(start, at_ - start)), test);
  }

  [[nodiscard]] std::optional<std::size_t> known(std::string_view name) const {
    if (const auto slot = environment_.find(name)) return slot;
    return environment_.find("container." + std::string(name));
  }

  /// Variables of a line whose names many programs give to fields of their own: both are asked.
  [[nodiscard]] bool is_field_too(std::string_view name) const {
    constexpr std::array<std::string_view, 4> names{"type", "kind", "id", "host"};
    return environment_.find("fields") && std::ranges::find(names, name) != names.end();
  }

  /// A variable of the environment or of its group `container`.
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return environment_.declarations()[*known(name)].name;
  }

  /// A field by its name: as it stands, and, where it has dots, from object to object.
  [[nodiscard]] std::string path_of_field(std::string_view name) const {
    if (!environment_.find("fields"))
      return fmt::format("labels[{}]", string_literal(name.starts_with("labels.") ? name.substr(7) : name));
    if (name.starts_with("fields.")) name.remove_prefix(7);
    std::string nested = "fields";
    bool whole = true;  // no part is empty
    std::size_t parts = 0;
    for (std::string_view rest = name; !rest.empty(); ++parts) {
      const std::string_view part = rest.substr(0, rest.find('.'));
      whole = whole && !part.empty();
      const bool plain = std::ranges::all_of(part,
                                             [](char c) {
                                               const auto byte = static_cast<unsigned char>(c);
                                               return byte < 0x80 && (is_letter(byte) || is_digit(byte) || c == '_');
                                             }) &&
                         !part.empty() && !is_digit(static_cast<unsigned char>(part.front()));
      nested += plain ? fmt::format("?.{}", part) : fmt::format("?.[{}]", string_literal(part));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    }
    const std::string flat = fmt::format("fields?.[{}]", string_literal(name));
    if (parts == 1 && whole) return nested;
    return whole ? fmt::format("({} ?? {})", flat, nested) : flat;
  }

  [[nodiscard]] std::string compare_variable(std::string_view name, std::string_view op, const std::string& value,
                                             bool in_quotes) const {
    const bool number = !in_quotes && is_number(value);
    const Declaration& variable = environment_.declarations()[*known(name)];
    const Type& type = *variable.type;
    std::string test;
    if (type.is(TypeKind::boolean) && (value == "true" || value == "false")) {
      test = fmt::format("{} {} {}", variable.name, op, value);
    } else {
      test = fmt::format("{} {} {}", variable.name, op, number && !type.is_text() ? value : string_literal(value));
    }
    if (!is_field_too(name)) return test;
    std::string field = compare_field(path_of_field(name), op, value, in_quotes);
    // The number of a line is no text: `id:ab12` can only be a field.
    if (!type.is_text() && !number) return field;
    return fmt::format("({} {} {})", test, op == "!=" ? "and" : "or", field);
  }

  [[nodiscard]] static std::string compare_field(const std::string& field, std::string_view op,
                                                 const std::string& value, bool in_quotes) {
    if (field.starts_with("labels[")) return fmt::format("{} {} {}", field, op, string_literal(value));
    const bool number = !in_quotes && is_number(value);
    // The field of a JSON line may be a number, of a logfmt line it is always a text.
    if (op == "==" || op == "!=") {
      if (number || (!in_quotes && (value == "true" || value == "false")))
        return fmt::format("{} {}in [{}, {}]", field, op == "==" ? "" : "not ", value, string_literal(value));
      return fmt::format("{} {} {}", field, op, string_literal(value));
    }
    if (!number) return fmt::format("({} != nil and string({}) {} {})", field, field, op, string_literal(value));
    // A double would round what lies beyond 2^53.
    return fmt::format("({} != nil and {}({}) {} {})", field, is_beyond_double(value) ? "int" : "float", field, op,
                       value);
  }

  std::string_view text_;
  const Environment& environment_;
  std::size_t at_ = 0;
  static constexpr unsigned deepest = 50;  // parentheses and negations within each other
  unsigned depth_ = 0;
  bool failed_ = false;
  bool unbalanced_ = false;
  Taken taken_ = Taken::everything;
  ExprError error_;
};

}  // namespace

std::string_view text_variable(const Environment& environment) { return environment.find("text") ? "text" : "name"; }

Outcome<std::string> read_shorthand(std::string_view text, const Environment& environment, Taken& taken) {
  ShorthandReader reader(text, environment);
  auto expression = reader.run();
  taken = reader.taken();
  return expression;
}

}  // namespace taffrail::expr
