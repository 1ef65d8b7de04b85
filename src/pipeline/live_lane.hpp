#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "pipeline/log_context.hpp"
#include "pipeline/log_item.hpp"
#include "pipeline/log_pages.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {

/// One container's part in what is written while a read follows: an index into the shared ring and, where the ring does
/// not reach back to the lane's last line, pages from the origin up to where it does. Works in a task of its own, one
/// step ahead of the read, so that a lane which hangs holds up nobody else.
///
/// What it has ready of the ring stays in the ring until it is taken: a read may stand still for as long as its client
/// likes, with a thousand lanes, and what the ring drops meanwhile is as if it had never been ready.
///
/// Made before the backlog is read: its place in the ring is where the backlog ends.
class LiveLane : public std::enable_shared_from_this<LiveLane> {
 public:
  LiveLane(LogContextPtr context, ContainerPtr container, std::shared_ptr<LogStream> stream);
  LiveLane(const LiveLane&) = delete;
  LiveLane& operator=(const LiveLane&) = delete;

  [[nodiscard]] const ContainerId& id() const { return stream_->id(); }
  [[nodiscard]] LogStream& stream() { return *stream_; }
  [[nodiscard]] const ContainerPtr& container() const { return container_; }

  /// Takes a place at the ring's end, where the stream is open; the backlog is to be read up to it.
  /// @return the last line published so far; nothing where there is none, or no place was taken
  std::optional<Seq> take_place();
  /// Whether a place was taken, so that the backlog up to it and what follows are all lines.
  [[nodiscard]] bool has_place() const { return next_ != LogRing::not_in_ring; }

  /// Begins to give lines: from its place, or where it has none from `last` on.
  /// @param last the newest line of the backlog, wanted or not
  /// @param since a further bound: only lines that state this time or a later one
  void start(std::optional<Cursor> last, std::optional<Time> since = std::nullopt);
  /// Gives nothing more.
  void close();

  /// Something is there to be taken, or was: the ring may have dropped it.
  [[nodiscard]] bool ready() const { return !items_.empty() || offer_.has_value() || failure_.has_value(); }
  /// Moves what is there to `items`: gaps, states, and at most one run of lines, which stands last.
  void take(std::vector<LogItem>& items);
  /// Why the lane ended; taken once.
  [[nodiscard]] std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }
  /// It has told that the log cannot be read.
  [[nodiscard]] bool told_unreadable() const {
    return told_state_ == stream_->state_version() && stream_->state().what == LogState::What::unreadable;
  }
  /// Nothing will come any more, and nothing is left.
  [[nodiscard]] bool ended() const { return ended_ && !ready(); }

 private:
  Task<> run();
  /// Gives what the ring has; an error of the filter.
  Task<Result<>> follow_ring();
  /// Reads from the origin what lies between the last line and the ring. Errors as LogPages::next.
  Task<Result<>> catch_up();
  Task<Result<>> give_pages(ForwardPages& pages);
  /// Says that the ring's next entry, of which `batch` is wanted (null: nothing is), is there to be taken. One that
  /// holds nothing for this read is passed over.
  void offer_entry(const BatchPtr& batch);
  void take_offer(std::vector<LogItem>& items);
  /// Goes on behind the ring's next entry.
  void pass_entry();
  /// Waits until what is given is taken.
  Task<> give(std::vector<LogItem> items);
  Task<> wait();
  void report_state();
  void tell_gap(Gap gap, std::vector<LogItem>& items);
  void find_tally(const LogPiece& piece, std::optional<Gap>& gap);
  [[nodiscard]] bool behind_a_hole() const;
  [[nodiscard]] Seq last_seq() const { return last_ ? last_->seq : 0; }

  LogContextPtr context_;
  ContainerPtr container_;
  std::shared_ptr<LogStream> stream_;
  FilterPtr filter_;
  std::optional<Time> since_;
  SignalFlag wake_;   // the ring has moved
  SignalFlag taken_;  // the read has taken what was there
  LogRing::Follower follower_;
  std::uint64_t next_ = LogRing::not_in_ring;
  std::optional<Cursor> last_;           // the newest line seen, wanted or not
  std::optional<LogRing::Tally> tally_;  // of `last_` in what the stream has published, where that is known
  std::optional<std::uint64_t> told_state_;
  std::vector<LogItem> items_;
  std::optional<std::weak_ptr<const ClassifiedBatch>> offer_;  // the wanted lines of the entry at `next_`
  std::optional<Error> failure_;
  bool closed_ = false;
  bool ended_ = false;
};

}  // namespace taffrail
