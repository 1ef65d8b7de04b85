#pragma once

#include <cstdint>
#include <string>

namespace taffrail::logfile {

/// How a log's files are written: Docker's json-file driver, Podman's k8s-file (CRI's as well), or any program's lines.
enum class LogFormat : std::uint8_t { json_file, k8s_file, plain };

/// Sizes of a log's index, in bytes; tests have smaller ones.
struct IndexSizes {
  /// A block costs about 100 bytes of memory; a read begins up to one block before what it wants.
  std::uint64_t block = 32 << 10;
  /// How much of a log's end is gone through when it is first looked at: 4 ms of work. More finds more of a clock that
  /// was ahead for a short time, and makes the first look dearer.
  std::uint64_t exact = 8 << 20;
  /// Between two rows whose times are read, in what is not gone through. Less finds shorter times of a clock that was
  /// ahead; each costs a read of a few microseconds when the log is first seen.
  std::uint64_t sample = 256 << 10;
  /// Decoded before a block whose beginning is not known exactly, so that lines that share a tick are counted on.
  std::uint64_t run_up = 64 << 10;
  friend bool operator==(const IndexSizes&, const IndexSizes&) = default;
};

/// Where a log's files are, and how they are turned over.
struct LogOptions {
  std::string path;
  LogFormat format = LogFormat::plain;
  /// The container has a terminal, which puts a '\r' before each newline: it is cut, as the decoder of the API's stream
  /// does.
  bool tty = false;
  // Of engines' formats:
  /// How many files there are at most: `path`, `path.1`, …, older ones with `.gz` when they are compressed.
  std::uint32_t max_files = 1;
  /// The size from which on the engine turns over; 0: never, or not known.
  std::uint64_t max_size = 0;

  IndexSizes index{};

  [[nodiscard]] bool plain() const { return format == LogFormat::plain; }
  friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

}  // namespace taffrail::logfile
