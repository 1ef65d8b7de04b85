#pragma once

#include <string>
#include <vector>

#include "base/time_format.hpp"
#include "text/line_sink.hpp"

namespace taffrail::text {

/// Collects what a decoder delivers, as "out|09:10:05.1|text" (the time of day, cut to tenths), '~' at the end of a
/// truncated line.
struct CollectedLines {
  std::vector<std::string> lines;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;

  void operator()(const Line& line) {
    std::string text = line.stream == StdStream::out ? "out|" : "err|";
    text += to_rfc3339(line.time).substr(11, 10);
    text += '|';
    text += line.bytes;
    if (line.truncated) text += '~';
    lines.push_back(std::move(text));
    places.emplace_back(line.begin, line.end);
  }
};

}  // namespace taffrail::text
