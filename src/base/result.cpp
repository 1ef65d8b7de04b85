#include "base/result.hpp"

#include <cerrno>
#include <system_error>

namespace taffrail {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::permission_denied: return "permission_denied";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::end_of_stream: return "end_of_stream";
    case ErrorCode::protocol: return "protocol";
    case ErrorCode::io: return "io";
    case ErrorCode::no_space: return "no_space";
    case ErrorCode::damaged: return "damaged";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

Error system_error(std::string_view what, int error_number) {
  ErrorCode code = ErrorCode::io;
  switch (error_number) {
    case ENOENT: code = ErrorCode::not_found; break;
    case EACCES:
    case EPERM: code = ErrorCode::permission_denied; break;
    case ETIMEDOUT: code = ErrorCode::timeout; break;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    // What this process lacks now says nothing about the thing that it asked for.
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: code = ErrorCode::unavailable; break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: code = ErrorCode::no_space; break;
    case ECANCELED: code = ErrorCode::cancelled; break;
    default: break;
  }
  return Error{code, std::string(what) + ": " + std::generic_category().message(error_number)};
}

}  // namespace taffrail
