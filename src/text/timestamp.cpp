#include "text/timestamp.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace taffrail::text {
namespace {

using std::chrono::days;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

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
  seconds offset{0};  // east of UTC
};

/// Walks a line; every step says whether what it expects is there, and moves behind it only then.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  void back_to(std::size_t at) { at_ = at; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool literal(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
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
    while (count < most && is_digit(peek(static_cast<std::size_t>(count)))) {
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

/// ".123456" or ",123": up to nine digits count, more are passed over.
void fraction(Cursor& in, Fields& out) {
  if ((in.peek() != '.' && in.peek() != ',') || !is_digit(in.peek(1))) return;
  in.any_of(".,");
  std::int64_t scale = 100'000'000;
  int digit = 0;
  while (in.number(digit, 1, 1)) {
    out.nanos += digit * scale;
    scale /= 10;
  }
}

/// "09:10:05", seconds required. A leap second counts as the one before.
bool clock(Cursor& in, Fields& out) {
  if (!in.number(out.hour, 1, 2) || !in.literal(':') || !in.number(out.minute, 2, 2) || !in.literal(':') ||
      !in.number(out.second, 2, 2))
    return false;
  if (out.second == 60) out.second = 59;
  fraction(in, out);
  return out.hour < 24 && out.minute < 60 && out.second < 60;
}

/// "Z", "+01:00", "+0100", " UTC", " +0100": taken only when it is whole.
void zone(Cursor& in, Fields& out) {
  const std::size_t start = in.at();
  in.literal(' ');
  const bool apart = in.at() != start;
  if (!apart && (in.peek() == 'Z' || in.peek() == 'z') && !is_letter(in.peek(1))) {
    in.any_of("Zz");
    out.zoned = true;
    return;
  }
  const std::size_t name = in.at();
  if ((in.literal('U') && in.literal('T') && in.literal('C')) && !is_letter(in.peek())) {
    out.zoned = true;
    return;
  }
  in.back_to(name);
  if ((in.literal('G') && in.literal('M') && in.literal('T')) && !is_letter(in.peek())) {
    out.zoned = true;
    return;
  }
  in.back_to(name);
  const char sign = in.peek();
  int hours = 0;
  int minutes = 0;
  if (in.any_of("+-") && in.number(hours, 2, 2)) {
    const bool colon = in.literal(':');
    const bool with_minutes = in.number(minutes, 2, 2);
    if ((with_minutes || !colon) && (with_minutes || !apart) && !is_digit(in.peek()) && hours < 24 && minutes < 60) {
      out.zoned = true;
      out.offset = seconds(hours * 3600 + minutes * 60);
      if (sign == '-') out.offset = -out.offset;
      return;
    }
  }
  in.back_to(start);
}

/// "2026-11-21T09:10:05.123Z", with '-', '/' or '.' in the date, 'T', blanks or ':' before the clock.
bool year_first(Cursor& in, Fields& out) {
  if (!in.number(out.year, 4, 4)) return false;
  const char separator = in.peek();
  if (!in.any_of("-/.") || !in.number(out.month, 2, 2) || !in.literal(separator) || !in.number(out.day, 2, 2))
    return false;
  if (!in.any_of("Tt ")) return false;
  in.literal(' ');  // MariaDB pads the hour with a blank
  if (!clock(in, out)) return false;
  zone(in, out);
  return true;
}

/// "21/Nov/2026:09:10:05 +0100" (common log), "21-Nov-2026 09:10:05.123" (Tomcat, BIND, PHP), "21 Nov 2026 09:10:05"
/// (Redis).
bool day_first(Cursor& in, Fields& out) {
  if (!in.number(out.day, 1, 2)) return false;
  const char separator = in.peek();
  if (!in.any_of("/- ") || !in.name(out.month, month_names) || !in.literal(separator) || !in.number(out.year, 4, 4) ||
      !in.any_of(": ") || !clock(in, out))
    return false;
  ++out.month;
  zone(in, out);
  return true;
}

/// "Nov 21 09:10:05" (syslog), "Fri Nov 21 09:10:05.123456 2026" (Apache, ctime), "Nov 21, 2026 9:10:05 AM" (Java).
bool month_first(Cursor& in, Fields& out) {
  int weekday = 0;
  if (in.name(weekday, day_names) && !in.literal(' ')) return false;
  if (!in.name(out.month, month_names) || !in.literal(' ')) return false;
  ++out.month;
  in.literal(' ');
  if (!in.number(out.day, 1, 2)) return false;
  if (in.literal(',') && (!in.literal(' ') || !in.number(out.year, 4, 4))) return false;
  if (!in.literal(' ') || !clock(in, out)) return false;
  const std::size_t end = in.at();
  if (out.year >= 0) {
    const bool afternoon = in.peek(1) == 'P';
    if (in.literal(' ') && in.any_of("AP") && in.literal('M')) {
      if (out.hour > 12) return false;
      out.hour = out.hour % 12 + (afternoon ? 12 : 0);
    } else {
      in.back_to(end);
    }
    return true;
  }
  if (!in.literal(' ') || !in.number(out.year, 4, 4) || is_digit(in.peek()) || in.peek() == ':' || in.peek() == '.') {
    in.back_to(end);
    out.year = -1;
  }
  return true;
}

/// "11-21 09:10:05.123" (logcat) and "26/11/21 09:10:05" (Hadoop, Spark): two-digit years are of this century.
bool short_date(Cursor& in, Fields& out) {
  int a = 0;
  int b = 0;
  int c = 0;
  if (!in.number(a, 2, 2)) return false;
  if (in.literal('-')) {
    out.month = a;
    if (!in.number(out.day, 2, 2) || !in.literal(' ')) return false;
    return clock(in, out);
  }
  if (!in.literal('/') || !in.number(b, 2, 2) || !in.literal('/') || !in.number(c, 2, 2) || !in.literal(' '))
    return false;
  out.year = 2000 + a;
  out.month = b;
  out.day = c;
  return clock(in, out);
}

/// "I1121 09:10:05.123456" (klog) and "I20261121 09:10:05.123456" (glog).
bool klog(Cursor& in, Fields& out) {
  if (!in.any_of("IWEFDTV") || !is_digit(in.peek(3))) return false;
  if (is_digit(in.peek(7)) && !in.number(out.year, 4, 4)) return false;
  return in.number(out.month, 2, 2) && in.number(out.day, 2, 2) && in.literal(' ') && clock(in, out);
}

/// Seconds with a fraction or alone (ten digits), or milliseconds (thirteen), from 2001 to 2099; what lies beyond is
/// rather some other number.
bool epoch(Cursor& in, Time& time) {
  int high = 0;
  int low = 0;
  if (in.peek() == '0' || !in.number(high, 9, 9) || !in.number(low, 1, 1)) return false;
  const std::int64_t whole = std::int64_t{high} * 10 + low;
  constexpr std::int64_t year_2100 = 4'102'444'800;
  if (whole >= year_2100) return false;
  Fields fields;
  int millis = 0;
  if (in.number(millis, 3, 3)) {
    fields.nanos = std::int64_t{millis} * 1'000'000;
  } else {
    fraction(in, fields);
  }
  if (is_digit(in.peek()) || is_letter(in.peek()) || in.peek() == '-' || in.peek() == '_') return false;
  time = Time(seconds(whole) + nanoseconds(fields.nanos));
  return true;
}

bool in_range(year_month_day date) {
  // What 64-bit nanoseconds hold, to whole years.
  return date.ok() && date.year() >= std::chrono::year(1678) && date.year() <= std::chrono::year(2261);
}

std::optional<Time> to_time(const Fields& fields, Time reference) {
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
  line = line.substr(0, 64);
  const bool bracket = line.starts_with('[');
  using Format = bool (*)(Cursor&, Fields&);
  // The first byte leaves one or two formats to try.
  const char first = line.size() > (bracket ? 1U : 0U) ? line[bracket ? 1 : 0] : '\0';
  const bool digit = is_digit(first);
  if (!digit && !is_letter(first)) return std::nullopt;
  constexpr std::array<Format, 3> by_digit{year_first, day_first, short_date};
  constexpr std::array<Format, 2> by_letter{month_first, klog};

  LeadingTimestamp result;
  const auto close = [&](Cursor& in) {
    if (!bracket) return !is_digit(in.peek()) && !is_letter(in.peek());
    // Inside brackets more may follow ("[2026-11-21 09:10:05Z INFO app]"); then only the opening one is covered.
    return in.literal(']') || in.peek() == ' ' || in.peek() == ',' || in.peek() == ':';
  };
  const auto attempt = [&](Format format) {
    Cursor in(line);
    if (bracket) in.literal('[');
    Fields fields;
    if (!format(in, fields) || !close(in)) return false;
    const auto time = to_time(fields, reference);
    if (!time) return false;
    result = {.time = *time, .length = in.at(), .zoned = fields.zoned, .dated = fields.year >= 0};
    return true;
  };
  if (digit) {
    for (const Format format : by_digit) {
      if (attempt(format)) return result;
    }
    Cursor in(line);
    if (bracket) in.literal('[');
    if (epoch(in, result.time) && close(in)) {
      result.length = in.at();
      result.zoned = result.dated = true;
      return result;
    }
    return std::nullopt;
  }
  for (const Format format : by_letter) {
    if (attempt(format)) return result;
  }
  return std::nullopt;
}

}  // namespace taffrail::text
