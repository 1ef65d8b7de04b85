#include "history/search/template_probe.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "history/block/part.hpp"
#include "history/block/template_format.hpp"

namespace taffrail::history {
namespace {

using State = OpenRegex::State;
using Open = OpenRegex::Open;

/// Of a sequence that sets a colour; what is longer is taken for a match. The filter passes over some thousands.
constexpr std::size_t longest_escape = 256;
constexpr std::string_view quote = "\"";

State behind_variable(OpenRegex& regex, State state, std::uint8_t code, bool with_widths) {
  const std::size_t width = with_widths ? variable::width_of(code) : 1;
  switch (variable::class_of(code)) {
    case variable::Class::digits: return regex.behind(state, with_widths ? Open::digit : Open::digits, width);
    case variable::Class::lower: return regex.behind(state, with_widths ? Open::lower : Open::lowers, width);
    case variable::Class::upper: return regex.behind(state, with_widths ? Open::upper : Open::uppers, width);
    case variable::Class::opaque: return regex.behind(state, Open::token);
    case variable::Class::none: break;
  }
  return regex.behind(state, Open::any);
}

}  // namespace

void TemplatePieces::forget() {
  text_.clear();
  ends_.clear();
  ways_.clear();
}

TemplatePieces::Template TemplatePieces::add(std::string_view text, OpenRegex& regex) {
  Template added{.first = static_cast<std::uint32_t>(ends_.size())};
  std::size_t begin = 0;
  bool quoted = regex.behind(regex.idle(), quote) == regex.idle();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == variable_mark) {
      ++at;
    } else if (text[at] == string_mark) {
      add_piece(text.substr(begin, at - begin));
      begin = at + 1;
      quoted = quoted && text.substr(begin).starts_with(quote);
      ++added.strings;
    }
  }
  add_piece(text.substr(begin));
  // With widths there are too many to work out what nobody asks for.
  if (with_widths_) return added;

  const std::uint32_t last = added.first + added.strings;
  State state = regex.begin();
  for (std::uint32_t piece = added.first; piece < last; ++piece) {
    state = behind(piece, state, regex);
    quoted = quoted && state == regex.idle();
  }
  added.idle_line =
      (added.strings == 0 || quoted) && regex.behind(behind(last, state, regex), Open::end) != OpenRegex::found;
  added.idle_string = added.strings == 0 && regex.behind(behind(last, regex.idle(), regex), quote) == regex.idle();
  return added;
}

void TemplatePieces::add_piece(std::string_view text) {
  text_ += text;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  ways_.emplace_back().fill(unknown);
}

/// The filter sees no colours; other escape sequences are taken for a match.
State TemplatePieces::go_through(std::uint32_t piece, State state, OpenRegex& regex) const {
  const std::size_t begin = piece == 0 ? 0 : ends_[piece - 1];
  const std::string_view text = std::string_view(text_).substr(begin, ends_[piece] - begin);
  std::size_t escape = 0;  // characters of a sequence so far
  for (std::size_t at = 0; at < text.size() && state != OpenRegex::found; ++at) {
    const char c = text[at];
    if (c == variable_mark) {
      const auto code = ++at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
      if (escape == 0) {
        state = behind_variable(regex, state, code, with_widths_);
      } else if (escape > 1 && variable::class_of(code) == variable::Class::digits) {
        escape += with_widths_ ? variable::width_of(code) : variable::max_digits;
      } else {
        return OpenRegex::found;
      }
    } else if (escape == 0 && c != '\x1b') {
      state = regex.behind(state, text.substr(at, 1));
    } else if (escape == 0 || (escape == 1 && c == '[') || (escape > 1 && (ascii::is_digit(c) || c == ';'))) {
      if (++escape > longest_escape) return OpenRegex::found;
    } else if (escape > 1 && c >= '@' && c <= '~') {
      escape = 0;
    } else {
      return OpenRegex::found;
    }
  }
  return escape == 0 ? state : OpenRegex::found;
}

void TemplateProbe::find_kinds(std::string_view text, std::span<const std::uint32_t> ends) {
  if (known_.size() > TemplateKinds::most_known || pieces_.bytes() > most_bytes) {
    known_.forget();
    kinds_.clear();
    pieces_.forget();
  }
  templates_.clear();
  templates_.reserve(ends.size());
  const Bytes kinds = TemplateKinds::without_widths(text);
  std::uint32_t begin = 0;
  for (const std::uint32_t end : ends) {
    const std::string_view one = kinds.view().substr(begin, end - begin);
    const auto [kind, is_new] = known_.find(known_.hash(one));
    if (is_new) kinds_.push_back(pieces_.add(one, regex_));
    templates_.push_back(kinds_[kind]);
    begin = end;
  }
}

template <class Of>
bool TemplateProbe::may_match(const Template& line, std::span<const std::uint16_t> strings, TemplatePieces& pieces,
                              Of of) {
  std::uint32_t piece = line.first;
  State state = pieces.behind(piece, regex_.begin(), regex_);
  for (const std::uint16_t id : strings) {
    if (state == OpenRegex::found) return true;
    state = pieces.behind(of(id).first, state, regex_);
    state = pieces.behind(++piece, state, regex_);
  }
  return regex_.behind(state, Open::end) == OpenRegex::found;
}

Result<LineSet> TemplateProbe::by_kinds(Block& block) {
  auto lines = block.line_templates();
  if (!lines) return forward(lines);
  find_kinds(*block.template_text(), *block.template_ends());
  if (!std::ranges::equal(templates_, *block.template_strings(), {}, &Template::strings))
    return damaged("a variable is of no kind");
  constexpr std::uint8_t busy = 1;
  std::vector<std::uint8_t> of_lines(templates_.size());
  std::vector<std::uint8_t> of_strings(templates_.size());
  for (std::size_t id = 0; id < templates_.size(); ++id) {
    of_lines[id] = templates_[id].idle_line ? 0 : busy;
    of_strings[id] = templates_[id].idle_string ? 0 : busy;
  }
  const auto of = [&](std::uint16_t id) -> const Template& { return templates_[id]; };
  LineSet may(lines->ids.size());
  for (const std::uint32_t line : LineMarks(*lines, of_lines, of_strings, busy).with_any(busy).indices()) {
    const std::uint16_t id = lines->ids[line];
    // What is stored as it is, no template tells of.
    if (id == 0 || may_match(templates_[id - 1U], lines->strings(line), pieces_, of)) may.add(line);
  }
  return may;
}

Result<LineSet> TemplateProbe::by_widths(Block& block, const LineSet& among) {
  auto lines = block.line_templates();
  if (!lines) return forward(lines);
  const std::span<const std::uint32_t> ends = *block.template_ends();
  const std::string_view text = *block.template_text();
  TemplatePieces pieces(true);
  std::vector<std::optional<Template>> templates(ends.size());
  const auto of = [&](std::uint16_t id) -> const Template& {
    std::optional<Template>& one = templates[id];
    const std::uint32_t begin = id == 0 ? 0 : ends[id - 1U];
    if (!one) one = pieces.add(text.substr(begin, ends[id] - begin), regex_);
    return *one;
  };
  LineSet may(lines->ids.size());
  for (const std::uint32_t line : among.indices()) {
    const std::uint16_t id = lines->ids[line];
    if (id == 0 || may_match(of(static_cast<std::uint16_t>(id - 1)), lines->strings(line), pieces, of)) may.add(line);
  }
  return may;
}

}  // namespace taffrail::history
