#include "source/docker/engine_client.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "base/timeout.hpp"

namespace taffrail::docker {
namespace {

/// An engine that hangs gets one question a minute; that it hangs is found out by its pulse, in less time.
constexpr Duration negotiation_limit = std::chrono::seconds(60);
/// For the words of a refusal.
constexpr Duration refusal_limit = std::chrono::seconds(10);
constexpr std::size_t max_small_body = 1 << 20;
/// Each request has a limit of its own, within this one.
constexpr Duration longest_request = std::chrono::minutes(2);
/// Every request we make has kept its form from the first of these to the last.
constexpr int lowest_minor = 24;
constexpr int highest_minor = 51;

/// "1.41" → 41; nothing for what is no version of major 1.
std::optional<int> minor_of(std::string_view version) {
  if (!version.starts_with("1.")) return std::nullopt;
  int minor = 0;
  const char* end = version.data() + version.size();
  const auto [at, error] = std::from_chars(version.data() + 2, end, minor);
  if (error != std::errc() || at != end || minor < 0) return std::nullopt;
  return minor;
}

}  // namespace

std::string choose_api_version(std::string_view lowest, std::string_view highest) {
  const int from = lowest.empty() ? 0 : minor_of(lowest).value_or(highest_minor + 1);
  const int to = minor_of(highest).value_or(-1);
  const int chosen = std::min(to, highest_minor);
  if (chosen < std::max(from, lowest_minor)) return {};
  return "1." + std::to_string(chosen);
}

EngineClient::EngineClient(const Executor& executor, net::Endpoint endpoint, std::shared_ptr<net::ClientTls> tls)
    : http_(executor, std::move(endpoint), std::move(tls), {.head_limit = longest_request}) {}

template <class T>
void EngineClient::count(const std::string& what, const Result<T>& result) {
  ++counts_[{what, result ? std::string("ok") : std::string(to_string(result.error().code))}];
}

Error EngineClient::refusal(std::string_view what, int status, std::string_view body) const {
  ErrorCode code = ErrorCode::protocol;
  if (status == 401 || status == 403) code = ErrorCode::permission_denied;
  if (status == 404) code = ErrorCode::not_found;
  if (status == 409) code = ErrorCode::conflict;
  if (status == 501) code = ErrorCode::unsupported;
  if (status >= 500 && status != 501) code = ErrorCode::unavailable;
  std::string detail(what);
  detail += ": the engine at " + net::to_string(http_.endpoint()) + " answers " + std::to_string(status);
  if (const std::string message = parse_error_message(body); !message.empty()) detail += " (" + message + ")";
  return Error{code, std::move(detail)};
}

Error EngineClient::not_yet() const {
  return Error{ErrorCode::unavailable, "the engine at " + net::to_string(http_.endpoint()) + " has not answered yet"};
}

Task<Result<net::ClientResponse>> EngineClient::exchange(std::string target, std::size_t max_bytes, Duration limit) {
  net::ClientRequest request;
  request.target = std::move(target);
  auto asking = http_.request(std::move(request), max_bytes);
  auto answer = co_await with_timeout(limit, "engine at " + net::to_string(http_.endpoint()), std::move(asking));
  if (answer) note_heard();
  co_return answer;
}

Task<Result<>> EngineClient::ping(Duration limit) {
  constexpr std::size_t most = 64 << 10;  // "OK", or the page of a proxy
  auto answer = co_await exchange("/_ping", most, limit);
  count("ping", answer);
  if (!answer) co_return forward(answer);
  co_return Result<>();
}

Task<Result<EngineVersion>> EngineClient::negotiate() {
  auto answer = co_await exchange("/version", max_small_body, negotiation_limit);
  count("version", answer);
  if (!answer) co_return forward(answer);
  if (answer->status != 200) co_return std::unexpected(refusal("version", answer->status, answer->body));
  auto version = parse_version(answer->body);
  if (!version) co_return forward(version);
  // An engine that does not say takes any: 1.24 then.
  if (version->api_version.empty()) version->api_version = "1.24";
  version_ = choose_api_version(version->min_api_version, version->api_version);
  if (version_.empty())
    co_return fail(ErrorCode::unsupported,
                   "the engine at " + net::to_string(http_.endpoint()) + " speaks API " +
                       (version->min_api_version.empty() ? "" : version->min_api_version + " to ") +
                       version->api_version + "; 1.24 to 1." + std::to_string(highest_minor) + " are understood");
  co_return std::move(*version);
}

Task<Result<std::string>> EngineClient::get(std::string what, std::string target, std::size_t max_bytes,
                                            Duration limit) {
  if (version_.empty()) co_return std::unexpected(not_yet());
  auto answer = co_await exchange("/v" + version_ + target, max_bytes, limit);
  Result<std::string> result;
  if (!answer)
    result = forward(answer);
  else if (answer->status != 200)
    result = std::unexpected(refusal(what, answer->status, answer->body));
  else
    result = std::move(answer->body);
  count(what, result);
  co_return result;
}

Task<Result<net::ResponseStream>> EngineClient::open(std::string what, std::string target, Duration limit) {
  if (version_.empty()) co_return std::unexpected(not_yet());
  net::ClientRequest request;
  request.target = "/v" + version_ + target;
  auto opening = http_.open(std::move(request));
  auto stream = co_await with_timeout(limit, what, std::move(opening));
  if (stream) note_heard();
  if (stream && stream->status() != 200) {
    const int status = stream->status();
    auto reading = stream->read_all(max_small_body);
    auto body = co_await with_timeout(refusal_limit, what, std::move(reading));
    stream = std::unexpected(refusal(what, status, body ? *body : body.error().detail));
  }
  count(what, stream);
  co_return stream;
}

}  // namespace taffrail::docker
