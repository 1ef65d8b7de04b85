#pragma once

// What the tests of searches share: a store with blocks, and the lines that are in them.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/temporary_folder.hpp"
#include "base/worker_pool.hpp"
#include "expr/condition.hpp"
#include "expr/required.hpp"
#include "history/block/block_fixture.hpp"
#include "history/history_schema.hpp"
#include "history/search/condition_filter.hpp"
#include "history/search/history_search.hpp"
#include "history/stored_block.hpp"
#include "pipeline/classified_batch.hpp"
#include "store/store_fixture.hpp"
#include "text/ansi.hpp"
#include "text/json_string.hpp"

namespace taffrail::history {

/// A line that a search gave, or that is stored.
struct Line {
  ContainerId container;
  Record record;
  std::string text;
};

/// Makes logs whose lines, times and blocks nobody would expect.
class LogMaker {
 public:
  explicit LogMaker(LineMaker& make) : make_(make), time_(Duration{first_time}) {}

  /// The next lines of the log, classified.
  Batch next(std::size_t lines) {
    Batch batch;
    for (std::size_t i = 0; i < lines; ++i) {
      switch (make_.below(40)) {
        case 0: time_ -= std::chrono::hours(make_.below(30)); break;
        case 1: time_ += std::chrono::minutes(make_.below(90)); break;
        case 2: break;
        default: time_ += Duration(make_.below(3'000'000'000));
      }
      const auto stream = make_.below(3) == 0 ? text::StdStream::err : text::StdStream::out;
      batch.append(time_, stream, line(), false);
      Record& record = batch.records.back();
      place_.time = std::max(place_.time, time_);
      place_.seq = std::max(place_.seq + 1, tick_of(std::max(time_, Time(Duration(first_time)))));
      record.place_time = place_.time;
      record.seq = place_.seq;
    }
    classify(batch, 0, context_);
    return batch;
  }

 private:
  std::string line() {
    std::string line = make_.below(4) == 0 ? make_.hostile_line() : make_.service_line();
    switch (make_.below(12)) {
      case 0: return "ERROR " + line;
      case 1: return "WARN: " + line;
      case 2: {  // an escape somewhere, as of a colour
        if (line.empty()) return line;
        const std::string sequence = make_.pick({"\x1b[31m", "\x1b[0m", "\x1b[1;32m", "\x1b", "\x1b]0;x\x07"});
        return line.insert(make_.below(line.size()), sequence);
      }
      default: return line;
    }
  }

  LineMaker& make_;
  Time time_;
  Place place_{Time::min(), 0};
  LineContext context_;
};

/// Logs of made-up lines.
class StoredLogs : public store::StoreFixture {
 protected:
  StoredLogs() {
    store::StoreOptions options;
    options.file.path = folder_.path() / "history.db";
    options.file.migrations = history_schema;
    store_ = StoreFixture::open(std::move(options));
  }
  void TearDown() override { run(store_->close()); }

  /// Stores lines as one block of a log. @return its key
  BlockKey add(std::size_t log, Batch batch, BlockInfo::Kind kind) {
    while (containers_.size() <= log) containers_.emplace_back(HostId("h"), "c" + std::to_string(containers_.size()));
    batch.container = containers_[log];
    for (const Record& record : batch.records)
      lines_.push_back({containers_[log], record, std::string(batch.text(record))});
    auto row = kind == BlockInfo::Kind::plain ? writer_.plain(batch) : writer_.templates(batch);
    EXPECT_TRUE(row) << row.error().detail;
    auto key = run(store_->write([log, row = std::move(*row)](store::Transaction& transaction) {
      return insert_block(transaction, static_cast<LogKey>(log + 1), row);
    }));
    EXPECT_TRUE(key);
    return *key;
  }

  /// Logs cut into blocks of both kinds.
  void fill(LineMaker& make) {
    const std::size_t logs = 1 + make.below(4);
    for (std::size_t log = 0; log < logs; ++log) {
      LogMaker lines(make);
      for (std::uint64_t left = 1 + make.below(8); left > 0; --left)
        add(log, lines.next(1 + make.below(60)),
            make.below(2) == 0 ? BlockInfo::Kind::plain : BlockInfo::Kind::templates);
    }
  }
  /// Forgets all blocks.
  void clear() {
    lines_.clear();
    containers_.clear();
    const auto cleared = run(store_->write([](store::Transaction& transaction) -> Result<> {
      for (const char* sql : {"DELETE FROM part", "DELETE FROM filter", "DELETE FROM block"})
        if (auto done = transaction.run(sql); !done) return done;
      return {};
    }));
    EXPECT_TRUE(cleared);
  }
  /// A part of a stored line as a person sees it, or almost.
  std::string some_text(LineMaker& make) {
    const std::string line = text::strip_ansi(lines_[make.below(lines_.size())].text);
    if (line.empty()) return make.digits(1 + make.below(4));
    std::size_t at = make.below(line.size());
    std::size_t size = 1 + make.below(20);
    if (make.below(2) == 0) {
      while (at > 0 && ascii::is_alphanumeric(line[at - 1])) --at;
      size = 1;
      while (at + size < line.size() && ascii::is_alphanumeric(line[at + size])) ++size;
    }
    std::string text = line.substr(at, size);
    // The language is of Unicode texts.
    std::erase_if(text, [](char c) { return ascii::is_high(c); });
    if (make.below(6) == 0 && !text.empty()) text.back() = '7';
    return text.empty() ? "e" : text;
  }
  static std::string quoted(std::string_view text) {
    std::string out;
    text::append_json_string(out, text);
    return out;
  }
  std::string term(LineMaker& make) {
    const std::string text = some_text(make);
    switch (make.below(14)) {
      case 0:
      case 1: return "text contains " + quoted(text);
      case 2:
      case 3: return "lower(text) contains " + quoted(ascii::to_lower(text));
      case 4: return "message contains " + quoted(text);
      case 5: return "text matches " + quoted("\\b" + std::string(ascii_word(text)) + "\\b");
      case 6: return "text matches " + quoted("(?i)" + std::string(ascii_word(text)) + ".*[0-9]{2}");
      case 7:
        return "text matches " +
               quoted(make.pick({"[0-9]{5}[a-f]", "^[0-9]{2}", "[0-9]+ [a-z]*$", "\"[a-z]+ [a-z]+\"", "\\.2[0-9]{2}\\b",
                                 "ms, .*[0-9]{2}$", "(?i)(lease|job) [a-z]+ed.*[a-f][0-9]"}));
      case 8: return R"(fields?.level == "warn")";
      case 9: return "fields?.id == " + quoted(text);
      case 10: return "(fields?.ms ?? 0) > " + make.number(1000);
      case 11: return make.pick({R"(level >= "warn")", R"(level == "info")", R"(level != "unknown")"});
      case 12: return "stream == \"stderr\"";
      default:
        return "timestamp >= " +
               std::to_string(first_time / 1'000'000 + static_cast<std::int64_t>(make.below(4'000'000)));
    }
  }
  static std::string_view ascii_word(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size() && !ascii::is_alphanumeric(text[begin])) ++begin;
    std::size_t end = begin;
    while (end < text.size() && ascii::is_alphanumeric(text[end])) ++end;
    return begin == end ? "e" : text.substr(begin, end - begin);
  }
  std::string condition(LineMaker& make) {
    switch (make.below(8)) {
      case 0: return "";
      case 1: return term(make) + " and " + term(make);
      case 2: return term(make) + " or " + term(make);
      case 3: return "not (" + term(make) + ")";
      case 4: return "(" + term(make) + " or " + term(make) + ") and " + term(make);
      default: return term(make);
    }
  }

  /// A query about all logs. @param condition empty: all lines
  [[nodiscard]] LineQuery query(const std::string& condition) const {
    LineQuery query;
    FilterPtr filter;
    if (!condition.empty()) {
      auto compiled = expr::Condition::compile(condition, expr::Environment::log());
      EXPECT_TRUE(compiled) << condition << ": " << compiled.error().detail;
      filter = std::make_shared<ConditionFilter>(*compiled);
      query.require(expr::required(condition));
    }
    for (std::size_t log = 0; log < containers_.size(); ++log)
      query.logs.push_back({.log = static_cast<LogKey>(log + 1), .container = containers_[log], .filter = filter});
    return query;
  }

  /// What a scan of all lines finds, in order. A query's clauses are not asked.
  [[nodiscard]] std::vector<Line> scan(const LineQuery& query, bool descending) const {
    std::vector<Line> found;
    for (const Line& line : lines_) {
      const auto log = std::ranges::find(query.logs, line.container, &QueriedLog::container);
      if (log == query.logs.end() || !query.admits(line.record)) continue;
      Batch batch{.container = line.container, .bytes = line.text, .records = {line.record}};
      batch.records.front().offset = 0;
      if (!log->filter || log->filter->wants(batch, batch.records.front())) found.push_back(line);
    }
    std::ranges::sort(found, {}, [](const Line& line) { return std::pair(line.record.place(), line.container); });
    if (descending) std::ranges::reverse(found);
    return found;
  }

  struct Found {
    std::vector<Line> lines;
    std::vector<Gap> gaps;
    SearchEnd end;
  };
  Found search(SearchRequest request) {
    HistorySearch search(*store_, workers_, std::move(request));
    Found found;
    while (true) {
      auto items = run(search.next());
      EXPECT_TRUE(items) << items.error().detail;
      if (!items || items->empty()) break;
      for (const LogItem& item : *items) take(item, found);
    }
    found.end = search.end();
    EXPECT_EQ(found.end.matched, found.lines.size());
    return found;
  }
  /// Goes on from cursor to cursor until there is nothing more.
  Found search_on(const SearchRequest& request) {
    Found all;
    SearchRequest next = request;
    while (true) {
      Found found = search(next);
      std::ranges::move(found.lines, std::back_inserter(all.lines));
      std::ranges::move(found.gaps, std::back_inserter(all.gaps));
      all.end = found.end;
      ++walks_;
      if (!found.end.truncated) return all;
      if (!found.end.cursor) {
        ADD_FAILURE() << "truncated without a cursor";
        return all;
      }
      // As a client has it.
      auto cursor = Cursor::parse(found.end.cursor->to_string());
      EXPECT_TRUE(cursor) << found.end.cursor->to_string();
      next.cursor = *cursor;
    }
  }

  std::unique_ptr<store::Store> store_;
  RowWriter writer_;
  std::vector<ContainerId> containers_;
  std::vector<Line> lines_;
  std::size_t walks_ = 0;

  static void take(const LogItem& item, Found& found) {
    if (const auto* gap = std::get_if<Gap>(&item)) found.gaps.push_back(*gap);
    const auto* lines = std::get_if<LogLines>(&item);
    if (lines == nullptr) return;
    const Batch& batch = lines->batch->batch();
    for (std::size_t i = lines->first; i < lines->last; ++i) {
      const Record& record = batch.records[lines->descending ? lines->first + lines->last - 1 - i : i];
      found.lines.push_back({batch.container, record, std::string(batch.text(record))});
    }
  }
};

}  // namespace taffrail::history
