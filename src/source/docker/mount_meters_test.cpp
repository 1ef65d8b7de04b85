#include "source/docker/mount_meters.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "base/mount_fixture.hpp"
#include "source/docker/docker_fixture.hpp"
#include "source/docker/network_mounts.hpp"

namespace taffrail::docker {
namespace {

using namespace std::chrono_literals;

constexpr MountMeters::Timing quick{.interval = 100ms, .patience = 60ms, .gathering = 1ms};

/// Disks whose figures a test says, and of which some hang until they are let go.
class MadeUpDisks {
 public:
  ~MadeUpDisks() { let_go(); }
  Result<DiskUse> measure(const std::string& path) {
    std::unique_lock lock(mutex_);
    ++looks_[path];
    ++inside_;
    most_inside_ = std::max(most_inside_, inside_);
    released_.wait(lock, [&] { return !hanging_.contains(path); });
    --inside_;
    const auto at = uses_.find(path);
    if (at == uses_.end()) return fail(ErrorCode::not_found, path + " is not there");
    return at->second;
  }
  void set(const std::string& path, DiskUse use) {
    const std::lock_guard lock(mutex_);
    uses_[path] = use;
  }
  void hang(std::set<std::string> paths) {
    const std::lock_guard lock(mutex_);
    hanging_ = std::move(paths);
    released_.notify_all();
  }
  void let_go() { hang({}); }
  int looks(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return looks_[path];
  }
  int most_inside() {
    const std::lock_guard lock(mutex_);
    return most_inside_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  std::map<std::string, DiskUse> uses_;
  std::set<std::string> hanging_;
  std::map<std::string, int> looks_;
  int inside_ = 0;
  int most_inside_ = 0;
};

MountPoints points(std::vector<MountPoint> some) {
  return std::make_shared<const std::vector<MountPoint>>(std::move(some));
}

struct Mounts : DockerSources {
  /// Runs `body` beside meters of the made-up disks.
  void with_meters(std::function<Task<>(MountMeters&)> body, const std::string& host_root = {},
                   MountMeters::Timing timing = quick) {
    run([](Mounts& test, std::function<Task<>(MountMeters&)> inner, std::string root,
           MountMeters::Timing waits) -> Task<> {
      MountMeters meters(
          test.context_.get_executor(), test.clock_, root,
          [&test](const std::string& path) { return test.disks_.measure(path); },
          [&test](const DiskUse& use) { test.engine_disks_.push_back(use); }, waits);
      TaskGroup tasks(test.context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
      tasks.spawn("meters", meters.run());
      co_await inner(meters);
      test.disks_.let_go();
      tasks.cancel();
      co_await tasks.join();
      co_await meters.stop();
    }(*this, std::move(body), host_root, timing));
  }
  std::vector<MountUse> of(MountMeters& meters, int container, const MountPoints& mounts) {
    const MountUses uses = meters.of(id_of(container), mounts);
    return uses ? *uses : std::vector<MountUse>();
  }

  /// The engine reads its metrics anew.
  void new_reading(int number) {
    engine_.stats_read = fmt::format("2026-11-21T09:{:02}:{:02}Z", number / 60 % 60, number % 60);
  }

  MadeUpDisks disks_;
  std::vector<DiskUse> engine_disks_;
};

TEST_F(Mounts, AreLookedAtOnceForAllContainersThatShareThem) {
  disks_.set("/engine", {1000, 500, 500});
  disks_.set("/srv/a", {100, 40, 30});
  disks_.set("/srv/b", {200, 0, 0});
  const MountPoints one = points({{"/srv/a", "/data"}, {"/srv/b", "/more"}, {"/absent", "/x"}});
  const MountPoints two = points({{"/srv/a", "/else"}});
  with_meters(
      [&](MountMeters& meters) -> Task<> {
        EXPECT_EQ(of(meters, 1, one), std::vector<MountUse>{}) << "not looked at is not 0";
        EXPECT_EQ(of(meters, 2, two), std::vector<MountUse>{});
        meters.set_engine_folder("/engine");
        co_await until([&] { return !of(meters, 1, one).empty(); });
        const std::vector<MountUse> both{{"/data", {100, 40, 30}}, {"/more", {200, 0, 0}}};
        EXPECT_EQ(of(meters, 1, one), both) << "and what is not there is missing";
        EXPECT_EQ(of(meters, 2, two), (std::vector<MountUse>{{"/else", {100, 40, 30}}}));
        EXPECT_EQ(meters.of(id_of(1), one), meters.of(id_of(1), one)) << "made once";
        EXPECT_EQ(disks_.looks("/srv/a"), 1);
        EXPECT_EQ(engine_disks_, (std::vector<DiskUse>{{1000, 500, 500}}));
        // A new one does not wait for its turn, and the others have theirs.
        disks_.set("/srv/new", {1, 0, 0});
        const MountPoints fresh = points({{"/srv/new", "/new"}});
        co_await until([&] { return !of(meters, 3, fresh).empty(); });
        EXPECT_EQ(disks_.looks("/srv/a"), 1);
      },
      {}, {.interval = 1h, .patience = 1s, .gathering = 1ms});
}

TEST_F(Mounts, AreLookedAtAgainAndAgainWhileSomebodyAsks) {
  disks_.set("/engine", {1000, 500, 500});
  disks_.set("/srv/a", {100, 40, 30});
  const MountPoints one = points({{"/srv/a", "/data"}});
  with_meters([&](MountMeters& meters) -> Task<> {
    meters.set_engine_folder("/engine");
    co_await until([&] { return !of(meters, 1, one).empty(); });
    disks_.set("/srv/a", {100, 4, 3});
    const std::vector<MountUse> fuller{{"/data", {100, 4, 3}}};
    co_await until([&] { return of(meters, 1, one) == fuller; });
    meters.forget(id_of(1));
    const auto places = [&] {
      QueueLevels now;
      meters.add_queues(now);
      return now.all().at("mount_places").depth;
    };
    EXPECT_EQ(places(), 1U);
    co_await until([&] { return places() == 0; });
  });
}

TEST_F(Mounts, OfAnEngineWhoseFolderIsNotHereHaveNoFigures) {
  disks_.set("/srv/a", {100, 40, 30});
  const MountPoints one = points({{"/srv/a", "/data"}});
  with_meters([&](MountMeters& meters) -> Task<> {
    meters.set_engine_folder("/engine");
    EXPECT_EQ(of(meters, 1, one), std::vector<MountUse>{});
    co_await until([&] { return disks_.looks("/engine") > 2; });
    EXPECT_EQ(of(meters, 1, one), std::vector<MountUse>{});
    EXPECT_EQ(disks_.looks("/srv/a"), 0) << "what has its name here is another folder";
    EXPECT_TRUE(engine_disks_.empty());
    disks_.set("/engine", {1000, 500, 500});
    co_await until([&] { return !of(meters, 1, one).empty(); });
  });
}

TEST_F(Mounts, ThatHangCostAThreadEachAndNobodyElsesFigures) {
  disks_.set("/engine", {1000, 500, 500});
  std::vector<MountPoint> all;
  for (char name = 'a'; name <= 'f'; ++name) {
    all.push_back({std::string("/srv/") + name, std::string("/") + name});
    disks_.set(all.back().source, {100, 40, 30});
  }
  const MountPoints six = points(all);
  const auto seen = [&](MountMeters& meters) {
    std::string names;
    for (const MountUse& use : of(meters, 1, six)) names += use.destination[1];
    return names;
  };
  with_meters([&](MountMeters& meters) -> Task<> {
    meters.set_engine_folder("/engine");
    co_await until([&] { return seen(meters) == "abcdef"; });
    disks_.hang({"/srv/b"});
    co_await until([&] { return seen(meters) == "acdef"; });
    const int looks = disks_.looks("/srv/b");
    const int others = disks_.looks("/srv/c");
    co_await until([&] { return seen(meters) == "acdef" && disks_.looks("/srv/c") >= others + 3; });
    EXPECT_EQ(disks_.looks("/srv/b"), looks) << "it is not asked again while it hangs";
    EXPECT_EQ(disks_.most_inside(), 2) << "one that hangs, one that looks on";
    // The last thread is left to the third; then there is nobody to look, and nothing old is shown.
    disks_.hang({"/srv/b", "/srv/d", "/srv/f"});
    co_await until([&] { return seen(meters).empty() && disks_.most_inside() == 3; });
    disks_.let_go();
    co_await until([&] { return seen(meters) == "abcdef"; });
  });
}

/// Of the real thing: two folders of a share whose server does not answer, a folder of ours, and another disk.
int look_at_a_dead_share(const std::filesystem::path& folder) {
  for (const char* name : {"engine", "share", "disk"}) std::filesystem::create_directories(folder / name);
  if (!mount_memory(folder / "disk", 1 << 20)) return may_not_mount;
  const int server = mount_hanging(folder / "share");
  if (server < 0) return may_not_mount;
  asio::io_context context;
  const SystemClock clock;
  int failed = 1;
  asio::co_spawn(
      context,
      [&]() -> Task<> {
        std::atomic<int> at_share = 0;
        MountMeters meters(
            context.get_executor(), clock, folder,
            [&](const std::string& path) {
              if (path.starts_with("/share")) ++at_share;
              return disk_use(folder, path);
            },
            [](const DiskUse&) {}, {.interval = 20ms, .patience = 50ms, .gathering = 1ms});
        TaskGroup tasks(context.get_executor(), [](std::string_view) {});
        tasks.spawn("meters", meters.run());
        meters.set_engine_folder("/engine");
        const MountPoints mounts = points({{"/share", "/a"},
                                           {"/share/deep", "/b"},
                                           {"/share/deeper", "/c"},
                                           {"/share/deepest", "/d"},
                                           {"/disk", "/e"}});
        for (int i = 0; i < 2000 && failed != 0; ++i) {
          const MountUses uses = meters.of(id_of(1), mounts);
          if (uses && uses->size() == 1 && uses->front() == MountUse{"/e", {1 << 20, 1 << 20, 1 << 20}}) failed = 0;
          co_await sleep_for(1ms);
        }
        co_await sleep_for(100ms);  // some rounds more
        if (at_share != 1) failed = 2;
        ::close(server);  // the share is dead for good, and says so
        tasks.cancel();
        co_await tasks.join();
        co_await meters.stop();
      },
      asio::detached);
  context.run();
  return failed;
}

TEST_F(Mounts, OfADeadShareAreLookedAtOnceAllTogether) {
  const int status = in_own_mounts([this] { return look_at_a_dead_share(directory_); });
  if (status == may_not_mount) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

TEST(NetworkMounts, AreFoundAmongTheOthers) {
  EXPECT_EQ(network_mounts("22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
                           "30 22 0:25 / /srv/nas rw shared:7 master:2 - nfs4 nas:/vol rw,hard\n"
                           "31 22 0:26 / /srv/with\\040space\\134 rw - fuse.sshfs me@box: rw\n"
                           "32 22 0:27 / /tmp rw - tmpfs tmpfs rw\n"
                           "nonsense\n"
                           "33 22 0:28 /a /srv/win rw - cifs //win/share rw"),
            (std::vector<std::string>{"/srv/nas", "/srv/with space\\", "/srv/win"}));
  EXPECT_TRUE(network_mounts("").empty());
  EXPECT_TRUE(is_within("/srv/nas", "/srv/nas"));
  EXPECT_TRUE(is_within("/srv/nas/a", "/srv/nas"));
  EXPECT_TRUE(is_within("/srv", "/"));
  EXPECT_FALSE(is_within("/srv/nas2", "/srv/nas"));
  EXPECT_FALSE(is_within("/srv", "/srv/nas"));
}

/// A container with mounts, whose metrics the engine tells.
void add_with_mounts(FakeEngine& engine) {
  FakeEngine::Entry& container = engine.add(id_of(1), "db", "running");
  container.pid = 42;
  container.more = R"(,"Mounts":[{"Type":"bind","Source":"/srv/a","Destination":"/data","RW":true},)"
                   R"({"Type":"tmpfs","Source":"","Destination":"/tmp"},{"Type":"volume","Source":7},"nonsense"])";
}

TEST_F(Mounts, ComeWithTheReadingsOfTheirContainer) {
  disks_.set(directory_, {1000, 500, 500});
  disks_.set("/srv/a", {100, 40, 30});
  options_.cgroup = false;
  options_.mounts = quick;
  options_.measure_disk = [this](const std::string& path) { return disks_.measure(path); };
  start_engine();
  add_with_mounts(engine_);
  with_source([this](DockerSource& source) -> Task<> {
    MountUses mounts;
    for (int i = 0; i < 2000 && !mounts; ++i) {
      new_reading(i);
      for (const auto& [id, counters] : co_await source.read_stats({id_of(1)})) mounts = counters.mounts;
      co_await sleep_for(1ms);
    }
    EXPECT_TRUE(mounts && *mounts == (std::vector<MountUse>{{"/data", {100, 40, 30}}}));
    const auto engine = sink_.disks.find(HostId("ENGINE"));
    EXPECT_TRUE(engine != sink_.disks.end() && engine->second.path == directory_ &&
                engine->second.use == (DiskUse{1000, 500, 500}));
  });
}

TEST_F(Mounts, OfAnEngineOnAnotherMachineAreNotLookedAtHere) {
  options_.cgroup = false;
  options_.mounts = quick;
  options_.measure_disk = [this](const std::string& path) { return disks_.measure(path); };
  const net::HttpServer& engine = serve(
      [this](const net::HttpRequest& request, net::ResponseWriter& writer) { return engine_.answer(request, writer); });
  options_.endpoint = engine.listener().address();
  disks_.set(directory_, {1000, 500, 500});
  disks_.set("/srv/a", {100, 40, 30});
  add_with_mounts(engine_);
  with_source([this](DockerSource& source) -> Task<> {
    int readings = 0;
    for (int i = 0; i < 2000 && readings < 20; ++i) {
      new_reading(i);
      for (const auto& [id, counters] : co_await source.read_stats({id_of(1)})) {
        ++readings;
        EXPECT_EQ(counters.mounts, nullptr);
      }
      co_await sleep_for(2ms);
    }
    EXPECT_EQ(readings, 20);
    EXPECT_EQ(disks_.looks(directory_), 0);
    EXPECT_EQ(disks_.looks("/srv/a"), 0);
    EXPECT_TRUE(sink_.disks.empty());
  });
}

}  // namespace
}  // namespace taffrail::docker
