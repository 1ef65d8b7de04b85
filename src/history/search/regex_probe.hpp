#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/block/line_set.hpp"
#include "history/search/template_probe.hpp"
#include "model/record.hpp"

struct hs_database;
struct hs_scratch;

namespace taffrail::history {

/// Tells which lines cannot have a match of some RE2 patterns: by templates, before lines are put together (OpenRegex),
/// and of many lines at once, which Vectorscan goes through many times as fast as RE2 through one after the other.
/// Only RE2 decides what a match is. The others are asked where all say the same: of patterns in the part of the syntax
/// that they share, on lines of printable ASCII; all other lines may have one.
class RegexProbe {
 public:
  /// @param patterns of which a line must match at least one
  explicit RegexProbe(std::vector<std::string> patterns);
  ~RegexProbe();
  RegexProbe(const RegexProbe&) = delete;
  RegexProbe& operator=(const RegexProbe&) = delete;

  /// What a thread needs to ask; not longer than the probe.
  class Asker {
   public:
    explicit Asker(const RegexProbe& probe);
    ~Asker();
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    /// What templates can be asked; null: no line is told from another.
    [[nodiscard]] TemplateProbe* templates() { return templates_ ? &*templates_ : nullptr; }
    /// Whether asking is of use: Vectorscan takes the patterns, and so far not most lines had a match. Compiles the
    /// patterns when it is the first to say so, some milliseconds: for a worker.
    [[nodiscard]] bool useful();
    /// The lines that may have a match, by their places in `lines.records`.
    /// @param lines one after the other in `bytes`, with a newline behind each
    [[nodiscard]] LineSet ask(const Batch& lines);

   private:
    friend class RegexProbe;
    const RegexProbe& probe_;
    std::optional<TemplateProbe> templates_;
    bool begun_ = false;
    hs_scratch* scratch_ = nullptr;
  };
  struct Return {
    const RegexProbe* probe;
    void operator()(Asker* asker) const;
  };
  using Lent = std::unique_ptr<Asker, Return>;
  /// One that nobody else has, which keeps what it has learnt in earlier turns: up to 5 MiB for each thread that asks.
  [[nodiscard]] Lent lend() const;

 private:
  void compile() const;

  std::vector<std::string> patterns_;
  bool shared_;  // all may be asked, and compile soon
  mutable std::once_flag once_;
  mutable hs_database* database_ = nullptr;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Asker>> idle_;  // not lent at the moment
};

/// Whether Vectorscan and RE2 take a pattern for the same on lines of printable ASCII.
[[nodiscard]] bool is_shared_syntax(std::string_view pattern);

}  // namespace taffrail::history
