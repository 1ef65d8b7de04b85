#include "api/process_metrics.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>

namespace taffrail::api {
namespace {

prometheus::MetricFamily family(const char* name, const char* help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return {name, help, type, {metric}};
}

/// The fields of /proc/self/stat that we show (proc(5)); times in clock ticks.
struct Stat {
  long threads = 0;
  unsigned long long start_ticks = 0;
  unsigned long virtual_bytes = 0;
  long resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const std::size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(bracket + 1));
  std::string skipped;
  for (int field = 3; field < 20; ++field) rest >> skipped;
  Stat stat;
  rest >> stat.threads >> skipped >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  if (!rest) return std::nullopt;
  return stat;
}

/// When the machine was started, in seconds since 1970.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string name;
  double value = 0;
  while (file >> name) {
    if (name == "btime" && file >> value) return value;
    std::getline(file, name);
  }
  return std::nullopt;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    families.push_back(family("process_cpu_seconds_total", "CPU time used by this process.", MetricType::Counter,
                              seconds(usage.ru_utime) + seconds(usage.ru_stime)));
  if (const auto stat = read_stat()) {
    families.push_back(family("process_resident_memory_bytes", "Memory in RAM.", MetricType::Gauge,
                              static_cast<double>(stat->resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE))));
    families.push_back(family("process_virtual_memory_bytes", "Address space.", MetricType::Gauge,
                              static_cast<double>(stat->virtual_bytes)));
    families.push_back(family("process_threads", "Threads.", MetricType::Gauge, static_cast<double>(stat->threads)));
    if (const auto boot = boot_time())
      families.push_back(
          family("process_start_time_seconds", "When this process started, since 1970.", MetricType::Gauge,
                 *boot + static_cast<double>(stat->start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK))));
  }
  std::error_code failed;
  double open = -1;  // the listing itself holds one
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", failed);
       !failed && at != std::filesystem::directory_iterator(); at.increment(failed))
    ++open;
  if (!failed) families.push_back(family("process_open_fds", "Open file descriptors.", MetricType::Gauge, open));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    families.push_back(
        family("process_max_fds", "Most file descriptors.", MetricType::Gauge, static_cast<double>(limit.rlim_cur)));
  return families;
}

}  // namespace taffrail::api
