#include "history/search/template_probe.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "text/ansi.hpp"

namespace taffrail::history {
namespace {

using State = OpenRegex::State;
using Open = OpenRegex::Open;
using Slot = TemplateSet::Slot;

/// One block.
class TemplateProbe {
 public:
  TemplateProbe(const TemplateSet& templates, std::span<const ColumnInfo> columns, OpenRegex& regex)
      : templates_(templates), columns_(columns), regex_(regex), has_escapes_(text::has_ansi(templates.text())) {
    pieces_.reserve(templates.size());
    for (std::size_t id = 0; id < templates.size(); ++id) {
      first_pieces_.push_back(static_cast<std::uint32_t>(pieces_.size()));
      add_pieces(id);
    }
    ways_.assign(pieces_.size() * kept_states, unknown);
  }

  /// @param strings the templates of the line's quoted strings
  [[nodiscard]] bool may_match(std::size_t id, std::span<const std::uint16_t> strings) {
    std::size_t piece = first_pieces_[id];
    State state = behind(piece, regex_.begin());
    for (const std::uint16_t string : strings) {
      if (state == OpenRegex::found) return true;
      state = behind(++piece, behind(first_pieces_[string], state));
    }
    return regex_.behind(state, Open::end) == OpenRegex::found;
  }

 private:
  /// Of most patterns there are few states that pieces begin in: what others come to is worked out each time.
  static constexpr std::size_t kept_states = 32;
  /// Of a sequence that sets a colour; what is longer is taken for a match.
  static constexpr std::size_t longest_escape = 16;
  static constexpr State unknown = 0xFFFF;

  /// Slots up to a quoted string, or to a template's end.
  struct Piece {
    const Slot* first;
    const Slot* last;
  };

  void add_pieces(std::size_t id) {
    const auto slots = templates_.slots(id);
    const Slot* first = slots.data();
    for (const Slot& slot : slots) {
      if (slot.column != Slot::string && slot.column != Slot::end) continue;
      pieces_.push_back({first, &slot});
      first = &slot + 1;
    }
  }
  [[nodiscard]] State behind(std::size_t piece, State state) {
    if (state >= kept_states) return go_through(pieces_[piece], state);
    State& kept = ways_[piece * kept_states + state];
    if (kept == unknown) kept = go_through(pieces_[piece], state);
    return kept;
  }
  [[nodiscard]] State go_through(const Piece& piece, State state) {
    std::size_t escape = 0;
    for (const Slot* slot = piece.first; slot <= piece.last && state != OpenRegex::found; ++slot) {
      const std::string_view text = templates_.text().substr(slot->literal, slot->literal_size);
      state = has_escapes_ ? behind_seen(state, text, escape) : regex_.behind(state, text);
      if (slot->column != Slot::opaque && slot->width == 0) continue;
      const Open kind = slot->column == Slot::opaque ? Open::token : kind_of(columns_[slot->column].code());
      if (escape == 0) {
        state = regex_.behind(state, kind, kind == Open::token ? 1 : slot->width);
      } else if (kind == Open::digit && escape > 1) {
        escape += slot->width;
      } else {
        return OpenRegex::found;
      }
    }
    return escape == 0 ? state : OpenRegex::found;
  }
  /// Behind a text of which the filter sees no colours; other sequences are taken for a match.
  /// @param escape characters of a sequence so far
  [[nodiscard]] State behind_seen(State state, std::string_view text, std::size_t& escape) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      if (escape == 0 && c != '\x1b') {
        state = regex_.behind(state, text.substr(at, 1));
      } else if (escape == 0 || (escape == 1 && c == '[') || (escape > 1 && (ascii::is_digit(c) || c == ';'))) {
        if (++escape > longest_escape) return OpenRegex::found;
      } else if (escape > 1 && c >= '@' && c <= '~') {
        escape = 0;
      } else {
        return OpenRegex::found;
      }
    }
    return state;
  }
  [[nodiscard]] static Open kind_of(std::uint8_t code) {
    switch (variable::class_of(code)) {
      case variable::Class::digits: return Open::digit;
      case variable::Class::lower: return Open::lower;
      case variable::Class::upper: return Open::upper;
      case variable::Class::none:
      case variable::Class::opaque: break;
    }
    return Open::any;
  }

  const TemplateSet& templates_;
  std::span<const ColumnInfo> columns_;
  OpenRegex& regex_;
  bool has_escapes_;
  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> first_pieces_;  // of each template; one more for each of its strings
  std::vector<State> ways_;                  // by piece and state
};

}  // namespace

Result<LineSet> lines_that_may_match(Block& block, OpenRegex& regex) {
  if (auto checked = block.check_counts(); !checked) return forward(checked);
  auto ids = block.ids();
  if (!ids) return forward(ids);
  auto strings = block.string_ids();
  if (!strings) return forward(strings);
  auto columns = block.column_table();
  if (!columns) return forward(columns);
  auto templates = block.templates();
  if (!templates) return forward(templates);
  TemplateProbe probe(**templates, *columns, regex);
  LineSet may(ids->size());
  std::size_t string = 0;
  for (std::size_t line = 0; line < ids->size(); ++line) {
    const std::uint16_t id = (*ids)[line];
    if (id == 0) {
      // It is stored as it is.
      may.add(line);
      continue;
    }
    const std::size_t count = (**templates)[id - 1U].strings;
    if (probe.may_match(id - 1U, strings->subspan(string, count))) may.add(line);
    string += count;
  }
  return may;
}

}  // namespace taffrail::history
