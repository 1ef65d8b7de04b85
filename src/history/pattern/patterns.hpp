#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "history/pattern/form_counter.hpp"
#include "history/pattern/moved_fields.hpp"
#include "history/search/line_query.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// Lines that differ in their variables only.
struct Pattern {
  std::string form;
  FormTally tally;                                          ///< of all its lines
  std::size_t first_log = 0;                                ///< of its first line, by its place in LineQuery::logs
  std::size_t last_log = 0;                                 ///< of its last one
  std::vector<std::pair<std::size_t, std::uint64_t>> logs;  ///< and how many lines each has; most first
  std::uint64_t base_lines = 0;                             ///< of the lines that it is compared with
  double surprise = 0;  ///< `surprise_of`, with a minus where there are fewer than in the base
  /// One of its lines, cut at max_example bytes; nothing where its block has been merged or dropped meanwhile.
  std::optional<std::string> example;
  static constexpr std::size_t max_example = 2048;

  /// Its name: the same wherever and whenever there are lines of this form.
  [[nodiscard]] std::string id() const;
};

struct Patterns {
  std::vector<Pattern> patterns;  ///< as many as were asked for
  std::uint64_t found = 0;        ///< how many there are
  std::uint64_t lines = 0;        ///< of all that were counted
  std::uint64_t base_lines = 0;
  std::uint64_t other_lines = 0;    ///< counted, but of more forms than are told apart
  bool complete = true;             ///< false: time was up; the newest lines were counted first
  std::uint64_t damaged_lines = 0;  ///< of blocks that could not be read
  std::uint64_t scanned_lines = 0;
  std::uint64_t scanned_bytes = 0;
  // Of a comparison.
  std::vector<MovedField> fields;  ///< whose values moved, by a sample of so many lines
  std::uint64_t sampled_lines = 0;
  std::uint64_t base_sampled_lines = 0;
};

struct PatternRequest {
  static constexpr std::size_t max_limit = 1000;

  LineQuery query;
  std::optional<Time> new_since = {};  ///< only patterns whose first line states this time or a later one
  std::size_t limit = 100;             ///< 1 to max_limit
  Duration most_time = std::chrono::seconds(10);
};

/// The patterns of stored lines, those with most lines first.
/// @param store with history_schema
[[nodiscard]] Task<Result<Patterns>> find_patterns(store::Store& store, WorkerPool& workers, PatternRequest request);

struct ComparisonRequest {
  LineQuery query;
  LineQuery base;  ///< what it is compared with
  /// How long each lasted, where numbers of lines are to be alike for times of the same length; else each pattern's
  /// share of all lines is compared.
  std::optional<std::pair<Duration, Duration>> lengths = {};
  std::size_t limit = 100;
  Duration most_time = std::chrono::seconds(10);
};

/// The patterns of two sets of lines, those whose numbers are the most surprising first. What is counted and found is
/// of both.
[[nodiscard]] Task<Result<Patterns>> compare_patterns(store::Store& store, WorkerPool& workers,
                                                      ComparisonRequest request);

}  // namespace taffrail::history
