#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "base/temporary_folder.hpp"
#include "source/cgroup/cgroup_find.hpp"
#include "source/cgroup/cgroup_parse.hpp"
#include "source/cgroup/cgroup_reader.hpp"

namespace taffrail::cgroup {
namespace {

using namespace std::chrono_literals;

const std::string id(64, 'a');
const Time now(std::chrono::seconds(1'795'252'205));
const SteadyTime steady(std::chrono::seconds(77));

/// All numbers of a reading.
std::vector<std::optional<std::uint64_t>> values(const StatCounters& c) {
  return {c.cpu_ns,
          c.throttled_ns,
          c.memory,
          c.memory_limit,
          c.swap,
          c.pids,
          c.net_rx,
          c.net_tx,
          c.block_read,
          c.block_write,
          c.oom_kills,
          c.cpu_pressure_ns,
          c.memory_pressure_ns,
          c.io_pressure_ns};
}

TEST(CgroupFiles, AreReadAsTheKernelWritesThem) {
  EXPECT_EQ(parse_number("12345\n"), 12345U);
  EXPECT_EQ(parse_number("18446744073709551615\n"), 18446744073709551615U);
  EXPECT_EQ(parse_number("max\n"), std::nullopt);
  EXPECT_EQ(parse_number("12x\n"), std::nullopt);
  EXPECT_EQ(parse_number("-1\n"), std::nullopt);
  EXPECT_EQ(parse_number(""), std::nullopt);

  const char* stat = "usage_usec 77\nuser_usec 5\nthrottled_usec 9\nbroken\nlast x\n";
  EXPECT_EQ(find_number(stat, "usage_usec"), 77U);
  EXPECT_EQ(find_number(stat, "throttled_usec"), 9U);
  EXPECT_EQ(find_number(stat, "usage"), std::nullopt);
  EXPECT_EQ(find_number(stat, "broken"), std::nullopt);
  EXPECT_EQ(find_number(stat, "last"), std::nullopt);

  EXPECT_EQ(parse_io_stat("8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n254:0 rbytes=1 wbytes=2\n"),
            (Traffic{11, 22}));
  EXPECT_EQ(parse_io_stat("8:0\n"), (Traffic{0, 0}));
  EXPECT_EQ(parse_blkio("8:0 Read 10\n8:0 Write 20\n8:0 Sync 5\n8:0 Total 30\n8:16 Read 1\nTotal 31\n"),
            (Traffic{11, 20}));

  EXPECT_EQ(parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull avg10=0.00 total=1\n"), 1'234'000U);
  EXPECT_EQ(parse_pressure("full avg10=0.00 total=1\n"), std::nullopt);
  EXPECT_EQ(parse_pressure("some total=18446744073709551615\n"), std::nullopt);
}

TEST(CgroupFiles, GiveTheNetworkWithoutTheLoopback) {
  const std::string headings =
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
      "carrier\n";
  const std::string lo = "    lo: 500 5 0 0 0 0 0 0 500 5 0 0 0 0 0 0\n";
  EXPECT_EQ(parse_net_dev(headings + lo), std::nullopt);
  EXPECT_EQ(parse_net_dev(headings + lo + "  eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n" +
                          "  eth1:10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\n"),
            (Traffic{110, 220}));
  EXPECT_EQ(parse_net_dev("  eth0: 100 1\n"), std::nullopt);
}

TEST(CgroupPaths, EndWhereTheyNameTheContainer) {
  EXPECT_EQ(container_path("/docker/" + id, id), "/docker/" + id);
  EXPECT_EQ(container_path("/system.slice/docker-" + id + ".scope/init.scope", id),
            "/system.slice/docker-" + id + ".scope");
  EXPECT_EQ(container_path("/machine.slice/libpod-" + id + ".scope/container", id),
            "/machine.slice/libpod-" + id + ".scope");
  EXPECT_EQ(container_path("/../../docker/" + id, id), std::nullopt);
  EXPECT_EQ(container_path("/user.slice", id), std::nullopt);
  EXPECT_EQ(container_path("/", ""), std::nullopt);
}

TEST(CgroupPaths, ComeFromEveryLineOfTheProcess) {
  const auto memberships = parse_memberships("4:cpu,cpuacct:/docker/x\n1:name=systemd:/a:b\n0::/c\nbroken\n:\n");
  EXPECT_EQ(memberships, (std::vector<Membership>{{"cpu,cpuacct", "/docker/x"}, {"name=systemd", "/a:b"}, {"", "/c"}}));
}

/// A made-up /proc and /sys/fs/cgroup.
class CgroupTree : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    const std::filesystem::path whole = root_.string() + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void put_v2(const std::string& folder) {
    put("/sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
    const std::string at = "/sys/fs/cgroup" + folder;
    put(at + "/cpu.stat",
        "usage_usec 5000\nuser_usec 1\nsystem_usec 1\nnr_periods 4\nnr_throttled 1\nthrottled_usec 30\n");
    put(at + "/memory.current", "1000000\n");
    put(at + "/memory.stat", "anon 1\ninactive_file 400000\nactive_file 5\n");
    put(at + "/memory.max", "max\n");
    put(at + "/memory.swap.current", "77\n");
    put(at + "/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\n");
    put(at + "/pids.current", "12\n");
    put(at + "/io.stat", "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2\n");
    put(at + "/cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=10\n");
  }
  void put_process(int pid, const std::string& memberships) {
    put("/proc/" + std::to_string(pid) + "/cgroup", memberships);
    put("/proc/" + std::to_string(pid) + "/net/dev",
        "h\nh\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 100 1 0 0 0 0 0 0 200 2 0 0\n");
  }
  std::optional<StatCounters> read(std::int64_t pid) {
    auto reader = CgroupReader::open(roots_, id, pid);
    EXPECT_TRUE(reader.has_value()) << reader.error().detail;
    auto counters = reader ? (*reader)->read(now, steady) : Result<std::optional<StatCounters>>(std::nullopt);
    EXPECT_TRUE(counters.has_value()) << counters.error().detail;
    // Kept open, the files say the same.
    if (reader && counters && *counters) {
      EXPECT_TRUE((*reader)->keep_open());
      EXPECT_EQ(values((*reader)->read(now, steady + CgroupReader::look_again)->value()), values(**counters));
    }
    return counters ? *counters : std::nullopt;
  }

  TemporaryFolder temporary_;
  std::filesystem::path root_ = temporary_.path();
  Roots roots_ = Roots::under(root_.string());
};

TEST_F(CgroupTree, OfV2GivesEverythingThatIsThereAndNothingElse) {
  const std::string scope = "/system.slice/docker-" + id + ".scope";
  put_v2(scope);
  put_process(42, "0::" + scope + "\n");
  const auto counters = read(42);
  ASSERT_TRUE(counters.has_value());
  EXPECT_EQ(counters->time, now);
  EXPECT_EQ(counters->steady, steady);
  EXPECT_EQ(counters->cpu_ns, 5'000'000U);
  EXPECT_EQ(counters->throttled_ns, 30'000U);
  EXPECT_EQ(counters->memory, 600'000U);
  EXPECT_EQ(counters->memory_limit, std::nullopt);
  EXPECT_EQ(counters->swap, 77U);
  EXPECT_EQ(counters->pids, 12U);
  EXPECT_EQ(counters->block_read, 4096U);
  EXPECT_EQ(counters->block_write, 8192U);
  EXPECT_EQ(counters->oom_kills, 1U);
  EXPECT_EQ(counters->cpu_pressure_ns, 10'000U);
  EXPECT_EQ(counters->memory_pressure_ns, std::nullopt);
  EXPECT_EQ(counters->net_rx, 100U);
  EXPECT_EQ(counters->net_tx, 200U);
}

TEST_F(CgroupTree, OfV2WithoutAControllerGivesTheRest) {
  // A Raspberry Pi starts with the memory controller off; cpu.stat counts without any.
  put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n");
  put("/sys/fs/cgroup/docker/" + id + "/cpu.stat", "usage_usec 5000\nuser_usec 1\nsystem_usec 1\n");
  put("/sys/fs/cgroup/docker/" + id + "/pids.current", "12\n");
  put_process(42, "0::/docker/" + id + "\n");
  const auto counters = read(42);
  ASSERT_TRUE(counters.has_value());
  EXPECT_EQ(counters->cpu_ns, 5'000'000U);
  EXPECT_EQ(counters->pids, 12U);
  EXPECT_EQ(counters->throttled_ns, std::nullopt);
  EXPECT_EQ(counters->memory, std::nullopt);
  EXPECT_EQ(counters->swap, std::nullopt);
  EXPECT_EQ(counters->block_read, std::nullopt);
  EXPECT_EQ(counters->oom_kills, std::nullopt);
}

TEST_F(CgroupTree, OfTheHybridLayoutIsReadFromV1) {
  const std::string path = "/docker/" + id;
  put("/sys/fs/cgroup/unified/cgroup.controllers", "\n");
  put("/sys/fs/cgroup/unified" + path + "/cpu.stat", "usage_usec 1\n");
  put("/sys/fs/cgroup/cpuacct" + path + "/cpuacct.usage", "5000000\n");
  put("/sys/fs/cgroup/memory" + path + "/memory.usage_in_bytes", "1000000\n");
  put_process(42, "9:cpuacct:" + path + "\n8:memory:" + path + "\n0::" + path + "\n");
  const auto counters = read(42);
  ASSERT_TRUE(counters.has_value());
  EXPECT_EQ(counters->cpu_ns, 5'000'000U);
  EXPECT_EQ(counters->memory, 1'000'000U);
}

TEST_F(CgroupTree, OfV1GivesEverythingThatIsThereAndNoLimitWhereThereIsNone) {
  const std::string path = "/docker/" + id;
  const std::string at = "/sys/fs/cgroup";
  put(at + "/cpu,cpuacct" + path + "/cpuacct.usage", "5000000\n");
  put(at + "/cpu,cpuacct" + path + "/cpu.stat", "nr_periods 1\nnr_throttled 1\nthrottled_time 700\n");
  put(at + "/memory" + path + "/memory.usage_in_bytes", "1000000\n");
  put(at + "/memory" + path + "/memory.stat", "inactive_file 1\ntotal_inactive_file 300000\ntotal_swap 5\n");
  put(at + "/memory" + path + "/memory.limit_in_bytes", "9223372036854771712\n");
  put(at + "/memory" + path + "/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  put(at + "/blkio" + path + "/blkio.throttle.io_service_bytes", "8:0 Read 10\n8:0 Write 20\nTotal 30\n");
  put_process(42, "9:cpu,cpuacct:" + path + "\n8:memory:" + path + "\n7:blkio:" + path + "\n0::/\n");
  const auto counters = read(42);
  ASSERT_TRUE(counters.has_value());
  EXPECT_EQ(counters->cpu_ns, 5'000'000U);
  EXPECT_EQ(counters->throttled_ns, 700U);
  EXPECT_EQ(counters->memory, 700'000U);
  EXPECT_EQ(counters->memory_limit, std::nullopt);
  EXPECT_EQ(counters->swap, 5U);
  EXPECT_EQ(counters->oom_kills, 2U);
  EXPECT_EQ(counters->block_read, 10U);
  EXPECT_EQ(counters->pids, std::nullopt);
  put(at + "/memory" + path + "/memory.limit_in_bytes", "67108864\n");
  EXPECT_EQ(read(42)->memory_limit, 67108864U);
}

TEST_F(CgroupTree, IsFoundByTheContainersNameWhereTheProcessTellsAPathOutsideOfWhatIsVisible) {
  put_v2("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope");
  put_v2("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-conmon-" + id + ".scope");
  put_process(42, "0::/../../libpod-" + id + ".scope\n");
  EXPECT_TRUE(read(42).has_value());
  // Without a process too, but for the network.
  const auto counters = read(0);
  ASSERT_TRUE(counters.has_value());
  EXPECT_EQ(counters->net_rx, std::nullopt);
}

TEST_F(CgroupTree, IsNotReadThroughAProcessOfAnotherContainer) {
  put_v2("/docker/" + id);
  put_process(42, "0::/docker/" + std::string(64, 'b') + "\n");
  EXPECT_EQ(CgroupReader::open(roots_, id, 42).error().code, ErrorCode::not_found);
  EXPECT_EQ(CgroupReader::open(roots_, id, 43).error().code, ErrorCode::not_found);
}

TEST_F(CgroupTree, WithoutTheContainerIsAnErrorThatSaysWhereItLooked) {
  put("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
  const auto reader = CgroupReader::open(roots_, id, 0);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::not_found);
  EXPECT_NE(reader.error().detail.find("/sys/fs/cgroup"), std::string::npos);
}

TEST_F(CgroupTree, OfAContainerThatDoesNothingIsNotReadWholeEachTime) {
  const std::string folder = "/sys/fs/cgroup/docker/" + id;
  put_v2("/docker/" + id);
  put_process(42, "0::/docker/" + id + "\n");
  auto reader = CgroupReader::open(roots_, id, 42);
  ASSERT_TRUE(reader.has_value());
  const auto memory_after = [&](Duration passed) { return (*reader)->read(now, steady + passed)->value().memory; };
  const auto before = memory_after(0s);
  put(folder + "/memory.current", "7000000\n");
  EXPECT_EQ(memory_after(1s), before);
  EXPECT_NE(memory_after(CgroupReader::look_again), before) << "what the kernel has taken from it is seen in the end";
  put(folder + "/memory.current", "8000000\n");
  const auto quiet = memory_after(CgroupReader::look_again + 1s);
  put(folder + "/cpu.stat", "usage_usec 123456789\n");
  EXPECT_NE(memory_after(CgroupReader::look_again + 2s), quiet) << "at once when it does something";
}

TEST_F(CgroupTree, GivesNothingOnceItsFilesSayNothing) {
  put_v2("/docker/" + id);
  put_process(42, "0::/docker/" + id + "\n");
  auto reader = CgroupReader::open(roots_, id, 42);
  ASSERT_TRUE(reader.has_value());
  // The kernel's files refuse to be read once the cgroup is gone; these are emptied.
  for (const char* name : {"/cpu.stat", "/memory.current"}) put("/sys/fs/cgroup/docker/" + id + name, "");
  EXPECT_FALSE((*reader)->read(now, steady)->has_value());
}

TEST_F(CgroupTree, GivesNothingOnceItsFilesAreGoneAndNotTheRestOfThem) {
  put_v2("/docker/" + id);
  put_process(42, "0::/docker/" + id + "\n");
  auto reader = CgroupReader::open(roots_, id, 42);
  ASSERT_TRUE(reader.has_value());
  std::filesystem::remove(root_.string() + "/sys/fs/cgroup/docker/" + id + "/io.stat");
  EXPECT_FALSE((*reader)->read(now, steady)->has_value());
}

TEST_F(CgroupTree, IsNotReadUnderAnIdThatOtherNamesContain) {
  put_v2("/docker/" + id);
  for (const std::string& bad : {std::string("docker"), std::string("a"), std::string(63, 'a'), std::string(64, 'g'),
                                 std::string(64, 'A'), "../" + std::string(61, 'a'), std::string()})
    EXPECT_EQ(CgroupReader::open(roots_, bad, 0).error().code, ErrorCode::invalid_argument) << bad;
}

TEST_F(CgroupTree, OfAProcessWhoseNumberIsAnothersNowHasNoNetwork) {
  put_v2("/docker/" + id);
  put_process(42, "0::/docker/" + id + "\n");
  auto reader = CgroupReader::open(roots_, id, 42);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ((*reader)->read(now, steady)->value().net_rx, 100U);
  put_process(42, "0::/docker/" + std::string(64, 'b') + "\n");
  EXPECT_EQ((*reader)->read(now, steady)->value().net_rx, std::nullopt);
}

/// Leaves this process `left` descriptors to open, for as long as it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t left) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &low);
    for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) taken_.push_back(taken);
    leave(left);
  }
  ~FewDescriptors() {
    leave(taken_.size());
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  void leave(std::size_t more) {
    for (; more > 0 && !taken_.empty(); --more) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST_F(CgroupTree, WithoutDescriptorsIsUnavailableAndNeverAPlatformThatLacksFiles) {
  put_v2("/docker/" + id);
  put_process(42, "0::/docker/" + id + "\n");
  auto known = CgroupReader::open(roots_, id, 42);
  ASSERT_TRUE(known.has_value());
  const auto whole = values((*known)->read(now, steady)->value());
  for (std::size_t left = 0; left < 4; ++left) {
    FewDescriptors few(left);
    const auto reader = CgroupReader::open(roots_, id, 42);
    if (!reader) EXPECT_EQ(reader.error().code, ErrorCode::unavailable) << left << ": " << reader.error().detail;
    const auto counters = (*known)->read(now, steady);
    // All of it, or an error: never a part.
    if (counters)
      EXPECT_EQ(values(counters->value()), whole) << left;
    else
      EXPECT_EQ(counters.error().code, ErrorCode::unavailable) << counters.error().detail;
    EXPECT_EQ(counters.has_value(), left >= 2) << left;
    EXPECT_FALSE((*known)->keep_open()) << left;
    EXPECT_FALSE((*known)->is_open()) << left;
  }
  EXPECT_EQ(values((*known)->read(now, steady)->value()), whole);
  EXPECT_TRUE((*known)->keep_open());
}

TEST_F(CgroupTree, IsNotTakenForAbsentWhereTheSearchForItRanOutOfDescriptors) {
  put_v2("/odd/place/libpod-" + id + ".scope");
  FewDescriptors few(0);
  EXPECT_EQ(CgroupReader::open(roots_, id, 0).error().code, ErrorCode::unavailable);
  few.leave(3);
  EXPECT_TRUE(CgroupReader::open(roots_, id, 0).has_value());
}

TEST(Cgroup, MembershipsOfThisProcessAreReadAsTheKernelWritesThem) {
  std::ifstream file("/proc/self/cgroup");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto memberships = parse_memberships(text);
  // One line each, "number:controllers:path"; every Linux with cgroups has one at least.
  ASSERT_FALSE(memberships.empty()) << text;
  EXPECT_EQ(static_cast<std::ptrdiff_t>(memberships.size()), std::ranges::count(text, '\n')) << text;
  for (const Membership& membership : memberships) {
    EXPECT_TRUE(membership.path.starts_with('/')) << text;
    EXPECT_TRUE(text.contains(":" + membership.path + "\n")) << membership.path << " in " << text;
  }
}

}  // namespace
}  // namespace taffrail::cgroup
