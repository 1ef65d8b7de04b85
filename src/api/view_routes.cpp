#include "api/view_routes.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "alert/json_members.hpp"
#include "api/alert_exchange.hpp"
#include "api/container_filter.hpp"
#include "api/line_filter.hpp"
#include "text/json_writer.hpp"
#include "views/saved_views.hpp"

namespace taffrail::api {
namespace {

using views::SavedView;
using views::SavedViews;

/// Columns and names of levels that one view may have; a screen has room for some ten.
constexpr std::size_t most_items = 50;

/// A view as a request gives it, checked.
struct GivenView {
  std::string name;
  std::string shows;
  std::int64_t version = 0;  ///< 0: none was given
};

/// The texts of an array that is a member. Refusal: another one.
Answer<std::vector<std::string>> texts_in(alert::JsonMembers& members, std::string_view key) {
  std::vector<std::string> texts;
  const boost::json::value* value = members.find(key);
  if (!value) return texts;
  if (!value->is_array() || value->get_array().size() > most_items)
    return refuse(400, "view." + std::string(key) + ": is no list of at most " + std::to_string(most_items) + " texts");
  for (const boost::json::value& item : value->get_array()) {
    if (!item.is_string()) return refuse(400, "view." + std::string(key) + ": has something that is no text");
    texts.emplace_back(item.get_string());
  }
  return texts;
}

void append(text::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

constexpr std::array<std::string_view, 3> arrangements{"time", "container", "pattern"};

/// How what is found is shown, where a view is a search. Refusal: something that it cannot be.
Answer<> append_search(text::JsonWriter& json, alert::JsonMembers& members, std::optional<Error>& failed) {
  auto search = members.object("search");
  if (!search) return {};
  std::string by(arrangements.front());
  std::string fresh;
  bool compared = false;
  search->read("by", by);
  search->read("new", fresh);
  search->read("compared", compared);
  if (failed) return {};
  if (const auto unknown = search->unknown()) return refuse(400, *unknown + ": there is no such key");
  if (std::ranges::find(arrangements, by) == arrangements.end())
    return refuse(400, "view.search.by: is none of time, container, pattern");
  json.key("search").begin_object().member("by", by).member("new", fresh).member("compared", compared).end_object();
  return {};
}

/// Reads a view and checks what can be checked: its expressions, above all.
Answer<GivenView> view_in(const Services& services, const Exchange& exchange) {
  auto object = alert::read_json_object(exchange.request.body, SavedViews::most_bytes, "view");
  if (!object) return refuse(std::move(object.error()));
  std::optional<Error> failed;
  alert::JsonMembers members(*object, "view", failed);
  GivenView view;
  std::string containers;
  std::string filter;
  std::string range;
  members.read("name", view.name);
  members.read("containers", containers);
  members.read("filter", filter);
  members.read("range", range);
  members.read("version", view.version);
  auto levels = texts_in(members, "levels");
  if (!levels) return forward(levels);
  auto streams = texts_in(members, "streams");
  if (!streams) return forward(streams);
  auto columns = texts_in(members, "columns");
  if (!columns) return forward(columns);
  text::JsonWriter json(view.shows);
  json.begin_object();
  if (auto searches = append_search(json, members, failed); !searches) return forward(searches);
  if (failed) return refuse(std::move(*failed));
  if (const auto unknown = members.unknown()) return refuse(400, *unknown + ": there is no such key");
  if (view.name.find_first_not_of(" \t\r\n") == std::string::npos) return refuse(400, "view.name: a view has a name");
  if (containers.empty()) return refuse(400, "view.containers: an expression is missing");
  if (auto selects = ContainerFilter::compile("containers", containers); !selects) return forward(selects);
  if (!filter.empty())
    if (auto keeps = expression_filters(filter, services.registry(), nullptr); !keeps) return forward(keeps);
  json.member("containers", containers).member("filter", filter).member("range", range);
  append(json, "levels", *levels);
  append(json, "streams", *streams);
  append(json, "columns", *columns);
  json.end_object();
  return view;
}

void append_view(std::string& body, const SavedView& view) {
  text::JsonWriter json(body);
  json.begin_object().member("id", view.id).member("version", view.version).member("name", view.name);
  // What it shows stands among its members.
  json.next() += std::string_view(view.shows).substr(1, view.shows.size() - 2);
  json.member("created", view.created).member("changed", view.changed).end_object();
}

std::string view_json(const SavedView& view) {
  std::string body;
  append_view(body, view);
  body += '\n';
  return body;
}

Task<Answer<>> list_views(Services&, SavedViews& saved, Exchange& exchange) {
  const auto all = co_await saved.all();
  if (!all) co_return refuse(Error(all.error()));
  std::string body = co_await exchange.workers.run([&] {
    std::string made;
    text::JsonWriter json(made);
    json.begin_object().key("views").begin_array();
    for (const SavedView& view : *all) append_view(json.next(), view);
    json.end_array().end_object();
    made += '\n';
    return made;
  });
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> create_view(Services& services, SavedViews& saved, Exchange& exchange) {
  auto given = view_in(services, exchange);
  if (!given) co_return forward(given);
  if (given->version != 0) co_return refuse(400, "view.version: a view that is new has none");
  auto made = co_await saved.add(std::move(given->name), std::move(given->shows));
  if (!made) co_return refuse(std::move(made.error()));
  co_return co_await send_made(exchange, view_json(*made));
}

Task<Answer<>> show_view(Services&, SavedViews& saved, Exchange& exchange) {
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto view = co_await saved.find(*id);
  if (!view) co_return refuse(std::move(view.error()));
  co_return co_await send_json(exchange, view_json(*view));
}

Task<Answer<>> replace_view(Services& services, SavedViews& saved, Exchange& exchange) {
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto given = view_in(services, exchange);
  if (!given) co_return forward(given);
  if (given->version < 1) co_return refuse(400, "view.version: the version that is to be replaced is missing");
  auto view = co_await saved.replace(*id, given->version, std::move(given->name), std::move(given->shows));
  if (!view) co_return refuse(std::move(view.error()));
  co_return co_await send_json(exchange, view_json(*view));
}

Task<Answer<>> remove_view(Services&, SavedViews& saved, Exchange& exchange) {
  auto id = number_in(exchange);
  if (!id) co_return forward(id);
  auto done = co_await saved.remove(*id);
  if (!done) co_return refuse(std::move(done.error()));
  co_return co_await send_nothing(exchange);
}

}  // namespace

std::vector<Route> view_routes(Services& services, SavedViews& saved) {
  const auto with = [&](auto handler) {
    return [&services, &saved, handler](Exchange& exchange) { return handler(services, saved, exchange); };
  };
  return {{"GET", "/api/v1/views", {}, with(list_views)},
          {"POST", "/api/v1/views", {}, with(create_view)},
          {"GET", "/api/v1/views/{id}", {}, with(show_view)},
          {"PUT", "/api/v1/views/{id}", {}, with(replace_view)},
          {"DELETE", "/api/v1/views/{id}", {}, with(remove_view)}};
}

}  // namespace taffrail::api
