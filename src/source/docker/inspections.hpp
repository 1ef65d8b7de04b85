#pragma once

#include <cstddef>
#include <deque>
#include <unordered_set>

#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "model/container_setup.hpp"
#include "source/docker/engine_client.hpp"
#include "source/docker/engine_pulse.hpp"
#include "source/docker/inventory.hpp"
#include "source/source.hpp"

namespace taffrail::docker {

/// Asks the engine about single containers: in the background, in turn, about those that the inventory wants to know
/// more of, and at once about what somebody asks for. Few at a time either way, so that ten thousand containers at the
/// start cost the engine and us no more at once than ten do. What was told is kept in the inventory until an event.
class Inspections {
 public:
  /// In the background: this many at once, with a rest after each, so that a thousand containers are known within
  /// seconds and the engine always has time for others.
  static constexpr int in_background = 2;
  /// At once, whoever asks: 50 MiB of text and parser at the worst.
  static constexpr std::size_t most = 4;

  /// All outlive it.
  Inspections(const Executor& executor, EngineClient& client, WorkerPool& workers, Inventory& inventory,
              EnginePulse& pulse);

  /// Whom changes are told; null: nobody, and nothing is kept.
  void attach(SourceSink* sink) { sink_ = sink; }
  void set_podman(bool podman) { podman_ = podman; }
  /// The session with the engine begins or ends, or the engine answers again.
  void go_on(bool established);

  /// To be inspected in the background. An urgent one comes before all others.
  void ask(const ContainerId& id, bool urgent);
  /// Nothing of what was asked for is wanted any more.
  void clear();
  /// One of the `in_background` tasks; ends never.
  Task<> run();

  /// What an inspection tells, of now or, where nothing has happened since, of an earlier time.
  /// @param anew ask in any case
  /// Errors: not_found; unavailable, at once where the engine does not answer; those of the request.
  Task<Result<Inventory::Entry>> of(ContainerId id, bool anew = false);

  /// How it was set up. Asked anew each time and not kept: there are secrets in it. Errors: as `of`.
  Task<Result<ContainerSetup>> setup_of(ContainerId id);

  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  Task<Result<Inventory::Entry>> request(ContainerId id);
  /// Whether the engine can be asked about it now.
  [[nodiscard]] Result<> check(const ContainerId& id) const;

  EngineClient& client_;
  WorkerPool& workers_;
  Inventory& inventory_;
  EnginePulse& pulse_;
  SourceSink* sink_ = nullptr;
  bool podman_ = false;
  bool established_ = false;
  std::deque<ContainerId> queue_;  // bounded by the inventory: each once
  std::unordered_set<ContainerId> queued_;
  SignalFlag more_;
  std::size_t under_way_ = 0;
  SignalFlag ended_;
};

}  // namespace taffrail::docker
