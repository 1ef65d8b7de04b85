#include "expr/time_layout.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "base/ascii.hpp"

namespace taffrail::expr {
namespace {

// The pieces of the reference time. A layout is cut into pieces and literal text in between.
enum class Piece : std::uint8_t {
  none,
  long_year,
  year,
  long_month,
  month_name,
  month,
  zero_month,
  day,
  space_day,
  zero_day,
  space_year_day,
  zero_year_day,
  long_weekday,
  weekday,
  hour24,
  hour12,
  zero_hour12,
  minute,
  zero_minute,
  second,
  zero_second,
  upper_pm,
  lower_pm,
  zone_name,
  offset,
  fraction_fixed,
  fraction_short,
};

struct Token {
  Piece piece = Piece::none;
  std::string_view text;     // as it stands in the layout
  std::string_view literal;  // what comes before it
  bool z = false;            // an offset that prints UTC as Z
  bool colon = false;
  unsigned parts = 2;  // of an offset: hours, minutes, seconds
};

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};

bool is_digit_at(std::string_view text, std::size_t i) { return i < text.size() && ascii::is_digit(text[i]); }

struct Named {
  std::string_view text;
  Piece piece;
  bool z = false;
  bool colon = false;
  unsigned parts = 2;
};

// Longer ones before their prefixes.
constexpr std::array pieces = {
    Named{"January", Piece::long_month},
    Named{"Jan", Piece::month_name},
    Named{"Monday", Piece::long_weekday},
    Named{"Mon", Piece::weekday},
    Named{"MST", Piece::zone_name},
    Named{"2006", Piece::long_year},
    Named{"-07:00:00", Piece::offset, false, true, 3},
    Named{"-070000", Piece::offset, false, false, 3},
    Named{"-07:00", Piece::offset, false, true, 2},
    Named{"-0700", Piece::offset, false, false, 2},
    Named{"-07", Piece::offset, false, false, 1},
    Named{"Z07:00:00", Piece::offset, true, true, 3},
    Named{"Z070000", Piece::offset, true, false, 3},
    Named{"Z07:00", Piece::offset, true, true, 2},
    Named{"Z0700", Piece::offset, true, false, 2},
    Named{"Z07", Piece::offset, true, false, 1},
    Named{"002", Piece::zero_year_day},
    Named{"__2", Piece::space_year_day},
    Named{"_2006", Piece::none},
    Named{"_2", Piece::space_day},
    Named{"01", Piece::zero_month},
    Named{"02", Piece::zero_day},
    Named{"03", Piece::zero_hour12},
    Named{"04", Piece::zero_minute},
    Named{"05", Piece::zero_second},
    Named{"06", Piece::year},
    Named{"15", Piece::hour24},
    Named{"PM", Piece::upper_pm},
    Named{"pm", Piece::lower_pm},
    Named{"1", Piece::month},
    Named{"2", Piece::day},
    Named{"3", Piece::hour12},
    Named{"4", Piece::minute},
    Named{"5", Piece::second},
};

// Cuts the next piece off `layout`, with the literal text before it.
Token next_piece(std::string_view& layout) {
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const std::string_view rest = layout.substr(i);
    for (const Named& named : pieces) {
      if (!rest.starts_with(named.text)) continue;
      // "Jan" may go on only as "January"; a lower-case letter after it makes it a word.
      if ((named.piece == Piece::month_name || named.piece == Piece::weekday) && rest.size() > 3 && rest[3] >= 'a' &&
          rest[3] <= 'z')
        continue;
      if (named.piece == Piece::none) {  // "_2006" is "_" and the year
        const Token token{Piece::long_year, rest.substr(1, 4), layout.substr(0, i + 1)};
        layout.remove_prefix(i + 5);
        return token;
      }
      const Token token{named.piece, rest.substr(0, named.text.size()), layout.substr(0, i), named.z, named.colon,
                        named.parts};
      layout.remove_prefix(i + named.text.size());
      return token;
    }
    if ((rest[0] == '.' || rest[0] == ',') && rest.size() > 1 && (rest[1] == '0' || rest[1] == '9')) {
      std::size_t end = 1;
      while (end < rest.size() && rest[end] == rest[1]) ++end;
      if (!is_digit_at(rest, end)) {
        const Token token{rest[1] == '0' ? Piece::fraction_fixed : Piece::fraction_short, rest.substr(0, end),
                          layout.substr(0, i)};
        layout.remove_prefix(i + end);
        return token;
      }
    }
  }
  const Token token{Piece::none, {}, layout};
  layout = {};
  return token;
}

void append_offset(std::string& out, const Token& token, std::int32_t offset) {
  if (token.z && offset == 0) {
    out.push_back('Z');
    return;
  }
  out.push_back(offset < 0 ? '-' : '+');
  const int seconds = std::abs(offset);
  fmt::format_to(std::back_inserter(out), "{:02}", seconds / 3600);
  if (token.parts >= 2) fmt::format_to(std::back_inserter(out), "{}{:02}", token.colon ? ":" : "", seconds / 60 % 60);
  if (token.parts >= 3) fmt::format_to(std::back_inserter(out), "{}{:02}", token.colon ? ":" : "", seconds % 60);
}

std::string abbreviation_of(ZoneOffset offset) {
  if (!offset.abbreviation.empty()) return std::string(offset.abbreviation);
  const int minutes = std::abs(offset.seconds) / 60;
  return fmt::format("{}{:02}{:02}", offset.seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// Howard Hinnant's days_from_civil, for any year.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}

}  // namespace

Civil to_civil(Instant instant, ZoneId zone) {
  const std::int64_t local = instant.seconds + zone_offset(zone, instant.seconds).seconds;
  const std::int64_t days = floor_div(local, 86400);
  const auto seconds = static_cast<unsigned>(local - days * 86400);
  Civil c;
  const std::int64_t z = days + 719468;
  const std::int64_t era = floor_div(z, 146097);
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned m = (5 * day_of_year + 2) / 153;
  c.day = day_of_year - (153 * m + 2) / 5 + 1;
  c.month = m < 10 ? m + 3 : m - 9;
  c.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (c.month <= 2 ? 1 : 0);
  c.hour = seconds / 3600;
  c.minute = seconds / 60 % 60;
  c.second = seconds % 60;
  c.weekday = static_cast<unsigned>(((days + 4) % 7 + 7) % 7);
  c.year_day = static_cast<unsigned>(days - days_from_civil(c.year, 1, 1)) + 1;
  return c;
}

Instant from_civil(std::int64_t year, std::int64_t month, std::int64_t day, std::int64_t seconds_of_day,
                   std::uint32_t nanoseconds, ZoneId zone) {
  const std::int64_t carried = floor_div(month - 1, 12);
  const auto month_of_year = static_cast<unsigned>(month - 1 - carried * 12 + 1);
  const std::int64_t days = days_from_civil(year + carried, month_of_year, 1) + day - 1;
  return {from_local(zone, days * 86400 + seconds_of_day), nanoseconds};
}

std::string format_time(Instant instant, ZoneId zone, std::string_view layout) {
  const Civil c = to_civil(instant, zone);
  const ZoneOffset offset = zone_offset(zone, instant.seconds);
  std::string out;
  const auto put = [&](std::string_view pattern, auto number) {
    fmt::format_to(std::back_inserter(out), fmt::runtime(pattern), number);
  };
  const unsigned hour12 = c.hour % 12 == 0 ? 12 : c.hour % 12;
  while (!layout.empty()) {
    const Token token = next_piece(layout);
    out += token.literal;
    switch (token.piece) {
      case Piece::none: break;
      case Piece::long_year: put(c.year < 0 ? "{:05}" : "{:04}", c.year); break;
      case Piece::year: put("{:02}", ((c.year % 100) + 100) % 100); break;
      case Piece::long_month: out += months[c.month - 1]; break;
      case Piece::month_name: out += months[c.month - 1].substr(0, 3); break;
      case Piece::month: put("{}", c.month); break;
      case Piece::zero_month: put("{:02}", c.month); break;
      case Piece::day: put("{}", c.day); break;
      case Piece::space_day: put("{:2}", c.day); break;
      case Piece::zero_day: put("{:02}", c.day); break;
      case Piece::space_year_day: put("{:3}", c.year_day); break;
      case Piece::zero_year_day: put("{:03}", c.year_day); break;
      case Piece::long_weekday: out += weekdays[c.weekday]; break;
      case Piece::weekday: out += weekdays[c.weekday].substr(0, 3); break;
      case Piece::hour24: put("{:02}", c.hour); break;
      case Piece::hour12: put("{}", hour12); break;
      case Piece::zero_hour12: put("{:02}", hour12); break;
      case Piece::minute: put("{}", c.minute); break;
      case Piece::zero_minute: put("{:02}", c.minute); break;
      case Piece::second: put("{}", c.second); break;
      case Piece::zero_second: put("{:02}", c.second); break;
      case Piece::upper_pm: out += c.hour >= 12 ? "PM" : "AM"; break;
      case Piece::lower_pm: out += c.hour >= 12 ? "pm" : "am"; break;
      case Piece::zone_name: out += abbreviation_of(offset); break;
      case Piece::offset: append_offset(out, token, offset.seconds); break;
      case Piece::fraction_fixed:
      case Piece::fraction_short: {
        std::string digits = fmt::format("{:09}", instant.nanoseconds);
        digits.resize(token.text.size() - 1, '0');
        if (token.piece == Piece::fraction_short) {
          while (!digits.empty() && digits.back() == '0') digits.pop_back();
          if (digits.empty()) break;
        }
        out += token.text[0];
        out += digits;
        break;
      }
    }
  }
  return out;
}

namespace {

// Takes a number of at least `least` and at most `most` digits.
bool take_number(std::string_view& text, std::size_t least, std::size_t most, unsigned& number) {
  number = 0;
  std::size_t count = 0;
  while (count < most && is_digit_at(text, count)) number = number * 10 + static_cast<unsigned>(text[count++] - '0');
  if (count < least) return false;
  text.remove_prefix(count);
  return true;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
  }
  return true;
}

template <std::size_t N>
bool take_name(std::string_view& text, const std::array<std::string_view, N>& names, std::size_t length,
               unsigned& index) {
  for (std::size_t i = 0; i < N; ++i) {
    const std::string_view name = length == 0 ? names[i] : names[i].substr(0, length);
    if (same_ignoring_case(text.substr(0, name.size()), name)) {
      text.remove_prefix(name.size());
      index = static_cast<unsigned>(i);
      return true;
    }
  }
  return false;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// Spaces stand for any number of them, and for none at the end.
bool take_literal(std::string_view& text, std::string_view literal) {
  while (!literal.empty()) {
    if (literal.front() == ' ') {
      if (!text.empty() && text.front() != ' ') return false;
      skip_spaces(literal);
      skip_spaces(text);
      continue;
    }
    if (text.empty() || text.front() != literal.front()) return false;
    literal.remove_prefix(1);
    text.remove_prefix(1);
  }
  return true;
}

bool take_fraction(std::string_view& text, std::size_t digits, std::uint32_t& nanoseconds) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit_at(text, i)) return false;
    if (i < 9) value = value * 10 + static_cast<std::uint32_t>(text[i] - '0');
  }
  for (std::size_t i = digits; i < 9; ++i) value *= 10;
  nanoseconds = value;
  text.remove_prefix(digits);
  return true;
}

bool take_offset(std::string_view& text, const Token& token, std::int32_t& offset) {
  if (token.z && !text.empty() && text.front() == 'Z') {
    text.remove_prefix(1);
    offset = 0;
    return true;
  }
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const std::int32_t sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  std::int32_t total = 0;
  constexpr std::array<std::int32_t, 3> unit = {3600, 60, 1};
  for (unsigned part = 0; part < token.parts; ++part) {
    if (part > 0 && token.colon) {
      if (text.empty() || text.front() != ':') return false;
      text.remove_prefix(1);
    }
    unsigned number = 0;
    if (!take_number(text, 2, 2, number) || number > (part == 0 ? 24U : 59U)) return false;
    total += static_cast<std::int32_t>(number) * unit[part];
  }
  offset = sign * total;
  return true;
}

struct Parsed {
  unsigned year = 0, month = 0, day = 0, year_day = 0, hour = 0, minute = 0, second = 0;
  std::uint32_t nanoseconds = 0;
  bool pm = false, am = false, has_offset = false, has_year_day = false, has_day = false;
  std::int32_t offset = 0;
  std::string_view abbreviation;
  std::int32_t abbreviation_hours = 0;  // of "GMT+3"
};

// The name of a zone: "CET", "CEST", "GMT+3", or an offset in hours where a zone has no better name, such as "-03".
bool take_abbreviation(std::string_view& text, Parsed& p) {
  std::size_t length = 0;
  while (length < text.size() && length < 6 && ascii::is_upper(text[length])) ++length;
  const std::string_view letters = text.substr(0, length);
  if (letters.starts_with("GMT")) length = 3;
  if (length == 3 || (length == 0 && !text.empty())) {
    std::string_view rest = text.substr(length);
    const bool has_hours =
        (length == 0 || letters.starts_with("GMT")) && !rest.empty() && (rest.front() == '+' || rest.front() == '-');
    const std::int32_t sign = has_hours && rest.front() == '-' ? -1 : 1;
    unsigned hours = 0;
    if (has_hours) rest.remove_prefix(1);
    if (has_hours && take_number(rest, 1, rest.size(), hours) && hours < 24) {
      if (length != 0) p.abbreviation_hours = sign * static_cast<std::int32_t>(hours);
      length = text.size() - rest.size();
    } else if (length == 0) {
      return false;
    }
  } else if (length < 3 || length > 5 || (letters.back() != 'T' && letters != "WITA")) {
    return false;
  }
  p.abbreviation = text.substr(0, length);
  text.remove_prefix(length);
  return true;
}

bool take_piece(std::string_view& text, const Token& token, std::string_view layout_rest, Parsed& p) {
  unsigned n = 0;
  switch (token.piece) {
    case Piece::none: return true;
    case Piece::long_year: return take_number(text, 4, 4, p.year);
    case Piece::year:
      if (!take_number(text, 2, 2, n)) return false;
      p.year = n >= 69 ? n + 1900 : n + 2000;
      return true;
    case Piece::long_month:
      if (!take_name(text, months, 0, n)) return false;
      p.month = n + 1;
      return true;
    case Piece::month_name:
      if (!take_name(text, months, 3, n)) return false;
      p.month = n + 1;
      return true;
    case Piece::month:
    case Piece::zero_month:
      return take_number(text, token.piece == Piece::month ? 1 : 2, 2, p.month) && p.month >= 1 && p.month <= 12;
    case Piece::space_day:
      if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
      [[fallthrough]];
    case Piece::day:
    case Piece::zero_day: p.has_day = true; return take_number(text, token.piece == Piece::zero_day ? 2 : 1, 2, p.day);
    case Piece::space_year_day:
      skip_spaces(text);
      p.has_year_day = true;
      return take_number(text, 1, 3, p.year_day);
    case Piece::zero_year_day: p.has_year_day = true; return take_number(text, 3, 3, p.year_day);
    case Piece::long_weekday: return take_name(text, weekdays, 0, n);
    case Piece::weekday: return take_name(text, weekdays, 3, n);
    case Piece::hour24: return take_number(text, 1, 2, p.hour) && p.hour < 24;
    case Piece::hour12:
    case Piece::zero_hour12: return take_number(text, token.piece == Piece::hour12 ? 1 : 2, 2, p.hour) && p.hour <= 12;
    case Piece::minute:
    case Piece::zero_minute:
      return take_number(text, token.piece == Piece::minute ? 1 : 2, 2, p.minute) && p.minute < 60;
    case Piece::second:
    case Piece::zero_second: {
      if (!take_number(text, token.piece == Piece::second ? 1 : 2, 2, p.second) || p.second >= 60) return false;
      // A fraction may follow the seconds although the layout has none.
      std::string_view ahead = layout_rest;
      const Token following = next_piece(ahead);
      const bool layout_has_it = following.literal.empty() &&
                                 (following.piece == Piece::fraction_fixed || following.piece == Piece::fraction_short);
      if (layout_has_it || text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit_at(text, 1)) return true;
      text.remove_prefix(1);
      std::size_t digits = 0;
      while (is_digit_at(text, digits)) ++digits;
      return take_fraction(text, digits, p.nanoseconds);
    }
    case Piece::upper_pm:
    case Piece::lower_pm: {
      const bool upper = token.piece == Piece::upper_pm;
      if (text.starts_with(upper ? "PM" : "pm"))
        p.pm = true;
      else if (text.starts_with(upper ? "AM" : "am"))
        p.am = true;
      else
        return false;
      text.remove_prefix(2);
      return true;
    }
    case Piece::zone_name: return take_abbreviation(text, p);
    case Piece::offset: p.has_offset = true; return take_offset(text, token, p.offset);
    case Piece::fraction_fixed: {
      if (text.size() < token.text.size() || (text[0] != '.' && text[0] != ',')) return false;
      text.remove_prefix(1);
      return take_fraction(text, token.text.size() - 1, p.nanoseconds);
    }
    case Piece::fraction_short: {
      if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit_at(text, 1)) return true;
      text.remove_prefix(1);
      std::size_t digits = 0;
      while (is_digit_at(text, digits)) ++digits;
      return take_fraction(text, digits, p.nanoseconds);
    }
  }
  return false;
}

unsigned days_in(unsigned month, unsigned year) {
  constexpr std::array<unsigned, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

}  // namespace

std::optional<Value> parse_time(std::string_view layout, std::string_view text, ZoneId zone) {
  Parsed p;
  while (!layout.empty()) {
    const Token token = next_piece(layout);
    if (!take_literal(text, token.literal)) return {};
    if (!take_piece(text, token, layout, p)) return {};
  }
  if (!text.empty()) return {};
  if (p.pm && p.hour < 12) p.hour += 12;
  if (p.am && p.hour == 12) p.hour = 0;
  if (p.has_year_day) {
    if (p.year_day < 1 || p.year_day > 366) return {};
    if (p.month == 0) p.day = p.year_day;
  }
  if (p.month == 0) p.month = 1;
  if (!p.has_day && !p.has_year_day) p.day = 1;
  if (!p.has_year_day && (p.day < 1 || p.day > days_in(p.month, p.year))) return {};
  const std::int64_t seconds = std::int64_t{p.hour} * 3600 + std::int64_t{p.minute} * 60 + p.second;
  const auto in = [&](ZoneId where) { return from_civil(p.year, p.month, p.day, seconds, p.nanoseconds, where); };
  if (p.has_offset) zone = fixed_zone(p.offset);
  if (p.abbreviation == "UTC") zone = utc_zone;
  if (p.has_offset || p.abbreviation.empty() || zone == utc_zone) {
    return Value::time(in(zone), p.abbreviation_hours == 0 ? zone : fixed_zone(p.abbreviation_hours * 3600));
  }
  // An abbreviation counts when the zone asked for has it, in summer or winter. Of any other the offset is not known:
  // the time is taken for UTC, as in the reference, which does so for "GMT+3", too.
  Instant instant = in(utc_zone);
  if (const auto offset = offset_called(zone, p.abbreviation, instant.seconds)) {
    instant.seconds -= *offset;
    return Value::time(instant, zone);
  }
  return Value::time(instant, p.abbreviation_hours == 0 ? utc_zone : fixed_zone(p.abbreviation_hours * 3600));
}

std::optional<std::int64_t> parse_go_duration(std::string_view text) {
  if (text.empty()) return {};
  bool negative = false;
  if (text.front() == '-' || text.front() == '+') {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return {};
  struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
  };
  constexpr std::array units = {
      Unit{"ns", 1},         Unit{"us", 1'000},        Unit{"µs", 1'000},         Unit{"μs", 1'000},
      Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000}};
  constexpr std::uint64_t most = std::uint64_t{1} << 63;  // what the negative ones reach
  std::uint64_t total = 0;
  while (!text.empty()) {
    std::uint64_t whole = 0;
    std::size_t digits = 0;
    for (; is_digit_at(text, digits); ++digits) {
      if (whole > most / 10) return {};
      whole = whole * 10 + static_cast<std::uint64_t>(text[digits] - '0');
      if (whole > most) return {};
    }
    text.remove_prefix(digits);
    std::uint64_t fraction = 0;  // over scale; digits that no longer fit are too small to matter
    double scale = 1;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      std::size_t after = 0;
      for (bool full = false; is_digit_at(text, after); ++after) {
        full = full || fraction > (most - 10) / 10;
        if (full) continue;
        fraction = fraction * 10 + static_cast<std::uint64_t>(text[after] - '0');
        scale *= 10;
      }
      text.remove_prefix(after);
      digits += after;
    }
    if (digits == 0) return {};
    std::size_t name = 0;
    while (name < text.size() && text[name] != '.' && !is_digit_at(text, name)) ++name;
    const Unit* unit = nullptr;
    for (const Unit& candidate : units) {
      if (candidate.name == text.substr(0, name)) unit = &candidate;
    }
    if (unit == nullptr) return {};
    text.remove_prefix(name);
    if (whole > most / unit->nanoseconds) return {};
    const double rest = static_cast<double>(fraction) * (static_cast<double>(unit->nanoseconds) / scale);
    total += whole * unit->nanoseconds + static_cast<std::uint64_t>(rest);
    if (total > most) return {};
  }
  if (negative) return static_cast<std::int64_t>(0 - total);
  if (total == most) return {};
  return static_cast<std::int64_t>(total);
}

}  // namespace taffrail::expr
