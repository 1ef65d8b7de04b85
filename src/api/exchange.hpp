#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.hpp"
#include "api/gzip.hpp"
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
  Caller caller;
  WorkerPool& workers;
  std::vector<std::string> captures;  ///< what the `{…}` of the route's pattern stand for, decoded

  [[nodiscard]] bool is_head() const { return request.method == "HEAD"; }
};

/// What every answer carries: no scripts, styles or frames but our own, no guessing of types, no referrer, and no use
/// as a part of other sites' pages.
/// @param referrer_policy a page with a form needs another one: under `no-referrer` a browser does not say from where
///   the form comes, and it is refused
[[nodiscard]] net::Headers security_headers(std::string_view referrer_policy = "no-referrer");

/// Sends `body` as JSON, gzipped where the client takes that and it is worth it. `no-store`: it is of this moment.
[[nodiscard]] Task<Answer<>> send_json(Exchange& exchange, std::string body);

/// Whether the client takes an answer that is compressed.
[[nodiscard]] bool takes_gzip(const Exchange& exchange);

/// Sends JSON, or JSON that is compressed already, as it is, cut into pieces where it is long.
[[nodiscard]] Task<Answer<>> send_ready_json(Exchange& exchange, std::string_view body, bool is_gzip);

/// An answer in JSON that is never whole in memory: pieces are compressed on a worker, where the client takes that, and
/// sent as they come. A short one is sent whole.
class JsonStream {
 public:
  explicit JsonStream(Exchange& exchange);

  /// Sends a piece, at the pace at which the client takes it.
  /// @param make gives the piece; called on a worker
  [[nodiscard]] Task<Answer<>> add(std::function<std::string()> make);
  /// Sends what is left. Without it the client sees that the answer is not whole.
  [[nodiscard]] Task<Answer<>> finish();

 private:
  [[nodiscard]] net::Headers headers() const;

  Exchange& exchange_;
  std::unique_ptr<GzipStream> gzip_;  // null: the client does not take it
  std::string waiting_;
  bool started_ = false;
};

/// 204: it is done, and there is nothing to say.
[[nodiscard]] Task<Answer<>> send_nothing(Exchange& exchange);
/// Sends a text of another type, as it is.
[[nodiscard]] Task<Answer<>> send_text(Exchange& exchange, std::string_view media_type, std::string_view body);

/// Sends application/problem+json.
/// @param allow for 405: the methods that there are
[[nodiscard]] Task<> send_problem(net::ResponseWriter& writer, const Problem& problem, std::string_view allow = {});

}  // namespace taffrail::api
