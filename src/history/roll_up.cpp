#include "history/roll_up.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;
constexpr std::array<Duration, 7> lengths{1s, 10s, 1min, 10min, 1h, 24h, 720h};

std::int64_t divided(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

RollUp RollUp::of(std::span<const Record> records) {
  // Lines mostly come in the order of their times, so most are counted where the last one was.
  std::map<std::int64_t, LevelCounts> seconds;
  auto at = seconds.end();
  for (const Record& record : records) {
    const std::int64_t step = divided(record.time.time_since_epoch().count(), lengths.front().count());
    if (at == seconds.end() || at->first != step) at = seconds.try_emplace(step).first;
    ++at->second[static_cast<std::size_t>(record.head_level)];
  }
  RollUp roll_up;
  for (const Duration length : lengths) {
    roll_up.length = length;
    roll_up.entries.clear();
    for (const auto& [second, counts] : seconds) {
      const std::int64_t step = divided(second, length / lengths.front());
      if (roll_up.entries.empty() || roll_up.entries.back().step != step) {
        if (roll_up.entries.size() == max_entries) break;
        roll_up.entries.push_back({step, {}});
      }
      for (std::size_t level = 0; level < counts.size(); ++level) roll_up.entries.back().counts[level] += counts[level];
    }
    const std::int64_t last = seconds.empty() ? 0 : seconds.rbegin()->first;
    if (seconds.empty() || divided(last, length / lengths.front()) == roll_up.entries.back().step) return roll_up;
  }
  // So many times of so many years are no times any more.
  roll_up.entries.resize(1);
  roll_up.entries.front().counts = {};
  for (const auto& [second, counts] : seconds)
    for (std::size_t level = 0; level < counts.size(); ++level) roll_up.entries.front().counts[level] += counts[level];
  return roll_up;
}

std::string RollUp::encode() const {
  std::string out;
  const auto which = std::ranges::find(lengths, length) - lengths.begin();
  append_varint(out, static_cast<std::uint64_t>(which));
  std::int64_t before = 0;
  for (const Entry& entry : entries) {
    append_varint(out, zigzag(static_cast<std::uint64_t>(entry.step) - static_cast<std::uint64_t>(before)));
    before = entry.step;
    std::uint8_t levels = 0;
    for (std::size_t level = 0; level < entry.counts.size(); ++level)
      if (entry.counts[level] > 0) levels |= static_cast<std::uint8_t>(1U << level);
    out.push_back(static_cast<char>(levels));
    for (const std::uint32_t count : entry.counts)
      if (count > 0) append_varint(out, count);
  }
  return out;
}

Result<RollUp> RollUp::decode(std::string_view bytes) {
  ByteReader reader(bytes);
  RollUp roll_up;
  const std::uint64_t which = reader.varint();
  if (which >= lengths.size()) return damaged("a roll-up has steps of no known length");
  roll_up.length = lengths[which];
  std::uint64_t step = 0;
  while (reader.ok() && !reader.empty()) {
    if (roll_up.entries.size() == max_entries) return damaged("a roll-up has too many steps");
    Entry entry;
    step += unzigzag(reader.varint());
    entry.step = static_cast<std::int64_t>(step);
    const auto levels = reader.fixed<std::uint8_t>();
    for (std::size_t level = 0; level < entry.counts.size(); ++level)
      if ((levels >> level & 1) != 0) entry.counts[level] = static_cast<std::uint32_t>(reader.varint());
    if (!roll_up.entries.empty() && entry.step <= roll_up.entries.back().step)
      return damaged("the steps of a roll-up do not rise");
    roll_up.entries.push_back(entry);
  }
  if (!reader.done()) return damaged("a roll-up is cut off");
  return roll_up;
}

}  // namespace taffrail::history
