#include "expr/editor.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "expr/builtin.hpp"
#include "expr/format.hpp"
#include "expr/parser.hpp"
#include "expr/token.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warn", "error", "fatal"};
constexpr std::array<std::string_view, 14> keywords = {"and",        "or",       "not",     "in",  "contains",
                                                       "startsWith", "endsWith", "matches", "let", "if",
                                                       "else",       "true",     "false",   "nil"};

std::size_t byte_of(std::string_view text, std::uint32_t rune) {
  std::size_t byte = 0;
  for (; rune > 0 && byte < text.size(); --rune) byte += decode_rune(text.substr(byte)).size;
  return byte;
}

bool is_name(char c) {
  return ascii::is_alphanumeric(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view name_before(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && is_name(text[start - 1])) --start;
  return text.substr(start);
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The dotted path that ends at the end of `text`: "container.lab" of `x == container?.lab`.
std::string path_before(std::string_view text) {
  std::string path;
  for (;;) {
    const std::string_view name = name_before(text);
    path.insert(0, name);
    text.remove_suffix(name.size());
    const bool optional = text.ends_with("?.");
    if (!optional && !text.ends_with('.')) return path;
    text.remove_suffix(optional ? 2 : 1);
    path.insert(0, 1, '.');
  }
}

class Completer {
 public:
  Completer(std::string_view before, const Environment& environment, std::span<const SeenField> seen)
      : before_(before), environment_(environment), seen_(seen) {}

  std::vector<Completion> run(std::size_t& word_size) {
    if (inside_string(word_size)) return take();
    const std::string path = path_before(before_);
    const std::size_t dot = path.rfind('.');
    const std::string_view word = std::string_view(path).substr(dot == std::string::npos ? 0 : dot + 1);
    word_size = word.size();
    if (dot == std::string::npos) {
      const std::string_view ahead = without_space(before_.substr(0, before_.size() - word.size()));
      if (!ahead.empty() && compared(ahead)) values(word, true);
      names(word);
    } else {
      members(path.substr(0, dot), word);
    }
    return take();
  }

 private:
  // In an open string literal after a comparison, values without quotes are offered.
  bool inside_string(std::size_t& word_size) {
    char quote = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (quote == 0 && (before_[i] == '"' || before_[i] == '\'')) {
        quote = before_[i];
        start = i;
      } else if (quote != 0 && before_[i] == '\\') {
        ++i;
      } else if (before_[i] == quote) {
        quote = 0;
      }
    }
    if (quote == 0) return false;
    const std::string_view word = before_.substr(start + 1);
    word_size = word.size();
    if (compared(without_space(before_.substr(0, start)))) values(word, false);
    return true;
  }

  // Whether `text` ends with a comparison; then `subject_` is what is compared.
  bool compared(std::string_view text) {
    while (text.ends_with('[') || text.ends_with(',') || text.ends_with('"')) {  // x in ["a", …
      const std::size_t open = text.rfind('[');
      if (open == std::string_view::npos) return false;
      text = without_space(text.substr(0, open));
    }
    constexpr std::array<std::string_view, 11> operators = {"==", "!=",       ">=",         "<=",       ">",      "<",
                                                            "in", "contains", "startsWith", "endsWith", "matches"};
    for (const std::string_view op : operators) {
      if (!text.ends_with(op)) continue;
      text = without_space(text.substr(0, text.size() - op.size()));
      if (text.ends_with(" not")) text = without_space(text.substr(0, text.size() - 4));
      subject_ = path_before(text);
      return !subject_.empty();
    }
    return false;
  }

  // The path of a field as `seen` names it.
  static std::string_view field_path(std::string_view path) {
    for (const std::string_view prefix : {"message.", "fields."}) {
      if (path.starts_with(prefix)) return path.substr(prefix.size());
    }
    return path;
  }

  void values(std::string_view word, bool quotes) {
    const auto slot = environment_.find(subject_);
    const auto offer = [&](std::string_view value) {
      if (value.starts_with(word)) add(quotes ? string_literal(value) : std::string(value), "value", "", "");
    };
    if (slot && environment_.declarations()[*slot].type->is(TypeKind::level)) {
      for (const std::string_view level : levels) offer(level);
      return;
    }
    for (const SeenField& field : seen_) {
      if (field.path != subject_ && field.path != field_path(subject_)) continue;
      for (const std::string& value : field.values) offer(value);
    }
  }

  void members(std::string_view base, std::string_view word) {
    const std::string prefix = base == "$env" ? std::string() : std::string(base) + '.';
    for (const Declaration& d : environment_.declarations()) {
      if (!d.name.starts_with(prefix)) continue;
      const std::string_view rest = std::string_view(d.name).substr(prefix.size());
      if (rest.starts_with(word) && rest.find('.') == std::string_view::npos)
        add(std::string(rest), "variable", to_string(*d.type), d.help);
    }
    const std::string inside = std::string(base) + '.';
    // Fields of lines are seen without the variable before them, fields of the environment with it.
    std::string_view wanted = inside;
    if (base == "message" || base == "fields")
      wanted = {};
    else if (base.starts_with("message.") || base.starts_with("fields."))
      wanted = field_path(inside);
    for (const SeenField& field : seen_) {
      // What is a variable of the environment is no field of a line.
      if (!field.path.starts_with(wanted) || (wanted.empty() && environment_.find(field.path))) continue;
      std::string_view rest = std::string_view(field.path).substr(wanted.size());
      rest = rest.substr(0, rest.find('.'));
      if (rest.starts_with(word)) add(std::string(rest), "field", "", "");
    }
    const auto slot = environment_.find(base);
    const TypeKind kind = slot ? environment_.declarations()[*slot].type->kind : TypeKind::any;
    if (kind != TypeKind::time && kind != TypeKind::duration) return;
    for (const std::string_view method : method_names()) {
      if (method.starts_with(word) && is_method(kind == TypeKind::time ? Kind::time : Kind::duration, method))
        add(fmt::format("{}(", method), "function", "", "");
    }
  }

  void names(std::string_view word) {
    for (const Declaration& d : environment_.declarations()) {
      const std::string_view first = std::string_view(d.name).substr(0, d.name.find('.'));
      if (!first.starts_with(word)) continue;
      const bool group = first.size() < d.name.size();
      add(std::string(first), "variable", group ? "group" : to_string(*d.type), group ? "" : d.help);
    }
    for (const Builtin& b : all_builtins()) {
      if (b.name.starts_with(word))
        add(fmt::format("{}(", b.name), "function", std::string(b.signature), std::string(b.help));
    }
    if (word.empty()) return;  // everything could be written here; the names are enough
    for (const std::string_view keyword : keywords) {
      if (keyword.starts_with(word)) add(std::string(keyword), "keyword", "", "");
    }
  }

  void add(std::string label, std::string kind, std::string detail, std::string help) {
    constexpr std::size_t most = 100;
    const bool known = std::ranges::find(found_, label, &Completion::label) != found_.end();
    if (found_.size() < most && !known)
      found_.push_back({std::move(label), std::move(kind), std::move(detail), std::move(help)});
  }
  std::vector<Completion> take() { return std::move(found_); }

  std::string_view before_;
  const Environment& environment_;
  std::span<const SeenField> seen_;
  std::string subject_;
  std::vector<Completion> found_;
};

void put(std::string& out, std::string_view key, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "\"{}\": {}", key, string_literal(text));
}

}  // namespace

Analysis analyze(std::string_view source, const Environment& environment, Purpose purpose,
                 std::optional<std::uint32_t> caret, std::span<const SeenField> seen) {
  Analysis analysis;
  const auto note = [&](const ExprError& e) {
    analysis.diagnostics.push_back(
        {e.message, e.offset, e.offset + std::max<std::uint32_t>(e.length, 1), e.line, e.column});
  };
  if (auto tree = parse(source); !tree) {
    note(tree.error());
  } else if (const auto type = check(**tree, environment, purpose); !type) {
    note(type.error());
  } else {
    analysis.type = to_string(**type);
  }
  if (caret) {
    const std::size_t end = byte_of(source, *caret);
    std::size_t word_size = 0;
    analysis.completions = Completer(source.substr(0, end), environment, seen).run(word_size);
    analysis.replace_from = static_cast<std::uint32_t>(rune_count(source.substr(0, end - word_size)));
  }
  return analysis;
}

std::string to_json(const Analysis& analysis) {
  std::string out = "{\"diagnostics\": [";
  for (const Diagnostic& d : analysis.diagnostics) {
    if (&d != &analysis.diagnostics.front()) out += ", ";
    out += '{';
    put(out, "message", d.message);
    fmt::format_to(std::back_inserter(out), ", \"from\": {}, \"to\": {}, \"line\": {}, \"column\": {}}}", d.from, d.to,
                   d.line, d.column);
  }
  out += "], ";
  put(out, "type", analysis.type);
  fmt::format_to(std::back_inserter(out), ", \"replace_from\": {}, \"completions\": [", analysis.replace_from);
  for (const Completion& c : analysis.completions) {
    if (&c != &analysis.completions.front()) out += ", ";
    out += '{';
    put(out, "label", c.label);
    out += ", ";
    put(out, "kind", c.kind);
    out += ", ";
    put(out, "detail", c.detail);
    out += ", ";
    put(out, "help", c.help);
    out += '}';
  }
  return out + "]}";
}

}  // namespace taffrail::expr
