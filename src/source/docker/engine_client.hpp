#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "net/http_client.hpp"
#include "source/docker/engine_json.hpp"

namespace taffrail::docker {

/// How often each kind of request was made and how it went: {endpoint, result} → count, for
/// `taffrail_engine_requests_total`. The endpoint is a fixed word (list, inspect, logs, …), the result "ok" or the name
/// of an error code, so the map is small.
using RequestCounts = std::map<std::pair<std::string, std::string>, std::uint64_t>;

/// One engine's HTTP API, in the version that both sides speak.
class EngineClient {
 public:
  /// @param tls null for none
  EngineClient(const Executor& executor, net::Endpoint endpoint, std::shared_ptr<net::ClientTls> tls);

  /// Asks what the engine is and fixes the version for all later requests. Errors: those of the connection;
  /// unsupported for an engine that speaks nothing from 1.24 up.
  Task<Result<EngineVersion>> negotiate();
  [[nodiscard]] const std::string& api_version() const { return version_; }

  /// `GET /vX.Y{target}`: the body of a 200. Error unavailable before `negotiate` has succeeded once. Other statuses
  /// are Errors with the engine's own words: not_found, permission_denied, conflict, unsupported (501), unavailable
  /// (5xx), protocol.
  /// @param what the request's name in the counts and, with the endpoint, in the detail of errors
  /// @param limit for the whole exchange
  Task<Result<std::string>> get(std::string what, std::string target, std::size_t max_bytes, Duration limit);
  /// The same for a body that is read as it comes. `limit` is for the head.
  Task<Result<net::ResponseStream>> open(std::string what, std::string target, Duration limit);

  /// Whether it answers at all, in any version and with any status. Errors: those of the connection; timeout.
  Task<Result<>> ping(Duration limit);

  /// How long nothing has come from the engine: no answer to any request, and no bytes that others take note of.
  [[nodiscard]] Duration silence() const { return std::chrono::steady_clock::now() - heard_; }
  void note_heard() { heard_ = std::chrono::steady_clock::now(); }

  [[nodiscard]] const net::Endpoint& endpoint() const { return http_.endpoint(); }
  [[nodiscard]] const RequestCounts& counts() const { return counts_; }

 private:
  Task<Result<net::ClientResponse>> exchange(std::string target, std::size_t max_bytes, Duration limit);
  [[nodiscard]] Error refusal(std::string_view what, int status, std::string_view body) const;
  [[nodiscard]] Error not_yet() const;
  template <class T>
  void count(const std::string& what, const Result<T>& result);

  net::HttpClient http_;
  std::string version_;  // "1.41"; empty until negotiated
  RequestCounts counts_;
  SteadyTime heard_ = std::chrono::steady_clock::now();
};

/// The version to speak with an engine that offers `[lowest, highest]` ("1.24", empty: not said): the highest that both
/// know. Nothing when there is none.
[[nodiscard]] std::string choose_api_version(std::string_view lowest, std::string_view highest);

}  // namespace taffrail::docker
