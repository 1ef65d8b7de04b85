#include "history/pattern/line_form.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "text/json_string.hpp"
#include "text/utf8.hpp"

namespace taffrail::history {
namespace {

constexpr char substitute = '\x1A';
constexpr char escape = '\x1B';
constexpr std::string_view joints = ".:,/+-_";
constexpr std::array<std::string_view, 4> message_keys{"msg", "message", "event", "@m"};
constexpr std::array<std::string_view, 19> calendar{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                                                    "Aug", "Sep", "Oct", "Nov", "Dec", "Mon", "Tue",
                                                    "Wed", "Thu", "Fri", "Sat", "Sun"};

bool is_hex_letter(char c) { return c >= 'a' && c <= 'f'; }
bool is_mark(std::string_view text, std::size_t at) { return text[at] == variable_mark && at + 1 < text.size(); }
bool starts_number(std::string_view text, std::size_t at) {
  return at < text.size() && (is_mark(text, at) || ascii::is_digit(text[at]));
}
bool in_run(std::string_view text, std::size_t at) { return is_mark(text, at) || ascii::is_alphanumeric(text[at]); }
bool is_calendar(std::string_view word) { return std::ranges::find(calendar, word) != calendar.end(); }

/// Whether a name of a month or a day has a number, or another one, behind it.
bool is_date(std::string_view text, std::size_t behind) {
  if (behind < text.size() && text[behind] == ',') ++behind;
  if (behind >= text.size() || text[behind] != ' ') return false;
  while (behind < text.size() && text[behind] == ' ') ++behind;
  return starts_number(text, behind) || is_calendar(text.substr(std::min(behind, text.size()), 3));
}

}  // namespace

bool FormMaker::is_message(std::string_view before) {
  if (!before.ends_with('"')) return false;
  const bool json = before.starts_with('{');
  before.remove_suffix(1);
  if (json && before.ends_with(' ')) before.remove_suffix(1);
  if (before.empty() || before.back() != (json ? ':' : '=')) return false;
  before.remove_suffix(1);
  return std::ranges::any_of(message_keys, [&](std::string_view key) {
    if (json)
      return before.ends_with('"') && before.substr(0, before.size() - 1).ends_with(key) &&
             before.substr(0, before.size() - 1 - key.size()).ends_with('"');
    return before.ends_with(key) && (before.size() == key.size() || before[before.size() - key.size() - 1] == ' ');
  });
}

std::string_view FormMaker::of_line(std::string_view line) {
  line = line.substr(0, max_template_line);
  line_.assign(line).append(64, '\0');  // what may be read behind it
  std::ranges::replace_if(
      line_.begin(), line_.begin() + static_cast<std::ptrdiff_t>(line.size()),
      [](char c) { return c == variable_mark || c == string_mark; }, substitute);
  line = std::string_view(line_).substr(0, line.size());
  classes_.scan(line);
  find_strings(classes_, line, strings_);
  const auto message =
      std::ranges::find_if(strings_, [&](const Token& string) { return is_message(line.substr(0, string.begin)); });
  marked_.clear();
  if (message == strings_.end()) {
    mark_variables(line, 0, line.size());
    return make(form_mark::line, marked_);
  }
  mark_variables(line, message->begin, message->end);
  return make(form_mark::message, marked_);
}

/// Puts marks where a template has them. What a variable's class and width are matters only behind an escape.
void FormMaker::mark_variables(std::string_view line, std::size_t from, std::size_t to) {
  using Shape = LineClasses::Shape;
  const auto mark = [&](std::uint8_t code) { marked_.append({variable_mark, static_cast<char>(code)}); };
  for (std::size_t digit = classes_.next_digit(from); digit < to; digit = classes_.next_digit(from)) {
    const Token token = classes_.token_around(digit, from);
    marked_.append(line, from, token.begin - from);
    from = token.end;
    switch (classes_.shape(line, token)) {
      case Shape::digits: mark(1); break;
      case Shape::lower:
      case Shape::upper: mark(variable::lower_hex); break;
      case Shape::after_0x_lower:
      case Shape::after_0x_upper:
        marked_.append("0x");
        mark(variable::lower_hex);
        break;
      case Shape::opaque: mark(variable::opaque); break;
      case Shape::mixed:
        for (std::size_t at = token.begin; at < token.end; ++at) {
          if (!ascii::is_digit(line[at])) {
            marked_ += line[at];
          } else if (at == token.begin || !ascii::is_digit(line[at - 1])) {
            mark(1);
          }
        }
    }
  }
  marked_.append(line, from, to - from);
}

std::string_view FormMaker::make(char kind, std::string_view marked) {
  marked = marked.substr(0, 2 * max_template_line);  // which no line's is longer than
  form_[0] = kind;
  size_ = 1;
  number_end_ = 0;
  std::size_t at = 0;
  while (at < marked.size() && size_ <= max_form_size) {
    const char c = marked[at];
    if (c == escape) {
      at = skip_escape(marked, at);
    } else if (in_run(marked, at)) {
      at = take_run(marked, at);
    } else if (c == ' ' || c == '\t') {
      if (form_[size_ - 1] != ' ') form_[size_++] = ' ';
      ++at;
    } else {
      form_[size_++] = static_cast<unsigned char>(c) <= form_mark::last ? substitute : c;
      ++at;
    }
  }
  if (size_ <= max_form_size) return {form_.data(), size_};
  size_ = text::cut_at_character({form_.data(), size_}, max_form_size).size();
  form_[size_++] = form_mark::cut;
  return {form_.data(), size_};
}

/// @return where the line goes on behind an escape sequence that may be of colours
std::size_t FormMaker::skip_escape(std::string_view marked, std::size_t at) {
  if (at + 1 >= marked.size() || marked[at + 1] != '[') return at + 1;
  for (at += 2; at < marked.size(); ++at) {
    const auto c = static_cast<unsigned char>(marked[at]);
    if (is_mark(marked, at)) {
      const auto code = static_cast<std::uint8_t>(marked[at + 1]);
      // The letter that ends the sequence is in it, and a part of the line.
      if (variable::class_of(code) != variable::Class::digits) return at;
      ++at;
    } else if (c < 0x20 || c > 0x3F) {
      return c >= 0x40 && c <= 0x7E ? at + 1 : at;
    }
  }
  return at;
}

/// Takes a run of letters, digits and variables. @return where it ends
std::size_t FormMaker::take_run(std::string_view marked, std::size_t at) {
  const std::size_t begin = at;
  while (at < marked.size() && ascii::is_letter(marked[at])) ++at;
  const std::string_view letters = marked.substr(begin, at - begin);
  if (!starts_number(marked, at)) {
    if (letters.size() == 3 && is_calendar(letters) && is_date(marked, at)) {
      put_number();
    } else {
      put(letters);
    }
    return at;
  }
  put(letters);
  put_number();
  while (at < marked.size() && in_run(marked, at)) at += is_mark(marked, at) ? 2 : 1;
  return at;
}

void FormMaker::put(std::string_view text) {
  std::memcpy(form_.data() + size_, text.data(), text.size());
  size_ += text.size();
}

/// Whether what stands between the last number and here is a joint of two.
bool FormMaker::joins_number(std::size_t from) const {
  const std::string_view between(form_.data() + from, size_ - from);
  if (between.size() <= 1) return between.empty() || joints.contains(between.front());
  // Groups of a UUID.
  return between.size() >= 6 && between.size() <= 24 && between.front() == '-' && between.back() == '-' &&
         std::ranges::all_of(between, [](char c) { return c == '-' || is_hex_letter(c); });
}

void FormMaker::put_number() {
  if (number_end_ != 0 && joins_number(number_end_)) {
    size_ = number_end_;
    return;
  }
  if (form_[size_ - 1] == '-' && size_ > 1 && !ascii::is_alphanumeric(form_[size_ - 2]) && form_[size_ - 2] != '-')
    --size_;
  form_[size_++] = form_mark::number;
  number_end_ = size_;
}

bool find_variables(std::string_view form, std::string_view line, std::vector<std::string_view>& values) {
  values.clear();
  if (form.empty() || form.front() != form_mark::line || form.back() == form_mark::cut) return false;
  if (line.find_first_of("\x1b\t") != std::string_view::npos || line.contains("  ")) return false;
  form.remove_prefix(1);
  std::size_t mark = form.find(form_mark::number);
  if (!line.starts_with(form.substr(0, mark))) return false;
  std::size_t at = std::min(mark, form.size());
  while (mark != std::string_view::npos) {
    const std::size_t next = form.find(form_mark::number, mark + 1);
    const std::string_view behind = form.substr(mark + 1, next == std::string_view::npos ? next : next - mark - 1);
    // A number has a digit: the first space of `Mar 1 10:00` is not behind one.
    std::size_t end = std::min(line.find_first_of("0123456789", at), line.size());
    if (next != std::string_view::npos) {
      end = line.find(behind, end);
      if (end == std::string_view::npos) return false;
    } else if (line.size() < end + behind.size() || !line.ends_with(behind)) {
      return false;
    } else {
      end = line.size() - behind.size();
    }
    if (end == at || line[at] == ' ') return false;
    values.push_back(line.substr(at, end - at));
    at = end + behind.size();
    mark = next;
  }
  return at == line.size();
}

std::string show_form(std::string_view form) {
  std::string shown;
  for (const char c : form.substr(std::min<std::size_t>(1, form.size()))) {
    switch (c) {
      case form_mark::number:
      case form_mark::word: shown += "<*>"; break;
      case form_mark::cut: shown += "…"; break;
      default: shown += c;
    }
  }
  return shown;
}

std::string form_filter(std::string_view form) {
  const bool message = form.starts_with(form_mark::message);
  std::string regex = message ? R"re((?:"(?:msg|message|event|@m)": ?|(?:^| )(?:msg|message|event|@m)=)")re" : "^";
  bool cut = false;
  for (const char c : form.substr(std::min<std::size_t>(1, form.size()))) {
    switch (c) {
      case form_mark::number: regex += R"([-+\w.:,/]*)"; break;
      case form_mark::word: regex += message ? R"re((?:[^\\"]|\\.)*)re" : ".*"; break;
      case form_mark::cut: cut = true; break;
      case ' ': regex += R"([ \t]+)"; break;
      case substitute: regex += "."; break;
      default:
        if (!ascii::is_alphanumeric(c) && !ascii::is_high(c) && c != '_' && c > ' ') regex += '\\';
        regex += c;
    }
  }
  if (!cut) regex += message ? "\"" : "$";
  std::string filter = "text matches ";
  text::append_json_string(filter, regex);
  return filter;
}

}  // namespace taffrail::history
