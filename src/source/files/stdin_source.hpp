#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/signal_flag.hpp"
#include "source/files/line_ring.hpp"
#include "source/source.hpp"
#include "text/line_splitter.hpp"

namespace taffrail {

/// One container, "stdin", whose lines come from a descriptor (`--source stdin`: `some-program | taffrail serve
/// --source stdin`). They cannot be read again, so the last `memory` bytes of them are kept; a reader that wants older
/// ones gets a Gap with their exact number. A line's time is its arrival. The end of the input is the container's exit.
///
/// Lines are numbered from the time of the program's start in the Sequencer's ticks (125 ns): no input has eight
/// million lines a second, so a cursor from an earlier run lies below all lines of this one. What followed it is a Gap
/// without a number, since nobody knows what came between the runs.
class StdinSource final : public Source {
 public:
  static constexpr std::size_t default_memory = 64 << 20;

  /// @param descriptor is duplicated and stays the caller's
  /// @param clock outlives the source; readers must not outlive the source
  StdinSource(const Executor& executor, const Clock& clock, int descriptor, std::size_t memory = default_memory);

  [[nodiscard]] std::string kind() const override { return "stdin"; }
  /// To be run once: what was read is gone.
  Task<> run(SourceSink& sink) override;
  [[nodiscard]] bool owns(const HostId& host) const override { return host == host_.id; }
  Task<Result<Container>> inspect(ContainerId id) override;
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override;
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override;
  void add_queues(QueueLevels& levels) const override { levels.add("stdin_ring_bytes", ring_.memory(), ring_.bound()); }

 private:
  class Reader;

  Task<Result<>> read_all();
  void feed(std::string_view bytes);

  Executor executor_;
  const Clock& clock_;
  int descriptor_;
  Host host_;
  Container container_;
  files::LineRing ring_;
  text::LineSplitter splitter_{text::LineSplitter::CarriageReturn::strip};
  Time last_{};         // of the newest line
  bool ended_ = false;  // the input has
  SignalFlag changed_;
};

}  // namespace taffrail
