#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "pipeline/log_pages.hpp"
#include "pipeline/log_read.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {

class Pipeline;

/// One container's part in a LogRead: its lines in the read's direction, first out of pages read from the source, then,
/// for a following read, out of the shared ring.
///
/// Pages and ring join by seq: the stream's reading is open before the first page is asked for, so every line is in at
/// least one of the two, and a line at or below the last one seen is skipped in the ring.
class LogLane {
 public:
  /// @param pages of a read backwards
  /// @param wake notified when the ring has news
  /// @param since a further lower bound, beside the request's
  LogLane(Pipeline& pipeline, const Container& container, Source& source, const LogRequest& request,
          BackwardPages::PageLines pages, SignalFlag& wake, std::optional<Time> since = std::nullopt);
  ~LogLane();
  LogLane(const LogLane&) = delete;
  LogLane& operator=(const LogLane&) = delete;

  [[nodiscard]] const ContainerId& id() const { return id_; }

  /// Reads one more page piece towards the next wanted line. Gaps on the way go to `items`.
  Task<Result<void>> advance(std::vector<LogItem>& items);
  /// It has no line at hand and may still find one.
  [[nodiscard]] bool must_advance() const { return !has_line() && !done_; }
  /// Where it stands in the merged order: at its line, else at the last one it looked through. Whatever it still finds
  /// comes after that.
  [[nodiscard]] Seq front() const { return has_line() ? position() : frontier_; }
  /// Whether `one` stands before `other` in the direction of this read.
  [[nodiscard]] bool precedes(Seq one, Seq other) const { return downwards() ? one > other : one < other; }
  /// Reads one page, wanted lines in it or not: it shows where the log ends now.
  Task<Result<void>> anchor();
  [[nodiscard]] bool has_line() const { return piece_ && at_ < piece_->picks.size(); }
  /// Whether this lane's line is to be delivered before the other's. Both have one.
  [[nodiscard]] bool comes_before(const LogLane& other) const;
  /// Takes this lane's lines, at most `most`, while they come before the other lane's line (nullptr: there is none) and
  /// strictly before `bound`.
  [[nodiscard]] LogLines take_while_before(const LogLane* other, std::optional<Seq> bound, std::uint64_t most);
  /// This lane gives nothing more.
  void give_up();

  /// From now on lines come from the ring.
  void go_live();
  /// Takes the next wanted lines from the ring, or again from pages where the ring does not reach back far enough. Gaps
  /// and changes of state go to `items`.
  Task<Result<void>> pull_live(std::vector<LogItem>& items);
  /// Nothing will come any more.
  [[nodiscard]] bool ended() const;
  /// The ring has something that was not pulled.
  [[nodiscard]] bool has_news() const;
  /// A page could not be read; it is tried again at the next pull.
  [[nodiscard]] bool must_retry() const { return must_retry_; }

 private:
  void take_piece(LogPiece piece, std::vector<LogItem>& items);
  void take_ring_entry(std::vector<LogItem>& items);
  void find_place(const std::vector<Record>& records, std::optional<Gap>& gap);
  void tell_gap(Gap gap, std::vector<LogItem>& items);
  void report_state(std::vector<LogItem>& items);
  [[nodiscard]] LogQuery page_query() const;
  [[nodiscard]] RecordFilter lane_filter(const Container& container) const;
  [[nodiscard]] bool names(const Cursor& cursor) const;
  [[nodiscard]] Seq position() const;
  [[nodiscard]] bool downwards() const { return backward_ && !live_; }  // while live, everything flows upwards again
  [[nodiscard]] Seq last_seq() const { return last_ ? last_->seq : 0; }

  Pipeline& pipeline_;
  ContainerId id_;
  Source& source_;
  const LogRequest& request_;
  SignalFlag& wake_;
  std::optional<Time> since_;
  RecordFilter filter_;
  bool backward_;

  std::unique_ptr<LogPages> pages_;
  std::optional<LogPiece> piece_;
  std::size_t at_ = 0;
  std::uint64_t scanned_ = 0;
  Seq frontier_;
  bool done_ = false;  // the pages have ended

  std::shared_ptr<LogStream> stream_;  // of a following read
  bool live_ = false;
  bool covered_ = false;  // the ring holds every line after the pages
  bool joined_ = false;   // the ring was read to its end once
  bool must_retry_ = false;
  std::optional<Cursor> last_;                    // the newest line seen, wanted or not
  std::uint64_t index_ = LogStream::not_in_ring;  // of the next ring entry
  std::optional<LogStream::Place> place_;         // of `last_` in what the stream has published, where that is known
  std::optional<std::uint64_t> state_version_;
};

}  // namespace taffrail
