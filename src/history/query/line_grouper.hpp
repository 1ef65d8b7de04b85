#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "expr/context.hpp"
#include "history/query/group_table.hpp"
#include "history/query/pipe.hpp"
#include "history/search/block_scan.hpp"
#include "history/search/histogram.hpp"
#include "history/search/turn_clock.hpp"
#include "model/variables/container_view.hpp"
#include "model/variables/line_view.hpp"

namespace taffrail::history {

/// A log as a query sees it.
struct GroupedLog {
  std::shared_ptr<const ContainerView> container;
  std::vector<std::string> keys;  ///< what the log alone tells of a group's key, by the query's groups; else empty
};

/// Puts lines into the groups of a query; of one worker at a time.
class LineGrouper {
 public:
  /// @param logs in the order of LineQuery::logs; with `pipe` they outlive this
  /// @param turn when it is over, reading a block ends where it is, though not before some lines
  LineGrouper(const Pipe& pipe, const std::vector<GroupedLog>& logs, TurnClock turn);

  /// Puts a block's lines into groups, all of them or none. @return what is left of its range. Errors: BlockScan's.
  [[nodiscard]] Result<PlaceRange> read(BlockScan& scan, const QueriedBlock& block);
  /// Puts lines of one level, which are all in the same buckets of time, into their group. @pre pipe.counts_only()
  void add(std::size_t log, Time time, text::Level level, std::uint64_t lines);
  /// Whether all times between two are in the same buckets.
  [[nodiscard]] bool in_one_bucket(Time first, Time last) const;

  [[nodiscard]] GroupTable& table() { return table_; }

 private:
  /// Lines that follow each other and are in the same buckets.
  struct Run {
    std::vector<std::int64_t> starts;  ///< of the buckets, by the query's groups
    std::array<std::array<std::uint64_t, 2>, text::level_count> counts{};
  };

  Result<PlaceRange> count(BlockScan& scan, const QueriedBlock& block);
  Result<PlaceRange> walk(BlockScan& scan, const QueriedBlock& block);
  void add_line(std::size_t log, const Batch& batch, const Record& record);
  void add_run(std::size_t log, const Run& run);
  void append_part(const GroupBy& group, const std::string& of_log, std::int64_t start, text::Level level,
                   text::StdStream stream);

  const Pipe& pipe_;
  const std::vector<GroupedLog>& logs_;
  TurnClock turn_;
  GroupTable table_;
  GroupTable of_block_;
  std::vector<Run> runs_;
  std::string key_;
  LineView line_;
  expr::Context context_;
};

/// Where the bucket begins in which a time is.
[[nodiscard]] std::int64_t bucket_start(Time time, Duration step);
/// What an expression's value comes to as a part of a group's key: the value, or where its bucket begins.
[[nodiscard]] Scalar group_value(const GroupBy& group, expr::Value value);

}  // namespace taffrail::history
