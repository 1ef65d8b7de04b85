#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task_group.hpp"
#include "base/timeout.hpp"
#include "history/ingest.hpp"
#include "history/search/search_fixture.hpp"
#include "history/upkeep.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// Queries of a run; a larger number in the environment makes it a longer one.
std::size_t queries_to_ask() {
  const char* asked = std::getenv("TAFFRAIL_SEARCH_QUERIES");
  return asked ? std::strtoull(asked, nullptr, 10) : 1000;
}

/// A store that lines come into while small blocks are merged and the oldest go, as in a server but without its
/// pauses, and what searches of it may give and must.
class MovingStore : public StoredLogs {
 protected:
  static constexpr std::size_t logs = 3;

  MovingStore() {
    for (std::size_t log = 0; log < logs; ++log) {
      containers_.emplace_back(HostId("h"), "c" + std::to_string(log));
      Container container;
      container.id = containers_.back();
      container.host = container.id.host();
      registry_.container_changed(std::move(container));
    }
    upkeep_.set_retention({.bytes = 80 << 10, .age = {}});
  }

  /// A line that was given to the store, or is about to be.
  struct Given {
    Record record;
    BatchPtr batch;
  };
  /// A log as it is seen by a search that begins now, in numbers of given lines.
  struct Seen {
    std::size_t oldest = 0;  ///< those before it were dropped
    std::size_t stored = 0;  ///< those before it were written
  };
  using Moment = std::array<Seen, logs>;

  std::size_t number_of(std::size_t log, Seq seq) const {
    const auto& given = given_[log];
    return static_cast<std::size_t>(
        std::ranges::lower_bound(given, seq, {}, [](const Given& line) { return line.record.seq; }) - given.begin());
  }
  Moment now() const {
    Moment moment;
    for (std::size_t log = 0; log < logs; ++log) {
      const StoredLog* stored = catalogue_.find(containers_[log]);
      if (!stored) continue;
      moment[log].stored = number_of(log, stored->last.seq + 1);
      moment[log].oldest = stored->first ? number_of(log, stored->first->seq) : moment[log].stored;
    }
    return moment;
  }
  /// The oldest line of each log that no drop has taken by now, be the catalogue told of it or not.
  Task<std::array<Seq, logs>> oldest() {
    auto read = co_await store_->read(workers_, [](store::Snapshot& snapshot) -> Result<std::map<LogKey, Seq>> {
      std::map<LogKey, Seq> first;
      auto row = snapshot.query("SELECT log, min(first_seq) FROM block GROUP BY log");
      if (!row) return forward(row);
      for (auto there = row->step(); there && *there; there = row->step())
        first[row->integer(0)] = static_cast<Seq>(row->integer(1));
      return first;
    });
    std::array<Seq, logs> seqs;
    seqs.fill(~Seq{0});
    for (std::size_t log = 0; log < logs; ++log)
      if (const StoredLog* stored = catalogue_.find(containers_[log]); stored && read->contains(stored->key))
        seqs[log] = read->at(stored->key);
    co_return seqs;
  }

  /// Writes lines into logs, most of them into the first, until all queries are asked.
  Task<> write_on() {
    LineMaker make(1);
    std::array<LogMaker, logs> lines{LogMaker(make), LogMaker(make), LogMaker(make)};
    while (left_ > 0) {
      const std::size_t log = make.below(6) < 4 ? 0 : 1 + make.below(2);
      Batch batch = lines[log].next(1 + make.below(3));
      batch.container = containers_[log];
      const auto shared = std::make_shared<const ClassifiedBatch>(std::move(batch));
      for (const Record& record : shared->batch().records) {
        given_[log].push_back({record, shared});
        lines_.push_back({containers_[log], record, std::string(shared->batch().text(record))});
      }
      if (lines_.size() > 200) lines_.erase(lines_.begin(), lines_.end() - 100);
      LogDelivery delivery{shared, std::nullopt, true};
      const auto taken = co_await ingest_.take(std::move(delivery));
      EXPECT_TRUE(taken.has_value());
      if (make.below(4) == 0) continue;
      const auto written = co_await ingest_.flush();
      EXPECT_TRUE(written.has_value());
      ++flushes_;
      // Else nothing would be searched on a machine that writes fast.
      while (flushes_ > 2 * asked_ + 100 && left_ > 0) co_await sleep_for(1ms);
    }
  }

  SearchRequest some_request(LineMaker& make, std::string& asked) {
    asked = condition(make);
    SearchRequest request{.query = query(asked), .descending = make.below(2) == 0};
    LineQuery& query = request.query;
    for (QueriedLog& log : query.logs)
      if (const StoredLog* stored = catalogue_.find(log.container)) log.log = stored->key;
    const auto some_line = [&]() -> const Line& { return lines_[make.below(lines_.size())]; };
    if (make.below(6) == 0) query.since = some_line().record.time - std::chrono::minutes(make.below(60));
    if (make.below(6) == 0) query.until = some_line().record.time;
    if (make.below(6) == 0) query.levels &= static_cast<std::uint32_t>(make.below(128));
    if (make.below(6) == 0) query.streams = 1U << make.below(2);
    if (make.below(4) == 0) query.logs.erase(query.logs.begin() + static_cast<std::ptrdiff_t>(make.below(logs)));
    if (const Line& line = some_line(); make.below(6) == 0) request.cursor = Cursor::of(line.record, line.container);
    request.limit = make.below(3) == 0 ? 1 + make.below(60) : HistorySearch::max_limit;
    return request;
  }
  /// Goes on from cursor to cursor, while the store moves.
  Task<Result<Found>> find_all(SearchRequest request) {
    Found all;
    for (;;) {
      HistorySearch search(*store_, searchers_, request);
      for (;;) {
        auto items = co_await search.next();
        if (!items) co_return forward(items);
        if (items->empty()) break;
        for (const LogItem& item : *items) take(item, all);
      }
      if (!search.end().truncated) co_return all;
      request.cursor = search.end().cursor;
    }
  }

  /// A line that a search may give.
  struct Wanted {
    const Given* line;
    const ContainerId* container;
    bool certain;  ///< it must, for it was stored all the while

    [[nodiscard]] std::pair<Place, std::string_view> at() const { return {line->record.place(), container->str()}; }
    [[nodiscard]] Line shown() const {
      return {*container, line->record, std::string(line->batch->batch().text(line->record))};
    }
  };
  /// A plain scan of what was given, in the order of the search.
  std::vector<Wanted> scan_given(const SearchRequest& request, const Moment& before,
                                 const std::array<Seq, logs>& oldest) const {
    std::vector<Wanted> wanted;
    for (const QueriedLog& queried : request.query.logs) {
      const auto log =
          static_cast<std::size_t>(std::ranges::find(containers_, queried.container) - containers_.begin());
      for (std::size_t i = before[log].oldest; i < given_[log].size(); ++i) {
        const Given& line = given_[log][i];
        if (!request.query.admits(line.record)) continue;
        if (queried.filter && !queried.filter->wants(line.batch->batch(), line.record)) continue;
        wanted.push_back({&line, &queried.container, i < before[log].stored && line.record.seq >= oldest[log]});
      }
    }
    std::ranges::sort(wanted, {}, &Wanted::at);
    if (request.descending) std::ranges::reverse(wanted);
    if (!request.cursor) return wanted;
    const std::pair<Place, std::string_view> cursor(request.cursor->place(), request.cursor->container.str());
    const auto behind = std::ranges::find_if(
        wanted, [&](const Wanted& one) { return request.descending ? one.at() < cursor : cursor < one.at(); });
    wanted.erase(wanted.begin(), behind);
    return wanted;
  }

  /// @return what is wrong with what was found; nothing: nothing
  static std::string fault_of(const Found& found, const std::vector<Wanted>& wanted) {
    const auto show = [](const Line& line) {
      return fmt::format("{} {} '{}'", line.container.str(), line.record.seq, line.text);
    };
    if (!found.gaps.empty()) return "a gap in " + found.gaps.front().container.str() + ": " + found.gaps.front().reason;
    auto next = wanted.begin();
    for (const Line& line : found.lines) {
      const std::pair<Place, std::string_view> at(line.record.place(), line.container.str());
      while (next != wanted.end() && next->at() != at && !next->certain) ++next;
      if (next == wanted.end()) return "not wanted, given twice or not in its place: " + show(line);
      if (next->at() != at) return "missing or not in its place: " + show(next->shown()) + " before " + show(line);
      const Line given = (next++)->shown();
      if (line.text != given.text || line.record.time != given.record.time ||
          line.record.stream != given.record.stream || line.record.head_level != given.record.head_level)
        return show(given) + " became " + show(line);
    }
    next = std::find_if(next, wanted.end(), [](const Wanted& one) { return one.certain; });
    return next == wanted.end() ? std::string() : "missing at the end: " + show(next->shown());
  }

  Task<> search_on(std::uint64_t seed) {
    LineMaker make(seed);
    while (lines_.size() < 50) co_await sleep_for(1ms);
    while (left_ > 0) {
      --left_;
      ++asked_;
      std::string asked;
      const SearchRequest request = some_request(make, asked);
      const Moment before = now();
      auto found = co_await find_all(request);
      const auto oldest_then = co_await oldest();
      const std::string fault =
          found ? fault_of(*found, scan_given(request, before, oldest_then)) : "an error: " + found.error().detail;
      if (found) found_ += found->lines.size();
      if (fault.empty()) continue;
      ADD_FAILURE() << "'" << asked << "' of " << request.query.logs.size() << " logs, "
                    << (request.descending ? "newest" : "oldest") << " first, by " << request.limit << ": " << fault;
      left_ = 0;
    }
  }

  /// All of it, until all queries are asked.
  Task<> move_and_search() {
    const auto report = [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; };
    TaskGroup keeping(io_.get_executor(), report);
    keeping.spawn("ingest", ingest_.run());
    keeping.spawn("upkeep", upkeep_.run());
    TaskGroup asking(io_.get_executor(), report);
    asking.spawn("writing", write_on());
    for (std::uint64_t seed = 0; seed < 4; ++seed) asking.spawn("searching", search_on(100 + seed));
    co_await asking.join();
    keeping.cancel();
    co_await keeping.join();
  }

  Registry registry_;
  SystemClock clock_;
  Catalogue catalogue_;
  WorkerPool searchers_{3};
  Upkeep upkeep_{io_.get_executor(), *store_, workers_, clock_, catalogue_, [](const ContainerId&) {}};
  Ingest ingest_{io_.get_executor(),
                 *store_,
                 workers_,
                 clock_,
                 registry_,
                 catalogue_,
                 [](const ContainerId&, Seq) {},
                 [this](std::uint64_t) { upkeep_.notify(); }};
  std::array<std::vector<Given>, logs> given_;
  std::size_t left_ = queries_to_ask();
  std::size_t asked_ = 0;
  std::size_t flushes_ = 0;
  std::size_t found_ = 0;
};

TEST_F(MovingStore, IsSearchedAsAScanOfAllThatWasWrittenFinds) {
  run(move_and_search());
  // It did move.
  EXPECT_GT(upkeep_.state().merges, 0U);
  EXPECT_GT(upkeep_.state().dropped_lines, 0U);
  EXPECT_GT(found_, asked_);
  fmt::print("{} queries found {} lines, while {} flushes, {} merges and {} dropped lines\n", asked_, found_, flushes_,
             upkeep_.state().merges, upkeep_.state().dropped_lines);
}

}  // namespace
}  // namespace taffrail::history
