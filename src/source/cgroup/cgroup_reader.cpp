#include "source/cgroup/cgroup_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "source/cgroup/cgroup_find.hpp"
#include "source/cgroup/cgroup_parse.hpp"

namespace taffrail::cgroup {
namespace {

/// More than any of the files: memory.stat has 2 KiB, io.stat 100 bytes a device.
constexpr std::size_t file_bytes = 32 << 10;
/// v1 writes "no limit" as the largest multiple of a page (mm/page_counter.c); nobody has half of that.
constexpr std::uint64_t no_limit = 1ULL << 62;

/// A descriptor for as long as this lives.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// @param error set to errno where that fails
std::string_view read_all(int descriptor, int& error) {
  // One per worker: the text is used up before the next file is read.
  thread_local std::vector<char> buffer(file_bytes);
  ssize_t n = 0;
  do n = ::pread(descriptor, buffer.data(), buffer.size(), 0);
  while (n < 0 && errno == EINTR);
  error = n < 0 ? errno : 0;
  return n <= 0 ? std::string_view() : std::string_view(buffer.data(), static_cast<std::size_t>(n));
}

/// @param folder a descriptor that `path` starts at, or AT_FDCWD
std::string_view read_file(int folder, const char* path, int& error) {
  const Descriptor file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  error = file.get() < 0 ? errno : 0;
  return error == 0 ? read_all(file.get(), error) : std::string_view();
}

/// The file is not there, or its cgroup or process is not any more.
bool is_gone(int error) { return error == ENOENT || error == ENOTDIR || error == ENODEV || error == ESRCH; }
/// The kernel has the file but not what it would say (PSI that is off), or not for us.
bool is_kept_back(int error) { return error == EOPNOTSUPP || error == EINVAL || error == EACCES || error == EPERM; }

bool same_namespace(const std::string& process, const Roots& roots) {
  struct stat own{};
  struct stat host{};
  // Where the host's cannot be seen, the container's is taken for its own.
  return ::stat((process + "/ns/net").c_str(), &own) == 0 && ::stat((roots.proc + "/1/ns/net").c_str(), &host) == 0 &&
         own.st_dev == host.st_dev && own.st_ino == host.st_ino;
}

}  // namespace

Roots Roots::under(const std::string& host_root) { return {host_root + "/proc", host_root + "/sys/fs/cgroup"}; }

Result<std::unique_ptr<CgroupReader>> CgroupReader::open(const Roots& roots, std::string_view id, std::int64_t pid) {
  if (!is_full_id(id)) return fail(ErrorCode::invalid_argument, "the container's id is not 64 hex digits");
  std::string memberships;
  if (pid > 0) {
    int error = 0;
    const std::string path = roots.proc + "/" + std::to_string(pid) + "/cgroup";
    memberships = read_file(AT_FDCWD, path.c_str(), error);
    if (is_gone(error)) error = ENOENT;
    if (error != 0) return std::unexpected(failure_of("read " + path, error));
    // The number may belong to another process, since this one has ended or because the engine is on another host.
    if (memberships.find(id) == std::string::npos)
      return fail(ErrorCode::not_found, "process " + std::to_string(pid) + " is not of container " + std::string(id));
  }
  std::unique_ptr<CgroupReader> reader(new CgroupReader());
  reader->id_ = id;
  auto unified = find_v2(roots.cgroup, memberships, id);
  if (!unified && unified.error().code != ErrorCode::not_found) return forward(unified);
  // Alone, v2 may still lack a controller (memory, on a Raspberry Pi): what it has is read, the rest stays absent.
  reader->v2_ = unified && (is_v2_alone(roots.cgroup) || ::access((*unified + "/memory.current").c_str(), F_OK) == 0);
  auto found = reader->v2_ ? reader->find_v2_files(*std::move(unified)) : reader->find_v1_files(roots, memberships);
  if (!found) return forward(found);
  const auto lacks = [&](File file) { return reader->places_[file].name == nullptr; };
  // A cgroup that went while its files were looked for has some of them only by chance.
  const bool all_there = std::ranges::all_of(
      reader->folders_, [](const std::string& folder) { return ::access(folder.c_str(), F_OK) == 0; });
  if (!all_there || (lacks(cpu_usage) && lacks(cpu_stat) && lacks(memory_usage)))
    return fail(ErrorCode::not_found,
                "no cgroup of container " + std::string(id) + " can be read below " + roots.cgroup);
  if (pid > 0) reader->find_process(roots, pid);
  return reader;
}

CgroupReader::~CgroupReader() { close(); }

/// Which of these files the newest folder has; one that another folder had already stays.
Result<> CgroupReader::look_for(std::initializer_list<std::pair<File, const char*>> files) {
  for (const auto& [file, name] : files) {
    if (places_[file].name) continue;
    const std::string path = folders_.back() + "/" + name;
    // Needs no descriptor, so it tells absence even where those are used up.
    if (::access(path.c_str(), R_OK) == 0)
      places_[file] = {name, folders_.size() - 1};
    else if (!is_gone(errno) && !is_kept_back(errno))
      return std::unexpected(failure_of("look for " + path, errno));
  }
  return {};
}

Result<> CgroupReader::find_v2_files(std::string folder) {
  folders_.push_back(std::move(folder));
  return look_for({{memory_usage, "memory.current"},
                   {cpu_stat, "cpu.stat"},
                   {memory_stat, "memory.stat"},
                   {memory_limit, "memory.max"},
                   {memory_swap, "memory.swap.current"},
                   {memory_events, "memory.events"},
                   {pids, "pids.current"},
                   {io, "io.stat"},
                   {cpu_pressure, "cpu.pressure"},
                   {memory_pressure, "memory.pressure"},
                   {io_pressure, "io.pressure"}});
}

Result<> CgroupReader::find_v1_files(const Roots& roots, std::string_view memberships) {
  const auto find_in = [&](std::string_view controller,
                           std::initializer_list<std::pair<File, const char*>> files) -> Result<> {
    auto folder = find_v1(roots.cgroup, memberships, controller, id_);
    if (!folder) return folder.error().code == ErrorCode::not_found ? Result<>() : forward(folder);
    folders_.push_back(*std::move(folder));
    return look_for(files);
  };
  auto found = find_in("cpuacct", {{cpu_usage, "cpuacct.usage"}});
  if (found) found = find_in("cpu", {{cpu_stat, "cpu.stat"}});
  if (found)
    found = find_in("memory", {{memory_usage, "memory.usage_in_bytes"},
                               {memory_stat, "memory.stat"},
                               {memory_limit, "memory.limit_in_bytes"},
                               {memory_events, "memory.oom_control"}});
  if (found) found = find_in("pids", {{pids, "pids.current"}});
  if (found)
    found =
        find_in("blkio", {{io, "blkio.throttle.io_service_bytes_recursive"}, {io, "blkio.throttle.io_service_bytes"}});
  return found;
}

void CgroupReader::find_process(const Roots& roots, std::int64_t pid) {
  process_folder_ = roots.proc + "/" + std::to_string(pid);
  if (same_namespace(process_folder_, roots)) process_folder_.clear();  // --network host: they would be the host's
}

bool CgroupReader::keep_open() {
  if (open_) return true;
  open_ = true;
  for (std::size_t file = 0; file < File::count; ++file) {
    if (!places_[file].name) continue;
    files_[file] = ::open(path_of(static_cast<File>(file)).c_str(), O_RDONLY | O_CLOEXEC);
    if (files_[file] >= 0) continue;
    close();
    return false;
  }
  if (process_folder_.empty()) return true;
  // The folder, not net/dev itself: an open net/dev would keep the container's network alive after its end. Once open
  // it is this process's for good, or nobody's.
  Descriptor folder(::open(process_folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int error = 0;
  if (folder.get() >= 0 && read_file(folder.get(), "cgroup", error).find(id_) != std::string_view::npos) {
    process_ = folder.release();
    return true;
  }
  close();
  return false;
}

void CgroupReader::close() {
  for (int& descriptor : files_)
    if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
  if (process_ >= 0) ::close(std::exchange(process_, -1));
  open_ = false;
}

/// What a file says; empty where the platform has none of it, and where `outcome` says more.
std::string_view CgroupReader::text(File file, Outcome& outcome) const {
  if (!places_[file].name || outcome.ended || outcome.failed) return {};
  int error = 0;
  const std::string_view out =
      open_ ? read_all(files_[file], error) : read_file(AT_FDCWD, path_of(file).c_str(), error);
  if (is_gone(error))
    outcome.ended = true;
  else if (error != 0 && !is_kept_back(error))
    outcome.failed = failure_of("read " + path_of(file), error);
  return out;
}

Result<std::optional<StatCounters>> CgroupReader::read(Time time, SteadyTime steady) {
  StatCounters out;
  Outcome outcome;
  out.time = time;
  out.steady = steady;
  read_cpu(out, outcome);
  const bool still = last_ && out.cpu_ns && out.cpu_ns == last_->cpu_ns && steady - last_->steady < look_again;
  if (still) {
    out.memory = last_->memory;
    out.memory_limit = last_->memory_limit;
    out.swap = last_->swap;
    out.oom_kills = last_->oom_kills;
    out.pids = last_->pids;
  } else {
    read_memory(out, outcome);
    out.pids = parse_number(text(pids, outcome));
  }
  if (places_[io].name) {
    const std::string_view stat = text(io, outcome);
    const Traffic traffic = v2_ ? parse_io_stat(stat) : parse_blkio(stat);
    out.block_read = traffic.in;
    out.block_write = traffic.out;
  }
  out.cpu_pressure_ns = parse_pressure(text(cpu_pressure, outcome));
  out.memory_pressure_ns = parse_pressure(text(memory_pressure, outcome));
  out.io_pressure_ns = parse_pressure(text(io_pressure, outcome));
  read_network(out, outcome);
  if (outcome.failed) return std::unexpected(*std::move(outcome.failed));
  if (outcome.ended || (!out.cpu_ns && !out.memory)) return std::nullopt;
  if (!still) last_ = out;
  return out;
}

void CgroupReader::read_cpu(StatCounters& out, Outcome& outcome) const {
  const std::string_view stat = text(cpu_stat, outcome);
  if (v2_) {
    if (const auto micros = find_number(stat, "usage_usec")) out.cpu_ns = *micros * 1000;
    if (const auto micros = find_number(stat, "throttled_usec")) out.throttled_ns = *micros * 1000;
  } else {
    out.throttled_ns = find_number(stat, "throttled_time");
    out.cpu_ns = parse_number(text(cpu_usage, outcome));
  }
}

void CgroupReader::read_memory(StatCounters& out, Outcome& outcome) const {
  out.memory = parse_number(text(memory_usage, outcome));
  const std::string_view stat = text(memory_stat, outcome);
  // As `docker stats` counts: file pages that nobody has touched lately would be given back at once.
  const auto inactive = find_number(stat, v2_ ? "inactive_file" : "total_inactive_file");
  if (!v2_) out.swap = find_number(stat, "total_swap");
  if (out.memory && inactive && *inactive < *out.memory) *out.memory -= *inactive;
  if (places_[memory_stat].name && !inactive) out.memory.reset();  // with the cache it would be another quantity
  if (v2_) out.swap = parse_number(text(memory_swap, outcome));
  out.memory_limit = parse_number(text(memory_limit, outcome));
  if (out.memory_limit && *out.memory_limit >= no_limit) out.memory_limit.reset();
  out.oom_kills = find_number(text(memory_events, outcome), "oom_kill");
}

/// A process that has ended has no network; its cgroup may live on a while.
void CgroupReader::read_network(StatCounters& out, Outcome& outcome) const {
  if (process_folder_.empty() || outcome.ended || outcome.failed) return;
  int error = 0;
  std::string_view devices;
  if (open_) {
    devices = read_file(process_, "net/dev", error);
  } else {
    const Descriptor folder(::open(process_folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) error = errno;
    // The number may be another process's by now; the folder that is open is of one for good.
    const bool own = error == 0 && read_file(folder.get(), "cgroup", error).find(id_) != std::string_view::npos;
    if (own) devices = read_file(folder.get(), "net/dev", error);
  }
  if (error != 0 && !is_gone(error) && !is_kept_back(error))
    outcome.failed = failure_of("read " + process_folder_ + "/net/dev", error);
  const auto traffic = parse_net_dev(devices);
  if (!traffic) return;
  out.net_rx = traffic->in;
  out.net_tx = traffic->out;
}

}  // namespace taffrail::cgroup
