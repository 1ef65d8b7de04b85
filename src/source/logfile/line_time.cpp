#include "source/logfile/line_time.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "text/timestamp.hpp"

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;
using std::string_view;

constexpr std::size_t looked_at = 4096;

constexpr std::array<string_view, 5> keys{"time", "ts", "timestamp", "@timestamp", "t"};
constexpr std::size_t longest_key = 10;

/// The first time that is the value of one of the keys, in a JSON object (`"time":"…"`) or logfmt (`time=…`). One pass
/// over the bytes that end a key: there are few of them, and a line without any costs a memchr.
std::optional<text::LeadingTimestamp> keyed_timestamp(string_view line, bool json, Time reference) {
  const char ends_key = json ? ':' : '=';
  for (std::size_t at = line.find(ends_key); at != string_view::npos; at = line.find(ends_key, at + 1)) {
    string_view before = line.substr(0, at);
    if (json) {
      if (!before.ends_with('"')) continue;
      before.remove_suffix(1);
    }
    // A key of ours is short: what lies further back is not looked at.
    before.remove_prefix(before.size() - std::min(before.size(), longest_key + 1));
    const std::size_t begin = before.find_last_of(json ? '"' : ' ') + 1;  // npos + 1 is 0
    if (std::ranges::find(keys, before.substr(begin)) == keys.end()) continue;
    string_view value = line.substr(at + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \""), value.size()));
    if (const auto found = text::leading_timestamp(value, reference)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Time> LineTime::of(string_view line, Time reference) {
  line = line.substr(0, looked_at);
  auto found = text::leading_timestamp(line, reference);
  if (!found) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == string_view::npos) return std::nullopt;
    found = keyed_timestamp(line, line[begin] == '{', reference);
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

}  // namespace taffrail::logfile
