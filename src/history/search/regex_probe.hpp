#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history/block/line_set.hpp"
#include "model/record.hpp"

struct hs_database;
struct hs_scratch;

namespace taffrail::history {

/// Tells of many lines at once which of them cannot have a match of some RE2 patterns: Vectorscan goes through them
/// many times as fast as RE2 through one after the other. Only RE2 decides what a match is. Vectorscan is asked where
/// both say the same: of patterns in the part of the syntax that they share, on lines of printable ASCII; all other
/// lines may have one.
class RegexProbe {
 public:
  /// @param patterns of which a line must match at least one
  explicit RegexProbe(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  ~RegexProbe();
  RegexProbe(const RegexProbe&) = delete;
  RegexProbe& operator=(const RegexProbe&) = delete;

  /// What a thread needs to ask; not longer than the probe.
  class Asker {
   public:
    /// Compiles the patterns when it is the first to ask, some milliseconds: for a worker.
    explicit Asker(const RegexProbe& probe);
    ~Asker();
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    /// Whether asking is of use: Vectorscan takes the patterns, and so far not most lines had a match.
    [[nodiscard]] bool useful() const { return scratch_ != nullptr; }
    /// The lines that may have a match, by their places in `lines.records`.
    /// @param lines one after the other in `bytes`, with a newline behind each
    [[nodiscard]] LineSet ask(const Batch& lines);

   private:
    const RegexProbe& probe_;
    hs_scratch* scratch_ = nullptr;
  };

 private:
  void compile() const;

  std::vector<std::string> patterns_;
  mutable std::once_flag once_;
  mutable hs_database* database_ = nullptr;
};

/// Whether Vectorscan and RE2 take a pattern for the same on lines of printable ASCII.
[[nodiscard]] bool is_shared_syntax(std::string_view pattern);

}  // namespace taffrail::history
