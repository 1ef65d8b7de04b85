#include "source/cgroup/cgroup_reader.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <initializer_list>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "source/cgroup/cgroup_find.hpp"
#include "source/cgroup/cgroup_parse.hpp"

namespace taffrail::cgroup {
namespace {

/// More than any of the files: memory.stat has 2 KiB, io.stat 100 bytes a device.
constexpr std::size_t file_bytes = 32 << 10;
/// v1 writes "no limit" as the largest multiple of a page (mm/page_counter.c); nobody has half of that.
constexpr std::uint64_t no_limit = 1ULL << 62;

std::string_view read_all(int descriptor) {
  // One per worker: the text is used up before the next file is read.
  thread_local std::vector<char> buffer(file_bytes);
  const ssize_t n = descriptor < 0 ? -1 : ::pread(descriptor, buffer.data(), buffer.size(), 0);
  return n <= 0 ? std::string_view() : std::string_view(buffer.data(), static_cast<std::size_t>(n));
}

std::string read_file(const std::string& path, int& error) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  error = descriptor < 0 ? errno : 0;
  if (descriptor < 0) return {};
  std::string text(read_all(descriptor));
  ::close(descriptor);
  return text;
}

bool same_namespace(int process, const Roots& roots) {
  struct stat own{};
  struct stat host{};
  // Where the host's cannot be seen, the container's is taken for its own.
  return ::fstatat(process, "ns/net", &own, 0) == 0 && ::stat((roots.proc + "/1/ns/net").c_str(), &host) == 0 &&
         own.st_dev == host.st_dev && own.st_ino == host.st_ino;
}

}  // namespace

Roots Roots::under(const std::string& host_root) { return {host_root + "/proc", host_root + "/sys/fs/cgroup"}; }

Result<std::unique_ptr<CgroupReader>> CgroupReader::open(const Roots& roots, std::string_view id, std::int64_t pid) {
  std::string memberships;
  if (pid > 0) {
    int error = 0;
    const std::string path = roots.proc + "/" + std::to_string(pid) + "/cgroup";
    memberships = read_file(path, error);
    if (error == EMFILE || error == ENFILE) return fail(ErrorCode::unavailable, "open files are used up");
    if (error != 0) return std::unexpected(system_error("open " + path, error));
    // The number may belong to another process, since this one has ended or because the engine is on another host.
    if (memberships.find(id) == std::string::npos)
      return fail(ErrorCode::not_found, "process " + std::to_string(pid) + " is not of container " + std::string(id));
  }
  std::unique_ptr<CgroupReader> reader(new CgroupReader());
  const auto unified = find_v2(roots.cgroup, memberships, id);
  // Alone, v2 may still lack a controller (memory, on a Raspberry Pi): what it has is read, the rest stays absent.
  reader->v2_ = unified && (is_v2_alone(roots.cgroup) || ::access((*unified + "/memory.current").c_str(), F_OK) == 0);
  if (reader->v2_) {
    reader->open_v2(*unified);
  } else {
    reader->open_v1(roots, id, memberships);
  }
  if (reader->files_[cpu_usage] < 0 && reader->files_[cpu_stat] < 0 && reader->files_[memory_usage] < 0)
    return fail(errno == EMFILE ? ErrorCode::unavailable : ErrorCode::not_found,
                "no cgroup of container " + std::string(id) + " can be read below " + roots.cgroup);
  if (pid > 0) reader->open_process(roots, pid);
  return reader;
}

CgroupReader::~CgroupReader() {
  for (const int descriptor : files_)
    if (descriptor >= 0) ::close(descriptor);
  if (process_ >= 0) ::close(process_);
}

void CgroupReader::open_file(File file, const std::string& path) {
  if (files_[file] >= 0) return;
  files_[file] = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

void CgroupReader::open_v2(const std::string& folder) {
  open_file(memory_usage, folder + "/memory.current");
  open_file(cpu_stat, folder + "/cpu.stat");
  open_file(memory_stat, folder + "/memory.stat");
  open_file(memory_limit, folder + "/memory.max");
  open_file(memory_swap, folder + "/memory.swap.current");
  open_file(memory_events, folder + "/memory.events");
  open_file(pids, folder + "/pids.current");
  open_file(io, folder + "/io.stat");
  open_file(cpu_pressure, folder + "/cpu.pressure");
  open_file(memory_pressure, folder + "/memory.pressure");
  open_file(io_pressure, folder + "/io.pressure");
}

void CgroupReader::open_v1(const Roots& roots, std::string_view id, std::string_view memberships) {
  const auto open_in = [&](std::string_view controller, std::initializer_list<std::pair<File, const char*>> files) {
    const auto folder = find_v1(roots.cgroup, memberships, controller, id);
    if (!folder) return;
    for (const auto& [file, name] : files) open_file(file, *folder + "/" + name);
  };
  open_in("cpuacct", {{cpu_usage, "cpuacct.usage"}});
  open_in("cpu", {{cpu_stat, "cpu.stat"}});
  open_in("memory", {{memory_usage, "memory.usage_in_bytes"},
                     {memory_stat, "memory.stat"},
                     {memory_limit, "memory.limit_in_bytes"},
                     {memory_events, "memory.oom_control"}});
  open_in("pids", {{pids, "pids.current"}});
  open_in("blkio", {{io, "blkio.throttle.io_service_bytes_recursive"}, {io, "blkio.throttle.io_service_bytes"}});
}

void CgroupReader::open_process(const Roots& roots, std::int64_t pid) {
  // The folder, not net/dev itself: an open net/dev would keep the container's network alive after its end.
  process_ = ::open((roots.proc + "/" + std::to_string(pid)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (process_ >= 0 && same_namespace(process_, roots)) {
    ::close(process_);  // --network host: the numbers would be the host's
    process_ = -1;
  }
}

std::string_view CgroupReader::text(File file) const { return read_all(files_[file]); }

std::optional<StatCounters> CgroupReader::read(Time time) const {
  StatCounters out;
  out.time = time;
  read_cpu(out);
  read_memory(out);
  // A cgroup that was removed refuses every read.
  if (!out.cpu_ns && !out.memory) return std::nullopt;
  out.pids = parse_number(text(pids));
  if (files_[io] >= 0) {
    const Traffic traffic = v2_ ? parse_io_stat(text(io)) : parse_blkio(text(io));
    out.block_read = traffic.in;
    out.block_write = traffic.out;
  }
  out.cpu_pressure_ns = parse_pressure(text(cpu_pressure));
  out.memory_pressure_ns = parse_pressure(text(memory_pressure));
  out.io_pressure_ns = parse_pressure(text(io_pressure));
  read_network(out);
  return out;
}

void CgroupReader::read_cpu(StatCounters& out) const {
  const std::string_view stat = text(cpu_stat);
  if (v2_) {
    if (const auto micros = find_number(stat, "usage_usec")) out.cpu_ns = *micros * 1000;
    if (const auto micros = find_number(stat, "throttled_usec")) out.throttled_ns = *micros * 1000;
  } else {
    out.throttled_ns = find_number(stat, "throttled_time");
    out.cpu_ns = parse_number(text(cpu_usage));
  }
}

void CgroupReader::read_memory(StatCounters& out) const {
  out.memory = parse_number(text(memory_usage));
  const std::string_view stat = text(memory_stat);
  // As `docker stats` counts: file pages that nobody has touched lately would be given back at once.
  const auto inactive = find_number(stat, v2_ ? "inactive_file" : "total_inactive_file");
  if (!v2_) out.swap = find_number(stat, "total_swap");
  if (out.memory && inactive && *inactive < *out.memory) *out.memory -= *inactive;
  if (v2_) out.swap = parse_number(text(memory_swap));
  out.memory_limit = parse_number(text(memory_limit));
  if (out.memory_limit && *out.memory_limit >= no_limit) out.memory_limit.reset();
  out.oom_kills = find_number(text(memory_events), "oom_kill");
}

void CgroupReader::read_network(StatCounters& out) const {
  if (process_ < 0) return;
  const int descriptor = ::openat(process_, "net/dev", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  const auto traffic = parse_net_dev(read_all(descriptor));
  ::close(descriptor);
  if (!traffic) return;
  out.net_rx = traffic->in;
  out.net_tx = traffic->out;
}

}  // namespace taffrail::cgroup
