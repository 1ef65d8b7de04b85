#include "alert/destination/request.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <openssl/hmac.h>

#include "alert/destination/destination.hpp"
#include "alert/destination/message.hpp"
#include "alert/destination/url.hpp"
#include "alert/destination/webhook_body.hpp"
#include "base/ascii.hpp"
#include "expr/base64.hpp"
#include "net/headers.hpp"
#include "net/request_target.hpp"

namespace taffrail::alert {
namespace {

bool has_control(std::string_view text) {
  return std::ranges::any_of(text,
                             [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; });
}

/// A pattern of the table with its `{names}` filled in. Nothing where one of them is empty and `all` is asked for.
/// @param value of a name
template <class Value>
std::optional<std::string> filled(std::string_view pattern, bool all, Value value) {
  std::string out;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    const std::string text = value(pattern.substr(open + 1, close - open - 1));
    if (all && text.empty()) return std::nullopt;
    out += text;
    pattern.remove_prefix(close + 1);
  }
  return out;
}

/// For one segment of a path, in which a colon stands as it is: Telegram's tokens have one.
std::string segment(std::string_view text) {
  std::string out = net::percent_encode(text);
  for (std::size_t at = out.find("%3A"); at != std::string::npos; at = out.find("%3A", at)) out.replace(at, 3, ":");
  return out;
}

std::string url_of(std::string_view pattern, const Values& values, const Notification& notification) {
  std::string base(values["url"]);
  if (pattern.size() > std::string_view("{url}").size() && pattern[std::string_view("{url}").size()] == '/')
    base.resize(base.find_last_not_of('/') + 1);
  std::string url = *filled(pattern, false, [&](std::string_view name) {
    if (name == "url") return base;
    if (name == "notification") return segment(notification.id);
    if (name == "alert") return alert_key(notification);
    return segment(values[name]);
  });
  // A pattern that adds to the query does not know whether there is one.
  if (!url.contains('?'))
    if (const std::size_t and_sign = url.find('&'); and_sign != std::string::npos) url[and_sign] = '?';
  return url;
}

std::string signature_of(std::string_view secret, std::string_view timestamp, std::string_view body) {
  std::string signed_text(timestamp);
  signed_text.append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest.data(), &size);
  std::string hex = "sha256=";
  for (unsigned int i = 0; i < size; ++i) fmt::format_to(std::back_inserter(hex), FMT_STRING("{:02x}"), digest.at(i));
  return hex;
}

/// Sets a header unless it is there already.
void set_if_missing(Request& request, std::string_view name, std::string value) {
  for (const auto& [there, _] : request.headers)
    if (net::equal_ignoring_case(there, name)) return;
  request.headers.emplace_back(name, std::move(value));
}

Result<> add_headers(const Service& service, const Destination& destination, const Values& values,
                     const SecretReader& secrets, Redaction& redaction, Request& request) {
  for (const auto& [name, stored] : destination.headers) {
    auto value = secrets.read(stored);
    if (!value) return fail(value.error().code, "'headers." + name + "': " + value.error().detail);
    if (auto fits = check_header(name, *value); !fits) return fits;
    redaction.add(std::string_view(*value).substr(value->find(' ') + 1));  // of "Bearer abc" only the latter
    request.headers.emplace_back(name, *std::move(value));
  }
  for (const HeaderPattern& pattern : service.headers) {
    auto value = filled(pattern.value, true, [&](std::string_view name) { return std::string(values[name]); });
    if (value) set_if_missing(request, pattern.name, *std::move(value));
  }
  return {};
}

/// A webhook's body: the template filled in, or the object that tells everything.
Result<> add_webhook_body(const Values& values, const Notification& notification, Time now, Request& request) {
  std::string content_type = "application/json";
  if (values.has("template")) {
    auto body = rendered_body(values["template"], notification);
    if (!body) return forward(body);
    if (!body->json) content_type = "text/plain; charset=utf-8";
    request.body = std::move(body->text);
  } else {
    request.body = webhook_body(notification);
  }
  set_if_missing(request, "Content-Type", std::move(content_type));
  if (!values.has("secret")) return {};
  std::string timestamp = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::erase_if(request.headers, [](const auto& header) {
    return net::equal_ignoring_case(header.first, "X-Taffrail-Timestamp") ||
           net::equal_ignoring_case(header.first, "X-Taffrail-Signature");
  });
  request.headers.emplace_back("X-Taffrail-Signature", signature_of(values["secret"], timestamp, request.body));
  request.headers.emplace_back("X-Taffrail-Timestamp", std::move(timestamp));
  return {};
}

}  // namespace

void Redaction::add(std::string_view secret) {
  if (secret.size() < shortest) return;
  secrets_.emplace_back(secret);
  if (std::string encoded = net::percent_encode(secret); encoded != secret) secrets_.push_back(std::move(encoded));
}

std::string Redaction::apply(std::string text) const {
  for (const std::string& secret : secrets_)
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
      text.replace(at, secret.size(), hidden_secret);
  return text;
}

Result<> check_header(std::string_view name, std::string_view value) {
  // Where a request ends, whom it goes to, how the connection goes on, and what names the notification.
  constexpr std::string_view ours[] = {"connection",       "content-length", "expect",  "host",
                                       "idempotency-key",  "keep-alive",     "te",      "proxy-authorization",
                                       "proxy-connection", "trailer",        "upgrade", "transfer-encoding"};
  constexpr std::size_t longest_name = 100;
  if (name.empty() || name.size() > longest_name || !std::ranges::all_of(name, net::is_token_char))
    return fail(ErrorCode::invalid_argument, "'headers' has a name that no header can have");
  const std::string what = "'headers." + std::string(name) + "' ";
  if (std::ranges::find(ours, ascii::to_lower(name)) != std::end(ours))
    return fail(ErrorCode::invalid_argument, what + "is set by Taffrail");
  if (has_control(value))
    return fail(ErrorCode::invalid_argument, what + "has a line end or another control character");
  return {};
}

Result<Values> values_of(const Service& service, const Destination& destination, const SecretReader& secrets,
                         Redaction& redaction) {
  std::map<std::string, std::string, std::less<>> values;
  for (const Field& field : fields_of(service)) {
    const auto stored = destination.settings.find(std::string(field.key));
    if (stored == destination.settings.end()) {
      if (!field.standard.empty()) values.emplace(field.key, field.standard);
      continue;
    }
    const bool reads = field.secret || field.kind == FieldKind::pem;
    auto value = reads ? secrets.read(stored->second) : Result<std::string>(stored->second);
    const std::string what = "'" + std::string(field.key) + "': ";
    if (!value) return fail(value.error().code, what + value.error().detail);
    if (field.kind == FieldKind::line && has_control(*value))
      return fail(ErrorCode::invalid_argument, what + "has a line end or another control character");
    if (field.kind == FieldKind::url)
      if (const auto url = check_url(*value); !url) return fail(url.error().code, what + url.error().detail);
    if (field.secret) redaction.add(*value);
    values.emplace(field.key, *std::move(value));
  }
  if (const auto user = values.find("username"); user != values.end()) {
    redaction.add(values.emplace("basic", expr::to_base64(user->second + ':' + values["password"])).first->second);
  }
  return Values(std::move(values));
}

Result<Request> request_of(const Service& service, const Destination& destination, const Values& values,
                           const SecretReader& secrets, const Notification& notification, std::string_view user_agent,
                           Time now, Redaction& redaction) {
  Request request;
  request.method = values.has("method") ? values["method"] : service.method;
  const bool over = is_over(notification) && !service.resolved_url.empty();
  request.url = url_of(over ? service.resolved_url : service.url, values, notification);
  if (auto added = add_headers(service, destination, values, secrets, redaction, request); !added)
    return forward(added);
  if (!service.body) {
    if (auto body = add_webhook_body(values, notification, now, request); !body) return forward(body);
  } else if (request.method != "GET") {
    request.body = service.body(message_of(service, notification, values));
    set_if_missing(request, "Content-Type", "application/json");
  }
  set_if_missing(request, "User-Agent", std::string(user_agent));
  request.headers.emplace_back("Idempotency-Key", net::percent_encode(notification.id));
  return request;
}

}  // namespace taffrail::alert
