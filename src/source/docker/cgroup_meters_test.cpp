#include "source/docker/cgroup_meters.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

#include "source/docker/docker_fixture.hpp"

namespace taffrail::docker {
namespace {

using namespace std::chrono_literals;

/// Many made-up control groups below a host root.
class Meters : public net::Net {
 protected:
  Meters() {
    std::filesystem::create_directories(cgroups_);
    std::ofstream(root_ / "sys/fs/cgroup/cgroup.controllers") << "cpu memory\n";
  }
  void make(int number) {
    const auto folder = cgroups_ / id_of(number).str();
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "cpu.stat") << "usage_usec " << number << "\n";
    std::ofstream(folder / "memory.current") << 10'000 + number << "\n";
    std::ofstream(folder / "memory.stat") << "inactive_file 10000\n";
    const auto process = root_ / "proc" / std::to_string(number);
    std::filesystem::create_directories(process / "net");
    std::ofstream(process / "cgroup") << "0::/docker/" << id_of(number).str() << "\n";
    std::ofstream(process / "net/dev") << "  eth0: " << number << " 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n";
  }
  static std::vector<CgroupMeters::Wanted> wanted(int from, int to) {
    std::vector<CgroupMeters::Wanted> out;
    for (int i = from; i < to; ++i) out.push_back({id_of(i), i});
    return out;
  }
  static void expect_right(const CgroupMeters::Readings& readings, int from, int to) {
    EXPECT_EQ(readings.counters.size(), static_cast<std::size_t>(to - from));
    EXPECT_TRUE(readings.unreadable.empty());
    int number = from;
    for (const auto& [id, counters] : readings.counters) {
      EXPECT_EQ(id, id_of(number));
      EXPECT_EQ(counters.cpu_ns, static_cast<std::uint64_t>(number) * 1000);
      EXPECT_EQ(counters.memory, static_cast<std::uint64_t>(number));
      EXPECT_EQ(counters.net_rx, static_cast<std::uint64_t>(number));
      ++number;
    }
  }
  static std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  }

  std::filesystem::path root_ = directory_ / "host";
  std::filesystem::path cgroups_ = root_ / "sys/fs/cgroup/docker";
  ManualClock time_{epoch};
  const std::function<bool(const CgroupMeters::Wanted&)> all_run_ = [](const auto&) { return true; };
};

TEST_F(Meters, OfFarMoreContainersThanDescriptorsAreAllRight) {
  constexpr int many = 600;
  for (int i = 1; i <= many; ++i) make(i);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{std::min<rlim_t>(open_descriptors() + 100, before.rlim_max), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  run([&]() -> Task<> {
    cgroup::DescriptorBudget budget;  // a quarter of what is allowed
    CgroupMeters meters(context_.get_executor(), time_, root_.string(), budget);
    const std::size_t open_before = open_descriptors();
    for (int round = 0; round < 3; ++round) {
      auto readings = co_await meters.read(wanted(1, many + 1), all_run_);
      expect_right(readings, 1, many + 1);
      EXPECT_GT(budget.used(), 0U);
      EXPECT_LE(budget.used(), budget.most());
      EXPECT_LE(open_descriptors() - open_before, budget.used());
      time_.advance(10s);
    }
    EXPECT_EQ(meters.failures(), 0U);
    for (int i = 1; i <= many; ++i) meters.forget(id_of(i));
    EXPECT_EQ(budget.used(), 0U);
    EXPECT_EQ(open_descriptors(), open_before);
    co_await meters.stop();
  }());
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(Meters, KeepOpenWhatIsReadEverySecondRatherThanWhatIsReadEveryTen) {
  for (int i = 1; i <= 4; ++i) make(i);
  run([&]() -> Task<> {
    cgroup::DescriptorBudget budget(2 * cgroup::CgroupReader::most_descriptors);
    CgroupMeters meters(context_.get_executor(), time_, root_.string(), budget);
    const std::size_t open_before = open_descriptors();
    auto first = co_await meters.read(wanted(1, 3), all_run_);
    EXPECT_EQ(budget.used(), budget.most());
    time_.advance(10s);
    // 3 and 4 are watched: from their second reading on they have the room.
    for (int second = 0; second < 3; ++second) {
      auto readings = co_await meters.read(wanted(3, 5), all_run_);
      expect_right(readings, 3, 5);
      time_.advance(1s);
    }
    const auto kept = open_descriptors() - open_before;
    meters.forget(id_of(1));
    meters.forget(id_of(2));
    EXPECT_EQ(open_descriptors() - open_before, kept) << "1 and 2 had none open any more";
    EXPECT_EQ(budget.used(), budget.most());
    auto readings = co_await meters.read(wanted(3, 5), [](const auto&) { return false; });
    expect_right(readings, 3, 5);
    EXPECT_EQ(budget.used(), 0U) << "they have ended";
    co_await meters.stop();
  }());
}

TEST_F(Meters, WithoutDescriptorsGiveNothingAndAreReadAgainAsSoonAsThereAreSome) {
  make(1);
  run([&]() -> Task<> {
    cgroup::DescriptorBudget budget(0);
    CgroupMeters meters(context_.get_executor(), time_, root_.string(), budget);
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    auto readings = co_await meters.read(wanted(1, 2), all_run_);
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(readings.counters.empty());
    EXPECT_TRUE(readings.unreadable.empty()) << "the engine is not to be asked instead";
    EXPECT_EQ(meters.failures(), 1U);
    readings = co_await meters.read(wanted(1, 2), all_run_);
    expect_right(readings, 1, 2);
    co_await meters.stop();
  }());
}

TEST_F(Meters, TellWhoseFilesAreNotThere) {
  make(1);
  run([&]() -> Task<> {
    cgroup::DescriptorBudget budget(100);
    CgroupMeters meters(context_.get_executor(), time_, root_.string(), budget);
    auto readings = co_await meters.read({{id_of(1), 1}, {id_of(9), 9}}, all_run_);
    EXPECT_EQ(readings.counters.size(), 1U);
    EXPECT_EQ(readings.unreadable, std::vector<ContainerId>{id_of(9)});
    EXPECT_EQ(meters.failures(), 0U);
    co_await meters.stop();
  }());
}

TEST_F(Meters, AHostRootThatHangsHoldsNobodyUpAndIsReadOnceItGoesOn) {
  make(1);
  // A pipe without a writer is opened when somebody comes to write: as long as that, its reader hangs.
  const auto file = cgroups_ / id_of(1).str() / "cpu.stat";
  std::filesystem::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  run([&]() -> Task<> {
    cgroup::DescriptorBudget budget(0);
    CgroupMeters meters(context_.get_executor(), time_, root_.string(), budget, 50ms);
    auto hung = co_await meters.read(wanted(1, 2), all_run_);
    EXPECT_TRUE(hung.counters.empty());
    auto at_once = co_await meters.read(wanted(1, 2), all_run_);
    EXPECT_TRUE(at_once.counters.empty());
    EXPECT_GE(meters.failures(), 2U);
    // It goes on, and so do the readings.
    const int writer = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    EXPECT_GE(writer, 0);
    ::close(writer);
    std::filesystem::remove(file);
    make(1);
    CgroupMeters::Readings readings;
    while (readings.counters.empty()) {
      readings = co_await meters.read(wanted(1, 2), all_run_);
      co_await sleep_for(1ms);
    }
    expect_right(readings, 1, 2);
    co_await meters.stop();
  }());
}

}  // namespace
}  // namespace taffrail::docker
