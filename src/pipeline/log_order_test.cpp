#include <algorithm>
#include <map>
#include <random>
#include <span>
#include <tuple>

#include "pipeline/log_merge.hpp"
#include "pipeline/pipeline_fixture.hpp"
#include "source/sequencer.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h;

/// A line as the model knows it: what the definition of a place says, with nothing else of the product's.
struct Line {
  Place place;
  std::string container;
  Time time;
  std::string text;

  friend bool operator==(const Line&, const Line&) = default;
};

std::ostream& operator<<(std::ostream& out, const Line& line) {
  return out << line.container << '/' << line.text << '@' << line.place.time.time_since_epoch().count() << '#'
             << line.place.seq;
}

bool in_order(const Line& one, const Line& other) {
  return std::tie(one.place, one.container) < std::tie(other.place, other.container);
}

/// Reads against a list: several logs whose clocks share times, interleave, step back and ahead by an hour, and stand
/// at the ends of what a time can hold.
class LogOrder : public PipelineTest {
 public:
  Time next_time(Time last) {
    switch (random_() % 24) {
      case 0: return last - 1h;
      case 1: return last + 1h;
      case 2: return last - 10min;
      case 3: return last - 1ns;
      case 4: return Time(std::chrono::sys_days(std::chrono::year(1700) / 1 / 1));
      case 5: return random_() % 8 == 0 ? Time(std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)) : last;
      default: return last + std::chrono::nanoseconds(random_() % 3 == 0 ? 0 : random_() % 400'000'000);
    }
  }

  void write(const std::string& container) {
    auto& writer = writers_[container];
    if (writer.last == Time()) writer.last = start;
    const Time time = next_time(writer.last);
    // A clock that was set goes on from there, but not from the ends of time.
    if (time > start - 24h && time < start + 48h) writer.last = time;
    const std::string text = std::to_string(writer.lines++);
    source_->write(container, text, time);
    model_.push_back({writer.sequencer.next(time), container, time, text});
  }

  [[nodiscard]] std::vector<Line> expected(const LogRequest& request,
                                           const std::function<bool(const Line&)>& wanted = {}) const {
    std::vector<Line> lines;
    for (const Line& line : model_) {
      if (std::ranges::none_of(request.containers, [&](const auto& id) { return id.str() == line.container; }))
        continue;
      if (request.since && line.time < *request.since) continue;
      if (request.until && line.time >= *request.until) continue;
      const auto beyond = [&](const std::optional<Cursor>& bound, bool lower) {
        if (!bound) return false;
        Line at{bound->place(), bound->container.str(), {}, {}};
        if (at.container.empty()) at.container = line.container;
        return lower ? !in_order(at, line) : !in_order(line, at);
      };
      if (beyond(request.lower(), true) || beyond(request.upper(), false)) continue;
      if (wanted && !wanted(line)) continue;
      lines.push_back(line);
    }
    std::ranges::sort(lines, in_order);
    if (request.tail) {
      const std::uint64_t tail = std::min(*request.tail, request.limit.value_or(*request.tail));
      if (lines.size() > tail) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(tail));
    }
    if (request.descending) std::ranges::reverse(lines);
    if (request.limit && lines.size() > *request.limit) lines.resize(*request.limit);
    return lines;
  }

  /// For messages.
  static std::string show(const LogRequest& request) {
    std::string shown = std::to_string(request.containers.size()) + " logs";
    if (request.descending) shown += ", descending";
    if (request.cursor) shown += ", cursor " + request.cursor->to_string();
    if (request.until_cursor) shown += ", until cursor " + request.until_cursor->to_string();
    if (request.since) shown += ", since " + std::to_string(request.since->time_since_epoch().count());
    if (request.until) shown += ", until " + std::to_string(request.until->time_since_epoch().count());
    if (request.tail) shown += ", tail " + std::to_string(*request.tail);
    if (request.limit) shown += ", limit " + std::to_string(*request.limit);
    if (request.filter_of) shown += ", filtered";
    return shown;
  }

  static void collect(const std::vector<LogItem>& items, std::vector<Line>& lines) {
    for (const LogItem& item : items) {
      const auto* run = std::get_if<LogLines>(&item);
      EXPECT_FALSE(std::holds_alternative<Gap>(item));
      if (!run) continue;
      const Batch& batch = run->batch->batch();
      for (std::uint32_t i = 0; i < run->size(); ++i) {
        const Record& record = batch.records[run->descending ? run->last - 1 - i : run->first + i];
        lines.push_back({record.place(), batch.container.str(), record.time, std::string(batch.text(record))});
      }
    }
  }
  static Task<std::vector<Line>> all_of(LogRead& read) {
    std::vector<Line> lines;
    for (;;) {
      auto items = co_await read.next();
      if (!items) ADD_FAILURE() << items.error().detail;
      if (!items || items->empty()) break;
      collect(*items, lines);
    }
    co_return lines;
  }

  struct Writer {
    Sequencer sequencer;
    Time last;
    int lines = 0;
  };
  std::mt19937 random_{20261126};
  std::map<std::string, Writer> writers_;
  std::vector<Line> model_;
  std::vector<std::string> names_{"a", "b", "c", "d"};
};

TEST_F(LogOrder, IsTheSameInEveryFormOfReadingAndOfEveryLogTogether) {
  run([](LogOrder& test) -> Task<> {
    for (const std::string& name : test.names_) test.add(name);
    constexpr std::size_t most_lines = 600;  // each read of the memory source goes through all of them
    for (int round = 0; round < 5000; ++round) {
      test.source_->set_lines_per_chunk(1 + test.random_() % 40);
      const std::size_t count = test.random_() % 6 == 0 ? test.random_() % 60 : test.random_() % 4;
      for (std::size_t i = 0; i < count && test.model_.size() < most_lines; ++i)
        test.write(test.names_[test.random_() % test.names_.size()]);
      if (test.model_.empty()) continue;
      const auto some_line = [&] { return test.model_[test.random_() % test.model_.size()]; };
      const auto cursor_at = [&](const Line& line, bool alone) {
        Cursor cursor{line.place.seq, line.place.time, {}};
        if (!alone) cursor.container = MemorySource::container(line.container).id;
        return Cursor::parse(cursor.to_string()).value();
      };
      auto asked =
          request({test.names_.begin(),
                   test.names_.begin() + static_cast<std::ptrdiff_t>(1 + test.random_() % test.names_.size())});
      const bool alone = asked.containers.size() == 1;
      asked.descending = test.random_() % 2 == 0;
      if (test.random_() % 3 == 0) asked.since = some_line().time;
      if (test.random_() % 3 == 0) asked.until = some_line().time;
      const auto bound = [&]() -> std::optional<Cursor> {
        const Line line = some_line();
        if (test.random_() % 3 != 0 || (alone && line.container != "a")) return std::nullopt;
        return cursor_at(line, alone);
      };
      asked.cursor = bound();
      asked.until_cursor = bound();
      if (test.random_() % 3 == 0) asked.limit = 1 + test.random_() % 100;
      if (!asked.descending && test.random_() % 2 == 0) asked.tail = test.random_() % 200;
      std::function<bool(const Line&)> wanted;
      if (test.random_() % 3 == 0) {
        const char digit = static_cast<char>('0' + test.random_() % 10);
        wanted = [digit](const Line& line) { return line.text.contains(digit); };
        asked.filter_of =
            for_all([digit](const Batch& batch, const Record& record) { return batch.text(record).contains(digit); });
      }
      const auto expected = test.expected(asked, wanted);
      const LogRequest again = asked;
      auto read = test.open(std::move(asked));
      const auto seen = co_await all_of(*read);
      EXPECT_EQ(seen, expected) << "round " << round << ": " << show(again) << "; " << seen.size() << " of "
                                << expected.size();
      // The same in pages of a few lines, each from where the one before ended.
      if (again.tail || round % 20 != 0) continue;
      std::vector<Line> paged;
      std::optional<Cursor> cursor = again.cursor;
      for (;;) {
        LogRequest page = again;
        page.cursor = cursor;
        const std::uint64_t left = again.limit ? *again.limit - paged.size() : 1000;
        page.limit = std::min<std::uint64_t>(left, 1 + test.random_() % (round % 2 == 0 ? 7 : 1000));
        const auto page_limit = page.limit;
        auto part = test.open(std::move(page));
        auto lines = co_await all_of(*part);
        std::ranges::move(lines, std::back_inserter(paged));
        EXPECT_LE(paged.size(), expected.size()) << "round " << round << " in pages: " << show(again) << ", limit "
                                                 << *page_limit << " at " << (cursor ? cursor->to_string() : "");
        if (testing::Test::HasFailure()) co_return;
        if (!part->truncated() || (again.limit && paged.size() == *again.limit)) break;
        cursor = Cursor::parse(part->cursor()->to_string()).value();
      }
      EXPECT_EQ(paged, expected) << "round " << round << " in pages: " << show(again);
      if (testing::Test::HasFailure()) co_return;
    }
  }(*this));
}

TEST_F(LogOrder, IsTheSameOfSoManyLogsThatSomeAreReadAhead) {
  run([](LogOrder& test) -> Task<> {
    constexpr std::size_t logs = 80;
    static_assert(LogMerge::read_ahead(logs) > 1);
    test.names_.clear();
    for (std::size_t i = 0; i < logs; ++i) test.names_.push_back("log" + std::to_string(i));
    for (const std::string& name : test.names_) test.add(name);
    for (int i = 0; i < 4000; ++i) test.write(test.names_[test.random_() % logs]);
    for (int round = 0; round < 120; ++round) {
      test.source_->set_lines_per_chunk(1 + test.random_() % 12);
      auto asked = request(test.names_);
      asked.descending = round % 2 == 0;
      if (test.random_() % 3 == 0) asked.limit = 1 + test.random_() % 3000;
      if (!asked.descending && test.random_() % 2 == 0) asked.tail = test.random_() % 4000;
      std::function<bool(const Line&)> wanted;
      if (test.random_() % 2 == 0) {
        const char digit = static_cast<char>('0' + test.random_() % 10);
        wanted = [digit](const Line& line) { return line.text.contains(digit); };
        asked.filter_of =
            for_all([digit](const Batch& batch, const Record& record) { return batch.text(record).contains(digit); });
      }
      const auto expected = test.expected(asked, wanted);
      const std::string shown = show(asked);
      auto read = test.open(std::move(asked));
      const auto seen = co_await all_of(*read);
      EXPECT_EQ(seen, expected) << "round " << round << ": " << shown;
      if (testing::Test::HasFailure()) co_return;
    }
  }(*this));
}

TEST_F(LogOrder, LogsThatBreakWhileTheyAreReadAheadGiveWhatWasReadAndAreToldOnce) {
  run([](LogOrder& test) -> Task<> {
    constexpr int logs = 80;
    constexpr int lines_each = 100;
    test.names_.clear();
    for (int i = 0; i < logs; ++i) test.names_.push_back("log" + std::to_string(i));
    for (const std::string& name : test.names_) test.add(name);
    for (int i = 0; i < logs * lines_each; ++i) {
      const std::string& name = test.names_[static_cast<std::size_t>(i % logs)];
      test.source_->write(name, std::to_string(i / logs), start + std::chrono::milliseconds(i));
    }
    test.source_->set_lines_per_chunk(10);
    auto read = test.open(request(test.names_));
    std::vector<Line> lines;
    std::map<std::string, int> told;
    for (bool broken = false;;) {
      auto items = co_await read->next();
      EXPECT_TRUE(items.has_value());
      if (!items || items->empty()) break;
      collect(*items, lines);
      for (const LogItem& item : *items)
        if (const auto* state = std::get_if<LogState>(&item)) ++told[state->container.str()];
      if (!std::exchange(broken, true)) test.source_->break_readings(Error{ErrorCode::io, "the disk is gone"});
    }
    EXPECT_LT(lines.size(), static_cast<std::size_t>(logs * lines_each)) << "nothing was left to break";
    EXPECT_TRUE(std::ranges::is_sorted(lines, in_order));
    std::map<std::string, int> given;
    for (const Line& line : lines) EXPECT_EQ(line.text, std::to_string(given[line.container]++)) << line.container;
    for (const std::string& name : test.names_) EXPECT_EQ(told[name], given[name] == lines_each ? 0 : 1) << name;
  }(*this));
}

TEST_F(LogOrder, AFollowerGetsTheTailAndThenEveryLineWhateverTimeItStates) {
  run([](LogOrder& test) -> Task<> {
    for (const std::string& name : test.names_) test.add(name);
    for (int i = 0; i < 400; ++i) test.write(test.names_[test.random_() % test.names_.size()]);
    for (int round = 0; round < 200; ++round) {
      test.source_->set_lines_per_chunk(1 + test.random_() % 40);
      auto asked = request(test.names_);
      asked.tail = test.random_() % 600;
      auto expected = test.expected(asked);
      const std::size_t before = test.model_.size();
      asked.follow = true;
      auto read = test.open(std::move(asked));
      std::vector<Line> seen;
      while (seen.size() < expected.size()) {
        auto items = co_await read->next();
        collect(*items, seen);
      }
      EXPECT_EQ(seen, expected) << "round " << round;
      const std::size_t count = test.random_() % 30;
      for (std::size_t i = 0; i < count; ++i) test.write(test.names_[test.random_() % test.names_.size()]);
      seen.clear();
      while (seen.size() < count) {
        auto items = co_await read->next();
        collect(*items, seen);
      }
      // Each log in its own order; which of two comes first is a matter of when it was read.
      const auto by_log = [](const auto& lines) {
        std::map<std::string, std::vector<Line>> logs;
        for (const Line& line : lines) logs[line.container].push_back(line);
        return logs;
      };
      const std::span written(test.model_.begin() + static_cast<std::ptrdiff_t>(before), test.model_.end());
      EXPECT_EQ(by_log(seen), by_log(written)) << "round " << round;
      if (testing::Test::HasFailure()) co_return;
    }
  }(*this));
}

}  // namespace
}  // namespace taffrail
