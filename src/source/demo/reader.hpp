#pragma once

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "source/demo/log.hpp"
#include "source/source.hpp"

namespace taffrail::demo {

/// Reads the log of one made-up service as LogQuery asks. Lines are made on the workers: two hundred readers that each
/// want ten thousand cost a second.
class DemoReader final : public LogReader {
 public:
  /// @param clock, workers outlive the reader
  DemoReader(const Clock& clock, WorkerPool& workers, DemoLog log, ContainerId id, LogQuery query);

  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  /// What has been found of the tail so far.
  struct Search {
    Seq found = 0;  // its first line
    std::uint64_t missing = 0;
    std::uint64_t kept = 0;  // bytes of the lines found
  };
  [[nodiscard]] bool wanted(const Record& record) const;
  [[nodiscard]] Time end_now() const;
  [[nodiscard]] bool may_grow() const;
  [[nodiscard]] Duration until_next_line() const;
  Task<> find_tail();
  bool search(Second first, Search& search);
  bool fill(Batch& batch, Time end);
  void go_to(Time time);

  const Clock& clock_;
  WorkerPool& workers_;
  DemoLog log_;
  ContainerId id_;
  LogQuery query_;
  Time end_;      // of what a reader that does not follow reads
  Seq from_ = 0;  // the lowest seq wanted
  // Where it stands. No lines are kept: there are thousands of readers, and a second may have thousands of lines.
  DemoLog::Agenda agenda_;   // the seconds before it are done
  std::uint32_t event_ = 0;  // the next of its events
  bool started_ = false;
  bool told_end_ = false;
};

}  // namespace taffrail::demo
