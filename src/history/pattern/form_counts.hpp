#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history/search/histogram.hpp"
#include "history/stored_block.hpp"
#include "model/record.hpp"

namespace taffrail::history {

/// Lines of one form in one log.
struct FormTally {
  LevelTotals levels{};
  Time first = Time::max();  ///< that one of them states
  Time last = Time::min();
  Place first_place{};  ///< of the line that states `first`
  Place last_place{};
  /// One of them: the newest of the block that was read first.
  BlockKey block = 0;
  std::uint32_t line = 0;

  [[nodiscard]] std::uint64_t lines() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : levels) sum += count;
    return sum;
  }
  void add(const Record& record, BlockKey of, std::uint32_t index) {
    ++levels[static_cast<std::size_t>(record.head_level)];
    if (record.time < first) {
      first = record.time;
      first_place = record.place();
    }
    if (record.time >= last) {
      last = record.time;
      last_place = record.place();
    }
    if (block != 0 && block != of) return;
    block = of;
    line = index;
  }
  FormTally& operator+=(const FormTally& other) {
    for (std::size_t level = 0; level < levels.size(); ++level) levels[level] += other.levels[level];
    if (other.first < first) {
      first = other.first;
      first_place = other.first_place;
    }
    if (other.last > last) {
      last = other.last;
      last_place = other.last_place;
    }
    if (block == 0) {
      block = other.block;
      line = other.line;
    }
    return *this;
  }
};

/// How many lines there are of each form in each log. Of one thread at a time.
class FormCounts {
 public:
  /// Forms that are told apart: up to 5 MiB of text, and some 20 ms to find what they have in common. Lines of further
  /// forms are counted together.
  static constexpr std::size_t max_forms = 10'000;
  /// Forms in logs, of 150 bytes each.
  static constexpr std::size_t max_tallies = 50'000;
  static constexpr std::uint32_t none = ~0U;

  FormCounts() = default;
  FormCounts(FormCounts&&) noexcept = default;
  FormCounts& operator=(FormCounts&&) noexcept = default;

  /// The index of a form, a new one for a form that was not there; `none` when there are too many.
  [[nodiscard]] std::uint32_t intern(std::string_view form);
  /// Where the lines of a form in a log are counted, until the next call; null when there are too many.
  /// @param form of `intern`
  [[nodiscard]] FormTally* tally(std::uint32_t form, std::size_t log);
  void add(std::uint32_t form, std::size_t log, const FormTally& lines);
  void add(std::uint32_t form, std::size_t log, const Record& record, BlockKey block, std::uint32_t line);
  void merge(const FormCounts& other);

  [[nodiscard]] std::size_t size() const { return forms_.size(); }
  [[nodiscard]] std::string_view form(std::uint32_t index) const { return forms_[index]; }
  struct Entry {
    std::uint32_t form;
    std::uint32_t log;
    FormTally tally;
  };
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// Lines of forms beyond the bounds.
  [[nodiscard]] std::uint64_t other_lines() const { return other_lines_; }

 private:
  std::deque<std::string> forms_;                                   // where they stay
  boost::unordered_flat_map<std::string_view, std::uint32_t> ids_;  // of these
  std::vector<Entry> entries_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> entry_of_;  // by form and log
  std::uint64_t other_lines_ = 0;
};

}  // namespace taffrail::history
