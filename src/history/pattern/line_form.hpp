#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "history/block/token.hpp"

namespace taffrail::history {

/// Bytes of a form that are not of the line. A line that has one of them has 0x1A (substitute) in its place.
namespace form_mark {
inline constexpr char number = '\0';   ///< what has digits: numbers, ids, times, addresses
inline constexpr char word = '\1';     ///< words of which there are too many to tell them apart (Clusters)
inline constexpr char message = '\2';  ///< begins the form of a line that is known by its message
inline constexpr char line = '\3';     ///< begins that of another
inline constexpr char cut = '\4';      ///< ends one that is longer
inline constexpr char place = '\5';    ///< any word, where only their places matter (Clusters)
inline constexpr char last = place;
}  // namespace form_mark

/// Longer forms are cut: two lines that are the same so far are of one pattern.
inline constexpr std::size_t max_form_size = 512;

/// Says of a line what it has in common with others of its kind: its form. That depends on the line alone, not on the
/// block that it is in or on other lines, so that counts of forms can be added up, and a form is the same for ever.
///
/// 1. A line of JSON or logfmt with a quoted message (`msg`, `message`, `event` or `@m`) is known by that: `{"msg":"job
///    done","id":7}` is `job done`. Others are known by all they have.
/// 2. Escape sequences of colours go.
/// 3. A run of ASCII letters and digits that begins with a digit is a number; so is one that history stores as a
///    hexadecimal number or as opaque (docs/formats/block.md). Of `eth0` the letters stay.
/// 4. Numbers with one of `.:,/+-_` between them are one: addresses, times, fractions. So are the groups of a UUID that
///    happen to have letters alone. A minus goes with its number; names of months and days before one are one.
/// 5. Spaces and tabs are one space.
///
/// A line and the template that a block has of it give the same.
class FormMaker {
 public:
  /// All views live until the next call.
  /// @param line as it is stored
  std::string_view of_line(std::string_view line);
  /// @param marked a template (docs/formats/block.md, part B) with those of its strings in their places
  std::string_view of_template(std::string_view marked) { return make(form_mark::line, marked); }
  /// @param marked the template of a quoted string that is a message
  std::string_view of_message(std::string_view marked) { return make(form_mark::message, marked); }

  /// Whether a quoted string is the message of its line.
  /// @param before the line or its template, up to and with the string's opening quote
  [[nodiscard]] static bool is_message(std::string_view before);

 private:
  std::string_view make(char kind, std::string_view marked);
  std::size_t skip_escape(std::string_view marked, std::size_t at);
  std::size_t take_run(std::string_view marked, std::size_t at);
  void mark_variables(std::string_view line, std::size_t from, std::size_t to);
  void put(std::string_view text);
  void put_number();
  [[nodiscard]] bool joins_number(std::size_t from) const;

  LineClasses classes_;
  std::vector<Token> strings_;
  std::string line_;
  std::string marked_;
  std::array<char, max_form_size + 2 * max_template_line> form_;
  std::size_t size_ = 0;
  std::size_t number_end_ = 0;  // behind the last number; 0: there is none
};

/// What stands in the places of a form's numbers, in their order.
/// @param line that has this form @param values views of the line
/// @return false where that cannot be told: of a form of a message or one that was cut, and where the line has colours
///         or more than one space in a row
[[nodiscard]] bool find_variables(std::string_view form, std::string_view line, std::vector<std::string_view>& values);

/// How people read a form: `<*>` for what differs, `…` where it was cut.
[[nodiscard]] std::string show_form(std::string_view form);

/// An expression that is true of the lines with a form, and of few others.
[[nodiscard]] std::string form_filter(std::string_view form);

}  // namespace taffrail::history
