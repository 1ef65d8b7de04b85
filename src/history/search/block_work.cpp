#include "history/search/block_work.hpp"

#include <utility>

#include "history/search/block_plan.hpp"
#include "history/search/filter_probe.hpp"
#include "history/search/turn_clock.hpp"

namespace taffrail::history {
namespace {

bool is_damage(const Error& error) {
  return error.code == ErrorCode::damaged || error.code == ErrorCode::not_found || error.code == ErrorCode::unsupported;
}

class WorkTurn {
 public:
  WorkTurn(store::Snapshot& snapshot, const LineQuery& query, bool descending, const ReadBlock& read)
      : snapshot_(snapshot),
        probe_(snapshot, query.clauses),
        scan_(snapshot, query, descending, TurnClock(work_turn + last_block)),
        read_(read) {}

  Result<> work_on(const QueriedBlock& block, bool again = false) {
    auto done = try_on(block);
    if (done || !is_damage(done.error())) return done;
    auto there = is_there(snapshot_, block.info.key);
    if (!there) return forward(there);
    if (*there || again) {
      tally_.damaged.push_back(block);
      return {};
    }
    auto instead = blocks_instead(snapshot_, block);
    if (!instead) return forward(instead);
    for (const QueriedBlock& other : *instead) {
      if (auto worked = work_on(other, true); !worked) return worked;
    }
    return {};
  }
  [[nodiscard]] WorkTally take() { return std::move(tally_); }

 private:
  Result<> try_on(QueriedBlock block) {
    if (!block.tallied) {
      auto maybe = probe_.may_hold(block.info.key);
      if (!maybe) return forward(maybe);
      if (!*maybe) {
        ++tally_.skipped;
        return {};
      }
    }
    auto left = read_(scan_, block);
    if (!left) return forward(left);
    if (!block.tallied) {
      tally_.lines += block.info.lines;
      tally_.bytes += block.info.raw;
    }
    if (!left->empty()) {
      block.range = *left;
      block.tallied = true;
      tally_.left.push_back(block);
    }
    return {};
  }

  store::Snapshot& snapshot_;
  FilterProbe probe_;
  BlockScan scan_;
  const ReadBlock& read_;
  WorkTally tally_;
};

}  // namespace

Result<WorkTally> work_on(store::Snapshot& snapshot, const LineQuery& query, bool descending, BlockQueue& queue,
                          const std::function<bool()>& enough, const ReadBlock& read) {
  TurnClock clock(work_turn);
  WorkTurn turn(snapshot, query, descending, read);
  do {
    const auto block = queue.take();
    if (!block) break;
    if (auto worked = turn.work_on(*block); !worked) return forward(worked);
  } while (!clock.over() && !enough());
  return turn.take();
}

}  // namespace taffrail::history
