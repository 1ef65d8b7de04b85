#include "alert/engine/surroundings.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "alert/engine/log_evaluation.hpp"
#include "text/ansi.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {

LineFacts neighbour(const Batch& batch, const Record& record) {
  LineFacts line = facts_of(record, text::strip_ansi(batch.text(record)));
  if (const auto cut = text::cut_at_character(line.text, Surroundings::longest_line); cut.size() < line.text.size()) {
    line.text.resize(cut.size());
    line.truncated = true;
  }
  return line;
}

void Surroundings::begin(AlertId alert, Seq seq, SteadyTime now) {
  if (now - minute_began_ >= std::chrono::minutes(1)) {
    minute_began_ = now;
    begun_ = 0;
  }
  if (begun_ >= most_a_minute || waiting_.size() >= most_waiting) return;
  ++begun_;
  waiting_.push_back({.alert = alert, .seq = seq});
}

Surroundings::Found Surroundings::take(const Batch& batch) {
  Found found;
  const auto& records = batch.records;
  for (Waiting& waiting : waiting_) {
    auto at = std::ranges::lower_bound(records, waiting.seq, {}, &Record::seq);
    if (waiting.is_new) {
      waiting.is_new = false;
      const auto here = std::min<std::size_t>(static_cast<std::size_t>(at - records.begin()), around);
      const std::size_t earlier = std::min(recent_.size(), around - here);
      for (std::size_t i = recent_.size() - earlier; i < recent_.size(); ++i)
        found.lines.push_back({waiting.alert, recent_[i]});
      for (auto before = at - static_cast<std::ptrdiff_t>(here); before != at; ++before)
        found.lines.push_back({waiting.alert, neighbour(batch, *before)});
      if (at != records.end() && at->seq == waiting.seq) {
        found.lines.push_back({waiting.alert, facts_of(*at, text::strip_ansi(batch.text(*at)))});
        if (here + earlier < around) {
          const LineFacts& first = found.lines[found.lines.size() - 1 - here - earlier].line;
          found.missing.push_back(
              {waiting.alert, Cursor{first.seq, first.place_time, batch.container}, around - here - earlier});
        }
        ++at;
      }
    }
    for (; at != records.end() && waiting.left > 0; ++at, --waiting.left)
      found.lines.push_back({waiting.alert, neighbour(batch, *at)});
  }
  std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.left == 0; });
  remember(batch);
  return found;
}

void Surroundings::remember(const Batch& batch) {
  const auto& records = batch.records;
  const std::size_t fresh = std::min(records.size(), around);
  while (!recent_.empty() && recent_.size() + fresh > around) recent_.pop_front();
  for (auto at = records.end() - static_cast<std::ptrdiff_t>(fresh); at != records.end(); ++at)
    recent_.push_back(neighbour(batch, *at));
}

}  // namespace taffrail::alert
