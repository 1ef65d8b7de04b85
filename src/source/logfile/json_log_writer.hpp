#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>
#include <zlib.h>

#include "base/temporary_folder.hpp"
#include "base/time_format.hpp"
#include "text/std_stream.hpp"

namespace taffrail::logfile {

/// Writes a json-file log as dockerd does: each row in one write; once a file has max-size bytes it is closed, renamed
/// and made anew (or cut to nothing with max-file 1), and the renamed one compressed some time later.
class JsonLogWriter {
 public:
  JsonLogWriter(std::filesystem::path path, std::uint32_t max_files, bool compress)
      : path_(std::move(path)), max_files_(max_files), compress_(compress) {
    open(std::ios::app);
  }

  static std::string row(Time time, text::StdStream stream, std::string_view log) {
    std::string out = "{\"log\":\"";
    for (const char c : log) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += "\\n\",\"stream\":\"" + std::string(text::to_string(stream)) + "\",\"time\":\"" + to_rfc3339(time) + "\"}\n";
    return out;
  }
  void line(Time time, text::StdStream stream, std::string_view log) { raw(row(time, stream, log)); }
  /// A part of a longer line: without the newline in its log.
  void part(Time time, text::StdStream stream, std::string_view log) {
    std::string text = row(time, stream, log);
    text.erase(text.find("\\n\""), 2);
    raw(text);
  }
  void raw(std::string_view bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out_.flush();
    size_ += bytes.size();
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  void turn_over() {
    out_.close();
    if (max_files_ > 1) {
      compress_pending();  // dockerd waits for it before it renames
      const std::string extension = compress_ ? ".gz" : "";
      std::filesystem::remove(numbered(max_files_ - 1) + extension);
      for (std::uint32_t i = max_files_ - 1; i > 1; --i) rename(numbered(i - 1) + extension, numbered(i) + extension);
      rename(path_.string(), numbered(1));
      pending_ = compress_;
    }
    open(std::ios::trunc);
  }
  void compress_pending() {
    if (!std::exchange(pending_, false)) return;
    std::ifstream in(numbered(1), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    gzFile file = ::gzopen((numbered(1) + ".gz").c_str(), "wb");
    ::gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(file);
    std::filesystem::remove(numbered(1));
  }

 private:
  [[nodiscard]] std::string numbered(std::uint32_t number) const {
    return path_.string() + "." + std::to_string(number);
  }
  static void rename(const std::string& from, const std::string& to) {
    std::error_code ignored;  // fewer files than there may be
    std::filesystem::rename(from, to, ignored);
  }
  void open(std::ios::openmode mode) {
    out_.open(path_, std::ios::binary | std::ios::out | mode);
    size_ = 0;
  }

  std::filesystem::path path_;
  std::uint32_t max_files_;
  bool compress_;
  bool pending_ = false;
  std::ofstream out_;
  std::uint64_t size_ = 0;
};

}  // namespace taffrail::logfile
