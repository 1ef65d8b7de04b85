#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "source/demo/log.hpp"
#include "source/demo/meter.hpp"
#include "source/demo/options.hpp"
#include "source/source.hpp"
#include "source/tells_past.hpp"
#include "source/tells_setup.hpp"

namespace taffrail {

/// Made-up services on a made-up host that log, breathe and crash: for a first look without an engine, for screenshots,
/// tests and measurements.
class DemoSource final : public Source, public TellsSetup, public TellsPast {
 public:
  /// @param clock outlives the source. The services were created at midnight UTC, three days before its present day.
  /// @param workers where lines are made; outlive the source
  DemoSource(const Clock& clock, WorkerPool& workers, DemoOptions options);
  ~DemoSource() override;

  [[nodiscard]] std::string kind() const override { return "demo"; }
  Task<> run(SourceSink& sink) override;
  [[nodiscard]] bool owns(const HostId& host) const override { return host == host_.id; }
  Task<Result<Container>> inspect(ContainerId id) override;
  Task<Result<ContainerSetup>> setup_of(ContainerId id) override;
  Task<Result<ContainerPast>> past_of(ContainerId id, Time since, Time until, Duration step) override;
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override;
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override;

 private:
  struct Member;

  [[nodiscard]] Member make_member(std::size_t number, demo::Second now) const;
  [[nodiscard]] Container describe(const Member& member, const demo::Phase& phase) const;
  [[nodiscard]] demo::Phase phase_now(const Member& member) const;
  [[nodiscard]] std::vector<Container> list();
  [[nodiscard]] Member* find(const ContainerId& id);
  void advance(Member& member, SourceSink& sink);
  void replace(Member& member, SourceSink& sink) const;

  const Clock& clock_;
  WorkerPool& workers_;
  DemoOptions options_;
  demo::Second created_;  // of what is not deployed again and again
  Host host_;
  std::vector<Member> members_;
};

}  // namespace taffrail
