#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/manual_clock.hpp"
#include "net/net_fixture.hpp"
#include "source/docker/docker_source.hpp"
#include "source/docker/fake_engine.hpp"

namespace taffrail::docker {

inline const Time epoch(std::chrono::seconds(1'795'252'205));

/// Notes what a source tells.
struct RecordingSink final : SourceSink {
  std::vector<Host> hosts;
  std::vector<HostId> hosts_removed;
  std::vector<std::vector<Container>> lists;
  std::map<ContainerId, Container> containers;
  std::vector<ContainerEvent> events;
  std::vector<ContainerId> removed;
  std::map<HostId, HostDisk> disks;
  std::size_t changes = 0;  // containers told to be new or different

  void host_changed(Host host) override { hosts.push_back(std::move(host)); }
  void host_removed(const HostId& id) override { hosts_removed.push_back(id); }
  Task<> containers_listed(HostId, std::vector<Container> listed) override {
    containers.clear();
    for (const Container& container : listed) containers[container.id] = container;
    lists.push_back(std::move(listed));
    co_return;
  }
  void container_changed(Container container) override {
    ++changes;
    containers[container.id] = container;
  }
  void container_removed(const ContainerId& id) override {
    containers.erase(id);
    removed.push_back(id);
  }
  void container_event(ContainerEvent event) override { events.push_back(std::move(event)); }
  void disk_measured(const HostId& host, const HostDisk& disk) override { disks.insert_or_assign(host, disk); }
  [[nodiscard]] bool connected() const { return !hosts.empty() && hosts.back().state == HostState::connected; }
};

/// As the source names it.
inline ContainerId id_of(int number) {
  std::string id = std::to_string(number);
  return ContainerId(HostId("ENGINE"), std::string(64 - id.size(), 'c') + id);
}

class DockerSources : public net::Net {
 protected:
  DockerSources() : engine_(context_.get_executor()) {
    options_.endpoint = net::UnixEndpoint{(directory_ / "engine.sock").string()};
    engine_.data_root = directory_.string();
  }

  void start_engine() {
    serve([this](const net::HttpRequest& request,
                 net::ResponseWriter& writer) { return engine_.answer(request, writer); },
          {}, "unix:" + (directory_ / "engine.sock").string());
  }
  /// Waits until `done` holds; whatever it waits for comes over the fake engine's socket.
  static Task<> until(std::function<bool()> done) {
    for (int i = 0; i < 5000; ++i) {
      if (done()) co_return;
      co_await sleep_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << "what was waited for did not come";
  }
  /// Runs `body` beside a running source.
  void with_source(std::function<Task<>(DockerSource&)> body) {
    run([](DockerSources& test, std::function<Task<>(DockerSource&)> inner) -> Task<> {
      DockerSource source(test.context_.get_executor(), test.workers_, test.workers_, test.time_, test.options_);
      TaskGroup tasks(test.context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
      tasks.spawn("source", source.run(test.sink_));
      co_await inner(source);
      tasks.cancel();
      co_await tasks.join();
      test.engine_.end_streams();
    }(*this, std::move(body)));
  }
  /// Everything a reader gives until it has caught up or ended.
  static Task<std::vector<LogLine>> read(LogReader& reader, std::vector<Gap>* gaps = nullptr) {
    std::vector<LogLine> lines;
    for (;;) {
      auto chunk = co_await reader.next();
      EXPECT_TRUE(chunk.has_value()) << chunk.error().detail;
      if (!chunk || !*chunk) co_return lines;
      const Batch& batch = (*chunk)->batch;
      for (std::size_t i = (*chunk)->context; i < batch.records.size(); ++i)
        lines.push_back({batch.records[i].time, batch.records[i].stream, std::string(batch.text(batch.records[i]))});
      if ((*chunk)->gap && gaps) gaps->push_back(*(*chunk)->gap);
      if ((*chunk)->at_end) co_return lines;
    }
  }

  ManualClock time_{epoch + std::chrono::hours(1)};  // what a test's events lie before
  FakeEngine engine_;
  DockerOptions options_;
  RecordingSink sink_;
  WorkerPool workers_{1};
};

}  // namespace taffrail::docker
