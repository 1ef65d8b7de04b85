#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"

namespace taffrail::alert {

struct CommandEnd {
  int status = 0;      ///< its exit status; of one that was ended by a signal 128 and the signal's number
  std::string output;  ///< what it wrote to stdout and stderr, its first `longest_output` bytes
  static constexpr std::size_t longest_output = 64UZ * 1024;
};

/// Runs a program, without a shell, in a process group of its own, with nothing of ours but `input` on its standard
/// input and PATH, HOME, USER, LANG, LC_ALL and TZ in its environment. Errors: timeout after `limit`; what the
/// operating system says where it cannot be started. After an error and a cancellation the whole group has been killed.
/// @param arguments the first is the program's absolute path
[[nodiscard]] Task<Result<CommandEnd>> run_command(std::vector<std::string> arguments, std::string input,
                                                   Duration limit, WorkerPool& workers);

}  // namespace taffrail::alert
