#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "cli/api_client.hpp"
#include "cli/output.hpp"

namespace taffrail::cli {

/// Writes the lines of a log read or a search: as they are for programs, else with their local time, their container,
/// their level, and their text made safe for a terminal.
class LineOutput {
 public:
  /// @param names whether each line says its container
  LineOutput(Output& output, bool names) : output_(output), names_(names) {}

  /// What containers are called, asked once where it is needed.
  [[nodiscard]] Task<Result<>> learn_names(ApiClient& client);

  /// Takes one line of NDJSON; the last one, `end`, is kept. Errors: protocol, Output's.
  [[nodiscard]] Result<> take(std::string_view line);
  /// Nothing before the end has come: what was read was cut off.
  [[nodiscard]] const boost::json::object* end() const { return ended_ ? &end_ : nullptr; }
  /// For the next answer.
  void begin() { ended_ = false; }
  /// Lines of logs, without gaps.
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  Result<> write_record(const boost::json::object& record);
  Result<> write_note(std::string_view container, std::string_view text);
  void append_name(std::string& out, std::string_view container) const;

  Output& output_;
  bool names_;
  bool ended_ = false;
  boost::json::object end_;
  std::size_t lines_ = 0;
  std::size_t width_ = 0;
  std::map<std::string, std::string, std::less<>> known_;
};

/// Reads an answer to its end into the output. Errors: the client's; end_of_stream where it was cut off.
[[nodiscard]] Task<Result<>> copy_lines(ApiClient& client, Output& output, LineOutput& lines, std::string path,
                                        Parameters parameters);

}  // namespace taffrail::cli
