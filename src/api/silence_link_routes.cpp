#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

#include "alert/destination/dialect.hpp"
#include "api/alert_exchange.hpp"
#include "base/time_format.hpp"

// The page behind the link of a notification: a form that silences its group. It is read by a browser that is not
// logged in anywhere, so it is plain HTML without scripts; to look at it changes nothing.

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

struct Length {
  std::string_view name;
  std::string_view label;
  Duration length;
};
constexpr std::array lengths{Length{"1h", "For one hour", 1h}, Length{"4h", "For four hours", 4h},
                             Length{"24h", "For a day", 24h}};

std::string escaped(std::string_view text) {
  std::string out;
  constexpr std::size_t longest = 1000;
  alert::append_escaped(out, text, alert::Dialect::html, {longest, alert::Unit::characters});
  return out;
}

/// @param content HTML
Task<Answer<>> send_page(Exchange& exchange, std::string_view title, std::string content) {
  net::Headers headers = security_headers("same-origin");
  headers.add("Content-Type", "text/html; charset=utf-8");
  headers.add("Cache-Control", "no-store");
  const std::string page = fmt::format(
      FMT_STRING("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                 "content=\"width=device-width\"><title>{0}</title></head>\n<body><h1>{0}</h1>\n{1}</body></html>\n"),
      title, content);
  auto sent = co_await exchange.writer.send(200, headers, page);
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

/// What is silenced, for people.
std::string about(const alert::Notification& began) {
  std::string text = fmt::format("<p><b>{}</b></p>\n", escaped(began.rule.name));
  for (const auto& [by, value] : began.alert.group) text += fmt::format("<p>{}: {}</p>\n", escaped(by), escaped(value));
  return text + fmt::format("<p>{}</p>\n", escaped(began.detail));
}

Task<Answer<>> show_form(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  const auto began = co_await (*alerts)->silence_link(exchange.captures.front());
  if (!began) co_return refuse(began.error());
  std::string content = about(*began);
  for (const Length& length : lengths)
    content += fmt::format("<form method=\"post\" action=\"?for={}\"><p><button>{}</button></p></form>\n", length.name,
                           length.label);
  co_return co_await send_page(exchange, "Silence this alert?", std::move(content));
}

Task<Answer<>> silence(Services& services, Exchange& exchange) {
  auto alerts = alerts_of(services);
  if (!alerts) co_return forward(alerts);
  const auto asked = exchange.target.parameter("for");
  const auto* length = std::ranges::find(lengths, asked.value_or(""), &Length::name);
  if (length == lengths.end()) co_return refuse(400, "for: one of 1h, 4h and 24h is needed");
  auto began = co_await (*alerts)->silence_link(exchange.captures.front());
  if (!began) co_return refuse(std::move(began.error()));
  const auto until = co_await (*alerts)->silence_group(*began, length->length);
  if (!until) co_return refuse(until.error());
  co_return co_await send_page(
      exchange, "Silenced",
      about(*began) +
          fmt::format("<p>Nobody is told of it until {}. It can be ended in the page, under Silences.</p>\n",
                      to_rfc3339(std::chrono::floor<std::chrono::seconds>(*until))));
}

}  // namespace

std::vector<Route> silence_link_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/silence/{token}", {}, with(show_form)}, {"POST", "/silence/{token}", {"for"}, with(silence)}};
}

}  // namespace taffrail::api
