#include "source/docker/mount_meters.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <numeric>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "source/docker/network_mounts.hpp"

namespace taffrail::docker {
namespace {

/// Rounds that nobody has asked for.
constexpr int forgotten_after = 3;

// What Look::at says besides.
constexpr std::int64_t not_begun = -1;
constexpr std::int64_t left = -2;

std::vector<std::string> network_mounts_here() {
  std::ifstream file("/proc/self/mountinfo");
  return network_mounts(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace

/// Some folders that one thread looks at, one after another.
struct MountMeters::Look {
  std::vector<std::string> paths;
  Found found;  // the thread's from `at` on, until it has ended; what is before, the owner's
  /// The folder that is being looked at; `left` once the owner goes on without the thread, which ends then.
  std::atomic<std::int64_t> at = not_begun;
  bool ended = false;
  std::string hanging;  // what hangs, where it does
};

MountMeters::MountMeters(const Executor& executor, const Clock& clock, std::string host_root, Measure measure,
                         std::function<void(const DiskUse&)> engine_measured, Timing timing)
    : clock_(clock),
      host_root_(std::move(host_root)),
      measure_(std::move(measure)),
      engine_measured_(std::move(engine_measured)),
      timing_(timing),
      woken_(executor),
      ended_(executor),
      tasks_(executor, [](std::string_view what) { spdlog::error("docker: {}", what); }) {}

void MountMeters::set_engine_folder(std::string path) {
  if (path == engine_folder_) return;
  engine_folder_ = std::move(path);
  said_absent_ = false;
  next_ = {};
  woken_.notify();
}

MountUses MountMeters::of(const ContainerId& id, const MountPoints& points) {
  if (!points) return nullptr;
  Known& known = known_[id];
  if (known.points == points && known.version == version_) return known.uses;
  known.points = points;
  known.version = version_;
  std::vector<MountUse> uses;
  for (const MountPoint& point : *points) {
    auto at = places_.find(point.source);
    if (at == places_.end()) {
      if (places_.size() >= most_places) continue;
      at = places_.try_emplace(point.source).first;
      has_new_ = true;
      woken_.notify();
    }
    at->second.wanted = clock_.steady_now();
    if (at->second.use) uses.push_back({point.destination, *at->second.use});
  }
  known.uses = uses.empty() ? nullptr : std::make_shared<const std::vector<MountUse>>(std::move(uses));
  return known.uses;
}

Task<> MountMeters::run() {
  for (;;) {
    co_await wait();
    if (std::chrono::steady_clock::now() >= next_) {
      next_ = std::chrono::steady_clock::now() + timing_.interval;
      co_await look_at_all();
    } else {
      co_await look_at(true);
    }
  }
}

/// Until it is time to look at all, or there are new ones.
Task<> MountMeters::wait() {
  auto woken = [](MountMeters& self) -> Task<Result<>> {
    co_await self.woken_.wait();
    co_return Result<>();
  };
  for (;;) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now >= next_) co_return;
    if (has_new_) break;
    auto waited = co_await with_timeout(next_ - now, "mounts", woken(*this));
    (void)waited;  // either is a reason to look again
  }
  co_await sleep_for(timing_.gathering);
}

Task<> MountMeters::look_at_all() {
  is_here_ = false;
  if (!engine_folder_.empty()) {
    const Found found = co_await measure({engine_folder_});
    is_here_ = found.front().has_value();
    if (is_here_) {
      said_absent_ = false;
      engine_measured_(*found.front());
    } else if (hanging_.size() < threads && !std::exchange(said_absent_, true)) {
      spdlog::info("docker: the engine's folder {}{} cannot be looked at; there are no figures of mounts", host_root_,
                   engine_folder_);
    }
  }
  co_await look_at(false);
}

Task<> MountMeters::look_at(bool only_new) {
  has_new_ = false;
  const SteadyTime now = clock_.steady_now();
  std::vector<std::string> paths;
  Turn turn;
  for (auto at = places_.begin(); at != places_.end();) {
    co_await yield_if_due(turn);  // places come in between, none goes but here
    if (now - at->second.wanted > forgotten_after * timing_.interval) {
      at = places_.erase(at);
      ++version_;  // who asks again has it looked at again
      continue;
    }
    if (!std::exchange(at->second.looked, true) || !only_new) paths.push_back(at->first);
    ++at;
  }
  if (paths.empty()) co_return;
  Found found(paths.size());
  if (is_here_) found = co_await measure(paths);
  turn.begin();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    co_await yield_if_due(turn);
    places_.find(paths[i])->second.use = found[i];
  }
  ++version_;
}

/// What each of these says, in their order.
Task<MountMeters::Found> MountMeters::measure(std::vector<std::string> paths) {
  Found all(paths.size());
  std::vector<std::size_t> open(paths.size());  // indices of those that are to be asked
  std::iota(open.begin(), open.end(), 0);
  for (;;) {
    std::erase_if(open, [&](std::size_t i) { return hangs(paths[i]); });
    if (open.empty() || hanging_.size() >= threads) break;
    auto look = std::make_shared<Look>();
    look->found.resize(open.size());
    for (const std::size_t i : open) look->paths.push_back(paths[i]);
    tasks_.spawn("look at mounts", work(look));
    const std::size_t done = co_await end_of(*look);
    for (std::size_t i = 0; i < done; ++i) all[open[i]] = look->found[i];
    if (done == open.size()) break;
    co_await note_hanging(*look, look->paths[done]);
    open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(done) + 1);
  }
  co_return all;
}

/// How many are done; where that is not all of them, the next one hangs, and the thread is left to it.
Task<std::size_t> MountMeters::end_of(Look& look) {
  auto end = [](MountMeters& self, Look& of) -> Task<Result<>> {
    while (!of.ended) co_await self.ended_.wait();
    co_return Result<>();
  };
  for (std::int64_t before = not_begun;;) {
    auto ended = co_await with_timeout(timing_.patience, "mounts", end(*this, look));
    if (ended) co_return look.paths.size();
    std::int64_t at = look.at.load();
    const bool hangs = at != not_begun && at == before && at < std::ssize(look.paths);
    if (hangs && look.at.compare_exchange_strong(at, left)) co_return static_cast<std::size_t>(at);
    before = at;
  }
}

Task<> MountMeters::work(std::shared_ptr<Look> look) {
  co_await workers_.run([&] {
    for (std::int64_t next = 0; next <= std::ssize(look->paths); ++next) {
      std::int64_t before = next - 1;
      if (!look->at.compare_exchange_strong(before, next) || next == std::ssize(look->paths)) return;
      auto use = measure_(look->paths[static_cast<std::size_t>(next)]);
      if (use)
        look->found[static_cast<std::size_t>(next)] = *use;
      else
        spdlog::debug("docker: {}", use.error().detail);
    }
  });
  look->ended = true;
  ended_.notify();
  if (look->hanging.empty()) co_return;
  hanging_.erase(std::ranges::find(hanging_, look->hanging));
  spdlog::info("docker: {} answers again", look->hanging);
}

/// @param path that keeps the thread of `look`
Task<> MountMeters::note_hanging(Look& look, const std::string& path) {
  std::string what = host_root_ + path;
  if (hanging_.size() + 1 < threads) {
    const std::vector<std::string> shares = co_await workers_.run(network_mounts_here);
    std::size_t longest = 0;
    for (const std::string& share : shares)
      if (is_within(host_root_ + path, share) && share.size() >= longest) {
        longest = share.size();
        what = share;
      }
  }
  if (look.ended) co_return;
  spdlog::warn("docker: {} does not answer; there are no figures of what is mounted from it", what);
  hanging_.push_back(what);
  look.hanging = std::move(what);
}

bool MountMeters::hangs(const std::string& path) const {
  return std::ranges::any_of(hanging_, [&](const std::string& what) { return is_within(host_root_ + path, what); });
}

Task<> MountMeters::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void MountMeters::add_queues(QueueLevels& levels) const {
  levels.add("mount_places", places_.size(), most_places);
  levels.add("mounts_hanging", hanging_.size(), threads);
}

}  // namespace taffrail::docker
