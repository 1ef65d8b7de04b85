#include "source/demo/pen.hpp"

#include <array>
#include <cassert>

namespace taffrail::demo {

using namespace std::chrono_literals;

Stamp Stamp::of(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto second = std::chrono::floor<std::chrono::seconds>(time - day);
  const auto of_day = static_cast<unsigned>(second.count());
  Stamp stamp;
  stamp.year = static_cast<int>(date.year());
  stamp.month = static_cast<unsigned>(date.month());
  stamp.day = static_cast<unsigned>(date.day());
  stamp.hour = of_day / 3600;
  stamp.minute = of_day / 60 % 60;
  stamp.second = of_day % 60;
  stamp.microsecond = static_cast<unsigned>((time - day - second) / 1us);
  return stamp;
}

std::string_view Stamp::month_name() const {
  static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return names[month - 1];
}

std::string Stamp::iso() const {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", year, month, day, hour, minute, second,
                     millisecond());
}
std::string Stamp::iso_micro() const {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", year, month, day, hour, minute, second, microsecond);
}
std::string Stamp::blank() const {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", year, month, day, hour, minute, second,
                     millisecond());
}
std::string Stamp::comma() const {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}", year, month, day, hour, minute, second,
                     millisecond());
}
std::string Stamp::access() const {
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", day, month_name(), year, hour, minute, second);
}
std::string Stamp::slashes() const {
  return fmt::format("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", year, month, day, hour, minute, second);
}

void Pen::put(text::StdStream stream, fmt::string_view form, fmt::format_args args) {
  assert(lines_ < max_lines);
  const std::size_t offset = batch_.bytes.size();
  fmt::vformat_to(std::back_inserter(batch_.bytes), form, args);
  Record record;
  record.time = time_;
  record.offset = static_cast<std::uint32_t>(offset);
  record.size = static_cast<std::uint32_t>(batch_.bytes.size() - offset);
  record.stream = stream;
  batch_.records.push_back(record);
  time_ += 1us;
  ++lines_;
}

}  // namespace taffrail::demo
