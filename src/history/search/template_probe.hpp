#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "history/block/block.hpp"
#include "history/block/line_set.hpp"
#include "history/block/template_kinds.hpp"
#include "history/search/open_regex.hpp"

namespace taffrail::history {

/// Templates, cut at their quoted strings, which are templates of their own. A line goes from piece to piece; what a
/// piece makes of a state is worked out once.
class TemplatePieces {
 public:
  using State = OpenRegex::State;

  /// @param with_widths whether the codes of variables say how wide they are, or only of what class
  explicit TemplatePieces(bool with_widths) : with_widths_(with_widths) {}

  /// Its pieces are those from `first` to the one behind its last string.
  struct Template {
    std::uint32_t first = 0;
    std::uint16_t strings = 0;
    // Of kinds: whether nothing of a match is left of it, where nothing was before it and its strings leave nothing.
    bool idle_line = false;
    bool idle_string = false;
  };
  Template add(std::string_view text, OpenRegex& regex);
  [[nodiscard]] State behind(std::uint32_t piece, State state, OpenRegex& regex) {
    if (state >= kept_states) return go_through(piece, state, regex);
    State& kept = ways_[piece][state];
    if (kept == unknown) kept = go_through(piece, state, regex);
    return kept;
  }
  [[nodiscard]] std::size_t bytes() const { return text_.size() + ends_.size() * sizeof ways_[0]; }
  void forget();

 private:
  /// Of most patterns there are few states that pieces begin in: what others come to is worked out each time.
  static constexpr std::size_t kept_states = 32;
  static constexpr State unknown = 0xFFFF;

  void add_piece(std::string_view text);
  [[nodiscard]] State go_through(std::uint32_t piece, State state, OpenRegex& regex) const;

  bool with_widths_;
  std::string text_;                 // of all pieces
  std::vector<std::uint32_t> ends_;  // of each
  std::vector<std::array<State, kept_states>> ways_;
};

/// The lines of a block that may have a match, by their templates alone: no digits are read, and nothing is put
/// together. Keeps from block to block what it has learnt; of one thread at a time.
class TemplateProbe {
 public:
  explicit TemplateProbe(OpenRegex regex) : regex_(std::move(regex)) {}

  /// By the kinds of templates, whatever the widths of their variables. Error damaged, as below.
  [[nodiscard]] Result<LineSet> by_kinds(Block& block);
  /// Those of some lines that may match by their templates with these widths.
  /// @param block that `by_kinds` was asked about last
  [[nodiscard]] Result<LineSet> by_widths(Block& block, const LineSet& among);

 private:
  using Template = TemplatePieces::Template;
  /// Of pieces and their ways; beyond it all are forgotten.
  static constexpr std::size_t most_bytes = std::size_t{4} << 20U;

  void find_kinds(std::string_view text, std::span<const std::uint32_t> ends);
  /// @param strings the templates of its quoted strings
  template <class Of>
  [[nodiscard]] bool may_match(const Template& line, std::span<const std::uint16_t> strings, TemplatePieces& pieces,
                               Of of);

  OpenRegex regex_;
  TemplateKinds known_;
  std::vector<Template> kinds_;
  TemplatePieces pieces_{false};       // of kinds
  std::vector<Template> templates_{};  // of the block at hand, by their kinds
};

}  // namespace taffrail::history
