#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/access.hpp"
#include "api/problem.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "net/headers.hpp"
#include "net/http_request.hpp"
#include "net/request_target.hpp"
#include "net/response_writer.hpp"

namespace taffrail::api {

/// One request on its way to its answer. Lives as long as its handler runs.
struct Exchange {
  const net::HttpRequest& request;
  net::ResponseWriter& writer;
  net::RequestTarget target;  ///< with the base path taken off `segments`
  Viewer viewer;
  WorkerPool& workers;
  std::vector<std::string> captures;  ///< what the `{…}` of the route's pattern stand for, decoded

  [[nodiscard]] bool is_head() const { return request.method == "HEAD"; }
};

/// What every answer carries: no scripts, styles or frames but our own, no guessing of types, no referrer, and no use
/// as a part of other sites' pages.
[[nodiscard]] net::Headers security_headers();

/// Sends `body` as JSON, gzipped where the client takes that and it is worth it. `no-store`: it is of this moment.
[[nodiscard]] Task<Answer<>> send_json(Exchange& exchange, std::string body);

/// Sends a text of another type, as it is.
[[nodiscard]] Task<Answer<>> send_text(Exchange& exchange, std::string_view media_type, std::string_view body);

/// Sends application/problem+json.
/// @param allow for 405: the methods that there are
[[nodiscard]] Task<> send_problem(net::ResponseWriter& writer, const Problem& problem, std::string_view allow = {});

}  // namespace taffrail::api
