#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "alert/destination/service.hpp"

namespace taffrail::alert {

/// Somebody's address: `ops@example.org`, or `Ops <ops@example.org>`.
struct Mailbox {
  std::string name;
  std::string address;
};
/// Nothing for what is none, or has characters in it that mean something to a mail server.
[[nodiscard]] std::optional<Mailbox> read_mailbox(std::string_view text);

/// The message (RFC 5322, with MIME): a text and the same as HTML, lines ended by CRLF. Its Message-ID is the
/// notification's id, and all messages of one alert are one thread.
/// @param message with title and text in the plain dialect
[[nodiscard]] std::string email_of(const Message& message);

}  // namespace taffrail::alert
