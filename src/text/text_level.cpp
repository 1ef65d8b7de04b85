#include <array>
#include <cstddef>
#include <string_view>

#include "text/kind.hpp"
#include "text/timestamp.hpp"

// Where a line of text states its level.
//
// Loggers put the level into the head of a line, among times, process numbers, thread and logger names, each set off by
// blanks, brackets, '|', tabs or " - ". Text written by people and programs for people begins behind that head, and its
// words are no levels, whatever they are. So the head is walked token by token. What can only be a piece of a head (a
// time, a bracket, a number behind a time, a word with the punctuation of a name, a word set off by " - ") is passed
// over; the first plain word ends the walk, and the line states no level. A level word counts
//   - in brackets:                       [INFO] [ warn] [core:error] [Server thread/INFO] [09:10:05 INF] <Error> (INFO)
//   - in capitals, as a word of its own: INFO WARN  ERROR: INFO[0001] INFO|
//   - in any case where it is set off:   error: · | info | · <tab>info<tab> · - warn - · info  -
// Some formats say it otherwise, and are known by their exact form: a syslog priority <3>, klog and glog I1121,
// Android's logcat, Ruby's "E, [", Redis' "1:M … #", Erlang's "=ERROR REPORT", npm's "npm ERR!", PHP's "PHP Warning:".
// Lines of classic syslog ("Nov 21 09:10:05 host tag[1]: …") state none, and what looks like one behind the tag is
// text, except in brackets or capitals.

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// No known head is longer; more would only be walked in lines that are no log lines.
constexpr std::size_t max_head_bytes = 320;
constexpr int max_tokens = 16;
constexpr int max_names = 3;
constexpr std::size_t max_bracket_bytes = 96;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool all_upper(std::string_view word) {
  for (const char c : word) {
    if (!is_upper(c) && !is_digit(c)) return false;
  }
  return true;
}

/// Level words that are ordinary English too, or a test's verdict: in running heads they need more than capitals.
bool is_ordinary(std::string_view word) {
  constexpr std::array<std::string_view, 6> ordinary{"note", "success", "fail", "config", "fine", "silly"};
  for (const std::string_view o : ordinary) {
    if (o.size() != word.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < o.size(); ++i) same = same && (word[i] | 0x20) == o[i];
    if (same) return true;
  }
  return false;
}

bool is_zone_name(std::string_view word) {
  constexpr std::array<std::string_view, 25> zones{"UTC", "GMT", "CET", "CEST", "EET",  "EEST", "WET", "BST", "IST",
                                                   "EST", "EDT", "CST", "CDT",  "MST",  "MDT",  "PST", "PDT", "JST",
                                                   "KST", "MSK", "SGT", "AEST", "AEDT", "AM",   "PM"};
  for (const std::string_view zone : zones) {
    if (word == zone) return true;
  }
  return false;
}

struct Phrase {
  std::string_view text;
  Level level;
};
constexpr std::array<Phrase, 15> phrases{{{"npm ERR!", Level::error},
                                          {"npm error ", Level::error},
                                          {"npm WARN ", Level::warn},
                                          {"npm warn ", Level::warn},
                                          {"PHP Fatal error: ", Level::fatal},
                                          {"PHP Parse error: ", Level::fatal},
                                          {"PHP Recoverable fatal error: ", Level::error},
                                          {"PHP Warning: ", Level::warn},
                                          {"PHP Notice: ", Level::info},
                                          {"PHP Deprecated: ", Level::warn},
                                          {"Fatal error: ", Level::fatal},
                                          {"fatal error: ", Level::fatal},
                                          {"Exception in thread \"", Level::error},  // the JVM's, of one nobody caught
                                          {"Unhandled exception. ", Level::error},   // .NET's
                                          {"thread '", Level::fatal}}};

Level phrase_level(std::string_view rest) {
  for (const Phrase& phrase : phrases) {
    if (!rest.starts_with(phrase.text)) continue;
    // A Rust panic: "thread 'main' panicked at src/main.rs:5:9:"
    if (phrase.text == "thread '" && rest.find("' panicked at ") == npos) return Level::unknown;
    return phrase.level;
  }
  return Level::unknown;
}

/// The run of letters at `at`, with one digit behind it (PostgreSQL's DEBUG1 to DEBUG5).
std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end])) ++end;
  if (end - at == 5 && end < text.size() && text[end] >= '1' && text[end] <= '5') ++end;
  return text.substr(at, end - at);
}

/// "09:10:05", "9:10": whether a time of day begins here.
bool begins_clock(std::string_view text) {
  const std::size_t colon = text.find(':');
  return (colon == 1 || colon == 2) && text.size() > colon + 2 && is_digit(text[0]) && is_digit(text[colon - 1]) &&
         is_digit(text[colon + 1]) && is_digit(text[colon + 2]);
}

/// "11/21/2026", "21.11.2026,", "20261121": dates whose parts nobody can tell for sure, so that they are no timestamps.
bool is_date(std::string_view token) {
  if (token.ends_with(',')) token.remove_suffix(1);
  std::size_t digits = 0;
  std::size_t separators = 0;
  for (const char c : token) {
    if (is_digit(c)) {
      ++digits;
    } else if (c == '/' || c == '.' || c == '-') {
      ++separators;
    } else {
      return false;
    }
  }
  return digits >= 4 && digits <= 8 && (separators == 2 || (separators == 0 && digits == 8));
}

/// What stands in brackets: the level alone, behind a module or thread, behind a time, or in front of something.
Level bracket_level(std::string_view content) {
  while (!content.empty() && is_blank(content.front())) content.remove_prefix(1);
  while (!content.empty() && is_blank(content.back())) content.remove_suffix(1);
  if (content.empty()) return Level::unknown;
  const std::string_view first = word_at(content, 0);
  if (content.size() == 1) {
    return std::string_view("TDIWEFC").find(content[0]) == npos ? Level::unknown : level_from_letter(content[0]);
  }
  if (first.size() == content.size()) {
    const Level level = level_from_word(first);
    const bool counts =
        level != Level::unknown && (!is_ordinary(first) || (first[0] | 0x20) == 'n' || first.size() == 7);
    return counts ? level : Level::unknown;  // "[Note]" is MariaDB's, "[success]" some tools'
  }
  // "[I 2026-11-21 09:10:05.123 ServerApp]"
  if (first.size() == 1 && content.size() > 3 && content[1] == ' ' && is_digit(content[2]))
    return level_from_letter(content[0]);
  if (all_upper(first) && first.size() >= 3 && is_blank(content[first.size()])) {
    if (const Level level = level_from_word(first); level != Level::unknown) return level;
  }
  const std::size_t cut = content.find_last_of(is_digit(content[0]) ? std::string_view(" /") : std::string_view(":/"));
  if (cut == npos || cut + 1 >= content.size()) return Level::unknown;
  const std::string_view last = content.substr(cut + 1);
  if (word_at(last, 0).size() != last.size() || is_ordinary(last)) return Level::unknown;
  return level_from_word(last);
}

/// "1:M 21 Nov 2026 09:10:05.123 * Ready": the process, its role, the time, and one of ". - * #".
Level redis_level(std::string_view head) {
  std::size_t at = 0;
  while (at < head.size() && is_digit(head[at])) ++at;
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

/// Formats that are known by the first bytes of the line.
Level level_by_first_bytes(std::string_view head) {
  const char first = head[0];
  const char second = head.size() > 1 ? head[1] : '\0';
  if (first == '<' && is_digit(second)) {
    const std::size_t end = head.substr(0, 6).find('>');
    int priority = 0;
    if (end == npos) return Level::unknown;
    for (const char c : head.substr(1, end - 1)) {
      if (!is_digit(c)) return Level::unknown;
      priority = priority * 10 + (c - '0');
    }
    return priority <= 191 ? level_from_syslog_severity(priority & 7) : Level::unknown;  // 191: local7.debug
  }
  if (is_digit(first)) return redis_level(head);
  if (is_upper(first) && is_digit(second) && leading_timestamp(head, Time{})) return level_from_letter(first);
  if (is_upper(first) && head.substr(1).starts_with(", [")) return level_from_letter(first);
  if (is_upper(first) && second == '/') {  // "D/ActivityManager( 123): "
    const std::size_t open = head.find('(');
    const std::size_t close = head.find("): ");
    if (open != npos && close != npos && open < close && head.substr(0, open).find(' ') == npos)
      return level_from_letter(first);
  }
  if (first == '=') {
    const std::string_view word = word_at(head, 1);
    if (head.substr(1 + word.size()).starts_with(" REPORT==")) {
      return word == "CRASH" || word == "SUPERVISOR" ? Level::error : level_from_word(word);
    }
  }
  return Level::unknown;
}

class HeadWalk {
 public:
  /// @param indented blanks stood before the head
  HeadWalk(std::string_view head, bool indented) : head_(head), indented_(indented) {}
  Level find();

 private:
  enum class Step : unsigned char { go_on, stop };

  Step separators();
  bool timestamp();
  Step bracket();
  Step number();
  Step word();
  Step name(std::size_t end);
  [[nodiscard]] bool counts(std::string_view word) const;
  void syslog_message();

  [[nodiscard]] char peek(std::size_t at) const { return at < head_.size() ? head_[at] : '\0'; }
  [[nodiscard]] std::size_t skip_blanks(std::size_t at) const {
    while (at < head_.size() && is_blank(head_[at])) ++at;
    return at;
  }
  [[nodiscard]] std::size_t end_of_token(std::size_t at) const {
    while (at < head_.size() && !is_blank(head_[at]) && head_[at] != '|') ++at;
    return at;
  }
  /// Whether " - " or '|' follows: then what precedes is a field, whatever it looks like.
  [[nodiscard]] bool set_off(std::size_t end) const {
    const std::size_t next = skip_blanks(end);
    return peek(next) == '|' || (next > end && peek(next) == '-' && is_blank(peek(next + 1)));
  }

  std::string_view head_;
  bool indented_;
  std::size_t at_ = 0;
  Level level_ = Level::unknown;
  int names_ = 0;
  int numbers_ = 0;
  char separator_ = '\0';      // '|', '-' or a tab in front of the token; of blanks nothing is kept
  bool stamped_ = false;       // a time was seen
  bool bracketed_ = false;     // a bracket was seen
  bool open_bracket_ = false;  // a bracket around more than the time is still open
};

HeadWalk::Step HeadWalk::separators() {
  separator_ = '\0';
  while (at_ < head_.size()) {
    const char c = head_[at_];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t' || c == '|' || c == '-') {
      separator_ = c;
    } else if (byte == 0xE2 && at_ + 2 < head_.size()) {
      at_ += 2;  // arrows, box drawing, check marks
    } else if (byte == 0xF0 && at_ + 3 < head_.size()) {
      at_ += 3;  // emoji
    } else if (c != ' ' && c != ':' && c != ',' && c != '*' && c != '#' && c != '!' && c != '>' && c != ']') {
      return Step::go_on;
    }
    ++at_;
  }
  return Step::stop;
}

bool HeadWalk::timestamp() {
  const char c = head_[at_];
  const char next = peek(at_ + 1);
  const bool month_or_day = is_upper(c) && is_letter(next) && (peek(at_ + 3) == ' ');
  const bool in_bracket = c == '[' && (is_digit(next) || (is_upper(next) && peek(at_ + 4) == ' '));
  if (!is_digit(c) && !month_or_day && !in_bracket) return false;
  // Hadoop's "081109 203615": two numbers of six digits.
  if (is_digit(c) && peek(at_ + 6) == ' ' && peek(at_ + 13) == ' ') {
    bool digits = true;
    for (std::size_t i = 0; i < 13; ++i) digits = digits && (i == 6 || is_digit(head_[at_ + i]));
    if (digits) {
      at_ += 13;
      stamped_ = true;
      return true;
    }
  }
  const auto stamp = leading_timestamp(head_.substr(at_), Time{});
  if (!stamp) return false;
  const bool classic_syslog = month_or_day && !stamp->dated && names_ == 0 && !stamped_;
  open_bracket_ = in_bracket && head_[at_ + stamp->length - 1] != ']';
  at_ += stamp->length;
  stamped_ = true;
  if (classic_syslog) {
    // Some write a level right behind that time; else the next word is the host and the one behind it the tag.
    const std::size_t next_word = skip_blanks(at_);
    const std::string_view word = word_at(head_, next_word);
    if (peek(next_word) == '[' || (all_upper(word) && level_from_word(word) != Level::unknown)) return true;
    at_ = skip_blanks(end_of_token(next_word));
    at_ = end_of_token(at_);
    syslog_message();
    at_ = head_.size();
  }
  return true;
}

void HeadWalk::syslog_message() {
  at_ = skip_blanks(at_);
  if (peek(at_) == '[') {
    if (const std::size_t close = head_.find(']', at_); close != npos)
      level_ = bracket_level(head_.substr(at_ + 1, close - at_ - 1));
    return;
  }
  const std::string_view word = word_at(head_, at_);
  if (all_upper(word) && peek(at_ + word.size()) == ':' && !is_ordinary(word)) level_ = level_from_word(word);
}

HeadWalk::Step HeadWalk::bracket() {
  const char open = head_[at_];
  const char close = open == '[' ? ']' : open == '(' ? ')' : open == '{' ? '}' : '>';
  // A brace begins JSON and a '<' markup, except where a time has shown that this is a head.
  if ((open == '{' || open == '<') && !stamped_) return Step::stop;
  const std::size_t end = head_.substr(0, at_ + max_bracket_bytes).find(close, at_ + 1);
  if (end == npos) {
    if (open != '[') return Step::stop;
    open_bracket_ = true;
    ++at_;
    return Step::go_on;
  }
  const std::string_view content = head_.substr(at_ + 1, end - at_ - 1);
  if (open == '[') {
    // MySQL 8's third kind beside Warning and Error: "… 0 [System] [MY-010931] [Server] ready".
    const bool system = content == "System" && head_.substr(end + 1).starts_with(" [MY-");
    level_ = system ? Level::info : bracket_level(content);
  } else if (word_at(content, 0).size() == content.size() && !is_ordinary(content) &&
             (open == '<' ? !content.empty() && is_upper(content[0]) : all_upper(content))) {
    level_ = level_from_word(content);
  }
  bracketed_ = true;
  at_ = end + 1;
  return Step::go_on;
}

HeadWalk::Step HeadWalk::number() {
  const std::size_t end = end_of_token(at_);
  const std::string_view token = head_.substr(at_, end - at_);
  const std::size_t colon = token.find(':');
  if (colon != npos && is_digit(peek(at_ + colon + 1))) stamped_ = true;  // a time of day
  if (is_date(token) && begins_clock(head_.substr(skip_blanks(end)))) stamped_ = true;
  if (token.ends_with("e+09") && token.contains('.')) stamped_ = true;  // seconds since 1970 as zap writes them
  at_ = end;
  return ++numbers_ > 5 || (!stamped_ && !bracketed_) ? Step::stop : Step::go_on;
}

bool HeadWalk::counts(std::string_view word) const {
  const std::size_t end = at_ + word.size();
  const char behind = peek(end);
  const bool upper = all_upper(word);
  const bool ordinary = is_ordinary(word);
  const std::size_t next = skip_blanks(end);
  const bool field = separator_ == '|' || separator_ == '\t';
  // "  error: 'no rope'," is a line of an object or of YAML, "  error | 5" one of a table.
  if (indented_ && !upper && !stamped_ && !bracketed_) return false;
  if (peek(next) == '|') return true;
  if (peek(next) == ':' && (behind == ':' || stamped_ || upper)) {
    if (ordinary && !(word == "fail" || word == "CONFIG" || word == "FINE" || word == "NOTE")) return false;
    if (word == "NOTE") return stamped_;
    const char after = peek(next + 1);
    return upper || after == '\0' || is_blank(after);
  }
  if (behind == '\t') return stamped_ || (upper && !ordinary);
  if (set_off(end)) return names_ == 0 || separator_ == '-' || upper;
  if (!upper) return field && stamped_ && is_blank(behind);
  if (ordinary && (!stamped_ || word == "FAIL" || word == "NOTE")) return false;
  if (word == "TRACE" && peek(next) == '/') return false;  // a request of that method
  if (open_bracket_ && behind == '/') return true;
  return behind == '\0' || is_blank(behind) || behind == '[' || behind == ']' || behind == '>';
}

HeadWalk::Step HeadWalk::word() {
  const std::string_view word = word_at(head_, at_);
  const std::size_t end = at_ + word.size();
  if (word.size() >= 3) {
    const Level level = level_from_word(word);
    if (level != Level::unknown && counts(word)) {
      level_ = level;
      return Step::stop;
    }
    // PostgreSQL's "LOG:  " and Nest's "LOG [".
    if (word == "LOG" && stamped_ && (head_.substr(end).starts_with(":  ") || head_.substr(end).starts_with(" ["))) {
      level_ = Level::info;
      return Step::stop;
    }
  } else if (word.size() == 1 && stamped_ && is_upper(word[0])) {
    // logcat: "11-21 09:10:05.123  1702  2395 D Tag", "… D/Tag( 1702):"; MongoDB before 4.4: "… I  NETWORK  [".
    const bool mongo = is_blank(peek(end)) && is_upper(peek(skip_blanks(end))) && is_upper(peek(skip_blanks(end) + 2));
    if ((numbers_ >= 2 && is_blank(peek(end))) || mongo || (peek(end) == '/' && is_letter(peek(end + 1)))) {
      level_ = level_from_letter(word[0]);
      if (level_ != Level::unknown) return Step::stop;
    }
  }
  if (names_ == 0) {
    level_ = phrase_level(head_.substr(at_));
    if (level_ != Level::unknown) return Step::stop;
  }
  if (stamped_ && is_zone_name(word) && (end == head_.size() || is_blank(head_[end]))) {
    at_ = end;
    return Step::go_on;
  }
  return name(end_of_token(at_));
}

HeadWalk::Step HeadWalk::name(std::size_t end) {
  const std::string_view token = head_.substr(at_, end - at_);
  if (token.find('=') != npos) {
    const LogfmtPair pair = read_logfmt_pair(head_, at_);
    level_ = level_of_pair(pair);
    if (pair.end == 0) return Step::stop;
    at_ = pair.end;
    return ++names_ > max_names ? Step::stop : Step::go_on;
  }
  const std::string_view bare = token.ends_with(':') ? token.substr(0, token.size() - 1) : token;
  // Monolog's "app.ERROR:" and GLib's "Gtk-WARNING **:".
  if (const std::size_t cut = bare.find_last_of(".-"); cut != npos) {
    const std::string_view last = bare.substr(cut + 1);
    const bool glib = bare[cut] == '-' && head_.substr(end).starts_with(" **");
    if (all_upper(last) && !is_ordinary(last) && ((bare[cut] == '.' && token.ends_with(':')) || glib)) {
      level_ = level_from_word(last);
      if (level_ != Level::unknown) return Step::stop;
    }
  }
  if (stamped_ && token.ends_with("]:") && is_digit(token[token.size() - 3])) {
    const std::size_t open = token.find('[');
    if (open != npos && token.find_first_not_of("0123456789", open + 1) == token.size() - 2) {
      at_ = end;
      syslog_message();
      return Step::stop;
    }
  }
  const bool like_a_name = token.find_first_of(".:/@#_[]()$-0123456789\\") < token.size() && !token.ends_with('.');
  if (!like_a_name && !set_off(end) && separator_ != '|') return Step::stop;
  at_ = end;
  return ++names_ > max_names ? Step::stop : Step::go_on;
}

Level HeadWalk::find() {
  for (int token = 0; token < max_tokens && level_ == Level::unknown; ++token) {
    if (separators() == Step::stop) break;
    if (timestamp()) continue;
    const char c = head_[at_];
    Step step = Step::stop;
    if (is_letter(c)) {
      step = word();
    } else if (is_digit(c) || ((c == '+') && is_digit(peek(at_ + 1)))) {
      step = number();
    } else if (c == '[' || c == '(' || c == '{' || c == '<') {
      step = bracket();
    } else if (c == '_' || c == '@' || c == '/' || c == '.' || c == '~' || c == '$') {
      step = name(end_of_token(at_));
    }
    if (step == Step::stop) break;
  }
  return level_;
}

}  // namespace

Level text_level(std::string_view line) {
  const std::size_t indent = line.find_first_not_of(" \t");
  if (indent == npos) return Level::unknown;
  line.remove_prefix(indent);
  const std::string_view head = line.substr(0, max_head_bytes);
  if (const Level level = level_by_first_bytes(head); level != Level::unknown) return level;
  return HeadWalk(head, indent > 0).find();
}

}  // namespace taffrail::text
