#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include "base/ascii.hpp"
#include "text/ansi.hpp"
#include "text/byte_block.hpp"
#include "text/json_file_row.hpp"
#include "text/kind.hpp"

// A pushdown scanner over RFC 8259, in one pass and without recursion: a byte per open object or array says which it is
// and which of the few places a level may stand in. Strings are skipped 32 bytes at a time. It calls an object exactly
// what a full parser accepts (kind_test holds it against simdjson), except that it does not look at UTF-8: a line with
// an invalid byte in a string is repaired at the edge and is JSON then. What some writers do and no parser takes (NaN,
// a comma too many, a wrong escape, a raw tab) makes the line text, and the scan goes on: its level is there all the
// same.

namespace taffrail::text {
namespace {

/// Where the scanner is, as far as levels are concerned: {"level":…}, {"log":{"level":…}} (ECS),
/// {"level":{"name":…}} and {"record":{"level":{"name":…}}} (loguru).
enum class Place : unsigned char { elsewhere, root, log, level };
constexpr unsigned char array_bit = 0x80;

/// What a value means that follows a key: a level, or what tells whose line it is.
enum class Field : unsigned char { none, level, syslog, otel, mongo, gelf_mark, clef_time, clef_message };

bool is(std::string_view key, std::string_view lower_case) {
  if (key.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (ascii::to_lower(key[i]) != lower_case[i]) return false;
  }
  return true;
}

bool is_hex(char c) { return ascii::is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

Field field_of(std::string_view key, Place place) {
  if (place == Place::elsewhere) return Field::none;
  if (place == Place::level) return is(key, "name") ? Field::level : Field::none;
  if (place == Place::log) return is(key, "level") ? Field::level : Field::none;
  if (may_be_level_key(key)) {
    switch (level_key(key)) {
      case LevelKey::level: return Field::level;
      case LevelKey::syslog: return Field::syslog;
      case LevelKey::otel: return Field::otel;
      case LevelKey::none: break;
    }
  }
  switch (key.size()) {
    case 1: return key[0] == 's' ? Field::mongo : Field::none;
    case 2: return key == "@t" ? Field::clef_time : key == "@m" ? Field::clef_message : Field::none;
    case 3: return key == "@mt" ? Field::clef_message : Field::none;
    case 13: return is(key, "short_message") ? Field::gelf_mark : Field::none;
    default: return Field::none;
  }
}

LevelKey key_of(Field field) {
  switch (field) {
    case Field::level: return LevelKey::level;
    case Field::syslog: return LevelKey::syslog;
    case Field::otel: return LevelKey::otel;
    case Field::none:
    case Field::mongo:
    case Field::gelf_mark:
    case Field::clef_time:
    case Field::clef_message: break;
  }
  return LevelKey::none;
}

Place place_inside(std::string_view key, Place place) {
  if (place == Place::root) {
    if (key == "log") return Place::log;
    if (key == "level") return Place::level;
    if (key == "record") return Place::log;
  }
  if (place == Place::log && key == "level") return Place::level;
  return Place::elsewhere;
}

/// The level that a string states; `body` is still escaped. Colourful loggers write their codes into it.
Level level_of_string(std::string_view body, Field field) {
  if (field == Field::mongo) {
    const bool debug_step = body.size() == 2 && body[0] == 'D' && body[1] >= '1' && body[1] <= '5';
    if (debug_step || body.size() == 1) return level_from_letter(body[0]);
    return Level::unknown;
  }
  const LevelKey key = key_of(field);
  if (key == LevelKey::none) return Level::unknown;
  std::string decoded;
  if (body.find('\\') != std::string_view::npos) {
    if (body.size() > 128) return Level::unknown;
    std::string quoted(body);
    quoted += '"';
    std::string plain;
    if (unescape_json_string(quoted, 0, plain) == std::string_view::npos) return Level::unknown;
    append_without_ansi(decoded, plain);
    body = decoded;
  }
  return level_from_field(body, key);
}

class Scanner {
 public:
  explicit Scanner(std::string_view line) : line_(line) {}

  JsonLine scan() {
    skip_blanks();
    if (at_ >= line_.size() || line_[at_] != '{') return {};
    // A line that was cut, or is not quite JSON, states its level all the same.
    if (!value()) return {.object = false, .level = level_};
    skip_blanks();
    return {.object = at_ == line_.size() && strict_, .level = result()};
  }

 private:
  bool value();
  bool scalar(Field field);
  bool open(char bracket, Place place);
  /// A string whose opening quote is at at_; its body stays in string_.
  bool string();
  bool number(Field field);
  bool key();

  [[nodiscard]] Level result() const {
    if (level_ != Level::unknown) return level_;
    if (clef_time_ && clef_message_ && !stated_) return Level::info;
    return gelf_ ? gelf_level_ : Level::unknown;
  }
  void skip_blanks() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t' || line_[at_] == '\r' || line_[at_] == '\n'))
      ++at_;
  }
  [[nodiscard]] bool digit() const { return at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '9'; }
  bool digits() {
    if (!digit()) return false;
    while (digit()) ++at_;
    return true;
  }
  [[nodiscard]] bool in_array() const { return (stack_[depth_ - 1] & array_bit) != 0; }
  [[nodiscard]] Place place() const { return static_cast<Place>(stack_[depth_ - 1] & ~array_bit); }

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::array<unsigned char, max_json_depth> stack_;  // uninitialised: only the open levels are read
  std::string_view string_;
  Field field_ = Field::none;
  Place next_place_ = Place::root;
  Level level_ = Level::unknown;
  Level gelf_level_ = Level::unknown;  // a level of 0 to 7, which counts when the line turns out to be GELF
  bool gelf_ = false;
  bool clef_time_ = false;  // Serilog's compact form leaves the level out where it is "Information"
  bool clef_message_ = false;
  bool stated_ = false;  // there was a level field, whatever it said
  bool strict_ = true;   // nothing so far that RFC 8259 does not know
};

bool Scanner::value() {
  // Each round takes one value, or closes what is open; it ends when nothing is open.
  if (!open('{', Place::root)) return false;
  bool first = true;  // nothing in the innermost bracket yet
  while (depth_ > 0) {
    skip_blanks();
    if (at_ >= line_.size()) return false;
    const char closing = in_array() ? ']' : '}';
    if (line_[at_] == closing) {
      ++at_;
      --depth_;
      first = false;
      continue;
    }
    if (!first) {
      if (line_[at_] != ',') return false;
      ++at_;
      skip_blanks();
      if (at_ >= line_.size()) return false;
      if (line_[at_] == closing) {  // a comma too many
        strict_ = false;
        first = true;
        continue;
      }
    }
    first = false;
    field_ = Field::none;
    next_place_ = Place::elsewhere;
    if (!in_array() && !key()) return false;
    if (at_ >= line_.size()) return false;
    const char c = line_[at_];
    if (c == '{' || c == '[') {
      if (!open(c, next_place_)) return false;
      first = true;
      continue;
    }
    if (!scalar(field_)) return false;
  }
  return true;
}

bool Scanner::open(char bracket, Place place) {
  if (depth_ == max_json_depth) return false;
  ++at_;
  stack_[depth_++] = bracket == '[' ? array_bit : static_cast<unsigned char>(place);
  return true;
}

bool Scanner::key() {
  if (line_[at_] != '"' || !string()) return false;
  field_ = field_of(string_, place());
  if (field_ != Field::none) {
    gelf_ |= field_ == Field::gelf_mark;
    clef_time_ |= field_ == Field::clef_time;
    clef_message_ |= field_ == Field::clef_message;
    stated_ |= key_of(field_) != LevelKey::none;
  }
  // MongoDB's single "s" means a severity only in its own lines, which begin with the time.
  if (field_ == Field::mongo && !line_.starts_with(R"({"t":{"$date")")) field_ = Field::none;
  next_place_ = place_inside(string_, place());
  skip_blanks();
  if (at_ >= line_.size() || line_[at_] != ':') return false;
  ++at_;
  skip_blanks();
  return true;
}

bool Scanner::string() {
  const std::size_t begin = ++at_;
  while (true) {
    at_ = find_json_special(line_, at_);
    if (at_ >= line_.size()) return false;
    const char c = line_[at_];
    if (c == '"') break;
    if (at_ + 1 >= line_.size()) return false;
    if (c != '\\') {  // a control character
      strict_ = false;
      ++at_;
    } else if (line_[at_ + 1] == 'u') {
      const std::string_view digits = line_.substr(at_ + 2, 4);
      strict_ = strict_ && digits.size() == 4 && std::ranges::all_of(digits, is_hex);
      at_ += 2;
    } else {
      strict_ = strict_ && std::string_view(R"("\/bfnrt)").find(line_[at_ + 1]) != std::string_view::npos;
      at_ += 2;
    }
  }
  string_ = line_.substr(begin, at_ - begin);
  ++at_;
  return true;
}

bool Scanner::scalar(Field field) {
  const char c = line_[at_];
  if (c == '"') {
    if (!string()) return false;
    if (field != Field::none && level_ == Level::unknown) level_ = level_of_string(string_, field);
    return true;
  }
  if (ascii::is_digit(c)) return number(field);  // before the words, none of which it can be
  for (const std::string_view word : {"true", "false", "null"}) {
    if (line_.substr(at_).starts_with(word)) {
      at_ += word.size();
      return true;
    }
  }
  // Python and JavaScript write what JSON has no word for.
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
    if (line_.substr(at_).starts_with(word)) {
      at_ += word.size();
      strict_ = false;
      return true;
    }
  }
  return number(field);
}

bool Scanner::number(Field field) {
  const std::size_t begin = at_;
  if (line_[at_] == '-') ++at_;
  if (at_ < line_.size() && line_[at_] == '0') {
    ++at_;
  } else if (!digits()) {
    return false;
  }
  const std::size_t end_of_integer = at_;
  if (at_ < line_.size() && line_[at_] == '.') {
    ++at_;
    if (!digits()) return false;
  }
  if (at_ < line_.size() && (line_[at_] | 0x20) == 'e') {
    ++at_;
    if (at_ < line_.size() && (line_[at_] == '+' || line_[at_] == '-')) ++at_;
    if (!digits()) return false;
  }
  if (field == Field::none || at_ != end_of_integer || level_ != Level::unknown) return true;
  std::int64_t value = -1;
  if (std::from_chars(line_.data() + begin, line_.data() + at_, value).ec != std::errc()) return true;
  if (field == Field::level) {
    level_ = level_from_number(value);
    if (value < 10) gelf_level_ = level_from_syslog_severity(value);
  } else if (field == Field::syslog) {
    level_ = value < 8 ? level_from_syslog_severity(value) : level_from_number(value);
  } else if (field == Field::otel) {
    level_ = level_from_otel_severity(value);
  }
  return true;
}

}  // namespace

JsonLine scan_json_line(std::string_view line) { return Scanner(line).scan(); }

}  // namespace taffrail::text
