#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "alert/destination/service.hpp"

namespace taffrail::alert {

/// The length of a text as its service counts it.
[[nodiscard]] std::size_t size_in(Unit unit, std::string_view text);

/// Appends a text so that its service shows it as it is and does nothing of what it says: no markup, no link that hides
/// where it goes, nobody called (`@everyone`), no control characters, no change of the writing's direction. Bytes that
/// are no UTF-8 become U+FFFD.
/// @param limit of what is appended, escapes included; a text that is longer is cut between two characters and ends
///   with "…"
void append_escaped(std::string& out, std::string_view text, Dialect dialect, Limit limit);

/// Appends `label` as a link; where the dialect has none, the address. `address` must be one that `is_link` takes.
void append_link(std::string& out, std::string_view label, std::string_view address, Dialect dialect);

/// Whether an address can be put into any dialect as it is: http or https, only characters that a URL may have, at most
/// 1,000.
[[nodiscard]] bool is_link(std::string_view address);

}  // namespace taffrail::alert
