#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/exchange.hpp"

namespace taffrail::api {

/// Answers one request. A refusal is sent as a problem, unless the answer has begun: then the connection is cut off.
using Handler = std::function<Task<Answer<>>(Exchange&)>;

/// One row of the table of routes, which docs/openapi.yaml describes (a test holds them together).
struct Route {
  std::string method;                   ///< GET answers HEAD too
  std::string pattern;                  ///< "/api/v1/containers/{id}": a `{…}` stands for one segment
  std::vector<std::string> parameters;  ///< the query parameters that it knows; any other is refused
  Handler handler;
};

class Router {
 public:
  void add(Route route);
  void add(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> captures;
    std::string allow;  ///< without a route: the methods of this path; empty when no route has it
  };
  /// @param segments of the path, decoded, without the base path
  [[nodiscard]] Match match(std::string_view method, const std::vector<std::string>& segments) const;

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> patterns_;  // of the route at the same index, in segments
};

/// Refuses query parameters that the route does not know, and ones given twice.
[[nodiscard]] Answer<> check_parameters(const Route& route, const net::RequestTarget& target);

}  // namespace taffrail::api
