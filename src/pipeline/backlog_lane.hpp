#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_item.hpp"
#include "pipeline/log_pages.hpp"

namespace taffrail {

/// One container's part in what was written before a read began: its lines, piece by piece, in the read's direction.
/// A piece is fetched by a task of its own, so that lanes are opened side by side and one that hangs can be given up.
class BacklogLane : public std::enable_shared_from_this<BacklogLane> {
 public:
  /// How a lane is read.
  struct Plan {
    bool backward = false;
    std::uint64_t expected = BackwardPages::first_page;  ///< of a lane backward: how many lines are probably taken
    std::size_t bytes = 0;                               ///< that it may hold
    bool only_end = false;                               ///< it is read to find where the log ends: no filter
    std::optional<Cursor> after;                         ///< a further lower bound, in the order of the merge
    std::optional<Seq> ceiling;                          ///< lines with a greater seq are none of this read
  };

  BacklogLane(LogContextPtr context, const Container& container, const Plan& plan);
  BacklogLane(const BacklogLane&) = delete;
  BacklogLane& operator=(const BacklogLane&) = delete;

  [[nodiscard]] const ContainerId& id() const { return id_; }
  [[nodiscard]] bool is_backward() const { return backward_; }

  [[nodiscard]] bool has_line() const { return at_ < end_; }
  /// Nothing more will come.
  [[nodiscard]] bool done() const { return done_ && !has_line(); }
  /// It has no line at hand and may still find one.
  [[nodiscard]] bool searching() const { return !done_ && !has_line(); }
  /// Begins to look for the next piece, unless that is at hand or under way: of a lane that still has lines it is read
  /// ahead. The context's `wake` tells of its end.
  void fetch();
  [[nodiscard]] bool fetching() const { return fetching_; }
  /// A piece beside the one that it gives is at hand or under way.
  [[nodiscard]] bool is_ahead() const { return has_line() && (fetching_ || next_); }
  /// Whether there may be something to read ahead.
  [[nodiscard]] bool ends_early() const { return has_line() && !done_ && !failure_ && !is_ahead(); }
  /// Where the lines at hand end.
  [[nodiscard]] Place frontier() const { return frontier_; }
  /// Why the last fetch failed; taken once, and nothing is fetched before that.
  [[nodiscard]] std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }
  /// Gaps met since the last call.
  void take_gaps(std::vector<LogItem>& items);
  /// Gives nothing more.
  void give_up();

  /// Where it stands in the order of the merge: at its line, else at the last one it looked through. Whatever it still
  /// finds comes behind that.
  [[nodiscard]] Place front() const { return has_line() ? position() : frontier_; }
  /// A lane and its front, at hand: with a thousand lanes, looking at each would be to wait for memory four times.
  struct Head {
    Place place;
    BacklogLane* lane;
  };
  [[nodiscard]] Head head() { return {front(), this}; }
  /// Whether a lane's front comes before the other's in the direction of the read.
  [[nodiscard]] static bool comes_before(const Head& one, const Head& other, bool backward) {
    if (one.place != other.place) return backward ? one.place > other.place : one.place < other.place;
    return comes_before_there(one, other, backward);
  }
  /// Takes its lines, at most `most`, as long as they come before the other lane's front (nullptr: there is none).
  [[nodiscard]] LogLines take_before(const Head* other, std::uint64_t most);

  /// The newest line looked at.
  [[nodiscard]] std::optional<Cursor> newest() const { return pages_->newest(); }
  /// Lines looked through.
  [[nodiscard]] std::uint64_t scanned() const { return scanned_; }

 private:
  Task<> fetch_piece();
  void give(LogPiece piece);
  /// Which of two lanes whose fronts are at one place comes first.
  [[nodiscard]] static bool comes_before_there(const Head& one, const Head& other, bool backward);
  [[nodiscard]] Place position() const;
  [[nodiscard]] const Record& record(std::uint32_t step) const;

  LogContextPtr context_;
  ContainerId id_;
  bool backward_;
  std::unique_ptr<LogPages> pages_;
  BatchPtr batch_;
  /// Of the batch, at hand: there are a thousand lanes, and each look through a pointer waits for memory.
  const Record* records_ = nullptr;
  std::uint32_t at_ = 0;  // steps into the batch, in the direction of the read
  std::uint32_t end_ = 0;
  std::uint64_t scanned_ = 0;
  Place frontier_;                // at the end of the piece at hand
  std::optional<LogPiece> next_;  // read ahead
  std::vector<Gap> gaps_;
  std::optional<Error> failure_;
  bool fetching_ = false;
  bool done_ = false;
};

}  // namespace taffrail
