#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/record.hpp"
#include "source/sequencer.hpp"
#include "source/source.hpp"
#include "text/line_sink.hpp"

namespace taffrail::docker {

/// How far lines may stand out of order by time. dockerd copies stdout and stderr in two threads, and each takes a
/// line's time before it waits for the file: a line may land behind later ones of the other stream. A search by time
/// starts this much early and ends this much late; a larger value costs that much more reading at each start.
inline constexpr Duration disorder = std::chrono::seconds(1);

/// Numbers the lines of a log, in order, and says where each stands to the bounds of a query.
class LineBounds {
 public:
  enum class Place : std::uint8_t {
    below,    ///< before what is asked for
    wanted,   ///< asked for, but for `tail`
    above,    ///< beyond it, but one that is asked for may still follow
    past_end  ///< so far beyond it that none can follow
  };

  explicit LineBounds(const LogQuery& query)
      : after_(query.after), since_(query.since), before_(query.before), until_(query.until) {}

  Place place(Time time) {
    place_ = sequencer_.next(time);
    if (before_ && place_.seq >= before_->seq) return Place::past_end;  // and seqs rise
    if (until_ && time >= *until_) return time >= *until_ + disorder ? Place::past_end : Place::above;
    if (after_ && place_.seq <= after_->seq) {
      met_after_ = true;
      return Place::below;
    }
    if (since_ && time < *since_) return Place::below;
    return Place::wanted;
  }
  /// Of the line that was placed last.
  [[nodiscard]] const taffrail::Place& place() const { return place_; }
  /// Whether a line up to `after` was seen, so that nothing is missing behind it.
  [[nodiscard]] bool met_after() const { return met_after_; }

 private:
  std::optional<Cursor> after_;
  std::optional<Time> since_;
  std::optional<Cursor> before_;
  std::optional<Time> until_;
  Sequencer sequencer_;
  taffrail::Place place_;
  bool met_after_ = false;
};

/// Takes the decoded lines of one container's log from a place at or before what a query asks for, and hands out the
/// query's answer in chunks, with the lines that stood before it as the first one's context.
class LogSelection {
 public:
  /// About how many bytes a chunk holds.
  static constexpr std::size_t chunk_bytes = 256 << 10;

  enum class Context : std::uint8_t { wanted, given };  ///< given: this goes on with a reading that had its first chunk
  LogSelection(const ContainerId& id, const LogQuery& query, Context context);

  /// The next line of the log.
  void take(const text::Line& line);
  /// Of the next wanted lines, so many count as context.
  void skip(std::uint64_t lines) { skip_ = lines; }
  /// Of the lines taken so far, only the last so many are the answer.
  void keep_last(std::uint64_t lines);

  /// Whether a line stood before the one before it by time.
  [[nodiscard]] bool went_back() const { return went_back_; }
  [[nodiscard]] bool past_end() const { return past_end_; }
  [[nodiscard]] bool met_after() const { return bounds_.met_after(); }
  [[nodiscard]] std::size_t pending_lines() const { return answer_.records.size() - given_; }
  [[nodiscard]] std::size_t pending_bytes() const;
  /// Counts what records take of memory, so that a chunk of tiny lines is no giant.
  [[nodiscard]] bool full() const { return pending_bytes() + pending_lines() * sizeof(Record) >= chunk_bytes; }
  /// The time of the first line taken, and of the first line pending; nothing where there is none.
  [[nodiscard]] std::optional<Time> first_taken() const { return first_taken_; }
  [[nodiscard]] std::optional<Time> first_pending() const;
  /// How many lines below the query, and in it, were taken.
  [[nodiscard]] std::uint64_t below() const { return below_; }
  [[nodiscard]] std::uint64_t wanted() const { return wanted_; }
  /// The last line that was handed out; before the first, the query's `after`.
  [[nodiscard]] const std::optional<Cursor>& last() const { return last_; }
  /// The last line taken that is not above the query; nothing before the first.
  [[nodiscard]] const std::optional<Cursor>& seen() const { return seen_; }
  /// A gap that stands before the next line; it is handed out with the chunk of that line. Call it with no pending
  /// lines.
  void gap_follows() { gap_ = true; }

  /// What is pending (about chunk_bytes of it), with the gap before it if there is one. May be empty.
  [[nodiscard]] LogChunk cut();

 private:
  ContainerId id_;
  LineBounds bounds_;
  std::uint64_t skip_ = 0;
  Batch context_;
  Batch answer_;
  std::size_t given_ = 0;       // records of answer_ that were cut off already
  std::optional<Cursor> last_;  // that was handed out, or `after`
  std::optional<Cursor> seen_;
  std::optional<Time> first_taken_;
  std::uint64_t below_ = 0;
  std::uint64_t wanted_ = 0;
  bool context_wanted_;
  bool first_ = true;  // no line was handed out yet
  bool check_after_;   // the first line must stand right behind `after`
  bool past_end_ = false;
  bool went_back_ = false;
  bool gap_ = false;
};

}  // namespace taffrail::docker
