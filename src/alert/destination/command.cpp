#include "alert/destination/command.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/race.hpp"
#include "base/timeout.hpp"

namespace taffrail::alert {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// A process that is not left behind: not as a child that nobody waits for, and, unless it ended by itself, not its
/// group.
class Child {
 public:
  Child(pid_t pid, Descriptor handle, Descriptor output)
      : pid_(pid), handle_(std::move(handle)), output_(std::move(output)) {}
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), handle_(std::move(other.handle_)), output_(std::move(other.output_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);
    siginfo_t ignored{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &ignored, WEXITED);  // at once: it has been killed
  }
  [[nodiscard]] bool has_handle() const { return handle_.get() >= 0; }
  [[nodiscard]] int take_handle() { return handle_.release(); }
  [[nodiscard]] int take_output() { return output_.release(); }
  /// Once it has ended.
  [[nodiscard]] int status() {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    pid_ = 0;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  }

 private:
  pid_t pid_;
  Descriptor handle_;
  Descriptor output_;
};

/// The input as a file in memory: it needs nobody who writes it, and a program that does not read it breaks nothing.
Result<Descriptor> file_of(std::string_view input) {
  Descriptor file(::memfd_create("taffrail-notification", MFD_CLOEXEC));
  if (file.get() < 0) return std::unexpected(system_error("memfd_create", errno));
  while (!input.empty()) {
    const ssize_t written = ::write(file.get(), input.data(), input.size());
    if (written < 0) return std::unexpected(system_error("write the notification", errno));
    input.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return std::unexpected(system_error("lseek", errno));
  return file;
}

std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (const char* name : {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + '=' + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// posix_spawn's two structures.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int spawn(pid_t& pid, int input, int output, char* const* arguments, char* const* variables) {
    ::posix_spawn_file_actions_adddup2(&files_, input, 0);
    ::posix_spawn_file_actions_adddup2(&files_, output, 1);
    ::posix_spawn_file_actions_adddup2(&files_, output, 2);
    ::posix_spawn_file_actions_addclosefrom_np(&files_, 3);
    ::posix_spawn_file_actions_addchdir_np(&files_, "/");
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return ::posix_spawn(&pid, arguments[0], &files_, &attributes_, arguments, variables);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

Result<Child> start(std::vector<std::string>& arguments, std::string_view input) {
  auto file = file_of(input);
  if (!file) return forward(file);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(system_error("pipe", errno));
  Descriptor output(ends[0]);
  const Descriptor output_of_child(ends[1]);
  if (::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) return std::unexpected(system_error("fcntl", errno));
  std::vector<std::string> variables = environment();
  pid_t pid = 0;
  const int failed = SpawnPlan().spawn(pid, file->get(), output_of_child.get(), pointers(arguments).data(),
                                       pointers(variables).data());
  if (failed != 0) return std::unexpected(system_error("start " + arguments.front(), failed));
  Child child(pid, Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))), std::move(output));
  if (!child.has_handle()) return std::unexpected(system_error("pidfd_open", errno));
  return child;
}

/// Reads as long as there is somebody who writes; what is beyond the bound is read and dropped, so that nobody waits.
Task<> read_all(asio::posix::stream_descriptor& from, std::string& into) {
  std::array<char, 4096> piece;
  for (;;) {
    const auto [failed, size] = co_await from.async_read_some(asio::buffer(piece), as_result);
    if (failed) break;
    into.append(piece.data(), std::min(size, CommandEnd::longest_output - into.size()));
  }
}

/// What is there now.
void read_rest(asio::posix::stream_descriptor& from, std::string& into) {
  std::array<char, 4096> piece;
  while (into.size() < CommandEnd::longest_output) {
    const ssize_t size = ::read(from.native_handle(), piece.data(), piece.size());
    if (size <= 0) return;
    into.append(piece.data(), std::min(static_cast<std::size_t>(size), CommandEnd::longest_output - into.size()));
  }
}

}  // namespace

Task<Result<CommandEnd>> run_command(std::vector<std::string> arguments, std::string input, Duration limit,
                                     WorkerPool& workers) {
  // A thread stands still until the new process has begun.
  auto child = co_await workers.run([&] { return start(arguments, input); });
  if (!child) co_return forward(child);
  const Executor executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor handle(executor, child->take_handle());
  asio::posix::stream_descriptor output(executor, child->take_output());
  CommandEnd end;
  const auto ended = [&]() -> Task<> {
    co_await handle.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  };
  const auto read = [&]() -> Task<> {
    co_await read_all(output, end.output);
    co_await ended();
  };
  auto first = co_await first_of(ended(), read(), sleep_for(limit));
  if (first.index() == 2)
    co_return fail(ErrorCode::timeout,
                   arguments.front() + " had not ended after " +
                       std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()) +
                       " s and was killed");
  read_rest(output, end.output);
  end.status = child->status();
  co_return end;
}

}  // namespace taffrail::alert
