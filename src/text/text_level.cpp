#include <array>
#include <cstddef>
#include <string_view>

#include "base/ascii.hpp"
#include "text/head_parts.hpp"
#include "text/kind.hpp"
#include "text/timestamp.hpp"
#include "text/zone_name.hpp"

// Where a line of text states its level.
//
// Loggers put the level into the head of a line, among times, process numbers, thread and logger names, each set off by
// blanks, brackets, '|', commas, tabs or " - ". Text written by people and programs for people begins behind that head,
// and its words are no levels, whatever they are. So the head is walked token by token. What can only be a piece of a
// head (a time, a bracket, a number behind a time, a word with the punctuation of a name, a word set off by " - ") is
// passed over; the first plain word ends the walk, and the line states no level. A level word counts
//   - in brackets:                       [INFO] [ warn] [core:error] [Server thread/INFO] [09:10:05 INF] <Error> (INFO)
//   - in capitals, as a word of its own: INFO WARN  ERROR: INFO[0001] INFO|
//   - in any case where it is set off:   error: · | info | · <tab>info<tab> · - warn - · info  -
//   - in any case as a column behind a time: padded with blanks or between commas, or in front of a source ("Error
//     HttpClient: …"); single letters too, where what follows shows them to be one
// JSON behind a head (docker compose, kubectl --timestamps, syslog) is asked for its own level. What begins a line in a
// form of its own stands in head_parts.cpp; docs/log-formats.md shows each shape with an example.
// Lines of classic syslog ("Nov 21 09:10:05 host tag[1]: …") state none of their own. Behind the tag a program may: in
// brackets or capitals, as "Error:" or "fatal:", or in a format of its own.

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// No known head is longer; more would only be walked in lines that are no log lines.
constexpr std::size_t max_head_bytes = 320;
constexpr int max_tokens = 16;
constexpr int max_names = 3;
constexpr int max_numbers = 5;
constexpr std::size_t max_bracket_bytes = 96;
/// Columns of comma-separated values that are looked at; PostgreSQL's csvlog has the level in the twelfth.
constexpr int max_columns = 16;

/// "09:10:05", "9:10": whether a time of day begins here.
bool begins_clock(std::string_view text) {
  if (text.starts_with("] [")) text.remove_prefix(3);
  const std::size_t colon = text.find(':');
  return (colon == 1 || colon == 2) && text.size() > colon + 2 && ascii::is_digit(text[0]) &&
         ascii::is_digit(text[colon - 1]) && ascii::is_digit(text[colon + 1]) && ascii::is_digit(text[colon + 2]);
}

/// "11/21/2026", "21.11.2026,", "20261121": dates whose parts nobody can tell for sure, so that they are no timestamps.
bool is_date(std::string_view token) {
  if (token.ends_with(',')) token.remove_suffix(1);
  std::size_t digits = 0;
  std::size_t separators = 0;
  for (const char c : token) {
    if (ascii::is_digit(c)) {
      ++digits;
    } else if (c == '/' || c == '.' || c == '-') {
      ++separators;
    } else {
      return false;
    }
  }
  return digits >= 4 && digits <= 8 && (separators == 2 || (separators == 0 && digits == 8));
}

/// "sshd[245]:", syslog's mark of who speaks.
bool is_tag(std::string_view token) {
  if (!token.ends_with("]:") || token.size() < 5 || !ascii::is_digit(token[token.size() - 3])) return false;
  const std::size_t open = token.find('[');
  return open != npos && token.find_first_not_of("0123456789", open + 1) == token.size() - 2;
}

class HeadWalk {
 public:
  /// @param line the whole line, for JSON behind the head
  /// @param indented blanks stood before the head
  HeadWalk(std::string_view line, bool indented)
      : line_(line), head_(line.substr(0, max_head_bytes)), indented_(indented) {}
  Level find();

 private:
  enum class Step : unsigned char { go_on, stop };

  Step separators();
  [[nodiscard]] std::size_t sign_length() const;
  bool timestamp();
  Step bracket();
  Step number();
  Step word();
  Step translated_word();
  Step name(std::size_t end);
  [[nodiscard]] bool counts(std::string_view word) const;
  [[nodiscard]] bool is_column(std::size_t end) const;
  [[nodiscard]] bool letter_counts() const;
  [[nodiscard]] Level behind_plain_words() const;
  [[nodiscard]] Level columns() const;
  void syslog_message();

  [[nodiscard]] char peek(std::size_t at) const { return at < head_.size() ? head_[at] : '\0'; }
  [[nodiscard]] std::size_t skip_blanks(std::size_t at) const {
    while (at < head_.size() && ascii::is_blank(head_[at])) ++at;
    return at;
  }
  [[nodiscard]] std::size_t end_of_token(std::size_t at) const {
    while (at < head_.size() && !ascii::is_blank(head_[at]) && head_[at] != '|') ++at;
    return at;
  }
  /// Whether " - " or '|' follows: then what precedes is a field, whatever it looks like.
  [[nodiscard]] bool set_off(std::size_t end) const {
    const std::size_t next = skip_blanks(end);
    return peek(next) == '|' || (next > end && peek(next) == '-' && ascii::is_blank(peek(next + 1)));
  }
  [[nodiscard]] bool json_at(std::size_t at) const { return peek(at) == '{' && peek(skip_blanks(at + 1)) == '"'; }

  std::string_view line_;
  std::string_view head_;
  bool indented_;
  std::size_t at_ = 0;
  Level level_ = Level::unknown;
  int names_ = 0;
  int numbers_ = 0;
  char separator_ = '\0';      // '|', '-', ',' or a tab in front of the token; of blanks nothing is kept
  bool stamped_ = false;       // a time was seen
  bool bracketed_ = false;     // a bracket was seen
  bool open_bracket_ = false;  // a bracket around more than the time is still open
};

/// The length of a character at this place that is a sign and no letter: arrows, box drawing, check marks, emoji and
/// what makes a sign one, no-break blanks, guillemets, a byte order mark. 0 when it is none.
std::size_t HeadWalk::sign_length() const {
  switch (static_cast<unsigned char>(head_[at_])) {
    case 0xC2: return at_ + 1 < head_.size() ? 2 : 0;
    case 0xE2: return at_ + 2 < head_.size() ? 3 : 0;
    case 0xEF: return peek(at_ + 1) == '\xB8' || peek(at_ + 1) == '\xBB' ? 3 : 0;
    case 0xF0: return at_ + 3 < head_.size() ? 4 : 0;
    default: return 0;
  }
}

HeadWalk::Step HeadWalk::separators() {
  separator_ = '\0';
  while (at_ < head_.size()) {
    const char c = head_[at_];
    if (c == ' ') {
      // the most usual one
    } else if (c == '\t' || c == '|' || c == '-' || c == ',') {
      separator_ = c;
    } else if (ascii::is_high(c)) {
      const std::size_t sign = sign_length();
      if (sign == 0) return Step::go_on;
      at_ += sign - 1;
    } else if (c != ':' && c != '*' && c != '#' && c != '!' && c != '>' && c != ']') {
      return Step::go_on;
    }
    ++at_;
  }
  return Step::stop;
}

bool HeadWalk::timestamp() {
  const char c = head_[at_];
  const char next = peek(at_ + 1);
  const bool month_or_day =
      ascii::is_upper(c) && ascii::is_letter(next) && (peek(at_ + 3) == ' ' || peek(at_ + 3) == ',');
  const bool in_bracket = c == '[' && (ascii::is_digit(next) || (ascii::is_upper(next) && peek(at_ + 4) == ' '));
  if (!ascii::is_digit(c) && !month_or_day && !in_bracket) return false;
  const auto stamp = leading_timestamp(head_.substr(at_), Time{});
  if (!stamp) return false;
  const bool classic_syslog = month_or_day && !stamp->dated && names_ == 0 && !stamped_;
  open_bracket_ = in_bracket && head_[at_ + stamp->length - 1] != ']';
  at_ += stamp->length;
  stamped_ = true;
  if (classic_syslog) {
    // Some write a level right behind that time; else the next word is the host and the one behind it the tag, or the
    // tag alone.
    const std::size_t next_word = skip_blanks(at_);
    const LevelWord word = level_word_at(head_, next_word);
    if (peek(next_word) == '[' || (all_upper(word.text) && word.level != Level::unknown)) return true;
    at_ = end_of_token(next_word);
    if (peek(at_ - 1) != ':') at_ = end_of_token(skip_blanks(at_));
    syslog_message();
    at_ = head_.size();
  } else if (peek(at_) == ',' && !ascii::is_blank(peek(at_ + 1))) {
    level_ = columns();
  }
  return true;
}

/// What a program says behind syslog's tag.
void HeadWalk::syslog_message() {
  at_ = skip_blanks(at_);
  if (at_ >= head_.size()) return;
  if (json_at(at_)) {
    level_ = scan_json_line(line_.substr(at_)).level;
    return;
  }
  if (peek(at_) == '[') {
    if (const std::size_t close = head_.find(']', at_); close != npos)
      level_ = bracket_level(head_.substr(at_ + 1, close - at_ - 1));
    if (level_ != Level::unknown) return;
  }
  // Programs that write the same line to their own log put its whole head here.
  if (leading_timestamp(head_.substr(at_), Time{})) {
    level_ = text_level(line_.substr(at_));
    return;
  }
  for (LogfmtPair pair = read_logfmt_pair(head_, at_); pair.end != 0 && level_ == Level::unknown;
       pair = read_logfmt_pair(head_, skip_blanks(pair.end)))
    level_ = level_of_pair(pair);
  if (level_ != Level::unknown) return;
  // Dovecot's "dovecot: imap(pilot)<7>: Error: …": a name more.
  const std::size_t token = end_of_token(at_);
  LevelWord word = level_word_at(head_, at_);
  if (word.level == Level::unknown && token > at_ && head_[token - 1] == ':')
    word = level_word_at(head_, skip_blanks(token));
  if (word.level == Level::unknown || is_ordinary(word.text)) return;
  const char behind =
      *(word.text.data() + word.text.size() < head_.data() + head_.size() ? word.text.data() + word.text.size() : "");
  // In small letters only what no sentence begins with.
  const bool as_a_word = ascii::is_upper(word.text[0]) || word.level == Level::fatal;
  if (behind == ':' && as_a_word) level_ = word.level;
}

HeadWalk::Step HeadWalk::bracket() {
  const char open = head_[at_];
  const char close = open == '[' ? ']' : open == '(' ? ')' : open == '{' ? '}' : '>';
  if (json_at(at_)) {
    level_ = scan_json_line(line_.substr(at_)).level;
    return Step::stop;
  }
  const bool angle_with_time = open == '<' && !stamped_ && leading_timestamp(head_.substr(at_ + 1), Time{}).has_value();
  // A brace begins JSON and a '<' markup, except where a time has shown that this is a head.
  if ((open == '{' || open == '<') && !stamped_ && !angle_with_time) return Step::stop;
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
    // ESPHome's "[09:10:05][C][wifi:600]:" tells of its configuration.
    const bool config = content == "C" && at_ > 0 && head_[at_ - 1] == ']' && peek(end + 1) == '[';
    // An indented "[C]: in function 'error'" is Lua's, and a list's mark.
    const bool mark = content.size() == 1 && indented_ && !stamped_ && !bracketed_;
    level_ = system ? Level::info : config ? Level::debug : mark ? Level::unknown : bracket_level(content);
    if (is_date(content) && begins_clock(head_.substr(end))) stamped_ = true;
  } else if (const LevelWord word = level_word_at(content, 0);
             word.text.size() == content.size() && !is_ordinary(content) &&
             (open == '<' ? !content.empty() && ascii::is_upper(content[0]) : all_upper(content))) {
    level_ = word.level;
  }
  stamped_ |= angle_with_time;
  bracketed_ = true;
  at_ = end + 1;
  return Step::go_on;
}

HeadWalk::Step HeadWalk::number() {
  const std::size_t end = end_of_token(at_);
  const std::string_view token = head_.substr(at_, end - at_);
  const std::size_t colon = token.find(':');
  if (colon != npos && ascii::is_digit(peek(at_ + colon + 1))) stamped_ = true;  // a time of day
  if (is_date(token) && begins_clock(head_.substr(skip_blanks(end)))) stamped_ = true;
  at_ = end;
  return ++numbers_ > max_numbers || (!stamped_ && !bracketed_) ? Step::stop : Step::go_on;
}

/// Whether a level word in any case, which ends at `end` and stands right behind a time, is a column: set off by
/// padding or commas, or in front of the name of a source.
bool HeadWalk::is_column(std::size_t end) const {
  const std::size_t next = skip_blanks(end);
  if (next == end) return peek(next) == ',' && separator_ == ',';
  if (next >= end + 2 || peek(end) == '\t') return true;
  if (names_ > 0) return false;
  if (separator_ == ',') return ascii::is_upper(peek(next));
  const std::size_t source = end_of_token(next);
  return ascii::is_letter(peek(next)) && source > next + 1 && head_[source - 1] == ':';
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
    return upper || after == '\0' || ascii::is_blank(after);
  }
  if (behind == '\t') return stamped_ || (upper && !ordinary);
  if (set_off(end)) return names_ == 0 || separator_ == '-' || upper;
  if (!upper) {
    if (behind == '[' && names_ == 0 && !stamped_ && !bracketed_) {  // rustc's "error[E0382]: borrow of …"
      const std::size_t close = head_.find(']', end);
      return close != npos && peek(close + 1) == ':' && !ordinary;
    }
    return stamped_ && ((field && ascii::is_blank(behind)) || (!ordinary && is_column(end)));
  }
  if (ordinary && (!stamped_ || word == "FAIL" || word == "NOTE")) return false;
  if (word == "TRACE" && peek(next) == '/') return false;  // a request of that method
  if (open_bracket_ && behind == '/') return true;
  return behind == '\0' || ascii::is_blank(behind) || behind == '[' || behind == ']' || behind == '>' || behind == '!';
}

/// Whether the single letter here stands for a level. It does where what is around shows that it is no word.
bool HeadWalk::letter_counts() const {
  const std::size_t end = at_ + 1;
  const std::size_t next = skip_blanks(end);
  if (numbers_ >= 2 && ascii::is_blank(peek(end))) return true;          // logcat: "… 1702  2395 D Tag"
  if (peek(end) == '/' && ascii::is_letter(peek(end + 1))) return true;  // logcat: "… D/Tag( 1702):"
  if (peek(end) == '!' && ascii::is_blank(peek(end + 1))) return true;   // Telegraf: "… E! [agent] …"
  if (next == end || std::string_view("TDIWEF").find(head_[at_]) == npos) return false;
  if (peek(next) == '|') return true;                                               // etcd: "… I | raft: …"
  if (ascii::is_upper(peek(next)) && ascii::is_upper(peek(next + 2))) return true;  // MongoDB: "… I  NETWORK  ["
  if (names_ > 0 && next >= end + 2 && at_ >= 2 && head_[at_ - 2] == ' ')
    return true;  // WebSphere: "Server  W   WSVR1"
  // TensorFlow: "…: W tensorflow/core/x.cc:12] …".
  const std::size_t position = end_of_token(next);
  return position > next + 2 && head_[position - 1] == ']' && ascii::is_digit(head_[position - 2]) && peek(next) != '[';
}

/// The level behind one or two plain words, where it cannot be a part of the text: as a column with a separator of its
/// own ("netdata INFO  : MAIN : …"), or, behind a source, as the last of several words in capitals in front of one that
/// is not ("… R02-M1 RAS KERNEL INFO cache parity error corrected").
Level HeadWalk::behind_plain_words() const {
  std::size_t at = at_;
  bool capitals = true;
  for (int words = 1; words <= 2; ++words) {
    const std::size_t end = end_of_token(at);
    for (std::size_t i = at; i < end; ++i) {
      if (!ascii::is_letter(head_[i])) return Level::unknown;
      capitals = capitals && ascii::is_upper(head_[i]);
    }
    at = skip_blanks(end);
    const LevelWord word = level_word_at(head_, at);
    if (word.level == Level::unknown || !all_upper(word.text) || is_ordinary(word.text)) continue;
    const std::size_t behind = at + word.text.size();
    const std::size_t next = skip_blanks(behind);
    if (next == behind) return Level::unknown;
    if (set_off(behind) || peek(next) == ':') return word.level;
    if (words == 1 && names_ == 0) return Level::unknown;
    const std::string_view text = head_.substr(next, end_of_token(next) - next);
    return capitals && names_ > 0 && !text.empty() && !(ascii::is_upper(text[0]) && all_upper(text)) ? word.level
                                                                                                     : Level::unknown;
  }
  return Level::unknown;
}

/// The level in a line of comma-separated values that begins with a time: the first column that is nothing but a level
/// word.
Level HeadWalk::columns() const {
  std::size_t at = at_;
  for (int column = 0; column < max_columns && at < head_.size() && head_[at] == ','; ++column) {
    ++at;
    const bool quoted = peek(at) == '"';
    const std::size_t begin = quoted ? at + 1 : at;
    std::size_t end = quoted ? head_.find('"', begin) : std::min(head_.find(',', at), head_.size());
    if (end == npos) return Level::unknown;
    const LevelWord word = level_word_at(head_, begin);
    const bool alone = !word.text.empty() && begin + word.text.size() == end;
    if (alone && word.level != Level::unknown && ascii::is_upper(word.text[0])) return word.level;
    if (alone && word.text == "LOG") return Level::info;  // PostgreSQL's
    at = quoted ? end + 1 : end;
  }
  return Level::unknown;
}

/// Letters beyond ASCII: only a translated level in front of a colon is looked for.
HeadWalk::Step HeadWalk::translated_word() {
  std::size_t end = at_;
  while (end < head_.size() && (ascii::is_letter(head_[end]) || ascii::is_high(head_[end])) &&
         head_.substr(end, 3) != "\xEF\xBC\x9A")
    ++end;
  const bool colon = peek(end) == ':' || head_.substr(end, 3) == "\xEF\xBC\x9A";
  if (colon) level_ = level_from_translated_word(head_.substr(at_, end - at_));
  return Step::stop;
}

HeadWalk::Step HeadWalk::word() {
  const LevelWord found = level_word_at(head_, at_);
  const std::string_view word = found.text;
  const std::size_t end = at_ + word.size();
  if (found.level != Level::unknown && counts(word)) {
    level_ = found.level;
    return Step::stop;
  }
  if (stamped_ && word == "LOG" && (head_.substr(end).starts_with(":  ") || head_.substr(end).starts_with(" ["))) {
    level_ = Level::info;  // PostgreSQL's "LOG:  " and Nest's "LOG [".
    return Step::stop;
  }
  if (stamped_ && word.size() == 1 && ascii::is_upper(word[0]) && letter_counts()) {
    level_ = level_from_letter(word[0]);
    if (level_ != Level::unknown) return Step::stop;
  }
  if (names_ == 0 && (stamped_ || !indented_)) {
    level_ = phrase_level(head_.substr(at_));
    if (level_ != Level::unknown) return Step::stop;
  }
  if (ascii::is_high(peek(end)) || (ascii::is_upper(word[0]) && peek(end) == ':')) {
    translated_word();
    if (level_ != Level::unknown || ascii::is_high(peek(end))) return Step::stop;
  }
  if (stamped_ && zone_offset(word) && (end == head_.size() || ascii::is_blank(head_[end]))) {
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
  // What nobody caught begins its line, or stands behind the place that warns of it.
  if (!stamped_ && !indented_) {
    level_ = exception_level(line_.substr(at_));
    if (level_ != Level::unknown) return Step::stop;
  }
  const std::string_view bare = token.ends_with(':') ? token.substr(0, token.size() - 1) : token;
  // Monolog's "app.ERROR:", GLib's "Gtk-WARNING **:", "log4j:WARN No appenders", "Zigbee2MQTT:error 2026-…".
  if (const std::size_t cut = bare.find_last_of(".-:"); cut != npos) {
    const LevelWord last = level_word_at(bare, cut + 1);
    if (last.level != Level::unknown && cut + 1 + last.text.size() == bare.size() && !is_ordinary(last.text)) {
      const bool upper = all_upper(last.text);
      const bool monolog = upper && bare[cut] == '.' && token.ends_with(':');
      const bool glib = upper && bare[cut] == '-' && head_.substr(end).starts_with(" **");
      const bool before_time = leading_timestamp(head_.substr(skip_blanks(end)), Time{}).has_value();
      const bool own = bare[cut] == ':' && names_ == 0 && !stamped_ && !bracketed_ && (upper || before_time);
      if (monolog || glib || own) {
        level_ = last.level;
        return Step::stop;
      }
    }
  }
  if (stamped_) {
    // The tag, or the host in front of it.
    const std::size_t next = skip_blanks(end);
    const std::size_t behind = end_of_token(next);
    const bool host = names_ == 0 && is_tag(head_.substr(next, behind - next));
    if (host || is_tag(token)) {
      at_ = host ? behind : end;
      syslog_message();
      return Step::stop;
    }
  }
  const bool like_a_name = token.find_first_of(".:/@#_[]()$-0123456789\\") < token.size() && !token.ends_with('.');
  const bool padded = stamped_ && ascii::is_blank(peek(end)) && ascii::is_blank(peek(end + 1));
  if (!like_a_name && !padded && !set_off(end) && separator_ != '|') {
    if (stamped_) level_ = behind_plain_words();
    return Step::stop;
  }
  at_ = end;
  return ++names_ > max_names ? Step::stop : Step::go_on;
}

Level HeadWalk::find() {
  for (int token = 0; token < max_tokens && level_ == Level::unknown; ++token) {
    if (separators() == Step::stop) break;
    if (timestamp()) continue;
    const char c = head_[at_];
    Step step = Step::stop;
    if (ascii::is_letter(c)) {
      step = word();
    } else if (ascii::is_digit(c) || ((c == '+') && ascii::is_digit(peek(at_ + 1)))) {
      step = number();
    } else if (c == '[' || c == '(' || c == '{' || c == '<') {
      step = bracket();
    } else if (c == '_' || c == '@' || c == '/' || c == '.' || c == '~' || c == '$') {
      step = name(end_of_token(at_));
    } else if (ascii::is_high(c)) {
      step = translated_word();
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
  if (const Level level = level_by_first_bytes(line.substr(0, max_head_bytes)); level != Level::unknown) return level;
  return HeadWalk(line, indent > 0).find();
}

}  // namespace taffrail::text
