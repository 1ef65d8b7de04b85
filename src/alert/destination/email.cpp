#include "alert/destination/email.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fmt/format.h>

#include "alert/destination/message.hpp"
#include "alert/notification.hpp"
#include "base/ascii.hpp"
#include "expr/base64.hpp"
#include "net/request_target.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

/// Text of any kind in a header (RFC 2047): ASCII as it stands where it is short and plain, else in words of base64,
/// cut between characters, of at most 75 bytes each.
std::string header_text(std::string_view text) {
  constexpr std::size_t longest_plain = 60;
  constexpr std::size_t longest_word = 42;  // bytes, 56 in base64
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
  if (plain && text.size() <= longest_plain && !text.contains("=?")) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::string_view word = text::cut_at_character(text, longest_word);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + expr::to_base64(word) + "?=";
    text.remove_prefix(word.size());
  }
  return out;
}

/// Base64 in lines of 76, of a text whose lines end with CRLF, as mail wants them.
std::string encoded(std::string_view text) {
  constexpr std::size_t line = 76;
  std::string lines;
  for (const char c : text) {
    if (c == '\n') lines += '\r';
    lines += c;
  }
  const std::string whole = expr::to_base64(lines);
  std::string out;
  for (std::size_t at = 0; at < whole.size(); at += line) out += whole.substr(at, line) + "\r\n";
  return out;
}

std::string date_of(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[parts.tm_wday], parts.tm_mday,
                     months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string mailbox_text(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  const bool plain = std::ranges::all_of(mailbox.name, [](char c) { return ascii::is_alphanumeric(c) || c == ' '; });
  const std::string name = plain ? mailbox.name : header_text(mailbox.name);
  // What is neither plain nor encoded has marks in it that mean something here.
  return (plain || name.starts_with("=?") ? name : "=?UTF-8?B?" + expr::to_base64(mailbox.name) + "?=") + " <" +
         mailbox.address + '>';
}

/// The same in HTML: the lines as they are, and links that can be followed.
std::string html_of(const Message& message) {
  constexpr Service html_mail{
      .dialect = Dialect::html, .title_limit = {200, Unit::characters}, .text_limit = {64UZ * 1024, Unit::bytes}};
  const Message html = message_of(html_mail, message.notification, message.settings);
  return fmt::format(
      FMT_STRING("<!doctype html><html><body style=\"font-family:sans-serif\"><h3 style=\"margin:0 0 8px;"
                 "color:#{:06x}\">{}</h3><div style=\"white-space:pre-wrap\">{}</div></body></html>"),
      color_of(message.notification), html.title, html.text);
}

}  // namespace

std::optional<Mailbox> read_mailbox(std::string_view text) {
  Mailbox mailbox;
  text = ascii::trim(text);
  if (const std::size_t open = text.find('<'); open != std::string_view::npos) {
    if (!text.ends_with('>')) return std::nullopt;
    std::string_view name = ascii::trim(text.substr(0, open));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    mailbox.name = name;
    text = text.substr(open + 1, text.size() - open - 2);
  }
  const std::size_t at = text.find('@');
  constexpr std::string_view marks = "()<>[]:;@\\,\" ";
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254 ||
      text.substr(at + 1).find_first_of(marks) != std::string_view::npos ||
      text.substr(0, at).find_first_of(marks) != std::string_view::npos)
    return std::nullopt;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::ranges::any_of(text, is_control) || std::ranges::any_of(mailbox.name, is_control)) return std::nullopt;
  mailbox.address = text;
  return mailbox;
}

std::string email_of(const Message& message) {
  const Notification& notification = message.notification;
  const Mailbox from = read_mailbox(message.settings["from"]).value_or(Mailbox{});
  const std::string domain = from.address.substr(from.address.find('@') + 1);
  std::string to;
  for (const std::string& recipient : message.settings.list("to")) {
    if (!to.empty()) to += ",\r\n ";
    to += mailbox_text(read_mailbox(recipient).value_or(Mailbox{}));
  }
  // All messages of one alert answer to one that need not exist: that makes them a thread.
  const std::string thread = "<" + message.alert + ".alert@" + domain + ">";
  const std::string boundary = "=_" + message.alert;
  std::string out;
  const auto header = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  header("Date", date_of(notification.time));
  header("From", mailbox_text(from));
  header("To", to);
  header("Subject", header_text(message.title));
  header("Message-ID", "<" + net::percent_encode(notification.id) + "@" + domain + ">");
  header("In-Reply-To", thread);
  header("References", thread);
  header("Auto-Submitted", "auto-generated");
  header("X-Taffrail-Severity", to_string(notification.rule.severity));
  header("MIME-Version", "1.0");
  header("Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
  for (const auto& [type, text] : {std::pair("text/plain", message.text), std::pair("text/html", html_of(message))}) {
    out += "\r\n--" + boundary + "\r\n";
    header("Content-Type", std::string(type) + "; charset=utf-8");
    header("Content-Transfer-Encoding", "base64");
    out += "\r\n" + encoded(text);
  }
  return out + "--" + boundary + "--\r\n";
}

}  // namespace taffrail::alert
