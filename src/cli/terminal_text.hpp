#pragma once

#include <string>
#include <string_view>

namespace taffrail::cli {

/// Appends what a container, or anybody else, wrote as a terminal may get it. Nothing but text and colours comes
/// through: of escape sequences SGR is understood and written anew (without "hidden"), all others are left out; control
/// characters become their pictures (U+2400 to U+2421), and C1 controls, marks that turn the direction of text, and
/// bytes that are no UTF-8 become U+FFFD. A tab stays.
/// @param colors false: without colours, too
void append_terminal_text(std::string& out, std::string_view text, bool colors);

/// How many columns a text takes: its characters. @param text has no escape sequences
[[nodiscard]] std::size_t columns_of(std::string_view text);
/// Cuts a text after so many characters.
[[nodiscard]] std::string_view first_columns(std::string_view text, std::size_t columns);

}  // namespace taffrail::cli
