#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/record.hpp"
#include "source/source.hpp"
#include "text/line_sink.hpp"

namespace taffrail::logfile {

/// Where lines stand to the bounds of a query.
class Bounds {
 public:
  enum class Where : std::uint8_t {
    below,    ///< before what is asked for, or stating an earlier time
    wanted,   ///< asked for, but for `tail`
    above,    ///< stating a later time than what is asked for
    past_end  ///< so far beyond it that none that is asked for can follow
  };

  explicit Bounds(const LogQuery& query) : query_(query) {}

  [[nodiscard]] Where where(Place place, Time time) const {
    // Places rise.
    if (query_.before && place.seq >= query_.before->seq) return Where::past_end;
    if (query_.to && place.time > *query_.to) return Where::past_end;
    if (query_.after && place.seq <= query_.after->seq) return Where::below;
    if (query_.from && place.time < *query_.from) return Where::below;
    if (query_.since && time < *query_.since) return Where::below;
    if (query_.until && time >= *query_.until) return Where::above;
    return Where::wanted;
  }
  [[nodiscard]] bool wanted(Place place, Time time) const { return where(place, time) == Where::wanted; }
  [[nodiscard]] const LogQuery& query() const { return query_; }

 private:
  LogQuery query_;
};

/// Takes the decoded lines of one container's log from a place at or before what a query asks for, and hands out the
/// query's answer in chunks, with the lines that stood before it as the first one's context.
class LogSelection {
 public:
  /// So many lines before the answer its first chunk has, where they are at hand,
  static constexpr std::size_t context_lines = 64;
  /// unless they are longer than this together: then as many of the last as are not.
  static constexpr std::size_t most_context_bytes = 1 << 20;

  enum class Context : std::uint8_t { wanted, given };  ///< given: this goes on with a reading that had its first chunk
  LogSelection(const ContainerId& id, const LogQuery& query, Context context);

  /// The next line of the log, the place that it has and the time that it states.
  void take(const text::Line& line, Place place, Time time);
  /// For gaps: what was delivered last, by a reading before this one.
  void begin_behind(const std::optional<Cursor>& line) { last_ = line; }
  /// Lines up to this one count as context.
  void begin_after(Seq seq) { begin_after_ = seq; }
  /// Room for so many more lines, of so many bytes together.
  void reserve(std::size_t lines, std::size_t bytes);
  /// Of the next wanted lines, so many count as context.
  void skip(std::uint64_t lines) { skip_ = lines; }
  /// Of the lines taken so far, only the last so many are the answer.
  void keep_last(std::uint64_t lines);

  /// The line with which the query's `after` was may be missing although a line before it is there: only that very line
  /// tells that nothing is missing.
  void check_after_exactly() { after_exactly_ = true; }
  /// Whether to look for lines missing behind `after`; as a rule it is where all that follows it is asked for.
  void check_after(bool check) { check_after_ = check; }

  /// Whether a line stood before the one before it by time.
  [[nodiscard]] bool went_back() const { return went_back_; }
  [[nodiscard]] bool past_end() const { return past_end_; }
  /// Whether a line up to `after` was seen, so that nothing is missing behind it.
  [[nodiscard]] bool met_after() const { return met_after_; }
  [[nodiscard]] std::size_t pending_lines() const { return answer_.records.size() - given_; }
  [[nodiscard]] std::size_t pending_bytes() const;
  /// Counts what records take of memory, so that a chunk of tiny lines is no giant.
  [[nodiscard]] bool full() const { return pending_bytes() + pending_lines() * sizeof(Record) >= chunk_bytes_; }
  /// The time of the first line taken, and of the first line pending; nothing where there is none.
  [[nodiscard]] std::optional<Time> first_taken() const { return first_taken_; }
  [[nodiscard]] std::optional<Time> first_pending() const;
  /// How many lines below the query, and in it, were taken.
  [[nodiscard]] std::uint64_t below() const { return below_; }
  [[nodiscard]] std::uint64_t wanted() const { return wanted_; }
  /// The last line that was handed out; before the first, the query's `after`.
  [[nodiscard]] const std::optional<Cursor>& last() const { return last_; }
  /// The last line taken that is not above the query; nothing before the first.
  [[nodiscard]] std::optional<Cursor> seen() const {
    return seen_ ? std::optional(Cursor{seen_->seq, seen_->time, {}}) : std::nullopt;
  }
  /// A gap that stands before the next line; it is handed out with the chunk of that line. Call it with no pending
  /// lines.
  void gap_follows() { gap_ = true; }

  /// What is pending (about the query's chunk_bytes of it), with the gap before it if there is one. May be empty.
  [[nodiscard]] LogChunk cut();
  /// The gap that no line has come behind yet, if there is one.
  [[nodiscard]] std::optional<Gap> take_gap();

 private:
  ContainerId id_;
  Bounds bounds_;
  std::size_t chunk_bytes_;
  std::uint64_t skip_ = 0;
  Seq begin_after_ = 0;
  Batch context_;
  Batch answer_;
  std::size_t given_ = 0;       // records of answer_ that were cut off already
  std::optional<Cursor> last_;  // that was handed out, or `after`
  std::optional<Place> seen_;
  std::optional<Time> first_taken_;
  std::optional<Time> last_taken_;
  std::uint64_t below_ = 0;
  std::uint64_t wanted_ = 0;
  bool context_wanted_;
  bool first_ = true;  // no line was handed out yet
  bool check_after_;   // the first line must stand right behind `after`
  bool after_exactly_ = false;
  bool met_after_ = false;
  bool past_end_ = false;
  bool went_back_ = false;
  bool gap_ = false;
};

}  // namespace taffrail::logfile
