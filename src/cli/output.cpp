#include "cli/output.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): not every system's unistd.h has it

namespace taffrail::cli {
namespace {

constexpr std::size_t write_bytes = std::size_t{64} << 10;

/// https://no-color.org: set and not empty.
bool no_color() {
  const char* said = std::getenv("NO_COLOR");
  return said != nullptr && *said != '\0';
}

}  // namespace

Output::Output(const ClientCommand& command, bool pager)
    : is_terminal_(::isatty(STDOUT_FILENO) == 1),
      for_people_(!command.json && (is_terminal_ || command.color == When::always)),
      colors_(for_people_ && (command.color == When::always || (command.color == When::automatic && !no_color()))),
      wants_pager_(pager && command.pager && is_terminal_) {}

Output::~Output() {
  clear_progress();
  if (pager_ < 0) return;
  ::close(descriptor_);
  int status = 0;
  while (::waitpid(pager_, &status, 0) < 0 && errno == EINTR) {
  }
}

/// Starts the pager, when there is something to show.
Result<> Output::begin() {
  begun_ = true;
  clear_progress();
  if (!wants_pager_) return {};
  const char* said = std::getenv("PAGER");
  const std::string pager = said != nullptr ? said : "if command -v less >/dev/null; then exec less; else exec cat; fi";
  if (pager.empty() || pager == "cat") return {};
  // One screen is shown as it is, colours come through, and what was shown stays.
  ::setenv("LESS", "FRX", 0);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::unexpected(system_error("a pipe to the pager", errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO);
  std::string shell = "sh";
  std::string option = "-c";
  std::string line = pager;
  std::array<char*, 4> arguments{shell.data(), option.data(), line.data(), nullptr};
  // What we ignore, the pager's own children should not.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int failed = ::posix_spawnp(&pager_, "sh", &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[0]);
  descriptor_ = pipe[1];
  if (failed == 0) return {};
  pager_ = -1;
  return std::unexpected(system_error("the pager '" + pager + "'", failed));
}

Result<> Output::write(std::string_view text) {
  waiting_ += text;
  if (waiting_.size() < write_bytes) return {};
  return flush();
}

Result<> Output::flush() {
  if (!begun_ && !waiting_.empty()) {
    if (auto ready = begin(); !ready) return ready;
  }
  std::string_view left = waiting_;
  while (!left.empty() && !closed_) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      closed_ = true;
    } else if (errno == EINTR) {
      // Only the signals that end it come here.
      return fail(ErrorCode::cancelled, "interrupted");
    } else {
      return std::unexpected(system_error("the output", errno));
    }
  }
  waiting_.clear();
  return {};
}

void Output::show_progress(std::string_view text) {
  if (::isatty(STDERR_FILENO) != 1 || (is_terminal_ && begun_)) return;
  std::string line = "\r\x1b[K" + std::string(text);
  shows_progress_ = ::write(STDERR_FILENO, line.data(), line.size()) > 0;
}

void Output::clear_progress() {
  if (!shows_progress_) return;
  shows_progress_ = false;
  constexpr std::string_view clear = "\r\x1b[K";
  // Where nobody sees it, nothing is left to be cleared.
  static_cast<void>(::write(STDERR_FILENO, clear.data(), clear.size()) == 0);
}

TerminalSize terminal_size() {
  winsize size{};
  TerminalSize known;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return known;
  if (size.ws_row > 0) known.rows = size.ws_row;
  if (size.ws_col > 0) known.columns = size.ws_col;
  return known;
}

}  // namespace taffrail::cli
