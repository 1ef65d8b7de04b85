#include "source/files/line_time.hpp"

#include <array>
#include <ctime>

#include "text/timestamp.hpp"

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;
using std::string_view;

constexpr std::size_t looked_at = 4096;

/// What follows the first of `keys` in the line; empty when there is none. `open`: the byte that a key must follow.
string_view value_after(string_view line, std::initializer_list<string_view> keys) {
  for (const string_view key : keys) {
    const std::size_t at = line.find(key);
    if (at == string_view::npos) continue;
    // A logfmt key stands at the start or after a blank; a JSON key brings its quote.
    if (key.front() != '"' && at > 0 && line[at - 1] != ' ') continue;
    line.remove_prefix(at + key.size());
    line.remove_prefix(std::min(line.find_first_not_of(" :\""), line.size()));
    return line;
  }
  return {};
}

}  // namespace

std::optional<Time> LineTime::of(string_view line, Time reference) {
  line = line.substr(0, looked_at);
  auto found = text::leading_timestamp(line, reference);
  if (!found) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == string_view::npos) return std::nullopt;
    const string_view value = line[begin] == '{'
                                  ? value_after(line, {R"("time":)", R"("ts":)", R"("timestamp":)", R"("@timestamp":)",
                                                       R"("time": )", R"("ts": )", R"("t":)"})
                                  : value_after(line, {"time=", "ts=", "timestamp=", "t="});
    if (value.empty()) return std::nullopt;
    found = text::leading_timestamp(value, reference);
    if (!found) return std::nullopt;
  }
  return found->zoned ? found->time : from_local(found->time);
}

/// Programs that state no offset write the machine's local time.
Time LineTime::from_local(Time local) {
  const std::int64_t quarter = std::chrono::floor<std::chrono::minutes>(local).time_since_epoch().count() / 15;
  if (quarter != quarter_) {
    const std::time_t asked = static_cast<std::time_t>(quarter * 900);
    std::tm parts{};
    ::gmtime_r(&asked, &parts);
    parts.tm_isdst = -1;
    offset_ = std::chrono::seconds(asked - std::mktime(&parts));
    quarter_ = quarter;
  }
  return local - offset_;
}

}  // namespace taffrail::files
