#pragma once

#include <cstdint>

#include "model/record.hpp"
#include "source/demo/service.hpp"

namespace taffrail::demo {

/// The log of one made-up service. What it says in a second follows from the seed, the service and that second alone:
/// nothing is stored, any stretch of the past can be read in any order and as often as one likes, and following is
/// waiting for the next line's time.
///
/// How much is said: the service's rate, times the day's and the minute's mood, times a burst now and then. Lines of a
/// second stand at least a microsecond apart, so that each has a seq from its time alone.
class DemoLog {
 public:
  /// @param service lives as long as the program
  /// @param key from the seed and the service
  /// @param rate multiplies the service's rate
  /// @param created when its life begins
  DemoLog(const Service& service, std::uint64_t key, double rate, Second created)
      : service_(&service), key_(key), rate_(rate), created_(created) {}

  [[nodiscard]] const Service& service() const { return *service_; }
  [[nodiscard]] Second created() const { return created_; }
  /// What it goes through in that second, which is not before `created`.
  [[nodiscard]] Phase phase(Second second) const { return phase_at(service_->life, key_, created_, second); }
  /// How busy the service is, 0.85 in the mean; from 6 on it is a burst.
  [[nodiscard]] double load(Second second) const;
  /// The number of events in a second, in which the service runs: an event is a line or a few.
  [[nodiscard]] std::uint32_t events(Second second) const;
  /// The mean number of events in a second, bursts aside.
  [[nodiscard]] double mean_events() const { return service_->rate * rate_ * 0.85; }
  /// Appends the lines of a second, with seq, in order; none when the service does not run then.
  void write(Second second, Batch& batch) const;

 private:
  const Service* service_;
  std::uint64_t key_;
  double rate_;
  Second created_;
};

}  // namespace taffrail::demo
