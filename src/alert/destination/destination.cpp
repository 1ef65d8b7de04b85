#include "alert/destination/destination.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "alert/destination/email.hpp"
#include "alert/destination/request.hpp"
#include "alert/destination/secret_value.hpp"
#include "alert/destination/service.hpp"
#include "alert/destination/url.hpp"
#include "alert/json_members.hpp"
#include "base/ascii.hpp"
#include "base/time_format.hpp"
#include "expr/environment.hpp"
#include "expr/template.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_json = 256UZ * 1024;
constexpr std::size_t longest_line = 4096;
constexpr std::size_t longest_name = 200;
constexpr std::size_t most_entries = 100;  // of a list, of headers
constexpr std::uint32_t most_at_once = 100;
constexpr std::uint32_t highest_rate = 100'000;
constexpr Duration longest_deadline = std::chrono::days(30);

[[nodiscard]] std::unexpected<Error> refuse(std::string_view key, std::string_view why) {
  return fail(ErrorCode::invalid_argument, "'" + std::string(key) + "' " + std::string(why));
}

std::string_view view(const json::value& text) { return {text.get_string().data(), text.get_string().size()}; }

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

Result<std::string> text_of(const json::value& value, std::string_view key, bool any) {
  if (!value.is_string()) return refuse(key, "is no text");
  if (!any && has_control(view(value))) return refuse(key, "has control characters");
  if (view(value).size() > (any ? expr::Template::longest_source : longest_line)) return refuse(key, "is too long");
  return std::string(view(value));
}

Result<std::string> number_of(const json::value& value, const Field& field) {
  const auto bound = [](std::string_view digits) {
    std::int64_t number = 0;
    std::from_chars(digits.begin(), digits.end(), number);
    return number;
  };
  const std::size_t dots = field.range.find("..");
  const std::int64_t low = bound(field.range.substr(0, dots));
  const std::int64_t high = bound(field.range.substr(dots + 2));
  boost::system::error_code none;
  const auto number = value.is_double() ? high + 1 : value.to_number<std::int64_t>(none);
  if (none || number < low || number > high)
    return refuse(field.key, "is no whole number within " + std::string(field.range));
  return std::to_string(number);
}

Result<std::string> list_of(const json::value& value, std::string_view key) {
  json::array list;
  if (value.is_string())
    list.push_back(value);
  else if (value.is_array())
    list = value.get_array();
  else
    return refuse(key, "is no list of texts");
  if (list.size() > most_entries) return refuse(key, "has more than 100 entries");
  for (const json::value& entry : list)
    if (const auto text = text_of(entry, key, false); !text) return std::unexpected(text.error());
  return json::serialize(list);
}

bool is_choice(std::string_view choices, std::string_view word) {
  return !word.contains(' ') && !word.empty() && fmt::format(" {} ", choices).contains(fmt::format(" {} ", word));
}

/// A field's value as it is kept, not sealed yet.
Result<std::string> setting_of(const json::value& value, const Field& field) {
  if (field.kind == FieldKind::number) return number_of(value, field);
  if (field.kind == FieldKind::list) return list_of(value, field.key);
  if (field.kind == FieldKind::flag) {
    if (!value.is_bool()) return refuse(field.key, "is neither true nor false");
    return std::string(value.get_bool() ? "true" : "false");
  }
  auto text = text_of(value, field.key, field.kind == FieldKind::text || field.kind == FieldKind::pem);
  if (!text || text->empty()) return text;
  if (field.kind == FieldKind::url && !(field.secret && (is_reference(*text) || *text == hidden_secret))) {
    if (const auto url = check_url(*text); !url) return refuse(field.key, url.error().detail);
  } else if (field.kind == FieldKind::choice && !is_choice(field.range, *text)) {
    return refuse(field.key, "is none of " + std::string(field.range));
  } else if (field.kind == FieldKind::length) {
    const auto length = parse_duration(*text);
    if (!length || *length <= Duration(0) || *length > longest_deadline)
      return refuse(field.key, "is no length of time up to 30 days, such as 4h");
  }
  return text;
}

/// What is stored of a secret: sealed, or the reference as it stands.
Result<std::string> kept_secret(std::string_view key, const std::string& secret, const SecretBox& box,
                                const std::string* stored) {
  if (secret == hidden_secret) {
    if (stored) return *stored;
    return refuse(key, "is \"***\", which stands for the secret that is stored, and none is");
  }
  return is_reference(secret) ? secret : box.seal(secret);
}

const std::string* find(const std::map<std::string, std::string>& in, std::string_view key) {
  const auto at = in.find(std::string(key));
  return at == in.end() ? nullptr : &at->second;
}

Result<> read_settings(JsonMembers& members, const Service& service, const SecretBox& box, const Destination* stored,
                       Destination& into) {
  for (const Field& field : fields_of(service)) {
    const json::value* value = members.find(field.key);
    if (!value) continue;
    auto setting = setting_of(*value, field);
    if (!setting) return forward(setting);
    if (setting->empty()) continue;
    if (field.secret)
      setting = kept_secret(field.key, *setting, box, stored ? find(stored->settings, field.key) : nullptr);
    if (!setting) return forward(setting);
    into.settings.emplace(field.key, *std::move(setting));
  }
  for (const Field& field : service.fields) {
    const std::string* kept = find(into.settings, field.key);
    if (field.required && (!kept || *kept == "[]")) return refuse(field.key, "is missing");
  }
  return {};
}

Result<> read_headers(JsonMembers& members, const SecretBox& box, const Destination* stored, Destination& into) {
  std::optional<Error> failed;
  std::map<std::string, std::string> headers;
  JsonMembers(members.raw(), "", failed).read("headers", headers);
  members.find("headers");
  if (failed) return std::unexpected(*std::move(failed));
  if (headers.size() > most_entries) return refuse("headers", "has more than 100 entries");
  for (auto& [name, value] : headers) {
    if (auto fits = check_header(name, value); !fits) return fits;
    if (value.size() > longest_line) return refuse("headers." + name, "is too long");
    auto kept = kept_secret("headers." + name, value, box, stored ? find(stored->headers, name) : nullptr);
    if (!kept) return forward(kept);
    value = *std::move(kept);
  }
  into.headers = std::move(headers);
  return {};
}

Result<> read_rate(std::string_view text, Destination& into) {
  const std::size_t slash = text.find('/');
  std::uint32_t rate = 0;
  const auto number = text.substr(0, slash);
  const auto end = std::from_chars(number.data(), number.data() + number.size(), rate);
  const auto per =
      slash == std::string_view::npos ? fail(ErrorCode::invalid_argument, "") : parse_duration(text.substr(slash + 1));
  if (end.ec != std::errc() || end.ptr != number.data() + number.size() || rate == 0 || rate > highest_rate || !per ||
      *per < std::chrono::milliseconds(1) || *per > longest_deadline)
    return refuse("rate", "is no rate such as 30/1m");
  into.rate = rate;
  into.per = *per;
  return {};
}

Result<> read_sending(JsonMembers& members, Destination& into) {
  std::optional<Error> failed;
  JsonMembers own(members.raw(), "", failed);
  std::string rate;
  std::string deadline;
  own.read("rate", rate);
  own.read("concurrency", into.concurrency);
  own.read("deadline", deadline);
  for (const char* key : {"rate", "concurrency", "deadline"}) members.find(key);
  if (failed) return std::unexpected(*std::move(failed));
  if (!rate.empty())
    if (auto read = read_rate(rate, into); !read) return read;
  if (into.concurrency == 0 || into.concurrency > most_at_once) return refuse("concurrency", "is not within 1..100");
  if (deadline.empty()) return {};
  const auto length = parse_duration(deadline);
  if (!length || *length < std::chrono::seconds(1) || *length > longest_deadline)
    return refuse("deadline", "is no length of time from 1s to 30d");
  into.deadline = *length;
  return {};
}

std::vector<std::string> texts_of(const std::string& list) { return Values({{"list", list}}).list("list"); }

/// What no field says alone.
Result<> check(const Service& service, const Destination& destination) {
  if (const std::string* source = find(destination.settings, "template")) {
    const auto compiled = expr::Template::compile(*source, expr::Environment::notification());
    if (!compiled) return refuse("template", compiled.error().to_error().detail);
  }
  if (service.transport == Transport::smtp) {
    std::vector<std::string> addresses = texts_of(destination.settings.at("to"));
    addresses.push_back(destination.settings.at("from"));
    for (const std::string& address : addresses)
      if (!read_mailbox(address))
        return refuse(address == addresses.back() ? "from" : "to", "has '" + address + "', which is no address");
  }
  if (service.transport == Transport::command && !texts_of(destination.settings.at("command")).front().starts_with('/'))
    return refuse("command", "does not begin with the absolute path of a program");
  if (service.type == "apprise" && !find(destination.settings, "key") && !find(destination.settings, "urls"))
    return refuse("key", "or 'urls' is missing");
  return {};
}

Result<Destination> read(const json::object& object, const SecretBox& box, const Destination* stored) {
  std::optional<Error> failed;
  JsonMembers members(object, "", failed);
  Destination made;
  members.read("name", made.name);
  members.read("type", made.type);
  made.id = stored ? stored->id : 0;
  DestinationId id = made.id;
  if (stored) members.read("id", id);
  if (failed) return std::unexpected(*std::move(failed));
  if (id != made.id) return refuse("id", "is another one's");
  if (ascii::trim(made.name).empty() || has_control(made.name) || made.name.size() > longest_name)
    return refuse("name", "is missing, longer than 200 bytes, or has control characters");
  const Service* service = find_service(made.type);
  if (!service) {
    std::string types;
    for (const Service& one : services()) types += ' ' + std::string(one.type);
    return refuse("type", "is none of" + types);
  }
  if (stored && stored->type != made.type) stored = nullptr;  // another service is not sent this one's secrets
  if (auto sending = read_sending(members, made); !sending) return forward(sending);
  if (auto settings = read_settings(members, *service, box, stored, made); !settings) return forward(settings);
  if (service->takes_headers)
    if (auto headers = read_headers(members, box, stored, made); !headers) return forward(headers);
  if (const auto unknown = members.unknown()) return refuse(*unknown, "is no key of " + made.type);
  if (auto fits = check(*service, made); !fits) return forward(fits);
  return made;
}

std::string rate_of(const Destination& destination) {
  return fmt::format("{}/{}", destination.rate, to_duration_text(destination.per));
}

void append_setting(text::JsonWriter& json, const Field& field, const std::string& kept) {
  json.key(field.key);
  if (field.secret && !is_reference(kept))
    json.value(hidden_secret);
  else if (field.kind == FieldKind::number || field.kind == FieldKind::flag || field.kind == FieldKind::list)
    json.raw(kept);
  else
    json.value(kept);
}

}  // namespace

Result<Destination> destination_of_json(std::string_view text, const SecretBox& box, const Destination* stored) {
  const auto object = read_json_object(text, longest_json, "destination");
  if (!object) return std::unexpected(object.error());
  return read(*object, box, stored);
}

Result<Destination> patched_destination(const Destination& stored, std::string_view text, const SecretBox& box) {
  const auto patch = read_json_object(text, longest_json, "destination");
  if (!patch) return std::unexpected(patch.error());
  json::value merged = json::parse(to_json(stored));
  merge_patch(merged, *patch);
  return read(merged.get_object(), box, &stored);
}

std::string to_json(const Destination& destination) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object().member("id", destination.id).member("name", destination.name).member("type", destination.type);
  if (const Service* service = find_service(destination.type)) {
    for (const Field& field : fields_of(*service))
      if (const std::string* kept = find(destination.settings, field.key)) append_setting(json, field, *kept);
    if (service->takes_headers) {
      json.key("headers").begin_object();
      for (const auto& [name, kept] : destination.headers)
        json.member(name, is_reference(kept) ? std::string_view(kept) : hidden_secret);
      json.end_object();
    }
  }
  json.member("rate", rate_of(destination)).member("concurrency", destination.concurrency);
  json.member("deadline", to_duration_text(destination.deadline)).end_object();
  return out;
}

}  // namespace taffrail::alert
