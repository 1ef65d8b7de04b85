#include "text/timestamp.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "base/ascii.hpp"
#include "text/epoch.hpp"
#include "text/zone_name.hpp"

namespace taffrail::text {
namespace {

using std::chrono::days;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// The longest form with its brackets and zone.
constexpr std::size_t longest = 64;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// What a line states of a time; the year is missing (-1) in some formats.
struct Fields {
  int year = -1;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t nanos = 0;
  bool zoned = false;
  seconds offset{0};             // east of UTC
  std::optional<Time> absolute;  // instead of all that
};

/// Walks a line; every step says whether what it expects is there, and moves behind it only then.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  void back_to(std::size_t at) { at_ = at; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool literal(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  bool literal(std::string_view text) {
    if (!rest().starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  bool any_of(std::string_view set) {
    if (at_ >= text_.size() || set.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  /// Between `least` and `most` digits, as many as there are.
  bool number(int& value, int least, int most) {
    int read = 0;
    int count = 0;
    while (count < most && ascii::is_digit(peek(static_cast<std::size_t>(count)))) {
      read = read * 10 + (peek(static_cast<std::size_t>(count)) - '0');
      ++count;
    }
    if (count < least) return false;
    value = read;
    at_ += static_cast<std::size_t>(count);
    return true;
  }
  /// One of `names` (three letters each) in any case; its index.
  template <std::size_t N>
  bool name(int& index, const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      bool same = true;
      for (std::size_t k = 0; k < 3; ++k) same = same && (peek(k) | 0x20) == names[i][k];
      if (!same) continue;
      index = static_cast<int>(i);
      at_ += 3;
      return true;
    }
    return false;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Of the last of so many digits behind a point, less one.
constexpr std::array<std::int64_t, 9> nanos_of{100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};

/// ".123456", ",123" or ":123": up to nine digits count, more are passed over. Behind ':' it is milliseconds.
void fraction(Cursor& in, Fields& out) {
  if (!ascii::is_digit(in.peek(1))) return;
  if (in.peek() == ':') {
    if (!ascii::is_digit(in.peek(2)) || !ascii::is_digit(in.peek(3)) || ascii::is_digit(in.peek(4))) return;
  } else if (in.peek() != '.' && in.peek() != ',') {
    return;
  }
  const std::string_view rest = in.rest();
  std::size_t end = 1;
  std::int64_t nanos = 0;
  for (; end < rest.size() && ascii::is_digit(rest[end]); ++end)
    if (end <= nanos_of.size()) nanos = nanos * 10 + (rest[end] - '0');
  out.nanos = nanos * nanos_of[std::min(end - 1, nanos_of.size()) - 1];
  in.back_to(in.at() + end);
}

/// AM or PM behind the clock, with a blank in front or none; Java since 20 writes a narrow no-break one.
bool half_of_day(Cursor& in, Fields& out) {
  const char next = in.peek();
  if (next != ' ' && !ascii::is_letter(next) && !ascii::is_high(next)) return false;
  const std::size_t start = in.at();
  if (!in.literal(' ') && !in.literal("\xE2\x80\xAF")) in.literal("\xC2\xA0");
  const char half = in.peek();
  const char m = in.peek(1);
  const bool upper = (half == 'A' || half == 'P') && m == 'M';
  const bool small = (half == 'a' || half == 'p') && m == 'm';
  if ((!upper && !small) || ascii::is_letter(in.peek(2)) || ascii::is_digit(in.peek(2))) {
    in.back_to(start);
    return false;
  }
  in.back_to(in.at() + 2);
  // "21:10:05 PM" is what a program writes that mixes the two.
  if (out.hour <= 12) out.hour = out.hour % 12 + ((half | 0x20) == 'p' ? 12 : 0);
  return true;
}

/// "09:10:05", "9:10 PM". A leap second counts as the one before.
bool clock(Cursor& in, Fields& out) {
  if (!in.number(out.hour, 1, 2) || !in.literal(':') || !in.number(out.minute, 2, 2)) return false;
  const bool whole = in.peek() == ':' && ascii::is_digit(in.peek(1)) && ascii::is_digit(in.peek(2));
  if (whole) {
    in.literal(':');
    in.number(out.second, 2, 2);
    if (out.second == 60) out.second = 59;
    fraction(in, out);
  }
  const bool half = half_of_day(in, out);
  return (whole || half) && out.hour < 24 && out.minute < 60 && out.second < 60;
}

/// "+01:00", "+0100", "+01"; behind a blank only with minutes, else any signed number would do.
bool offset(Cursor& in, Fields& out, int least_digits, bool minutes_needed) {
  const std::size_t start = in.at();
  const char sign = in.peek();
  int hours = 0;
  int minutes = 0;
  if (in.any_of("+-") && in.number(hours, least_digits, 2)) {
    const bool colon = in.literal(':');
    const bool with_minutes = in.number(minutes, 2, 2);
    if ((with_minutes || !colon) && (with_minutes || !minutes_needed) && !ascii::is_digit(in.peek()) && hours < 24 &&
        minutes < 60) {
      out.zoned = true;
      out.offset = seconds(hours * 3600 + minutes * 60);
      if (sign == '-') out.offset = -out.offset;
      return true;
    }
  }
  in.back_to(start);
  return false;
}

bool ends_zone(char c) {
  return !ascii::is_letter(c) && !ascii::is_digit(c) && c != ':' && c != '=' && c != '_' && c != '-' && c != '/';
}

/// "CET", and "GMT+1" too.
bool zone_name(Cursor& in, Fields& out) {
  std::size_t length = 0;
  while (ascii::is_upper(in.peek(length)) && length < 5) ++length;
  if (length < 3 || length > 4) return false;
  const std::string_view name = in.rest().substr(0, length);
  const auto found = zone_offset(name);
  if (!found) return false;
  const std::size_t start = in.at();
  in.back_to(start + length);
  if ((name == "UTC" || name == "GMT") && offset(in, out, 1, false)) return true;
  if (!ends_zone(in.peek())) {
    in.back_to(start);
    return false;
  }
  out.zoned = true;
  out.offset = *found;
  return true;
}

/// "Z", "+01:00", "+0100", " UTC", " +0100", "+0100 CET": taken only when it is whole.
void zone(Cursor& in, Fields& out) {
  const char next = in.peek() == ' ' ? in.peek(1) : in.peek();
  if (next != '+' && next != '-' && !ascii::is_letter(next)) return;
  const std::size_t start = in.at();
  const bool apart = in.literal(' ');
  if ((in.peek() == 'Z' || (!apart && in.peek() == 'z')) && ends_zone(in.peek(1))) {
    in.any_of("Zz");
    out.zoned = true;
    return;
  }
  if (zone_name(in, out)) return;
  if (!offset(in, out, 2, apart)) {
    in.back_to(start);
    return;
  }
  // Go's time.String says both: "+0100 CET".
  Fields ignored;
  const std::size_t behind = in.at();
  if (!in.literal(' ') || !zone_name(in, ignored)) in.back_to(behind);
}

constexpr std::size_t usual_bytes = sizeof("2026-11-21T09:10:05") - 1;

/// Of eight bytes as one number, 0xFF for each that `form` has as '0'.
consteval std::uint64_t digits_of(std::string_view form) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t digits = 0;
  for (std::size_t i = sizeof(digits); i-- > 0;) digits = digits << 8 | (form[i] == '0' ? 0xFFU : 0U);
  return digits;
}

/// Whether those of eight bytes are digits.
bool are_digits(const char* bytes, std::uint64_t digits) {
  constexpr std::uint64_t zeros = 0x3030303030303030;
  constexpr std::uint64_t high = 0xF0F0F0F0F0F0F0F0;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  word = (word & digits) | (zeros & ~digits);
  return (word & high) == zeros && ((word + 0x0606060606060606) & high) == zeros;
}

/// The form that most lines begin with: two digits for all but the year, each at its own place, as far as the seconds.
/// False where year_first has to look; it would say the same of what this reads.
bool usual_form(Cursor& in, Fields& out) {
  const std::string_view rest = in.rest();
  if (rest.size() < usual_bytes) return false;
  const char* const at = rest.data();
  if (!are_digits(at, digits_of("0000-00-")) || !are_digits(at + 8, digits_of("00T00:00")) ||
      !are_digits(at + 11, digits_of("00:00:00")))
    return false;
  const bool separated = at[4] == at[7] && (at[4] == '-' || at[4] == '/' || at[4] == '.') && at[13] == ':' &&
                         at[16] == ':' && (at[10] == 'T' || at[10] == ' ' || at[10] == 't' || at[10] == '_');
  if (!separated) return false;
  const auto two = [at](std::size_t i) { return (at[i] - '0') * 10 + (at[i + 1] - '0'); };
  out.year = two(0) * 100 + two(2);
  out.month = two(5);
  out.day = two(8);
  out.hour = two(11);
  out.minute = two(14);
  out.second = two(17);
  if (out.second == 60) out.second = 59;
  if (out.hour > 23 || out.minute > 59 || out.second > 59) return false;
  in.back_to(in.at() + usual_bytes);
  fraction(in, out);
  half_of_day(in, out);
  zone(in, out);
  return true;
}

/// What stands between a date and its clock.
bool date_ends(Cursor& in) {
  if (in.any_of("Tt_")) return true;
  in.literal(',');
  if (!in.literal(' ')) return false;
  in.literal(' ');  // MariaDB pads the hour with a blank
  return true;
}

/// "2026-11-21T09:10:05.123Z", with '-', '/' or '.' in the date, 'T', '_' or blanks before the clock. Db2 has dots in
/// the clock: "2026-11-21-09.10.05.123456".
bool year_first(Cursor& in, Fields& out) {
  if (!in.number(out.year, 4, 4)) return false;
  const char separator = in.peek();
  if (!in.any_of("-/.") || !in.number(out.month, 1, 2) || !in.literal(separator) || !in.number(out.day, 1, 2))
    return false;
  if (separator == '-' && in.literal('-')) {
    if (!in.number(out.hour, 2, 2) || !in.literal('.') || !in.number(out.minute, 2, 2) || !in.literal('.') ||
        !in.number(out.second, 2, 2))
      return false;
    fraction(in, out);
    return out.hour < 24 && out.minute < 60 && out.second < 60;
  }
  if (!date_ends(in) || !clock(in, out)) return false;
  zone(in, out);
  return true;
}

/// "21/Nov/2026:09:10:05 +0100" (common log), "21-Nov-2026 09:10:05.123" (Tomcat, BIND, PHP), "21 Nov 2026 09:10:05"
/// (Redis).
bool named_month(Cursor& in, Fields& out) {
  if (!in.number(out.day, 1, 2)) return false;
  const char separator = in.peek();
  if (!in.any_of("/- ") || !in.name(out.month, month_names) || !in.literal(separator) || !in.number(out.year, 4, 4) ||
      !in.any_of(": ") || !clock(in, out))
    return false;
  ++out.month;
  zone(in, out);
  return true;
}

/// "21.11.2026 09:10:05": day first, always. "11/21/2026, 9:10:05 AM": who writes AM puts the month first; else one of
/// the two must be beyond twelve, or nobody can tell. The clock may stand in brackets of its own.
bool four_digit_year_last(Cursor& in, Fields& out) {
  int first = 0;
  int second = 0;
  if (!in.number(first, 1, 2)) return false;
  const char separator = in.peek();
  if (!in.any_of("/.") || !in.number(second, 1, 2) || !in.literal(separator) || !in.number(out.year, 4, 4))
    return false;
  if (!in.literal("] [") && !date_ends(in)) return false;
  const std::string_view rest = in.rest();
  if (!clock(in, out)) return false;
  const std::string_view covered = rest.substr(0, rest.size() - in.rest().size());
  const bool twelve_hours = (covered.back() | 0x20) == 'm';
  const bool month_first = separator == '/' && (twelve_hours ? first <= 12 : second > 12);
  if (separator == '/' && !month_first && first <= 12) return false;
  out.month = month_first ? first : second;
  out.day = month_first ? second : first;
  zone(in, out);
  return true;
}

/// "Nov 21 09:10:05" (syslog), "Fri Nov 21 09:10:05.123456 2026" (Apache, ctime), "Sat Nov 21 09:10:05 CET 2026"
/// (date), "Nov 21, 2026 9:10:05 AM" (Java), "Sat, 21 Nov 2026 09:10:05 GMT" (HTTP).
bool month_first(Cursor& in, Fields& out) {
  int weekday = 0;
  if (in.name(weekday, day_names)) {
    if (in.literal(", ")) return named_month(in, out);
    if (!in.literal(' ')) return false;
  }
  if (!in.name(out.month, month_names) || !in.literal(' ')) return false;
  ++out.month;
  in.literal(' ');
  if (!in.number(out.day, 1, 2)) return false;
  if (in.literal(", ")) {
    if (!in.number(out.year, 4, 4)) return false;
    in.literal(',');
  }
  if (!in.literal(' ') || !clock(in, out)) return false;
  zone(in, out);
  if (out.year >= 0) return true;
  const std::size_t end = in.at();
  if (!in.literal(' ') || !in.number(out.year, 4, 4) || ascii::is_digit(in.peek()) || in.peek() == ':' ||
      in.peek() == '.') {
    in.back_to(end);
    out.year = -1;
  }
  return true;
}

/// "11-21 09:10:05.123" (logcat).
bool month_and_day(Cursor& in, Fields& out) {
  return in.number(out.month, 2, 2) && in.literal('-') && in.number(out.day, 2, 2) && in.literal(' ') && clock(in, out);
}

/// "26/11/21 09:10:05" (Hadoop, Spark), and, where that cannot be, "11/21/26 9:10:05:123 UTC" (WebSphere). Years of two
/// digits are of this century.
bool two_digit_year(Cursor& in, Fields& out) {
  int a = 0;
  int b = 0;
  int c = 0;
  if (!in.number(a, 2, 2) || !in.literal('/') || !in.number(b, 1, 2) || !in.literal('/') || !in.number(c, 1, 2))
    return false;
  in.literal(',');
  if (!in.literal(' ')) return false;
  const bool year_leads = b <= 12;
  out.year = 2000 + (year_leads ? a : c);
  out.month = year_leads ? b : a;
  out.day = year_leads ? c : b;
  if (!clock(in, out)) return false;
  zone(in, out);
  return true;
}

/// "20261121T091005Z", "20261121-09:10:05:123", "20261121 09:10:05.123", and Hadoop's "081109 203615".
bool without_separators(Cursor& in, Fields& out, std::size_t digits) {
  const bool whole = digits == 8;
  if (!in.number(out.year, whole ? 4 : 2, whole ? 4 : 2) || !in.number(out.month, 2, 2) || !in.number(out.day, 2, 2))
    return false;
  if (!whole) out.year += 2000;
  if (!(whole ? in.any_of("T -") : in.literal(' '))) return false;
  if (!whole) in.literal(' ');  // MySQL's "161121  9:10:05"
  if (in.peek(2) == ':' || in.peek(1) == ':') {
    if (!clock(in, out)) return false;
  } else {
    if (!in.number(out.hour, 2, 2) || !in.number(out.minute, 2, 2) || !in.number(out.second, 2, 2)) return false;
    if (ascii::is_digit(in.peek()) || out.hour > 23 || out.minute > 59 || out.second > 59) return false;
    if (!whole && in.peek() != ' ') return false;
    fraction(in, out);
  }
  zone(in, out);
  return true;
}

/// "I1121 09:10:05.123456" (klog), "I20261121 09:10:05.123456" (glog), "I0000 00:00:1795252205.123456" (Abseil before
/// it knows the zone).
bool klog(Cursor& in, Fields& out) {
  if (!in.any_of("IWEFDTV") || !ascii::is_digit(in.peek(3))) return false;
  if (in.literal("0000 00:00:")) {
    const auto number = leading_epoch(in.rest());
    if (!number) return false;
    in.back_to(in.at() + number->length);
    out.absolute = number->time;
    return true;
  }
  if (ascii::is_digit(in.peek(7)) && !in.number(out.year, 4, 4)) return false;
  return in.number(out.month, 2, 2) && in.number(out.day, 2, 2) && in.literal(' ') && clock(in, out);
}

bool epoch(Cursor& in, Fields& out) {
  const auto number = leading_epoch(in.rest());
  if (!number) return false;
  in.back_to(in.at() + number->length);
  out.absolute = number->time;
  return true;
}

/// How many digits the text begins with, and what stands behind them, leave one form.
bool begins_with_digit(Cursor& in, Fields& out) {
  if (usual_form(in, out)) return true;
  std::size_t digits = 1;
  while (ascii::is_digit(in.peek(digits))) ++digits;
  const char behind = in.peek(digits);
  switch (digits) {
    case 1:
    case 2:
      if (ascii::is_letter(in.peek(digits + 1))) return named_month(in, out);
      if (behind == '-') return month_and_day(in, out);
      if (behind == '.' || behind == '/') {
        const std::size_t start = in.at();
        if (four_digit_year_last(in, out)) return true;
        in.back_to(start);
        out = {};
        return behind == '.' ? digits == 1 && epoch(in, out) : two_digit_year(in, out);  // "1.795e+09"
      }
      return false;
    case 4: return year_first(in, out);
    case 6:
    case 8: return without_separators(in, out, digits);
    default: return digits >= 10 && epoch(in, out);
  }
}

bool in_range(year_month_day date) {
  // What 64-bit nanoseconds hold, to whole years.
  return date.ok() && date.year() >= std::chrono::year(1678) && date.year() <= std::chrono::year(2261);
}

std::optional<Time> to_time(const Fields& fields, Time reference) {
  if (fields.absolute) return fields.absolute;
  const auto of_year = [&](std::chrono::year year) -> std::optional<Time> {
    const year_month_day date(year, std::chrono::month(static_cast<unsigned>(fields.month)),
                              std::chrono::day(static_cast<unsigned>(fields.day)));
    if (!in_range(date)) return std::nullopt;
    return Time(sys_days(date)) + seconds(fields.hour * 3600 + fields.minute * 60 + fields.second) +
           nanoseconds(fields.nanos) - fields.offset;
  };
  if (fields.year >= 0) return of_year(std::chrono::year(fields.year));
  const std::chrono::year around = year_month_day(std::chrono::floor<days>(reference)).year();
  std::optional<Time> nearest;
  for (const int step : {0, -1, 1}) {
    const auto candidate = of_year(around + std::chrono::years(step));
    if (candidate && (!nearest || std::chrono::abs(*candidate - reference) < std::chrono::abs(*nearest - reference)))
      nearest = candidate;
  }
  return nearest;
}

}  // namespace

std::optional<LeadingTimestamp> leading_timestamp(std::string_view line, Time reference) {
  line = line.substr(0, longest);
  const bool bracket = line.starts_with('[');
  const char first = line.size() > (bracket ? 1U : 0U) ? line[bracket ? 1 : 0] : '\0';
  if (!ascii::is_digit(first) && !ascii::is_letter(first)) return std::nullopt;

  const auto close = [&](Cursor& in) {
    if (!bracket) return !ascii::is_digit(in.peek()) && !ascii::is_letter(in.peek());
    // Inside brackets more may follow ("[2026-11-21 09:10:05Z INFO app]"); then only the opening one is covered.
    return in.literal(']') || in.peek() == ' ' || in.peek() == ',' || in.peek() == ':' || in.peek() == '|';
  };
  using Format = bool (*)(Cursor&, Fields&);
  const auto attempt = [&](Format format) -> std::optional<LeadingTimestamp> {
    Cursor in(line);
    if (bracket) in.literal('[');
    Fields fields;
    if (!format(in, fields) || !close(in)) return std::nullopt;
    const auto time = to_time(fields, reference);
    if (!time) return std::nullopt;
    const bool absolute = fields.absolute.has_value();
    return LeadingTimestamp{
        .time = *time, .length = in.at(), .zoned = fields.zoned || absolute, .dated = fields.year >= 0 || absolute};
  };
  if (ascii::is_digit(first)) return attempt(begins_with_digit);
  // Most lines that begin with a letter state no time here: two bytes tell, before anything is tried.
  const auto byte_at = [&](std::size_t i) { return line.size() > i ? line[i] : '\0'; };
  const char behind_name = byte_at(bracket ? 4 : 3);
  if (behind_name == ' ' || behind_name == ',')
    if (auto found = attempt(month_first)) return found;
  return ascii::is_digit(byte_at(bracket ? 2 : 1)) ? attempt(klog) : std::nullopt;
}

}  // namespace taffrail::text
