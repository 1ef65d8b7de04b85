#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/pipeline_fixture.hpp"

namespace taffrail {

/// A PipelineTest that shows what its reads give.
class LogReadTest : public PipelineTest {
 public:
  using Seen = std::vector<std::string>;

  inline static const Time start =
      Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + std::chrono::hours(9);

  /// Lines that say their own numbers, which are their times in milliseconds as well.
  void write(const std::string& id, int first, int last) {
    for (int i = first; i <= last; ++i) source_->write(id, std::to_string(i), start + i * std::chrono::milliseconds(1));
  }
  static LogRequest following(const std::vector<std::string>& ids) {
    LogRequest made = request(ids);
    made.follow = true;
    return made;
  }

  /// "a1" is line 1 of container a, "a:die" an event of it, "[a 5]" a gap of five lines, "|" the change to live.
  static void show(const std::vector<LogItem>& items, Seen& seen) {
    for (const LogItem& item : items) {
      if (const auto* lines = std::get_if<LogLines>(&item)) {
        const Batch& batch = lines->batch->batch();
        for (std::uint32_t i = 0; i < lines->size(); ++i) {
          const Record& record = batch.records[lines->descending ? lines->last - 1 - i : lines->first + i];
          seen.push_back(batch.container.str() + std::string(batch.text(record)));
        }
      } else if (const auto* event = std::get_if<EventPtr>(&item)) {
        seen.push_back((*event)->container.str() + ":" + (*event)->action);
      } else if (const auto* gap = std::get_if<Gap>(&item)) {
        seen.push_back("[" + gap->container.str() + " " + std::to_string(gap->lines.value_or(0)) + "]");
      } else if (std::holds_alternative<LogCaughtUp>(item)) {
        seen.emplace_back("|");
      }
    }
  }
  static Task<Seen> read_all(LogRead& read) {
    Seen seen;
    for (;;) {
      auto items = co_await read.next();
      if (!items) {
        seen.push_back("error: " + items.error().detail);
        break;
      }
      if (items->empty()) break;
      show(*items, seen);
    }
    co_return seen;
  }
  /// Reads until `count` entries were seen.
  static Task<Seen> read_some(LogRead& read, std::size_t count) {
    Seen seen;
    while (seen.size() < count) {
      auto items = co_await read.next();
      if (!items || items->empty()) {
        seen.emplace_back(items ? "end" : "error: " + items.error().detail);
        break;
      }
      show(*items, seen);
    }
    co_return seen;
  }
  /// As `write` writes them and `show` shows them, up or down.
  static Seen lines(const std::string& id, int first, int last) {
    Seen expected;
    const int step = first <= last ? 1 : -1;
    for (int i = first; i != last + step; i += step) expected.push_back(id + std::to_string(i));
    return expected;
  }
};

}  // namespace taffrail
