#include "history/block/template_alignment.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "history/block/token.hpp"

namespace taffrail::history {
namespace {

bool can_have(variable::Class kind, char c, bool folded) {
  if (ascii::is_digit(c)) return true;
  switch (kind) {
    case variable::Class::lower: return c >= 'a' && c <= 'f';
    case variable::Class::upper: return (c >= 'A' && c <= 'F') || (folded && c >= 'a' && c <= 'f');
    case variable::Class::none:
    case variable::Class::digits:
    case variable::Class::opaque: break;
  }
  return false;
}

}  // namespace

std::optional<VariablePart> TemplateAlignment::at(std::size_t id, Fragment::Run anchor, std::size_t place) {
  slots_ = templates_.slots(id);
  longest_ = {};
  // The piece of text that the anchor begins in; a mark or the byte behind it is in none.
  const auto after = std::ranges::upper_bound(slots_, place, {}, &Slot::literal);
  if (after == slots_.begin()) return std::nullopt;
  const auto slot = static_cast<std::size_t>(after - slots_.begin()) - 1;
  if (place + (anchor.end - anchor.begin) > end_of(slot)) return std::nullopt;
  if (!rightwards(slot, anchor.begin, place) || !leftwards(slot, anchor.begin, place)) return std::nullopt;
  return longest_;
}

bool TemplateAlignment::fits(const Slot& variable, std::size_t begin, std::size_t end, std::size_t offset) {
  const std::string_view part = fragment_.text.substr(begin, end - begin);
  const auto kind = variable::class_of(columns_[variable.column].code());
  if (!std::ranges::all_of(part, [&](char c) { return can_have(kind, c, folded_); })) return false;
  if (part.size() > longest_.text.size()) longest_ = {variable.column, offset, part};
  return true;
}

bool TemplateAlignment::rightwards(std::size_t slot, std::size_t at, std::size_t place) {
  const std::string_view wanted = fragment_.text;
  const bool closed = fragment_.right_closed && ascii::is_alphanumeric(wanted.back());
  for (;; place = slots_[++slot].literal) {
    const std::size_t piece = std::min(wanted.size() - at, end_of(slot) - place);
    if (text_.substr(place, piece) != wanted.substr(at, piece)) return false;
    at += piece;
    const Slot& variable = slots_[slot];
    if (at == wanted.size()) {
      const std::size_t next = place + piece;
      return !closed || !(next < end_of(slot) ? ascii::is_alphanumeric(text_[next]) : is_token(variable));
    }
    if (variable.width == 0) return false;  // opaque tokens are asked by themselves; a string is behind a quote
    const std::size_t end = std::min(at + variable.width, wanted.size());
    if (!fits(variable, at, end, 0)) return false;
    const bool cut = end - at < variable.width;
    at = end;
    if (at == wanted.size() && cut) return !fragment_.right_closed;
  }
}

bool TemplateAlignment::leftwards(std::size_t slot, std::size_t at, std::size_t place) {
  const std::string_view wanted = fragment_.text;
  const bool closed = fragment_.left_closed && ascii::is_alphanumeric(wanted.front());
  for (;; place = end_of(slot)) {
    const std::size_t piece = std::min(at, place - slots_[slot].literal);
    if (text_.substr(place - piece, piece) != wanted.substr(at - piece, piece)) return false;
    at -= piece;
    if (at == 0) {
      const std::size_t begin = place - piece;
      return !closed || !(begin > slots_[slot].literal ? ascii::is_alphanumeric(text_[begin - 1])
                                                       : slot > 0 && is_token(slots_[slot - 1]));
    }
    if (slot == 0 || slots_[slot - 1].width == 0) return false;
    const Slot& variable = slots_[--slot];
    const std::size_t begin = at > variable.width ? at - variable.width : 0;
    const std::size_t offset = variable.width - (at - begin);
    if (!fits(variable, begin, at, offset)) return false;
    at = begin;
    if (at == 0 && offset > 0) return !fragment_.left_closed;
  }
}

}  // namespace taffrail::history
