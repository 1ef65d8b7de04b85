#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>
#include <random>
#include <unistd.h>

#include "source/logfile/test_folder.hpp"

namespace taffrail::logfile {

/// A program that writes its log, and the tools that rotate it, doing what they do at random.
class LogWriter {
 public:
  LogWriter(const TestFolder& folder, std::uint32_t seed) : folder_(folder), random_(seed) { open(); }
  ~LogWriter() { ::close(descriptor_); }
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  std::uint32_t below(std::uint32_t n) { return random_() % n; }

  void lines() {
    for (std::uint32_t i = 0, count = below(20); i <= count; ++i) write(line() + "\n");
  }
  void part() {
    finish();
    rest_ = line();
    const std::size_t cut = below(static_cast<std::uint32_t>(rest_.size()));
    write_raw(rest_.substr(0, cut));
    rest_ = rest_.substr(cut) + "\n";
  }
  void finish() {
    write_raw(rest_);
    rest_.clear();
  }
  /// logrotate's default: rename, then the program opens the path anew, perhaps a little later.
  void rotate(bool late) {
    finish();
    for (int i = 11; i >= 1; --i)
      if (std::filesystem::exists(folder_ / ("app.log." + std::to_string(i))))
        std::filesystem::rename(folder_ / ("app.log." + std::to_string(i)),
                                folder_ / ("app.log." + std::to_string(i + 1)));
    std::filesystem::rename(folder_ / "app.log", folder_ / "app.log.1");
    ++rotations;
    if (late) lines();
    if (below(2)) folder_.append("app.log", "");  // "create": the new file is there before it is used
    if (late) lines();
    ::close(descriptor_);
    open();
  }
  void copytruncate() {
    finish();
    std::filesystem::copy_file(folder_ / "app.log", folder_ / "app.log-copy",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_EQ(::ftruncate(descriptor_, 0), 0);
  }
  void recreate() {
    finish();
    std::filesystem::remove(folder_ / "app.log");
    ::close(descriptor_);
    open();
  }

  std::vector<std::string> written;  // whole lines
  int rotations = 0;

 private:
  void open() {
    descriptor_ = ::open((folder_ / "app.log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    EXPECT_GE(descriptor_, 0);
  }
  std::string line() {
    written.push_back("n=" + std::to_string(written.size()) + ' ' +
                      std::string(below(100), static_cast<char>('a' + below(26))));
    return written.back();
  }
  void write(const std::string& text) {
    finish();
    write_raw(text);
  }
  void write_raw(const std::string& text) {
    EXPECT_EQ(::write(descriptor_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  const TestFolder& folder_;
  std::mt19937 random_;
  int descriptor_ = -1;
  std::string rest_;
};

}  // namespace taffrail::logfile
