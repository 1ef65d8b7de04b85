#include "source/logfile/placer.hpp"

#include <algorithm>

namespace taffrail::logfile {

Placed Placer::next(const text::Line& line) {
  if (!plain_) return {state_.sequencer.next(line.time), line.time};
  const Seq seq = ground_.base + line.begin + 1;
  if (const auto time = line_time_.of(line.bytes, ground_.reference, state_.stated)) {
    state_.stated = time;
    return {state_.sequencer.next(*time, seq), *time};
  }
  if (state_.stated) return {state_.sequencer.next(seq), *state_.stated};
  const Time time = mark_at(line.begin);
  return {state_.sequencer.next(time, seq), time};
}

Time Placer::mark_at(std::uint64_t offset) const {
  if (!ground_.marks || ground_.marks->empty()) return ground_.reference;
  const auto behind = std::ranges::upper_bound(*ground_.marks, offset, {}, &Mark::from);
  return behind == ground_.marks->begin() ? behind->time : std::prev(behind)->time;
}

}  // namespace taffrail::logfile
