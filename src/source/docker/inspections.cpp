#include "source/docker/inspections.hpp"

#include <spdlog/spdlog.h>
#include <utility>

#include "base/timeout.hpp"
#include "source/docker/setup_json.hpp"

namespace taffrail::docker {
namespace {

constexpr Duration request_limit = std::chrono::seconds(10);
constexpr Duration rest = std::chrono::milliseconds(5);
/// An ordinary inspection has 5 to 20 KiB; with the largest environment that Linux allows, 2 MiB. While it is parsed it
/// takes three times as much.
constexpr std::size_t max_bytes = 4 << 20;

/// One of the inspections that may be under way.
class Slot {
 public:
  Slot(std::size_t& count, SignalFlag& ended) : count_(count), ended_(ended) { ++count_; }
  ~Slot() {
    --count_;
    ended_.notify();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  std::size_t& count_;
  SignalFlag& ended_;
};

}  // namespace

Inspections::Inspections(const Executor& executor, EngineClient& client, WorkerPool& workers, Inventory& inventory,
                         EnginePulse& pulse)
    : client_(client), workers_(workers), inventory_(inventory), pulse_(pulse), more_(executor), ended_(executor) {}

void Inspections::go_on(bool established) {
  established_ = established;
  more_.notify();
}

void Inspections::ask(const ContainerId& id, bool urgent) {
  if (!queued_.insert(id).second) return;
  if (urgent)
    queue_.push_front(id);
  else
    queue_.push_back(id);
  more_.notify();
}

void Inspections::clear() {
  queue_.clear();
  queued_.clear();
}

Task<> Inspections::run() {
  for (;;) {
    while (queue_.empty() || !established_ || pulse_.is_silent()) co_await more_.wait();
    const ContainerId id = queue_.front();
    queue_.pop_front();
    queued_.erase(id);
    if (!inventory_.find(id)) continue;
    auto entry = co_await of(id);
    // Gone already, which its event tells; or the engine is, which the session finds out.
    if (!entry) spdlog::debug("docker: {}", entry.error().detail);
    co_await sleep_for(rest);
  }
}

Task<Result<Inventory::Entry>> Inspections::of(ContainerId id, bool anew) {
  while (under_way_ >= most) co_await ended_.wait();
  const Inventory::Entry* known = inventory_.find(id);
  if (known && known->inspected && !known->stale && !anew) co_return *known;
  if (auto can = check(id); !can) co_return forward(can);
  const Slot slot(under_way_, ended_);
  auto requesting = request(std::move(id));
  co_return co_await std::move(requesting);
}

Result<> Inspections::check(const ContainerId& id) const {
  if (!is_container_id(id.str())) return fail(ErrorCode::not_found, "no container has the id '" + id.str() + "'");
  if (pulse_.is_silent())
    return fail(ErrorCode::unavailable,
                "the engine at " + net::to_string(client_.endpoint()) + " is connected but does not answer");
  return {};
}

Task<Result<ContainerSetup>> Inspections::setup_of(ContainerId id) {
  while (under_way_ >= most) co_await ended_.wait();
  if (auto can = check(id); !can) co_return forward(can);
  const Slot slot(under_way_, ended_);
  auto body = co_await client_.get("inspect", "/containers/" + id.str() + "/json", max_bytes, request_limit);
  if (!body) co_return forward(body);
  co_return co_await workers_.run_sized(body->size(), [&] { return parse_setup(*body); });
}

Task<Result<Inventory::Entry>> Inspections::request(ContainerId id) {
  const std::uint64_t asked = inventory_.now();
  auto body = co_await client_.get("inspect", "/containers/" + id.str() + "/json", max_bytes, request_limit);
  if (!body) {
    if (body.error().code == ErrorCode::not_found && sink_) inventory_.remove(id, *sink_);
    co_return forward(body);
  }
  Refusals refused;
  auto inspection =
      co_await workers_.run_sized(body->size(), [&] { return parse_inspection(*body, id.host(), refused); });
  if (!inspection) co_return forward(inspection);
  inventory_.refusals().labels += refused.labels;
  Inventory::Entry entry;
  entry.container = std::move(inspection->container);
  // Podman's Docker API calls its own form of files by Docker's name.
  if (podman_ && entry.container.log_driver == "json-file") entry.container.log_driver = "k8s-file";
  entry.inspected = true;
  entry.log_path = std::move(inspection->log_path);
  entry.log_options = std::move(inspection->log_options);
  entry.pid = inspection->pid;
  entry.mounts = std::move(inspection->mounts);
  if (sink_) inventory_.take_inspection(id, entry, asked, *sink_);
  co_return entry;
}

}  // namespace taffrail::docker
