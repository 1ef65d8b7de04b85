#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "pipeline/log_consumer.hpp"
#include "pipeline/log_origin.hpp"
#include "pipeline/log_stream.hpp"

namespace taffrail {

class LogHub;

/// Gives one consumer the lines of one container: from the origin what lies between the consumer's cursor and the
/// shared ring, then the ring, whose entries stay until they are acknowledged. The two meet by seq: pages are read
/// until the ring has dropped nothing behind the last line given.
class ConsumerFeed {
 public:
  /// Bytes that were given from pages and are not acknowledged yet, before the next page waits.
  static constexpr std::size_t window_bytes = 4UZ << 20;
  /// Bytes of lines that all feeds together ask for at once: at a start each waits with a piece until its consumer has
  /// room, and there are as many as there are logs. With their records lines take half as much again.
  static constexpr std::size_t pieces_bytes = 16UZ << 20;
  static constexpr std::size_t least_piece = 4UZ << 10;

  /// @param hub with whose other logs it shares `pieces_bytes`; it, consumer, origin and workers outlive this
  ConsumerFeed(const Executor& executor, LogConsumer& consumer, std::shared_ptr<LogStream> stream, LogOrigin& origin,
               WorkerPool& workers, const LogHub& hub, PipelineMetrics& metrics);

  /// Gives everything until the container is gone, or nobody wants it any more, or cancelled.
  Task<> run();
  /// The consumer does not want the container any more: what it is taking is the last.
  void end();
  /// The consumer needs nothing up to this line any more.
  void acknowledge(Seq seq);
  /// Bytes given and not acknowledged.
  [[nodiscard]] std::size_t unacknowledged() const { return unacknowledged_bytes_; }
  [[nodiscard]] const ContainerId& id() const { return stream_->id(); }

 private:
  struct Given {
    Seq last = 0;
    std::size_t bytes = 0;
    std::uint64_t index = LogRing::not_in_ring;  // of its entry
  };

  /// Until an error of the consumer (false) or the container's end.
  Task<Result<>> feed();
  Task<Result<>> feed_pages();
  Task<Result<>> feed_ring();
  Task<Result<>> give(LogDelivery delivery, std::uint64_t index);
  [[nodiscard]] bool at_end() const;
  [[nodiscard]] static std::size_t size_of(const Batch& batch);

  LogConsumer& consumer_;
  std::shared_ptr<LogStream> stream_;
  LogOrigin& origin_;
  WorkerPool& workers_;
  const LogHub& hub_;
  PipelineMetrics& metrics_;
  SignalFlag wake_;
  std::optional<LogRing::Follower> follower_;  // at the first entry that is not acknowledged
  std::uint64_t next_ = 0;                     // of the ring, to be given
  std::optional<Cursor> last_;                 // given
  std::optional<Cursor> acknowledged_;
  std::optional<Time> since_;  // where nothing was acknowledged yet
  bool from_now_ = false;      // nothing of what was written before is asked for
  bool ended_ = false;         // nobody wants it any more
  std::deque<Given> given_;    // and not acknowledged
  std::size_t unacknowledged_bytes_ = 0;
};

}  // namespace taffrail
