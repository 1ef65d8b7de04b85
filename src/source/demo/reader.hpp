#pragma once

#include "base/clock.hpp"
#include "source/demo/log.hpp"
#include "source/source.hpp"

namespace taffrail::demo {

/// Reads the log of one made-up service as LogQuery asks.
class DemoReader final : public LogReader {
 public:
  /// @param clock outlives the reader
  DemoReader(const Clock& clock, DemoLog log, ContainerId id, LogQuery query);

  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  [[nodiscard]] bool wanted(const Record& record) const;
  [[nodiscard]] Time end_now() const;
  [[nodiscard]] bool may_grow() const;
  [[nodiscard]] Duration until_next_line() const;
  Task<> find_tail();
  bool fill(Batch& batch);
  void load(Second second);

  const Clock& clock_;
  DemoLog log_;
  ContainerId id_;
  LogQuery query_;
  Time end_;            // of what a reader that does not follow reads
  Seq from_ = 0;        // the lowest seq wanted
  Batch second_;        // the lines of one second
  Second loaded_;       // which one; the seconds before it are done
  std::size_t at_ = 0;  // the next of its lines
  bool started_ = false;
  bool told_end_ = false;
};

}  // namespace taffrail::demo
