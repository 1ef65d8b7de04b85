#include "text/line_time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/ascii.hpp"
#include "text/ansi.hpp"
#include "text/byte_block.hpp"
#include "text/epoch.hpp"
#include "text/head_parts.hpp"
#include "text/kind.hpp"
#include "text/timestamp.hpp"

// Where a line states its time.
//
// Most begin with it, and that is asked first. Else the head is walked as text_level.cpp walks it: brackets, numbers,
// names with punctuation, level words and single letters are passed over, and a timestamp is tried at the start of each
// token. A plain word ends the walk, for behind it a date may be what the line is about ("next run 2026-11-22 …");
// access logs may have some (the user), since their "[21/Nov/2026:09:10:05 +0100]" is no part of any text.
// Structured lines are asked for the fields that hold times, the outermost first.

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t looked_at = 4096;
constexpr std::size_t max_head_bytes = 320;
constexpr int max_tokens = 12;
/// Plain words in front of an access log's time: the host, the user and their realm.
constexpr int max_plain_words = 3;
constexpr std::size_t longest_key = 24;

/// Keys that hold a time, as they are without case, '.', '_', '-' and a leading '@'.
constexpr std::array<std::string_view, 24> time_keys{"time",
                                                     "ts",
                                                     "timestamp",
                                                     "t",
                                                     "datetime",
                                                     "date",
                                                     "dt",
                                                     "eventtime",
                                                     "logtime",
                                                     "starttime",
                                                     "asctime",
                                                     "timelocal",
                                                     "timeiso8601",
                                                     "realtimetimestamp",
                                                     "sourcerealtimetimestamp",
                                                     "timemillis",
                                                     "timems",
                                                     "timeunixnano",
                                                     "instant",
                                                     "logtimestamp",
                                                     "eventtimestamp",
                                                     "timeutc",
                                                     "utctime",
                                                     "loggedat"};
/// Keys of objects that stand around a record's own fields.
constexpr std::array<std::string_view, 3> envelopes{"log", "record", "event"};

/// A key without what does not matter, in `letters`; empty when it is too long to be one.
std::string_view normalised(std::string_view key, std::array<char, longest_key>& letters) {
  while (key.starts_with('@') || key.starts_with('_')) key.remove_prefix(1);
  if (key.size() > longest_key) return {};
  std::size_t count = 0;
  for (const char c : key) {
    if (c != '.' && c != '_' && c != '-') letters[count++] = ascii::to_lower(c);
  }
  return {letters.data(), count};
}

bool is_time_key(std::string_view key) {
  std::array<char, longest_key> letters;
  const std::string_view plain = normalised(key, letters);
  return !plain.empty() && std::ranges::find(time_keys, plain) != time_keys.end();
}

std::optional<StatedTime> from_text(std::string_view value, Time reference) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  const auto found = leading_timestamp(value, reference);
  if (!found) return std::nullopt;
  return StatedTime{.time = found->time, .zoned = found->zoned};
}

/// Walks the fields of a JSON object for one that holds a time. It needs no whole object and checks none: it goes from
/// string to string, knows how deep it is, and gives up where it cannot go on.
class TimeInJson {
 public:
  TimeInJson(std::string_view text, Time reference) : text_(text), reference_(reference) {}

  std::optional<StatedTime> find() {
    while (at_ < text_.size() && !found_) step();
    if (!found_ && seconds_) found_ = StatedTime{.time = *seconds_ + nanos_, .zoned = true};
    return found_ ? found_ : nested_;
  }

 private:
  /// What the object around a field is.
  enum class Place : unsigned char { elsewhere, root, envelope, time };
  static constexpr std::size_t deepest = 16;

  void step() {
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      ++depth_;
      if (depth_ <= deepest) places_[depth_ - 1] = c == '[' ? Place::elsewhere : inside();
      key_ = {};
      ++at_;
    } else if (c == '}' || c == ']') {
      if (depth_ > 0) --depth_;
      key_ = {};
      ++at_;
      if (depth_ == 0) at_ = text_.size();  // what follows the object is not asked
    } else if (c == '"') {
      string();
    } else if (ascii::is_digit(c)) {
      number();
    } else {
      if (c == ',') key_ = {};
      ++at_;
    }
  }

  [[nodiscard]] Place place() const { return depth_ == 0 || depth_ > deepest ? Place::elsewhere : places_[depth_ - 1]; }
  [[nodiscard]] Place inside() const {
    if (depth_ == 1) return Place::root;
    const Place around = depth_ >= 2 && depth_ - 1 <= deepest ? places_[depth_ - 2] : Place::elsewhere;
    if (around == Place::time) return Place::time;
    if (around == Place::elsewhere) return Place::elsewhere;
    if (is_time_key(key_)) return Place::time;
    std::array<char, longest_key> letters;
    const bool envelope = std::ranges::find(envelopes, normalised(key_, letters)) != envelopes.end();
    return envelope ? Place::envelope : Place::elsewhere;
  }

  /// A key, or a value.
  void string() {
    const std::size_t begin = at_ + 1;
    std::size_t end = begin;
    while ((end = find_json_special(text_, end)) < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) {
      at_ = text_.size();
      return;
    }
    const std::string_view body = text_.substr(begin, end - begin);
    at_ = end + 1;
    while (at_ < text_.size() && ascii::is_blank(text_[at_])) ++at_;
    if (at_ < text_.size() && text_[at_] == ':') {
      key_ = body;
      ++at_;
      return;
    }
    take(from_text(body, reference_), body);
  }

  void number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (ascii::is_letter(text_[at_]) || ascii::is_digit(text_[at_]) || text_[at_] == '.' ||
                                  text_[at_] == '+' || text_[at_] == '-'))
      ++at_;
    const std::string_view body = text_.substr(begin, at_ - begin);
    std::optional<StatedTime> time;
    if (const auto epoch = leading_epoch(body)) time = StatedTime{.time = epoch->time, .zoned = true};
    take(time, body);
  }

  void take(const std::optional<StatedTime>& time, std::string_view body) {
    const Place here = place();
    if (here == Place::elsewhere || key_.empty()) return;
    if (here == Place::time) {
      // {"epochSecond":…,"nanoOfSecond":…} of Log4j, {"seconds":…,"nanos":…} of Protocol Buffers.
      std::array<char, longest_key> letters;
      const std::string_view key = normalised(key_, letters);
      if (time && (key == "epochsecond" || key == "seconds")) {
        seconds_ = time->time;
      } else if (key == "nanoofsecond" || key == "nanos" || key == "nanoseconds") {
        std::int64_t nanos = 0;
        std::from_chars(body.data(), body.data() + body.size(), nanos);
        if (nanos >= 0 && nanos < 1'000'000'000) nanos_ = Duration(nanos);
      } else if (time && !nested_) {
        nested_ = time;
      }
      return;
    }
    // The key is asked last: most values are seen by two bytes to be no time.
    if (!time || !is_time_key(key_)) return;
    if (here == Place::root) {
      found_ = time;
    } else if (!nested_) {
      nested_ = time;
    }
  }

  std::string_view text_;
  Time reference_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::array<Place, deepest> places_{};
  std::string_view key_{};
  std::optional<StatedTime> found_{};   // in a field of the object itself
  std::optional<StatedTime> nested_{};  // further inside: counts where the object has none
  std::optional<Time> seconds_{};       // a time in two numbers
  Duration nanos_{};
};

/// The first time in a pair whose key says so.
std::optional<StatedTime> time_in_pairs(std::string_view line, Time reference) {
  for (std::size_t equals = line.find('='); equals != npos; equals = line.find('=', equals + 1)) {
    // The key is what stands between a blank and here; one that is too long is none.
    const std::size_t from = equals - std::min(equals, longest_key + 1);
    const std::string_view before = line.substr(from, equals - from);
    const std::size_t begin = from + before.find_last_of(" \t") + 1;  // npos + 1 is 0
    if (!is_time_key(line.substr(begin, equals - begin))) continue;
    std::string_view value = line.substr(equals + 1);
    if (value.starts_with('"')) value.remove_prefix(1);
    if (auto found = from_text(value, reference)) return found;
  }
  return std::nullopt;
}

// Comparisons, where a search in a string of these would be a call for each byte.
constexpr bool is_separator(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '|':
    case '-':
    case ',':
    case ':':
    case '*':
    case '#':
    case '!':
    case '>':
    case ']':
    case ')':
    case ';':
    case '=': return true;
    default: return false;
  }
}
constexpr bool ends_token(char c) { return c == ' ' || c == '\t' || c == '|' || c == '[' || c == ','; }

/// Bytes without which a line that does not begin with a time need not be looked through for one.
struct Marks {
  bool equals = false;  ///< '='
  bool opens = false;   ///< '[' or '{'
};
Marks find_marks(std::string_view text) {
  Marks found;
  const auto look = [&](const ByteBlock& block) {
    found.equals |= block.equal('=') != 0;
    found.opens |= block.either('[', '{') != 0;
  };
  std::size_t at = 0;
  for (; at + ByteBlock::size <= text.size(); at += ByteBlock::size) look(ByteBlock::load(text.data() + at));
  if (at == text.size()) return found;
  if (at == 0)
    look(ByteBlock::load_rest(text.data(), text.size(), ' '));
  else
    look(ByteBlock::load(text.data() + text.size() - ByteBlock::size));  // the rest, and some of it again
  return found;
}

class HeadTime {
 public:
  /// @param begins whether a time at the line's very beginning was looked for, and not found
  /// @param opens whether there may be a '[' or '{' in it
  HeadTime(std::string_view line, Time reference, bool begins, bool opens)
      : line_(line), head_(line.substr(0, max_head_bytes)), reference_(reference), begins_(begins), opens_(opens) {}

  std::optional<StatedTime> find() {
    for (int token = 0; token < max_tokens; ++token) {
      skip_separators();
      if (at_ >= head_.size()) break;
      if (auto found = here()) return found;
      const char c = head_[at_];
      if (c == '{' && head_.substr(at_).find_first_not_of(" \t", 1) != npos &&
          head_[head_.find_first_not_of(" \t", at_ + 1)] == '"')
        return TimeInJson(line_.substr(at_), reference_).find();
      if (!pass_token()) break;
    }
    return std::nullopt;
  }

 private:
  void skip_separators() {
    while (at_ < head_.size()) {
      const char c = head_[at_];
      if (!is_separator(c) && !ascii::is_high(c)) return;
      ++at_;
    }
  }

  /// A time at this place, alone or in a bracket of any kind.
  std::optional<StatedTime> here() {
    std::string_view rest = head_.substr(at_);
    if (at_ == 0 && begins_ && (ascii::is_letter(rest[0]) || ascii::is_digit(rest[0]))) return std::nullopt;
    if (rest[0] == '(' || rest[0] == '<' || rest[0] == '{') rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    const bool access_log = rest[0] == '[';
    // What is not accepted below is not looked for.
    if (plain_words_ > 0 && !access_log && !(plain_words_ == 1 && rest.size() > 10 && rest[10] == 'T'))
      return std::nullopt;
    const auto found = leading_timestamp(rest, reference_);
    if (!found) return std::nullopt;
    // "http 2026-11-21T09:10:05Z app/…": one word may be the kind of the record, where no person writes times like
    // that.
    const bool machine = plain_words_ == 1 && found->zoned && rest.size() > 10 && rest[10] == 'T';
    if (plain_words_ > 0 && !access_log && !machine) return std::nullopt;
    return StatedTime{.time = found->time, .zoned = found->zoned};
  }

  /// Moves behind the token here; false where it ends the head.
  bool pass_token() {
    const char c = head_[at_];
    if (c == '[') {  // its inside is walked as well
      ++at_;
      return true;
    }
    if (c == '(' || c == '<' || c == '{') {
      const char close = c == '(' ? ')' : c == '<' ? '>' : '}';
      const std::size_t end = head_.find(close, at_);
      if (end == npos) return false;
      at_ = end + 1;
      return true;
    }
    if (c == '"') return false;
    std::size_t end = at_;
    while (end < head_.size() && ascii::is_letter(head_[end])) ++end;
    const bool plain = end == head_.size() || ends_token(head_[end]);
    while (end < head_.size() && !ends_token(head_[end])) ++end;
    const std::string_view token = head_.substr(at_, end - at_);
    if (end == at_) return false;
    at_ = end;
    if (!plain || token.size() == 1 || level_from_word(token) != Level::unknown) return true;
    // Behind two plain words only an access log's bracket is a time, or an object has one.
    if (++plain_words_ >= 2 && !(opens_ && holds_either(head_.substr(at_), '[', '{'))) return false;
    return plain_words_ <= max_plain_words;
  }

  std::string_view line_;
  std::string_view head_;
  Time reference_;
  bool begins_;
  bool opens_;
  std::size_t at_ = 0;
  int plain_words_ = 0;
};

}  // namespace

std::optional<StatedTime> stated_time(std::string_view line, Time reference) {
  line = line.substr(0, looked_at);
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  std::array<char, looked_at> bare;  // uninitialised: filled only when it is used
  if (holds_either(line, '\x1b', '\r')) {
    line = {bare.data(), strip_ansi_into(bare, line)};
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.contains('\r')) line.remove_prefix(line.rfind('\r') + 1);
  }
  if (auto found = leading_timestamp(line, reference)) return StatedTime{.time = found->time, .zoned = found->zoned};
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == npos) return std::nullopt;
  line.remove_prefix(begin);
  Marks marks{.opens = true};
  if (line[0] == '{') {
    if (auto found = TimeInJson(line, reference).find()) return found;
  } else {
    marks = find_marks(line);
    if (marks.equals)
      if (auto found = time_in_pairs(line, reference)) return found;
  }
  return HeadTime(line, reference, begin == 0, marks.opens).find();
}

}  // namespace taffrail::text
