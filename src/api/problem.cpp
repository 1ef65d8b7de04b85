#include "api/problem.hpp"

#include <utility>

#include "net/http_negotiation.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return 400;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict: return 409;
    case ErrorCode::unsupported: return 422;
    case ErrorCode::permission_denied: return 403;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::timeout: return 504;
    case ErrorCode::too_large: return 413;
    case ErrorCode::cancelled: return 503;
    case ErrorCode::end_of_stream:
    case ErrorCode::protocol: return 502;  // the engine's fault, not the client's
    case ErrorCode::no_space: return 507;
    case ErrorCode::io:
    case ErrorCode::damaged:
    case ErrorCode::internal: return 500;
  }
  return 500;
}

std::unexpected<Problem> refuse(Error error) {
  return std::unexpected(
      Problem{.status = status_of(error.code), .detail = std::move(error.detail), .line = {}, .column = {}});
}

std::unexpected<Problem> refuse(int status, std::string detail) {
  return std::unexpected(Problem{.status = status, .detail = std::move(detail), .line = {}, .column = {}});
}

void append_json(std::string& out, const Problem& problem) {
  out += R"({"title":)";
  text::append_json_string(out, net::reason_phrase(problem.status));
  out += R"(,"status":)";
  out += std::to_string(problem.status);
  out += R"(,"detail":)";
  text::append_json_string(out, problem.detail);
  if (problem.line) out += R"(,"line":)" + std::to_string(*problem.line);
  if (problem.column) out += R"(,"column":)" + std::to_string(*problem.column);
  out += '}';
}

}  // namespace taffrail::api
