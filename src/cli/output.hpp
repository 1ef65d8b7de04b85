#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "base/result.hpp"
#include "cli/client_command.hpp"

namespace taffrail::cli {

/// What a command writes to: the standard output, or a pager on a terminal.
///
/// Who reads no more (`head`, a pager that was left) ends the command, and that is no error: `closed` is true then. A
/// signal that comes while a write waits ends it with an error, cancelled.
class Output {
 public:
  /// @param pager whether a pager may stand between where the output is a terminal: $PAGER, else `less`
  Output(const ClientCommand& command, bool pager);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  /// Waits until the pager has been left.
  ~Output();

  /// Whether people read it: a terminal, or `--color always`; and not `--json`.
  [[nodiscard]] bool for_people() const { return for_people_; }
  [[nodiscard]] bool colors() const { return colors_; }
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  /// Gathers text; written at the latest at `flush`. Errors: io, cancelled.
  [[nodiscard]] Result<> write(std::string_view text);
  [[nodiscard]] Result<> flush();
  [[nodiscard]] bool closed() const { return closed_; }

  /// Shows how far it is, on the standard error where that is a terminal, as long as it is in nobody's way.
  void show_progress(std::string_view text);

 private:
  Result<> begin();
  void clear_progress();

  bool is_terminal_;
  bool for_people_;
  bool colors_;
  bool wants_pager_;
  bool begun_ = false;
  bool closed_ = false;
  bool shows_progress_ = false;
  int descriptor_ = 1;
  pid_t pager_ = -1;
  std::string waiting_;
};

/// Rows and columns of the terminal; 24 and 80 where nobody says.
struct TerminalSize {
  std::size_t rows = 24;
  std::size_t columns = 80;
};
[[nodiscard]] TerminalSize terminal_size();

}  // namespace taffrail::cli
