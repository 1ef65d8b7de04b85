#include "api/router.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace taffrail::api {
namespace {

bool is_capture(std::string_view part) { return part.starts_with('{'); }

std::vector<std::string> split(std::string_view pattern) {
  std::vector<std::string> parts;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    parts.emplace_back(pattern.substr(0, end));
    pattern.remove_prefix(end);
  }
  return parts;
}

std::optional<std::vector<std::string>> captures_of(const std::vector<std::string>& pattern,
                                                    const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_capture(pattern[i]))
      captures.push_back(segments[i]);
    else if (pattern[i] != segments[i])
      return std::nullopt;
  }
  return captures;
}

}  // namespace

void Router::add(Route route) {
  patterns_.push_back(split(route.pattern));
  routes_.push_back(std::move(route));
}

void Router::add(std::vector<Route> routes) {
  for (Route& route : routes) add(std::move(route));
}

Router::Match Router::match(std::string_view method, const std::vector<std::string>& segments) const {
  // Where a path is that of a route without captures, it is no other one's: "rules/preview" is no rule.
  const bool literal = std::ranges::any_of(patterns_, [&](const auto& pattern) { return pattern == segments; });
  Match match;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    auto captures = captures_of(patterns_[i], segments);
    if (!captures || (literal && !captures->empty())) continue;
    const Route& route = routes_[i];
    if (method == route.method || (method == "HEAD" && route.method == "GET"))
      return {.route = &route, .captures = std::move(*captures), .allow = {}};
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  return match;
}

Answer<> check_parameters(const Route& route, const net::RequestTarget& target) {
  const auto& query = target.query;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const std::string& name = query[i].name;
    if (std::ranges::find(route.parameters, name) == route.parameters.end()) {
      std::string known;
      for (const std::string& parameter : route.parameters) known += (known.empty() ? "" : ", ") + parameter;
      return refuse(
          400, "unknown parameter '" + name + "'; " + (known.empty() ? "there are none here" : "known are " + known));
    }
    for (std::size_t j = 0; j < i; ++j)
      if (query[j].name == name) return refuse(400, "parameter '" + name + "' is given twice");
  }
  return {};
}

}  // namespace taffrail::api
