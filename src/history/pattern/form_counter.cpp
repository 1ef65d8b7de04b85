#include "history/pattern/form_counter.hpp"

#include <array>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "history/pattern/block_forms.hpp"
#include "history/search/block_plan.hpp"
#include "history/search/block_work.hpp"

namespace taffrail::history {
namespace {

/// One counting.
class Counter {
 public:
  Counter(store::Store& store, WorkerPool& workers, const LineQuery& query, SteadyTime until)
      : store_(store), workers_(workers), query_(query), until_(until) {}

  Task<Result<std::unique_ptr<CountedForms>>> run();

 private:
  Result<WorkTally> take_turn(store::Snapshot& snapshot);
  std::unique_ptr<BlockForms> take_forms();

  store::Store& store_;
  FairPlaces::Asker asker_;
  WorkerPool& workers_;
  const LineQuery& query_;
  SteadyTime until_;
  BlockQueue queue_{true};
  // What each worker has counted: taken for a turn, so that neither waits for the other.
  std::mutex mutex_;
  std::vector<std::unique_ptr<BlockForms>> forms_;
};

Task<Result<std::unique_ptr<CountedForms>>> Counter::run() {
  auto counted = std::make_unique<CountedForms>();
  auto blocks = co_await store_.read(workers_, [this](store::Snapshot& snapshot) {
    return plan_blocks(snapshot, query_, ranges_from(query_, std::nullopt, true));
  });
  if (!blocks) co_return forward(blocks);
  queue_.fill(std::move(*blocks));
  while (queue_.frontier()) {
    if (std::chrono::steady_clock::now() >= until_) {
      counted->complete = false;
      break;
    }
    auto tallies = co_await run_side_by_side<WorkTally>(
        store_, workers_, asker_, [this](store::Snapshot& snapshot) { return take_turn(snapshot); });
    if (!tallies) co_return forward(tallies);
    for (const WorkTally& tally : *tallies) {
      for (const QueriedBlock& block : tally.left) queue_.put_back(block);
      for (const QueriedBlock& block : tally.damaged) counted->damaged_lines += block.info.lines;
      counted->scanned_lines += tally.lines;
      counted->scanned_bytes += tally.bytes;
    }
  }
  co_await workers_.run([&] {
    for (const auto& forms : forms_) {
      if (counted->counts.size() == 0) {
        counted->counts = std::move(forms->counts());
      } else {
        counted->counts.merge(forms->counts());
      }
    }
    forms_.clear();
  });
  co_return counted;
}

std::unique_ptr<BlockForms> Counter::take_forms() {
  const std::lock_guard lock(mutex_);
  if (forms_.empty()) return std::make_unique<BlockForms>();
  std::unique_ptr<BlockForms> forms = std::move(forms_.back());
  forms_.pop_back();
  return forms;
}

Result<WorkTally> Counter::take_turn(store::Snapshot& snapshot) {
  std::unique_ptr<BlockForms> forms = take_forms();
  std::vector<std::uint32_t> chosen;
  auto tally = work_on(
      snapshot, query_, true, queue_, [] { return false; },
      [&](BlockScan& scan, const QueriedBlock& block) -> Result<PlaceRange> {
        if (query_.logs[block.log].filter == nullptr) {
          auto added = forms->add(snapshot, query_, block, nullptr);
          if (!added) return forward(added);
          return PlaceRange::none();
        }
        chosen.clear();
        auto left = scan.count(block, [&](const Record&, std::uint32_t line) { chosen.push_back(line); });
        if (!left || chosen.empty()) return left;
        // A walk goes backwards.
        std::ranges::reverse(chosen);
        auto added = forms->add(snapshot, query_, block, &chosen);
        if (!added) return forward(added);
        return left;
      });
  const std::lock_guard lock(mutex_);
  forms_.push_back(std::move(forms));
  return tally;
}

}  // namespace

Task<Result<std::unique_ptr<CountedForms>>> count_forms(store::Store& store, WorkerPool& workers,
                                                        const LineQuery& query, SteadyTime until) {
  Counter counter(store, workers, query, until);
  co_return co_await counter.run();
}

}  // namespace taffrail::history
