#pragma once

#include <cstdint>

#include "model/record.hpp"
#include "source/demo/dice.hpp"
#include "source/demo/service.hpp"

namespace taffrail::demo {

/// The log of one made-up service. What it says in a second follows from the seed, the service and that second alone:
/// nothing is stored, any stretch of the past can be read in any order and as often as one likes, and following is
/// waiting for the next line's time.
///
/// How much is said: the service's rate, times the day's and the minute's mood, times a burst now and then; and what it
/// has to say of an incident's requests, which have the same id in all logs. Lines of a
/// second stand at least a microsecond apart, so that each has a seq from its time alone.
class DemoLog {
 public:
  /// @param service lives as long as the program
  /// @param key from the seed and the service
  /// @param rate multiplies the service's rate
  /// @param created when its life begins
  /// @param seed of the world
  DemoLog(const Service& service, std::uint64_t key, double rate, Second created, std::uint64_t seed)
      : service_(&service), key_(key), rate_(rate), created_(created), seed_(seed) {}

  [[nodiscard]] const Service& service() const { return *service_; }
  [[nodiscard]] Second created() const { return created_; }
  /// What it goes through in that second, which is not before `created`.
  [[nodiscard]] Phase phase(Second second) const { return phase_at(service_->life, seed_, key_, created_, second); }
  /// How often it was restarted until that.
  [[nodiscard]] std::uint32_t restarts(const Phase& phase) const {
    return demo::restarts(service_->life, seed_, created_, phase);
  }
  /// How busy the service is, 0.85 in the mean; from 6 on it is a burst.
  [[nodiscard]] double load(Second second) const;
  /// The number of events in a second, in which the service runs: an event is a line or a few.
  [[nodiscard]] std::uint32_t events(Second second) const;
  /// What is said in a second, before any of it is written.
  struct Agenda {
    Second second;
    std::uint32_t events = 0;    ///< none when the service does not run then
    bool begins = false;         ///< the first of them is a run's first
    bool news = false;           ///< the next of them says where the traffic goes
    std::uint32_t requests = 0;  ///< so many of the next ones are of an incident's requests
    bool ends = false;           ///< the last of them is a run's last
    bool trouble = false;
  };
  [[nodiscard]] Agenda agenda(Second second) const;
  /// Of the first line of an event. Those of a later event are later.
  [[nodiscard]] Time time_of(const Agenda& agenda, std::uint32_t event) const;
  /// The first event that may have a line of that time or later; those before it have none.
  [[nodiscard]] static std::uint32_t event_at(const Agenda& agenda, Time time);
  /// Appends the lines of an event, with seq, in order.
  void write(const Agenda& agenda, std::uint32_t event, Batch& batch) const;
  /// The mean number of events in a second, bursts aside.
  [[nodiscard]] double mean_events() const { return service_->rate * rate_ * 0.85; }

 private:
  /// Where an event begins, by the first of its dice.
  [[nodiscard]] static Time begin_of(const Agenda& agenda, std::uint32_t event, Dice& dice);
  [[nodiscard]] Dice dice_of(const Agenda& agenda, std::uint32_t event) const;
  [[nodiscard]] std::uint32_t requests(Second second) const;
  void say(const Agenda& agenda, std::uint32_t event, Pen& pen) const;

  const Service* service_;
  std::uint64_t key_;
  double rate_;
  Second created_;
  std::uint64_t seed_;
};

}  // namespace taffrail::demo
