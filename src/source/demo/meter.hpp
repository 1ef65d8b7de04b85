#pragma once

#include "model/stats.hpp"
#include "source/demo/log.hpp"

namespace taffrail::demo {

/// The made-up meters of one service: totals of its present run that grow as its log does.
class DemoMeter {
 public:
  /// @param rate as given to the log: a machine that is told to say more is not a busier one
  DemoMeter(DemoLog log, double rate) : log_(log), rate_(rate) {}

  /// The reading at `now`, or nothing while the service does not run. Later calls are for later times; a clock set back
  /// makes totals stand still.
  [[nodiscard]] std::optional<StatCounters> read(Time now);

 private:
  void count_up_to(Second second, const Phase& phase);

  DemoLog log_;
  double rate_;
  Second run_begin_{};
  Second counted_{};   // events before it are in events_
  double events_ = 0;  // of this run
};

}  // namespace taffrail::demo
