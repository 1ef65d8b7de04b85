#include "base/time_format.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/ascii.hpp"

namespace taffrail {
namespace {

using std::chrono::days;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

void put_digits(char* at, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

/// Reads exactly `count` digits; -1 when one is missing.
int read_digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// The offset east of UTC that starts at `at` and must end the text.
std::optional<seconds> read_offset(std::string_view text, size_t at) {
  if (at >= text.size()) return std::nullopt;
  const char sign = text[at];
  if (sign == 'Z' || sign == 'z') return at + 1 == text.size() ? std::optional(seconds(0)) : std::nullopt;
  if ((sign != '+' && sign != '-') || text.size() != at + 6 || text[at + 3] != ':') return std::nullopt;
  const int hour = read_digits(text, at + 1, 2);
  const int minute = read_digits(text, at + 4, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  const seconds offset(hour * 3600 + minute * 60);
  return sign == '-' ? -offset : offset;
}

struct Unit {
  std::string_view name;
  double factor;  // in nanoseconds
};
// Longer names first, so that "ms" is not read as minutes.
constexpr std::array<Unit, 9> units{{{"ns", 1},
                                     {"us", 1e3},
                                     {"µs", 1e3},
                                     {"μs", 1e3},
                                     {"ms", 1e6},
                                     {"s", 1e9},
                                     {"m", 60e9},
                                     {"h", 3600e9},
                                     {"d", 86400e9}}};

}  // namespace

void append_rfc3339(std::string& out, Time time) {
  const year_month_day date{std::chrono::floor<days>(time)};
  // By the remainder: the day that the first nanoseconds lie in begins before them, where a Time cannot say it.
  std::chrono::nanoseconds of_day = time.time_since_epoch() % days(1);
  if (of_day < std::chrono::nanoseconds(0)) of_day += days(1);
  const auto secs = static_cast<unsigned>(std::chrono::duration_cast<seconds>(of_day).count());
  const auto nanos = static_cast<unsigned>((of_day % seconds(1)).count());
  char text[30] = {0, 0, 0, 0, '-', 0, 0, '-', 0, 0, 'T', 0, 0, ':', 0, 0, ':', 0, 0, '.'};
  put_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(text + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(text + 8, static_cast<unsigned>(date.day()), 2);
  put_digits(text + 11, secs / 3600, 2);
  put_digits(text + 14, secs / 60 % 60, 2);
  put_digits(text + 17, secs % 60, 2);
  put_digits(text + 20, nanos, 9);
  text[29] = 'Z';
  out.append(text, sizeof text);
}

std::string to_rfc3339(Time time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const int year = read_digits(text, 0, 4);
  const int month = read_digits(text, 5, 2);
  const int day = read_digits(text, 8, 2);
  const int hour = read_digits(text, 11, 2);
  const int minute = read_digits(text, 14, 2);
  const int second = read_digits(text, 17, 2);
  // 1678..2261 is what 64-bit nanoseconds hold; a second of 60 is a leap second, shown as the next one.
  if (year < 1678 || year > 2261 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60)
    return std::nullopt;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  size_t at = 19;
  int64_t nanos = 0;
  if (text[at] == '.') {
    ++at;
    int64_t scale = 100'000'000;
    const size_t first = at;
    while (at < text.size() && ascii::is_digit(text[at])) {
      if (scale == 0) return std::nullopt;  // more than nine digits
      nanos += (text[at] - '0') * scale;
      scale /= 10;
      ++at;
    }
    if (at == first) return std::nullopt;
  }
  const auto offset = read_offset(text, at);
  if (!offset) return std::nullopt;
  const auto whole = sys_days(date) + seconds(hour * 3600 + minute * 60 + second) - *offset;
  return Time(whole) + nanoseconds(nanos);
}

Result<Duration> parse_duration(std::string_view text) {
  const std::string whole(text);
  double total = 0;
  if (text.empty()) return fail(ErrorCode::invalid_argument, "an empty duration; write for example 15m or 1h30m");
  while (!text.empty()) {
    double number = 0;
    // from_chars would take "nan" and "inf", so that "nans" were a number of seconds.
    const bool digit = text.front() == '.' || ascii::is_digit(text.front());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (!digit || error != std::errc())
      return fail(ErrorCode::invalid_argument, "'" + whole + "' is not a duration; write for example 15m or 1h30m");
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const Unit* found = nullptr;
    for (const Unit& unit : units)
      if (text.starts_with(unit.name)) {
        found = &unit;
        break;
      }
    if (!found) return fail(ErrorCode::invalid_argument, "'" + whole + "' needs a unit: ns, us, ms, s, m, h or d");
    total += number * found->factor;
    text.remove_prefix(found->name.size());
  }
  if (total > static_cast<double>(std::numeric_limits<int64_t>::max()) / 2)
    return fail(ErrorCode::invalid_argument, "'" + whole + "' is longer than 146 years");
  return Duration(std::llround(total));
}

std::string to_duration_text(Duration duration) {
  constexpr std::pair<std::string_view, Duration> parts[] = {
      {"d", std::chrono::days(1)},         {"h", std::chrono::hours(1)},         {"m", std::chrono::minutes(1)},
      {"s", std::chrono::seconds(1)},      {"ms", std::chrono::milliseconds(1)}, {"us", std::chrono::microseconds(1)},
      {"ns", std::chrono::nanoseconds(1)},
  };
  std::string text;
  for (const auto& [name, unit] : parts) {
    if (duration < unit) continue;
    text += std::to_string(duration / unit);
    text += name;
    duration %= unit;
  }
  return text.empty() ? "0s" : text;
}

Result<Time> parse_time_parameter(std::string_view text, Time now) {
  if (const auto time = parse_rfc3339(text)) return *time;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return Time(nanoseconds(number));
  auto duration = parse_duration(text);
  if (!duration)
    return fail(
        ErrorCode::invalid_argument,
        "'" + std::string(text) +
            "' is not a time; write RFC 3339 (2026-11-21T09:10:05Z), Unix nanoseconds or a duration before now (15m)");
  return now - *duration;
}

}  // namespace taffrail
