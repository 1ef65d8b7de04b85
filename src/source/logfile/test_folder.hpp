#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_folder.hpp"
#include "base/time_format.hpp"
#include "model/record.hpp"
#include "source/source.hpp"

namespace taffrail::logfile {

/// A folder for the log files of one test.
class TestFolder {
 public:
  [[nodiscard]] std::string operator/(std::string_view name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] std::string str() const { return folder_.path().string(); }
  void append(std::string_view name, std::string_view text) const {
    std::ofstream(folder_.path() / name, std::ios::app | std::ios::binary) << text;
  }

 private:
  TemporaryFolder folder_;
};

/// A line that was delivered.
struct Seen {
  Seq seq;
  Time time;
  std::string text;
  bool truncated = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

inline void PrintTo(const Seen& line, std::ostream* out) {
  *out << line.seq << ' ' << to_rfc3339(line.time) << ' ' << line.text.substr(0, 100);
}

/// The lines of a chunk, without those that are its context.
inline void take(const LogChunk& chunk, std::vector<Seen>& lines) {
  for (std::size_t i = chunk.context; i < chunk.batch.records.size(); ++i) {
    const Record& record = chunk.batch.records[i];
    lines.push_back({record.seq, record.time, std::string(chunk.batch.text(record)), record.truncated});
  }
}

inline std::vector<std::string> texts(const std::vector<Seen>& lines) {
  std::vector<std::string> result;
  result.reserve(lines.size());
  for (const Seen& line : lines) result.push_back(line.text);
  return result;
}

/// Runs a task, and everything else in the context, to the end.
inline void run(asio::io_context& context, Task<> task) {
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) { failure = error; });
  context.run();
  context.restart();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace taffrail::logfile
