#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "source/logfile/log.hpp"
#include "source/logfile/selection.hpp"

namespace taffrail::logfile {

/// Finds where the reading of a log begins, by its index. A part of one `Log::open`, whose lock is held.
///
/// Names and places rise over the blocks, so bounds by them are found by bisection. Times that lines state do not rise:
/// the range of each block says whether it may hold some, so a window in time begins with the first such block and ends
/// with the last, whatever lies between. A tail counts the lines of whole blocks where all of a block is asked for, and
/// decodes the others.
class Finder {
 public:
  Finder(Log& log, std::vector<Part>& parts, LogQuery& query, Time now, bool last_line_whole);

  /// Error: io.
  Result<Start> find();
  /// So long the last line has still to be left alone to count as a whole one.
  [[nodiscard]] Duration unfinished_for() const { return unfinished_for_; }

 private:
  /// A block, or behind the last one: of the last part, as many as there are.
  struct At {
    std::size_t part = 0;
    std::size_t block = 0;
    friend auto operator<=>(const At&, const At&) = default;
  };
  /// The same, which stays when blocks before it become several.
  struct Offset {
    std::size_t part = 0;
    std::uint64_t offset = 0;
    friend auto operator<=>(const Offset&, const Offset&) = default;
  };

  [[nodiscard]] GenerationIndex& index(std::size_t part) { return generations_[part]->index; }
  [[nodiscard]] const Block& block(At at) { return index(at.part).blocks()[at.block]; }
  [[nodiscard]] Offset offset_of(At at);
  [[nodiscard]] At at(Offset offset);
  [[nodiscard]] At end();
  [[nodiscard]] std::optional<At> before(At at);
  [[nodiscard]] At behind(At at);
  Result<> settle(At at);
  void set_ends(Time now, bool last_line_whole);
  bool numbers_began_anew();

  template <class Excludes>
  Result<Offset> last_excluding(Time looked_for, Excludes excludes);
  Result<Offset> lowest();
  Offset highest();
  template <class Each>
  Result<> decode(At at, Each each);
  [[nodiscard]] bool wants_all(At at);
  struct Tail {
    Offset begin;
    std::uint64_t lines = 0;
    std::uint64_t skip = 0;
  };
  Result<Tail> find_tail(Offset low, Offset high, bool measure);
  Result<Start> find_in_order();
  Result<Start> begin_at(Offset offset, std::uint64_t skip);

  Log& log_;
  std::vector<Part>& parts_;
  LogQuery& query_;
  Bounds bounds_;
  std::vector<Log::Generation*> generations_;  // of the parts
  Duration unfinished_for_{};
  bool has_rest_ = false;  // behind the last row there is something that counts as a line
};

}  // namespace taffrail::logfile
