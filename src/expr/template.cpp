#include "expr/template.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <simdjson.h>

#include "expr/format.hpp"
#include "expr/go_template.hpp"
#include "expr/parser.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

// A part of a template's text. Blocks (Go's if and range) hold parts of their own.
struct Part {
  enum class Kind : std::uint8_t { text, value, if_block, range_block };
  Kind kind = Kind::text;
  std::string text;       // the text, or the source of an expression: a value, a condition, a list
  std::size_t at = 0;     // bytes from the start of the template
  std::size_t shift = 0;  // where the expression starts, for faults inside of it; 0 when positions were lost
  std::vector<Part> body;
  std::vector<Part> otherwise;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Where the action that starts at `from` ends: at }} outside of quotes and braces.
std::size_t end_of_action(std::string_view text, std::size_t from) {
  std::size_t braces = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'' || c == '`') {
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] == '\\' && c != '`') ++i;
      }
    } else if (c == '{') {
      ++braces;
    } else if (c == '}') {
      if (braces == 0 && i + 1 < text.size() && text[i + 1] == '}') return i;
      if (braces > 0) --braces;
    }
  }
  return std::string_view::npos;
}

// The expression that prints parts one after the other; for the inside of blocks.
std::string as_expression(const std::vector<Part>& parts) {
  if (parts.empty()) return "\"\"";
  std::string out;
  for (const Part& part : parts) {
    if (!out.empty()) out += " + ";
    switch (part.kind) {
      case Part::Kind::text: out += string_literal(part.text); break;
      case Part::Kind::value: out += fmt::format("string(({}) ?? \"\")", part.text); break;
      case Part::Kind::if_block:
        out += fmt::format("({} ? {} : {})", part.text, as_expression(part.body), as_expression(part.otherwise));
        break;
      case Part::Kind::range_block:
        out += fmt::format("join(map(({}) ?? [], {}), \"\")", part.text, as_expression(part.body));
        break;
    }
  }
  return out;
}

}  // namespace

class TemplateReader {
 public:
  TemplateReader(std::string_view text, const Environment& environment) : text_(text), environment_(environment) {}

  Outcome<Template> run() {
    if (text_.size() > Template::longest_source)
      return std::unexpected(error_at(Stage::parse, text_, 0, 0,
                                      fmt::format("the template is longer than {} bytes", Template::longest_source)));
    const std::string_view inner = trimmed(text_);
    const bool brace = inner.starts_with('{') && !inner.starts_with("{{");
    if (brace || inner.starts_with('[')) {
      made_.json_ = true;
      read_json();
      if (error_ && !brace) {
        // "[alert] …" is text.
        made_ = {};
        error_.reset();
        open_.clear();
      } else if (error_) {
        return std::unexpected(*error_);
      }
    }
    if (!made_.json_) read_text();
    if (error_) return std::unexpected(*error_);
    made_.source_ = text_;
    return std::move(made_);
  }

 private:
  void fail(std::size_t byte, std::string message, Stage stage = Stage::parse) {
    if (error_) return;
    const auto offset = static_cast<std::uint32_t>(rune_count(text_.substr(0, byte)));
    error_ = error_at(stage, text_, offset, offset, std::move(message));
  }

  void read_text() {
    std::size_t at = 0;
    emit(parts(text_, 0, true, at, false, false), false);
    finish();
  }

  // JSON: strings are decoded, read as templates and printed escaped; actions outside of them are values.
  void read_json() {
    std::string sample;  // the template with values put in, which must be JSON
    std::size_t at = 0;
    while (at < text_.size() && !error_) {
      if (text_[at] == '"') {
        std::size_t end = at + 1;
        while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
        if (end >= text_.size()) return fail(at, "the template starts like JSON, but this string is not closed");
        const std::string_view token = text_.substr(at, end + 1 - at);
        sample += token;
        read_json_string(token, at);
        at = end + 1;
      } else if (text_.substr(at, 2) == "{{") {
        const std::size_t end = end_of_action(text_, at + 2);
        if (end == std::string_view::npos) return fail(at, "the action is not closed with }}");
        if (!go_keyword(text_.substr(at + 2)).empty())
          return fail(at, "in JSON, blocks can stand only inside of a string");
        const auto source = action_source(text_.substr(at + 2, end - at - 2), at, true, false);
        if (!source) return;
        add_program(source->text, source->at, source->shift, false);
        sample += '0';
        at = end + 2;
      } else {
        open_ += text_[at];
        sample += text_[at++];
      }
    }
    if (error_) return;
    finish();
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (const auto code = parser.parse(sample).get(root); code != simdjson::SUCCESS) {
      fail(0, fmt::format("the template starts like JSON, but is not: {}", simdjson::error_message(code)));
    }
  }

  void read_json_string(std::string_view token, std::size_t at) {
    if (token.find("{{") == std::string_view::npos) {
      open_ += token;
      return;
    }
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    std::string_view decoded;
    const std::string document = fmt::format("[{}]", token);
    if (parser.parse(document).at(0).get(element) != simdjson::SUCCESS || element.get(decoded) != simdjson::SUCCESS)
      return fail(at, "this is not a JSON string");
    const bool exact = decoded.size() + 2 == token.size();  // nothing was escaped, so places are the same
    open_ += '"';
    std::size_t inside = 0;
    emit(parts(decoded, at + 1, exact, inside, false, false), true);
    open_ += '"';
  }

  // Parts up to the end, or up to `else` or `end` inside of a block; `at` is left on that action.
  std::vector<Part> parts(std::string_view text, std::size_t base, bool exact, std::size_t& at, bool in_block,
                          bool item, unsigned depth = 0) {
    std::vector<Part> out;
    constexpr unsigned deepest = 20;
    if (depth > deepest) fail(base, "blocks are nested too deep");
    bool trim = false;
    while (at < text.size() && !error_) {
      const std::size_t open = std::min(text.find("{{", at), text.size());
      std::string_view literal = text.substr(at, open - at);
      const std::size_t place = exact ? base + open : base;
      if (trim) {
        while (!literal.empty() && is_blank(literal.front())) literal.remove_prefix(1);
      }
      trim = false;
      if (open == text.size()) {
        if (!literal.empty()) out.push_back({Part::Kind::text, std::string(literal), place, 0, {}, {}});
        at = open;
        break;
      }
      const std::size_t close = end_of_action(text, open + 2);
      if (close == std::string_view::npos) {
        fail(place, "the action is not closed with }}");
        break;
      }
      std::string_view action = text.substr(open + 2, close - open - 2);
      std::size_t action_at = open + 2;
      if (action.size() > 1 && action[0] == '-' && is_blank(action[1])) {
        while (!literal.empty() && is_blank(literal.back())) literal.remove_suffix(1);
        action.remove_prefix(1);
        ++action_at;
      }
      if (action.size() > 1 && action.back() == '-' && is_blank(action[action.size() - 2])) {
        trim = true;
        action.remove_suffix(1);
      }
      if (!literal.empty()) out.push_back({Part::Kind::text, std::string(literal), place, 0, {}, {}});
      const std::string_view keyword = go_keyword(action);
      if (in_block && (keyword == "end" || keyword == "else")) {
        at = open;
        return out;
      }
      at = close + 2;
      const std::string_view inside = trimmed(action);
      if (inside.starts_with("/*") && inside.ends_with("*/")) continue;
      // Our own `if` has braces and parses; Go's does not.
      if ((keyword == "if" && !parse(action)) || keyword == "range") {
        out.push_back(block(text, base, exact, at, keyword, action, place, item, depth));
        continue;
      }
      if (auto source = action_source(action, exact ? base + action_at : base, exact, item))
        out.push_back(std::move(*source));
    }
    if (in_block && !error_) fail(base, "a block is not closed with {{ end }}");
    return out;
  }

  // After {{ if … }} or {{ range … }}: its body up to {{ end }}, which is taken.
  Part block(std::string_view text, std::size_t base, bool exact, std::size_t& at, std::string_view keyword,
             std::string_view action, std::size_t place, bool item, unsigned depth) {
    Part part;
    part.at = place;
    const bool range = keyword == "range";
    part.kind = range ? Part::Kind::range_block : Part::Kind::if_block;
    std::string_view head = trimmed(action);
    head.remove_prefix(keyword.size());
    const auto translated = range ? translate_action(head, item) : translate_condition(head, item);
    if (!translated) {
      fail(place, translated.error().message);
      return part;
    }
    part.text = *translated;
    part.body = parts(text, base, exact, at, true, range || item, depth + 1);
    if (error_) return part;
    std::size_t close = end_of_action(text, at + 2);
    std::string_view ending = trimmed(text.substr(at + 2, close - at - 2));
    if (ending.starts_with("-")) ending = trimmed(ending.substr(1));
    const std::size_t ending_at = exact ? base + at : base;
    if (ending.ends_with("-")) ending = trimmed(ending.substr(0, ending.size() - 1));
    at = close + 2;
    if (go_keyword(ending) == "end") return part;
    if (range) {
      fail(ending_at, "else is not supported in range");
      return part;
    }
    const std::string_view chained = trimmed(ending.substr(4));
    if (go_keyword(chained) == "if") {
      part.otherwise.push_back(block(text, base, exact, at, "if", chained, ending_at, item, depth + 1));
      return part;
    }
    part.otherwise = parts(text, base, exact, at, true, item, depth + 1);
    if (error_) return part;
    close = end_of_action(text, at + 2);
    at = close + 2;
    return part;
  }

  // An action as an expression of ours: it is one already, or Go's is translated.
  std::optional<Part> action_source(std::string_view action, std::size_t at, bool exact, bool item) {
    Part part;
    part.kind = Part::Kind::value;
    part.at = at;
    const auto tree = parse(action);
    const std::string_view keyword = go_keyword(action);
    const bool go_word = !keyword.empty() && keyword != "if";
    if (go_word || (!tree && is_go_action(action))) {
      if (keyword == "else" || keyword == "end") {
        fail(at, fmt::format("{{{{ {} }}}} without a block", keyword));
        return {};
      }
      if (!keyword.empty()) {
        fail(at, fmt::format("{} is not supported in templates", keyword));
        return {};
      }
      auto translated = translate_action(action, item);
      if (!translated) {
        fail(exact ? at + translated.error().at : at, translated.error().message);
        return {};
      }
      part.text = std::move(*translated);
      return part;
    }
    if (!tree) {
      fail(exact ? at + byte_of(action, tree.error().offset) : at, tree.error().message);
      return {};
    }
    part.text = action;
    part.shift = exact ? at : 0;
    return part;
  }

  static std::size_t byte_of(std::string_view text, std::uint32_t rune) {
    std::size_t byte = 0;
    for (; rune > 0 && byte < text.size(); --rune) byte += decode_rune(text.substr(byte)).size;
    return byte;
  }

  void emit(const std::vector<Part>& all, bool in_string) {
    for (const Part& part : all) {
      if (error_) return;
      if (part.kind == Part::Kind::text) {
        if (in_string)
          append_json_escaped(open_, part.text);
        else
          open_ += part.text;
      } else {
        add_program(part.kind == Part::Kind::value ? part.text : as_expression({part}), part.at, part.shift, in_string);
      }
    }
  }

  void add_program(const std::string& source, std::size_t at, std::size_t shift, bool in_string) {
    constexpr std::size_t most = 1000;
    if (made_.pieces_.size() >= most) return fail(at, fmt::format("a template holds at most {} values", most));
    auto program = Program::compile(source, environment_);
    if (!program)
      return fail(shift > 0 ? shift + byte_of(source, program.error().offset) : at, program.error().message,
                  program.error().stage);
    made_.pieces_.push_back({std::move(open_), std::move(*program), in_string,
                             static_cast<std::uint32_t>(rune_count(text_.substr(0, at)))});
    open_.clear();
  }
  void finish() { made_.pieces_.push_back({std::move(open_), nullptr, false, 0}); }

  std::string_view text_;
  const Environment& environment_;
  Template made_;
  std::string open_;  // text that goes before the next value
  std::optional<ExprError> error_;
};

Outcome<Template> Template::compile(std::string_view text, const Environment& environment) {
  return TemplateReader(text, environment).run();
}

namespace {

// A value as a person reads it: numbers without exponents, times by RFC 3339, structures as JSON.
std::string shown(Value value, std::string& fault) {
  switch (value.kind()) {
    case Kind::nil: return {};
    case Kind::string: return std::string(value.as_string());
    case Kind::boolean:
    case Kind::duration:
    case Kind::zone: return to_text(value);
    default: {
      std::string out;
      JsonOptions options;
      options.style = JsonStyle::go;
      options.limit = Template::longest_output;
      fault = append_json(out, value, options);
      const bool in_quotes = out.size() > 1 && out.front() == '"';  // a time, or a number that JSON does not know
      return in_quotes ? out.substr(1, out.size() - 2) : out;
    }
  }
}

}  // namespace

Result<Template::Rendered> Template::render(const Variables& variables) const {
  Context context(Limits::for_conditions());
  Rendered out;
  for (const Piece& piece : pieces_) {
    out.text += piece.text;
    if (piece.program == nullptr) break;
    Value value = piece.program->run(variables, context);
    std::string fault;
    if (value.failed()) {
      fault = context.message();
      value = {};
    }
    if (json_ && !piece.in_string) {
      std::string json;
      JsonOptions options;
      options.style = JsonStyle::go;
      options.limit = longest_output;
      if (std::string wrong = append_json(json, value, options); !wrong.empty()) {
        fault = std::move(wrong);
        json = "null";
      }
      out.text += json;
    } else {
      const std::string text = shown(value, fault);
      if (piece.in_string)
        append_json_escaped(out.text, text);
      else
        out.text += text;
    }
    if (!fault.empty()) out.failures.push_back(error_at(Stage::run, source_, piece.at, piece.at, std::move(fault)));
    if (out.text.size() > longest_output)
      return fail(ErrorCode::too_large, fmt::format("the template's result is longer than {} bytes", longest_output));
  }
  return out;
}

}  // namespace taffrail::expr
