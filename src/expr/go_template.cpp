#include "expr/go_template.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

#include "base/ascii.hpp"
#include "expr/builtin.hpp"
#include "expr/format.hpp"

namespace taffrail::expr {
namespace {

using Translated = std::expected<std::string, TemplateFault>;

constexpr std::array<std::string_view, 12> keywords = {"if",     "else",  "end",   "range",    "with",   "template",
                                                       "define", "block", "break", "continue", "printf", "html"};

// The reference's names, as they are written in templates.
struct Name {
  std::string_view go;
  std::string_view ours;
};
constexpr std::array roots = {Name{"ID", "id"},
                              Name{"Type", "type"},
                              Name{"Detail", "detail"},
                              Name{"Timestamp", "timestamp"},
                              Name{"Container", "container"},
                              Name{"Log", "log"},
                              Name{"Stat", "stat"},
                              Name{"Event", "event"},
                              Name{"Subscription", "rule"}};
constexpr std::array members = {Name{"ID", "id"},
                                Name{"HostID", "hostId"},
                                Name{"HostName", "hostName"},
                                Name{"ActorID", "actorId"},
                                Name{"CPUPercent", "cpu"},
                                Name{"MemoryPercent", "memory"},
                                Name{"LogExpression", "condition"},
                                Name{"MetricExpression", "condition"},
                                Name{"EventExpression", "condition"}};

std::string lower_first(std::string_view name) {
  std::string out(name);
  if (!out.empty()) out[0] = ascii::to_lower(out[0]);
  return out;
}

bool is_name(char c) { return ascii::is_alphanumeric(c) || c == '_'; }

class Translator {
 public:
  Translator(std::string_view text, bool item) : text_(text), item_(item) {}

  Translated run(bool condition) {
    std::string out = pipeline();
    skip();
    if (!fault_ && at_ < text_.size()) fail("this is not understood here");
    if (fault_) return std::unexpected(*fault_);
    return condition ? truth(out) : out;
  }

 private:
  void fail(std::string message) {
    if (!fault_) fault_ = TemplateFault{std::move(message), at_};
  }
  void skip() {
    while (at_ < text_.size() && ascii::is_space(text_[at_])) ++at_;
  }
  [[nodiscard]] bool at_end() {
    skip();
    return at_ >= text_.size() || text_[at_] == ')' || text_[at_] == '|';
  }

  static std::string truth(const std::string& value) {
    // What a notification has of its kind; the others are nil.
    if (value == "log") return "(log.text != nil)";
    if (value == "stat") return "(stat.mounts != nil)";
    if (value == "event") return "(event.name != nil)";
    constexpr std::array<std::string_view, 3> tests = {" == ", " and ", " or "};
    const bool boolean = value.starts_with("(") && std::ranges::any_of(tests, [&](std::string_view t) {
                           return value.find(t) != std::string::npos;
                         });
    if (boolean || value.starts_with("(not ")) return value;
    return fmt::format("({} not in [nil, \"\", 0, false, [], {{}}])", value);
  }

  // a | f b  is  f b a
  std::string pipeline() {
    std::string value = command({});
    for (skip(); !fault_ && at_ < text_.size() && text_[at_] == '|'; skip()) {
      ++at_;
      value = command(value);
    }
    return value;
  }

  // A value with no arguments, a method with some, or a function. `last` is what a pipe hands in.
  std::string command(std::string_view last) {
    constexpr unsigned deepest = 50;
    if (++depth_ > deepest) fail("this is nested too deep");
    if (at_end()) fail("a value is missing here");
    if (fault_) return {};
    std::string out;
    const bool function = ascii::is_lower(text_[at_]);
    if (!function) {
      std::string first = operand();
      std::vector<std::string> arguments = rest(last);
      out = arguments.empty() ? first : method(first, arguments);
    } else {
      const std::size_t start = at_;
      while (at_ < text_.size() && is_name(text_[at_])) ++at_;
      const std::string_view name = text_.substr(start, at_ - start);
      const std::vector<std::string> arguments = rest(last);
      const std::size_t end = at_;
      at_ = start;  // a failure names the function
      out = call(name, arguments);
      at_ = end;
    }
    --depth_;
    return out;
  }

  std::vector<std::string> rest(std::string_view last) {
    std::vector<std::string> arguments;
    while (!fault_ && !at_end()) arguments.push_back(operand());
    if (!last.empty()) arguments.emplace_back(last);
    return arguments;
  }

  std::string method(const std::string& target, const std::vector<std::string>& arguments) {
    // A path whose last part is a method is printed with "()".
    if (!target.ends_with("()")) {
      fail("only a method takes arguments");
      return {};
    }
    std::string out = target.substr(0, target.size() - 1);
    for (std::size_t i = 0; i < arguments.size(); ++i) out += (i > 0 ? ", " : "") + arguments[i];
    return out + ')';
  }

  std::string operand() {
    skip();
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      std::string inner = pipeline();
      skip();
      if (at_ >= text_.size() || text_[at_] != ')') fail("a parenthesis is not closed");
      ++at_;
      return '(' + inner + ')';
    }
    if (c == '"' || c == '`') return literal(c);
    if (c == '.' && !(at_ + 1 < text_.size() && ascii::is_digit(text_[at_ + 1]))) return path(false);
    if (c == '$') {
      ++at_;
      if (at_ < text_.size() && text_[at_] == '.') return path(true);
      fail("variables are not supported");
      return {};
    }
    if (c == '-' || c == '+' || ascii::is_digit(c)) {
      const std::size_t start = at_++;
      while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.')) ++at_;
      return std::string(text_.substr(start, at_ - start));
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (word == "true" || word == "false" || word == "nil") return std::string(word);
    at_ = start;
    fail(word.empty() ? fmt::format("'{}' is not understood here", c) : fmt::format("{} is not understood here", word));
    return {};
  }

  std::string literal(char quote) {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != quote) at_ += quote == '"' && text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) {
      at_ = start;
      fail("the quote is not closed");
      return {};
    }
    ++at_;
    const std::string_view inside = text_.substr(start + 1, at_ - start - 2);
    return quote == '"' ? std::string(text_.substr(start, at_ - start)) : string_literal(inside);
  }

  std::string path(bool from_root) {
    std::vector<std::string_view> parts;
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      const std::size_t from = at_;
      while (at_ < text_.size() && (is_name(text_[at_]) || static_cast<unsigned char>(text_[at_]) >= 0x80)) ++at_;
      if (at_ > from)
        parts.push_back(text_.substr(from, at_ - from));
      else if (!parts.empty())
        fail("a name is missing after the dot");
    }
    if (parts.empty()) {
      if (item_ && !from_root) return "#";
      at_ = start;
      fail("the whole notification has no text; name a part of it");
      return {};
    }
    std::string out;
    std::size_t i = 0;
    if (item_ && !from_root) {
      out = "#";
    } else {
      const auto root = std::ranges::find(roots, parts[0], &Name::go);
      if (root == roots.end()) {
        at_ = start;
        fail(fmt::format("there is no .{} in a notification", parts[0]));
        return {};
      }
      out = root->ours;
      i = 1;
    }
    for (; i < parts.size(); ++i) append_part(out, parts[i], item_ && !from_root ? i < 1 : i < 2);
    return out;
  }

  // @param known whether the part is one of the reference's own names, not a key of labels or fields
  static void append_part(std::string& out, std::string_view part, bool known) {
    const auto methods = method_names();
    if (std::ranges::find(methods, part) != methods.end()) {
      out += fmt::format(".{}()", part);
      return;
    }
    const auto renamed = std::ranges::find(members, part, &Name::go);
    const std::string name = !known                     ? std::string(part)
                             : renamed != members.end() ? std::string(renamed->ours)
                                                        : lower_first(part);
    out += known && out != "#" ? fmt::format(".{}", name) : fmt::format("?.{}", name);
  }

  std::string call(std::string_view name, const std::vector<std::string>& a) {
    const auto need = [&](std::size_t least, std::size_t most) {
      if (a.size() >= least && a.size() <= most) return true;
      fail(fmt::format("{} takes a different number of values", name));
      return false;
    };
    constexpr std::size_t any = 50;
    if (name == "eq") {
      if (!need(2, any)) return {};
      std::string out = "(";
      for (std::size_t i = 1; i < a.size(); ++i) out += fmt::format("{}{} == {}", i > 1 ? " or " : "", a[0], a[i]);
      return out + ')';
    }
    constexpr std::array comparisons = {Name{"ne", "!="}, Name{"lt", "<"}, Name{"le", "<="}, Name{"gt", ">"},
                                        Name{"ge", ">="}};
    if (const auto op = std::ranges::find(comparisons, name, &Name::go); op != comparisons.end()) {
      return need(2, 2) ? fmt::format("({} {} {} and true)", a[0], op->ours, a[1]) : std::string();
    }
    if (name == "and" || name == "or") {
      if (!need(1, any)) return {};
      std::string out = "(";
      for (std::size_t i = 0; i < a.size(); ++i) out += (i > 0 ? fmt::format(" {} ", name) : "") + truth(a[i]);
      return out + fmt::format(" {} {})", name, name == "and" ? "true" : "false");
    }
    if (name == "not") return need(1, 1) ? fmt::format("(not {})", truth(a[0])) : std::string();
    if (name == "len") return need(1, 1) ? fmt::format("len({} ?? \"\")", a[0]) : std::string();
    if (name == "index") {
      if (!need(2, any)) return {};
      std::string out = a[0];
      for (std::size_t i = 1; i < a.size(); ++i) out = fmt::format("get({}, {})", out, a[i]);
      return out;
    }
    if (name == "print") {
      if (!need(1, any)) return {};
      std::string out = "(";
      for (std::size_t i = 0; i < a.size(); ++i) out += fmt::format("{}string({} ?? \"\")", i > 0 ? " + " : "", a[i]);
      return out + ')';
    }
    fail(fmt::format("{} is not supported in templates", name));
    return {};
  }

  std::string_view text_;
  bool item_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  std::optional<TemplateFault> fault_;
};

}  // namespace

std::string_view go_keyword(std::string_view action) {
  while (!action.empty() && ascii::is_space(action.front())) action.remove_prefix(1);
  for (const std::string_view keyword : keywords) {
    if (action.starts_with(keyword) && (action.size() == keyword.size() || !is_name(action[keyword.size()])))
      return keyword;
  }
  return {};
}

bool is_go_action(std::string_view action) {
  if (!go_keyword(action).empty()) return true;
  // A path that starts with a dot, anywhere a value may stand.
  for (std::size_t i = 0; i + 1 < action.size(); ++i) {
    const bool starts = i == 0 || ascii::is_space(action[i - 1]) || action[i - 1] == '(';
    if (starts && (action[i] == '.' || action[i] == '$') && (action[i] == '$' || ascii::is_upper(action[i + 1])))
      return true;
  }
  return false;
}

std::expected<std::string, TemplateFault> translate_action(std::string_view action, bool item) {
  return Translator(action, item).run(false);
}
std::expected<std::string, TemplateFault> translate_condition(std::string_view action, bool item) {
  return Translator(action, item).run(true);
}

}  // namespace taffrail::expr
