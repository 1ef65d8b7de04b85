#include "alert/destination/service_bodies.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <fmt/format.h>

#include "alert/destination/dialect.hpp"
#include "alert/destination/message.hpp"
#include "alert/notification.hpp"
#include "base/ascii.hpp"
#include "base/time_format.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert::bodies {
namespace {

using text::JsonWriter;

constexpr Limit fact_limit{200, Unit::characters};

/// What a service has a number or word of its own for, by the severity of the rule; less where an alert is over.
template <class Value>
Value by_severity(const Message& message, const std::array<Value, 3>& values) {
  return is_over(message.notification) ? values.front()
                                       : values.at(static_cast<std::size_t>(message.notification.rule.severity));
}

std::int64_t priority(const Message& message, const std::array<std::int64_t, 3>& values) {
  const std::string_view set = message.settings["priority"];
  std::int64_t number = by_severity(message, values);
  std::from_chars(set.data(), set.data() + set.size(), number);
  return number;
}

/// The link to the page, where there is one.
std::string_view link_of(const Message& message) {
  return is_link(message.notification.link) ? std::string_view(message.notification.link) : std::string_view();
}

std::string plain(std::string_view text, Limit limit) {
  std::string out;
  append_escaped(out, text, Dialect::plain, limit);
  return out;
}

void member_if(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.member(name, text);
}

/// The body of one object whose members `fill` writes.
template <class Fill>
std::string object(Fill fill) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  fill(json);
  json.end_object();
  return out;
}

void append_facts(JsonWriter& json, const Notification& notification) {
  for (const auto& [label, value] : facts_of(notification)) json.member(label, plain(value, fact_limit));
}

std::string source_of(const Notification& notification) {
  if (!notification.container) return "taffrail";
  const ContainerFacts& container = *notification.container;
  return container.host_name.empty() ? container.name : container.host_name;
}

}  // namespace

std::string slack(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("text", message.title).member("unfurl_links", false).member("unfurl_media", false);
    json.key("blocks").begin_array();
    json.begin_object().member("type", "header").key("text").begin_object();
    json.member("type", "plain_text").member("text", message.title).member("emoji", false).end_object().end_object();
    json.begin_object().member("type", "section").key("text").begin_object();
    json.member("type", "mrkdwn").member("text", message.text).member("verbatim", true).end_object().end_object();
    json.end_array();
  });
}

std::string discord(const Message& message) {
  return object([&](JsonWriter& json) {
    member_if(json, "username", message.settings["username"]);
    json.key("allowed_mentions").begin_object().key("parse").begin_array().end_array().end_object();
    json.key("embeds").begin_array().begin_object().member("title", message.title);
    member_if(json, "url", link_of(message));
    json.member("description", message.text).member("color", color_of(message.notification));
    json.member("timestamp", message.notification.time).end_object().end_array();
  });
}

std::string teams(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("type", "message").key("attachments").begin_array().begin_object();
    json.member("contentType", "application/vnd.microsoft.card.adaptive").key("contentUrl").null();
    json.key("content").begin_object().member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    json.member("type", "AdaptiveCard").member("version", "1.4").key("body").begin_array();
    json.begin_object().member("type", "TextBlock").member("text", message.title).member("wrap", true);
    json.member("weight", "Bolder").member("size", "Medium");
    json.member("color", is_over(message.notification)
                             ? "Good"
                             : by_severity<const char*>(message, {"Accent", "Warning", "Attention"}));
    json.end_object().begin_object().member("type", "TextBlock").member("text", message.text).member("wrap", true);
    json.end_object().end_array();
    if (!link_of(message).empty()) {
      json.key("actions").begin_array().begin_object().member("type", "Action.OpenUrl");
      json.member("title", "Open in Taffrail").member("url", link_of(message)).end_object().end_array();
    }
    json.end_object().end_object().end_array();
  });
}

std::string telegram(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("chat_id", message.settings["chat_id"]);
    if (message.settings.has("thread_id")) json.key("message_thread_id").raw(message.settings["thread_id"]);
    json.member("text", "<b>" + message.title + "</b>\n" + message.text).member("parse_mode", "HTML");
    json.key("link_preview_options").begin_object().member("is_disabled", true).end_object();
    json.member("disable_notification", message.settings["silent"] == "true");
  });
}

std::string ntfy(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("topic", message.settings["topic"]).member("title", message.title).member("message", message.text);
    json.member("priority", priority(message, {3, 4, 5}));
    json.key("tags").begin_array();
    json.value(is_over(message.notification)
                   ? "white_check_mark"
                   : by_severity<const char*>(message, {"information_source", "warning", "rotating_light"}));
    json.end_array();
    member_if(json, "click", link_of(message));
  });
}

std::string gotify(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("title", message.title).member("message", message.text);
    json.member("priority", priority(message, {3, 6, 9})).key("extras").begin_object();
    json.key("client::display").begin_object().member("contentType", "text/plain").end_object();
    if (!link_of(message).empty()) {
      json.key("client::notification").begin_object().key("click").begin_object();
      json.member("url", link_of(message)).end_object().end_object();
    }
    json.end_object();
  });
}

std::string pushover(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("token", message.settings["token"]).member("user", message.settings["user"]);
    json.member("title", message.title).member("message", message.text);
    json.member("priority", priority(message, {-1, 0, 1}));
    json.member("timestamp",
                std::chrono::floor<std::chrono::seconds>(message.notification.time).time_since_epoch().count());
    member_if(json, "device", message.settings["device"]);
    member_if(json, "sound", message.settings["sound"]);
    if (link_of(message).empty()) return;
    json.member("url", plain(link_of(message), {512, Unit::characters})).member("url_title", "Open in Taffrail");
  });
}

std::string pagerduty(const Message& message) {
  const Notification& notification = message.notification;
  return object([&](JsonWriter& json) {
    json.member("routing_key", message.settings["routing_key"]);
    json.member("event_action", is_over(notification) ? "resolve" : "trigger").member("dedup_key", message.alert);
    if (is_over(notification)) return;
    json.member("client", "Taffrail");
    member_if(json, "client_url", link_of(message));
    json.key("payload").begin_object().member("summary", message.title);
    json.member("source", plain(source_of(notification), fact_limit));
    json.member("severity", to_string(notification.rule.severity)).member("timestamp", notification.time);
    if (notification.container) {
      member_if(json, "component", plain(notification.container->name, fact_limit));
      member_if(json, "group", plain(notification.container->service, fact_limit));
    }
    member_if(json, "class", plain(notification.rule.name, fact_limit));
    json.key("custom_details").begin_object().member("text", message.text);
    append_facts(json, notification);
    json.end_object().end_object();
    if (is_link(notification.rule.runbook)) {
      json.key("links").begin_array().begin_object().member("href", notification.rule.runbook);
      json.member("text", "Runbook").end_object().end_array();
    }
  });
}

std::string opsgenie(const Message& message) {
  const Notification& notification = message.notification;
  return object([&](JsonWriter& json) {
    json.member("source", plain(source_of(notification), {100, Unit::characters}));
    if (is_over(notification)) {
      json.member("note", message.text);
      return;
    }
    json.member("message", message.title).member("alias", message.alert).member("description", message.text);
    const std::string_view set = message.settings["priority"];
    json.member("priority", set.empty() ? by_severity<std::string_view>(message, {"P5", "P3", "P1"}) : set);
    if (notification.container) json.member("entity", plain(notification.container->name, fact_limit));
    json.key("tags").begin_array();
    for (const std::string& tag : message.settings.list("tags")) json.value(plain(tag, {50, Unit::characters}));
    json.end_array().key("details").begin_object();
    append_facts(json, notification);
    json.end_object();
  });
}

std::string matrix(const Message& message) {
  constexpr Service plain_service{.title_limit = {250, Unit::characters}, .text_limit = {9000, Unit::bytes}};
  const Message unformatted = message_of(plain_service, message.notification, message.settings);
  std::string html;
  for (const char c : message.text) {
    if (c == '\n')
      html += "<br>";
    else
      html += c;
  }
  return object([&](JsonWriter& json) {
    json.member("msgtype", message.settings["notice"] == "true" ? "m.notice" : "m.text");
    json.member("body", unformatted.title + '\n' + unformatted.text).member("format", "org.matrix.custom.html");
    json.member("formatted_body", "<b>" + message.title + "</b><br>" + html);
    json.key("m.mentions").begin_object().end_object();  // nobody, whatever the text says
  });
}

std::string mattermost(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("text", "**" + message.title + "**\n" + message.text);
    member_if(json, "channel", message.settings["channel"]);
    member_if(json, "username", message.settings["username"]);
  });
}

std::string googlechat(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("text", message.title + '\n' + message.text);
    json.key("thread").begin_object().member("threadKey", message.alert).end_object();
  });
}

std::string signal(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("message", message.title + '\n' + message.text).member("number", message.settings["number"]);
    json.key("recipients").begin_array();
    for (const std::string& recipient : message.settings.list("recipients")) json.value(recipient);
    json.end_array();
  });
}

namespace {

/// What Prometheus takes for the name of a label.
std::string label_name(std::string_view text) {
  constexpr std::size_t longest = 100;
  std::string name;
  for (const char c : text.substr(0, longest)) name += ascii::is_alphanumeric(c) ? c : '_';
  if (name.empty() || ascii::is_digit(name.front())) name.insert(0, "_");
  return name;
}

/// The labels that tell an alert from others: nothing in them may differ between its begin and its end.
std::map<std::string, std::string> labels_of(const Notification& notification) {
  std::map<std::string, std::string> labels;
  for (const auto& [name, value] : notification.rule.labels) labels[label_name(name)] = plain(value, fact_limit);
  for (const auto& [by, value] : notification.alert.group) labels[label_name(by)] = plain(value, fact_limit);
  if (notification.alert.group.empty() && notification.container)
    labels["container"] = plain(notification.container->name, fact_limit);
  labels["alertname"] = plain(notification.rule.name.empty() ? "Alert" : notification.rule.name, fact_limit);
  labels["severity"] = to_string(notification.rule.severity);
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return labels;
}

}  // namespace

std::string alertmanager(const Message& message) {
  const Notification& notification = message.notification;
  std::string out;
  JsonWriter json(out);
  json.begin_array().begin_object().member("labels", labels_of(notification)).key("annotations").begin_object();
  json.member("summary", message.title).member("description", message.text);
  member_if(json, "runbook_url", is_link(notification.rule.runbook) ? notification.rule.runbook : "");
  const Time begun = notification.alert.started == Time() ? notification.time : notification.alert.started;
  const Duration expires = parse_duration(message.settings["expires"]).value_or(std::chrono::hours(4));
  json.end_object().member("startsAt", begun);
  json.member("endsAt", is_over(notification) ? notification.time : moved(notification.time, expires));
  member_if(json, "generatorURL", link_of(message));
  json.end_object().end_array();
  return out;
}

std::string apprise(const Message& message) {
  return object([&](JsonWriter& json) {
    json.member("title", message.title).member("body", message.text).member("format", "text");
    json.member("type", is_over(message.notification)
                            ? "success"
                            : by_severity<const char*>(message, {"info", "warning", "failure"}));
    member_if(json, "urls", message.settings["urls"]);
    member_if(json, "tag", message.settings["tag"]);
  });
}

std::string heartbeat(const Message& message) {
  return object([&](JsonWriter& json) { json.member("status", "ok").member("time", message.notification.time); });
}

}  // namespace taffrail::alert::bodies
