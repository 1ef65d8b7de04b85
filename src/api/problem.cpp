#include "api/problem.hpp"

#include <utility>

#include "net/http_negotiation.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::api {
namespace {

/// Bytes of what is said of a problem: it may repeat what a client has sent.
constexpr std::size_t longest_detail = 2000;

}  // namespace

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
  text::JsonWriter json(out);
  json.begin_object().member("title", net::reason_phrase(problem.status)).member("status", problem.status);
  json.member("detail", text::cut_at_character(problem.detail, longest_detail));
  if (problem.line) json.member("line", *problem.line);
  if (problem.column) json.member("column", *problem.column);
  json.end_object();
}

}  // namespace taffrail::api
