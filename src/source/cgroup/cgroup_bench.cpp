#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "source/cgroup/cgroup_reader.hpp"

namespace taffrail::cgroup {
namespace {

/// One reading of a v2 cgroup whose files are ordinary ones: the system calls and the parsing, without what the kernel
/// computes for its own files.
void read_v2(benchmark::State& state, bool open) {
  const std::string id(64, 'a');
  const auto root = std::filesystem::temp_directory_path() / "taffrail-cgroup-bench";
  const auto folder = root / "sys/fs/cgroup/docker" / id;
  std::filesystem::create_directories(folder);
  std::ofstream(root / "sys/fs/cgroup/cgroup.controllers") << "cpu memory\n";
  std::string memory_stat;
  for (int i = 0; i < 40; ++i) memory_stat += "some_counter_" + std::to_string(i) + " 123456789\n";
  std::ofstream(folder / "cpu.stat") << "usage_usec 123456\nuser_usec 1\nsystem_usec 1\nthrottled_usec 5\n";
  std::ofstream(folder / "memory.current") << "123456789\n";
  std::ofstream(folder / "memory.stat") << memory_stat << "inactive_file 1000\n";
  std::ofstream(folder / "memory.max") << "max\n";
  std::ofstream(folder / "pids.current") << "12\n";
  std::ofstream(folder / "io.stat") << "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n";
  for (const char* name : {"cpu.pressure", "memory.pressure", "io.pressure"})
    std::ofstream(folder / name) << "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n";
  auto reader = CgroupReader::open(Roots::under(root.string()), id, 0);
  if (open) (*reader)->keep_open();
  for (auto _ : state) benchmark::DoNotOptimize((*reader)->read(Time{}, SteadyTime{}));
  std::filesystem::remove_all(root);
}
BENCHMARK_CAPTURE(read_v2, kept_open, true);
BENCHMARK_CAPTURE(read_v2, opened_each_time, false);

}  // namespace
}  // namespace taffrail::cgroup
