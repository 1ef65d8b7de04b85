#include "text/head_parts.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "text/timestamp.hpp"

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// How far the name of an exception's class is looked for.
constexpr std::size_t max_class_name = 200;

bool equal_ignoring_case(std::string_view a, std::string_view lower_case) {
  return std::ranges::equal(a, lower_case, [](char x, char y) { return ascii::to_lower(x) == y; });
}

struct Phrase {
  std::string_view text;
  Level level;
};
constexpr std::array<Phrase, 27> phrases{{{"Deprecated: ", Level::warn},
                                          {"Exception in thread \"", Level::error},  // the JVM's, of one nobody caught
                                          {"Fatal error: ", Level::fatal},
                                          {"PHP Deprecated: ", Level::warn},
                                          {"PHP Fatal error: ", Level::fatal},
                                          {"PHP Notice: ", Level::info},
                                          {"PHP Parse error: ", Level::fatal},
                                          {"PHP Recoverable fatal error: ", Level::error},
                                          {"PHP Warning: ", Level::warn},
                                          {"Parse error: ", Level::fatal},
                                          {"Segmentation fault", Level::fatal},
                                          {"Traceback (most recent call last):", Level::error},
                                          {"Unhandled Exception: ", Level::error},
                                          {"Unhandled exception. ", Level::error},  // .NET's
                                          {"Unhandled exception:", Level::error},   // Dart's, Mono's
                                          {"Unhandled exception at ", Level::error},
                                          {"fatal error: ", Level::fatal},
                                          {"fatal runtime error: ", Level::fatal},  // Rust's
                                          {"npm ERR!", Level::error},
                                          {"npm WARN ", Level::warn},
                                          {"npm error ", Level::error},
                                          {"npm http ", Level::debug},
                                          {"npm info ", Level::info},
                                          {"npm notice", Level::info},
                                          {"npm verb ", Level::debug},
                                          {"npm warn ", Level::warn},
                                          {"terminate called ", Level::fatal}}};  // C++

/// Rust's: "thread 'main' panicked at src/main.rs:5:9:", since 1.89 "thread 'main' (1234) panicked at …".
Level rust_level(std::string_view rest) {
  const std::size_t quote = rest.find('\'', sizeof("thread '") - 1);
  if (quote == npos) return Level::unknown;
  rest.remove_prefix(quote + 1);
  if (rest.starts_with(" (")) {
    const std::size_t close = rest.find(')');
    if (close == npos || rest.find_first_not_of("0123456789", 2) != close) return Level::unknown;
    rest.remove_prefix(close + 1);
  }
  return rest.starts_with(" panicked at ") || rest.starts_with(" has overflowed its stack") ? Level::fatal
                                                                                            : Level::unknown;
}

/// "/srv/dock.rb:5:in 'tie': no rope (RuntimeError)": what Ruby says of an exception that nobody caught.
Level ruby_level(std::string_view rest) {
  const std::size_t file = rest.find(".rb:");
  if (file == npos || !rest.ends_with(')')) return Level::unknown;
  const std::size_t in = rest.find(":in ", file);
  if (in == npos || rest.substr(0, in).find(' ') != npos) return Level::unknown;
  const std::size_t open = rest.rfind(" (");
  const bool named = open != npos && ascii::is_upper(rest[open + 2]) && rest.find("': ", in) < open;
  return named && rest.find(' ', open + 2) == npos ? Level::error : Level::unknown;
}

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == npos; }

/// "1:M 21 Nov 2026 09:10:05.123 * Ready": the process, its role, the time, and one of ". - * #".
Level redis_level(std::string_view head) {
  std::size_t at = 0;
  while (at < head.size() && ascii::is_digit(head[at])) ++at;
  if (at == 0 || at + 3 >= head.size() || head[at] != ':' || std::string_view("XCSM").find(head[at + 1]) == npos ||
      head[at + 2] != ' ')
    return Level::unknown;
  at += 3;
  const auto stamp = leading_timestamp(head.substr(at), Time{});
  if (!stamp) return Level::unknown;
  at += stamp->length;
  if (at + 2 >= head.size() || head[at] != ' ' || head[at + 2] != ' ') return Level::unknown;
  switch (head[at + 1]) {
    case '.':
    case '-': return Level::debug;
    case '*': return Level::info;
    case '#': return Level::warn;
    default: return Level::unknown;
  }
}

/// "<34>": facility and severity of syslog.
Level priority_level(std::string_view head) {
  const std::size_t end = head.substr(0, 6).find('>');
  if (end == npos || !all_digits(head.substr(1, end - 1))) return Level::unknown;
  int priority = 0;
  for (const char c : head.substr(1, end - 1)) priority = priority * 10 + (c - '0');
  return priority <= 191 ? level_from_syslog_severity(priority & 7) : Level::unknown;  // 191: local7.debug
}

/// `<log4j:event logger="quay" timestamp="1795252205123" level="ERROR">`: an XML element's own attribute.
Level attribute_level(std::string_view head) {
  constexpr std::string_view attribute = " level=\"";
  head = head.substr(0, head.find('>'));
  const std::size_t at = head.find(attribute);
  if (at == npos) return Level::unknown;
  const std::string_view value = head.substr(at + attribute.size());
  return level_from_word(value.substr(0, value.find('"')));
}

/// A capital letter begins the line that stands for a level.
Level letter_level(std::string_view head) {
  const char first = head[0];
  const char second = head.size() > 1 ? head[1] : '\0';
  const std::string_view rest = head.substr(1);
  if (ascii::is_digit(second))
    return leading_timestamp(head, Time{}) ? level_from_letter(first) : Level::unknown;  // klog
  if (rest.starts_with(", [")) return level_from_letter(first);                          // Ruby
  const bool usual = std::string_view("TDIWEV").find(first) != npos;
  if (rest.starts_with(": ") && usual) return level_from_letter(first);  // apt, PulseAudio
  if (rest.starts_with(" (") && usual) {                                 // ESP-IDF: "E (5678) wifi: lost"
    const std::size_t close = rest.find(") ");
    if (close != npos && all_digits(rest.substr(2, close - 2)) && rest.find(": ", close) != npos)
      return level_from_letter(first);
  }
  if (second == '/') {  // "D/ActivityManager( 123): "
    const std::size_t open = head.find('(');
    const std::size_t close = head.find("): ");
    if (open != npos && close != npos && open < close && head.find(' ') >= head.find_last_not_of(' ', open - 1) + 1)
      return level_from_letter(first);
  }
  return Level::unknown;
}

}  // namespace

LevelWord level_word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && ascii::is_letter(text[end])) ++end;
  const auto digit_at = [&](std::size_t i) { return i < text.size() && ascii::is_digit(text[i]); };
  const std::string_view letters = text.substr(at, end - at);
  if (letters.size() < 3) return {.text = letters};
  if (letters.size() == 5 && digit_at(end) && !digit_at(end + 1)) {  // "DEBUG2", "trace8"
    const std::string_view word = text.substr(at, 6);
    return {.text = word, .level = level_from_word(word)};
  }
  const Level level = level_from_word(letters);
  if (level != Level::unknown && end < text.size() && (text[end] == '+' || text[end] == '-') && digit_at(end + 1)) {
    const std::size_t behind = digit_at(end + 2) ? end + 3 : end + 2;
    if (behind == text.size() || ascii::is_blank(text[behind]) || text[behind] == ']')
      return {.text = text.substr(at, behind - at), .level = level};
  }
  return {.text = letters, .level = level};
}

bool all_upper(std::string_view word) {
  return std::ranges::all_of(word,
                             [](char c) { return ascii::is_upper(c) || ascii::is_digit(c) || c == '+' || c == '-'; });
}

bool is_ordinary(std::string_view word) {
  constexpr std::array<std::string_view, 6> ordinary{"note", "success", "fail", "config", "fine", "silly"};
  return std::ranges::any_of(ordinary, [&](std::string_view o) { return equal_ignoring_case(word, o); });
}

Level bracket_level(std::string_view content) {
  while (!content.empty() && ascii::is_blank(content.front())) content.remove_prefix(1);
  while (!content.empty() && ascii::is_blank(content.back())) content.remove_suffix(1);
  if (content.empty()) return Level::unknown;
  if (content.size() == 1)
    return std::string_view("TDIWEFCV").find(content[0]) == npos ? Level::unknown : level_from_letter(content[0]);
  if (content == "VV") return Level::trace;  // ESPHome's "very verbose"
  const LevelWord first = level_word_at(content, 0);
  if (first.text.size() == content.size()) {
    const bool counts = !is_ordinary(first.text) || ascii::to_lower(first.text[0]) == 'n' || first.text.size() == 7;
    return counts ? first.level : Level::unknown;  // "[Note]" is MariaDB's, "[success]" some tools'
  }
  // "[I 2026-11-21 09:10:05.123 ServerApp]"
  if (first.text.size() == 1 && content.size() > 3 && content[1] == ' ' && ascii::is_digit(content[2]))
    return level_from_letter(content[0]);
  if (first.level != Level::unknown && all_upper(first.text) && ascii::is_blank(content[first.text.size()]))
    return first.level;
  if (ascii::is_high(content[0])) return level_from_translated_word(content);
  const std::size_t cut =
      content.find_last_of(ascii::is_digit(content[0]) ? std::string_view(" /") : std::string_view(":/"));
  if (cut == npos) return Level::unknown;
  if (const LevelWord last = level_word_at(content, cut + 1);
      cut + 1 + last.text.size() == content.size() && !is_ordinary(last.text) && last.level != Level::unknown)
    return last.level;
  // Chromium's "[123:456:1121/091005.1:ERROR:gpu.cc(5)]", Flutter's "[ERROR:flutter/shell.cc(5)]".
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t colon = std::min(content.find(':', at), content.size());
    const LevelWord part = level_word_at(content, at);
    if (part.level != Level::unknown && at + part.text.size() == colon && all_upper(part.text) &&
        !is_ordinary(part.text))
      return part.level;
    at = colon + 1;
  }
  return Level::unknown;
}

Level phrase_level(std::string_view rest) {
  if (rest.size() < 10) return Level::unknown;
  if (rest.starts_with("thread '")) return rust_level(rest);
  // The JVM's own.
  if ((rest.starts_with("OpenJDK ") || rest.starts_with("Java HotSpot")) && rest.find(" VM warning: ") != npos)
    return Level::warn;
  if (rest.starts_with("Uncaught ")) {
    const std::string_view what = rest.substr(sizeof("Uncaught ") - 1);
    return what.starts_with("Error: ") || what.starts_with("exception") ? Level::error : exception_level(what);
  }
  for (const Phrase& phrase : phrases) {
    // Most words end here, at one comparison of bytes; a call for each would cost more than the rest of the walk.
    if (phrase.text[0] == rest[0] && phrase.text[2] == rest[2] && rest.starts_with(phrase.text)) return phrase.level;
  }
  return Level::unknown;
}

Level exception_level(std::string_view text) {
  std::size_t end = 0;
  std::size_t name = 0;
  while (end < text.size() && end < max_class_name) {
    const char c = text[end];
    if (c == '.' || c == '\\')
      name = end + 1;  // PHP's namespaces too
    else if (!ascii::is_letter(c) && !ascii::is_digit(c) && c != '_' && c != '$')
      break;
    ++end;
  }
  if (end < text.size() && text[end] != ':' && !text.substr(end).starts_with(" [")) return Level::unknown;
  const std::string_view word = text.substr(name, end - name);
  if (word.size() < 6 || !ascii::is_upper(word[0]) || all_upper(word)) return Level::unknown;
  // Alone on its line only a name of several parts is one: "Error" may be a heading.
  if (end == text.size() && name == 0) return Level::unknown;
  for (const std::string_view kind : {"Error", "Exception", "Throwable", "Fault"}) {
    if (word.ends_with(kind)) return Level::error;
  }
  return word.ends_with("Warning") ? Level::warn : Level::unknown;
}

Level level_by_first_bytes(std::string_view head) {
  const char first = head[0];
  if (ascii::is_upper(first)) return letter_level(head);
  if (ascii::is_digit(first)) return redis_level(head);
  const char second = head.size() > 1 ? head[1] : '\0';
  switch (first) {
    case '<': return ascii::is_digit(second) ? priority_level(head) : attribute_level(head);
    case '/': return ruby_level(head);
    case '*':  // Elixir's "** (RuntimeError) no rope"
      return head.starts_with("** (") && ascii::is_upper(head.size() > 4 ? head[4] : '\0') ? Level::error
                                                                                           : Level::unknown;
    case '(':  // qBittorrent's "(W) 2026-11-21T09:10:05 - "
      if (head.size() > 4 && head.substr(2, 2) == ") " && ascii::is_digit(head[4])) return level_from_letter(second);
      return Level::unknown;
    case '=': {
      if (const std::size_t end = head.find("==ERROR: "); end != npos && end > 2 && all_digits(head.substr(2, end - 2)))
        return Level::error;  // the sanitizers' and valgrind's "==123==ERROR: "
      const LevelWord word = level_word_at(head, 1);
      if (!head.substr(1 + word.text.size()).starts_with(" REPORT==")) return Level::unknown;
      return word.text == "CRASH" || word.text == "SUPERVISOR" ? Level::error : word.level;
    }
    default: return Level::unknown;
  }
}

}  // namespace taffrail::text
