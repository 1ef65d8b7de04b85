#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace taffrail::alert {

struct Notification;

/// What may stand in a field, and how it is kept in Destination::settings.
enum class FieldKind : std::uint8_t {
  line,    ///< a text without control characters
  text,    ///< any text: a template
  pem,     ///< certificates or a key in PEM; or, as of a secret, where they stand
  url,     ///< http or https, with a host, without a user or a fragment
  number,  ///< a whole number within `range`
  flag,    ///< true or false; kept as "true" or "false"
  choice,  ///< one of the words in `range`
  list,    ///< texts; one alone may stand for a list of it; kept as a JSON array
  length,  ///< of time: "4h"
};

/// One key of a destination of a type.
struct Field {
  std::string_view key;
  FieldKind kind = FieldKind::line;
  bool required = false;
  bool secret = false;          ///< stored sealed, never shown
  std::string_view standard{};  ///< what stands for a missing one; empty: nothing does
  std::string_view range{};     ///< of a number "LOW..HIGH"; of a choice its words, separated by blanks
  std::string_view help{};
};

/// The settings of a destination as a request needs them: secrets open, standards filled in.
class Values {
 public:
  explicit Values(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}
  /// Empty where there is none.
  [[nodiscard]] std::string_view operator[](std::string_view key) const {
    const auto at = values_.find(key);
    return at == values_.end() ? std::string_view() : std::string_view(at->second);
  }
  [[nodiscard]] bool has(std::string_view key) const { return !(*this)[key].empty(); }
  /// Of a field of kind `flag`.
  [[nodiscard]] bool is_set(std::string_view key) const { return (*this)[key] == "true"; }
  /// Of a field of kind `list`.
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// How a service reads the texts that it is sent.
enum class Dialect : std::uint8_t {
  plain,     ///< as it stands
  html,      ///< Telegram's and Matrix's few tags
  mrkdwn,    ///< Slack's
  markdown,  ///< Discord's and Mattermost's
  card,      ///< Markdown in an Adaptive Card, where a line ends with two newlines
  chat,      ///< Google Chat's, which knows no escape
};

/// What a service counts its limits in.
enum class Unit : std::uint8_t { bytes, characters, utf16 };

struct Limit {
  std::size_t most;
  Unit unit;
};

/// What a request's body is made of.
struct Message {
  const Notification& notification;
  const Values& settings;
  std::string title;  ///< in the service's dialect, within its limit
  std::string text;   ///< the same; the rule's message or the detail, what it is about, further lines, links
  std::string alert;  ///< names the alert: the same for all notifications of one, other for any other
};

/// A header that a service wants; left out where a `{field}` in its value is empty.
struct HeaderPattern {
  std::string_view name;
  std::string_view value;
};

enum class Transport : std::uint8_t { http, smtp, command };

/// One kind of destination: how its people describe one, and what it is sent. A row of the table, and nothing else,
/// tells services apart.
struct Service {
  std::string_view type{};
  std::string_view title{};
  std::string_view reference{};  ///< where its maker describes it
  Transport transport = Transport::http;
  std::span<const Field> fields{};
  bool takes_headers = false;  ///< further ones, under `headers`
  std::string_view method = "POST";
  /// `{field}` is a setting: `{url}` at the start as it stands without a `/` at its end, others percent-encoded;
  /// `{notification}` and `{alert}` name what is sent.
  std::string_view url = "{url}";
  std::string_view resolved_url{};  ///< where another one is told that an alert is over
  std::span<const HeaderPattern> headers{};
  Dialect dialect = Dialect::plain;
  Limit title_limit{};
  Limit text_limit{};
  bool places_link = false;  ///< its body has a place for the link to the page, so the text goes without
  std::string (*body)(const Message&) = nullptr;  ///< JSON; null: the webhook's, the command's and the email's own
  /// Where in the answer's JSON (RFC 6901) it says how long to wait, beside Retry-After, and in seconds divided by
  /// what.
  std::string_view wait{};
  double wait_unit = 1;
};

/// The table, in the order in which people are shown it.
[[nodiscard]] std::span<const Service> services();
/// Null where there is none of that type.
[[nodiscard]] const Service* find_service(std::string_view type);
/// All fields of a service: its own, and those of its transport (certificates, proxy).
[[nodiscard]] std::vector<Field> fields_of(const Service& service);

}  // namespace taffrail::alert
