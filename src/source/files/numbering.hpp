#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "model/record.hpp"
#include "source/files/open_file.hpp"

namespace taffrail::files {

/// Gives the lines of a path their seq: base of the generation + offset of the line in its file + 1. A generation is
/// one file that has had the path, or what a file holds since it was last truncated.
///
/// The base is the file's birth in the Sequencer's ticks (125 ns), or 64 MiB past the end of the generation before it
/// where that lies higher, so it rises with each rotation. What is stable when:
/// - as long as the program runs: everything.
/// - after a restart: every line of a file system that keeps birth times, as long as no generation grew by more than
///   8 MB a second over its whole life or lived less than 8 seconds, and the file was not truncated in place while the
///   program ran.
/// - otherwise the numbers begin anew, and a cursor from before is honoured by its time (range.cpp).
///
/// All functions may be called from any thread: the readers of a path read it on several workers at once. A look at the
/// file and what follows from it are one step, so that a look from before a truncation is never applied after it.
class Numbering {
 public:
  struct Place {
    Seq base = 0;
    std::uint32_t epoch = 0;  ///< how often the file was truncated
  };

  struct Look {
    FileStatus status;
    Place place;
  };

  /// Looks at a file: where its numbers stand. A size below one seen before is a truncation. Error: io.
  Result<Look> look(const OpenFile& file);
  /// A reader has read the file, in that epoch, up to `offset`.
  void reached(const FileIdentity& identity, std::uint32_t epoch, std::uint64_t offset);
  /// The caller has seen that the file was truncated, and perhaps written again, since `epoch`. Error: io.
  Result<Look> truncated(const OpenFile& file, std::uint32_t epoch);
  /// The file took the path over from one whose numbers end at `floor`, so its own must lie above, whatever its birth.
  Place above(const FileStatus& status, Seq floor);

 private:
  struct Generation {
    FileIdentity identity;
    Place place;
    std::uint64_t size = 0;  // the largest seen in this epoch
  };
  /// Bounds the generations remembered of one path; the oldest is forgotten first.
  static constexpr std::size_t max_generations = 64;

  Generation& find(const FileStatus& status);
  static void start_over(Generation& generation, std::uint64_t size);

  std::mutex mutex_;
  std::vector<Generation> generations_;  // in order of base
};

}  // namespace taffrail::files
