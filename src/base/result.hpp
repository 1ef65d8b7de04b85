#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace taffrail {

/// What kind of failure an Error is. The API maps each code to one HTTP status (api/problem.hpp).
enum class ErrorCode {
  invalid_argument,   ///< the caller's input is wrong; `detail` says what and where
  not_found,          ///< the named thing does not exist
  conflict,           ///< the thing exists, but its state forbids this
  unsupported,        ///< the peer or platform cannot do this; `detail` is the reason to show
  permission_denied,  ///< the operating system or the peer refused
  unavailable,        ///< the peer cannot be reached, or there is no room, now; trying later may help
  timeout,            ///< a time limit passed
  too_large,          ///< a stated limit would be exceeded
  cancelled,          ///< the caller went away or the server stops
  end_of_stream,      ///< the peer closed where more was expected
  protocol,           ///< the peer sent something that its protocol forbids
  io,                 ///< the operating system reported an error
  no_space,           ///< the disk, the quota or the file is full; it works again when there is room
  damaged,            ///< a file of ours no longer holds what was written to it
  internal,           ///< a bug here
};

/// The snake_case name of a code, as it appears in logs.
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// An expected failure, passed as a value. `detail` is one sentence for a person: what failed, where, and what to do.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string detail;
};

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::not_found, "…");` in a function that returns any Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string detail) {
  return std::unexpected(Error{code, std::move(detail)});
}

/// Hands on another function's error: `if (!r) return forward(r);`
template <class T>
[[nodiscard]] std::unexpected<Error> forward(Result<T>& failed) {
  return std::unexpected(std::move(failed.error()));
}

/// An Error of code io (or permission_denied, not_found, timeout, unavailable where errno says so) for a failed system
/// call. A process without descriptors or memory to do it with gets unavailable, never what would say something about
/// the thing itself, such as not_found.
/// @param what the act and its object, such as "open /var/lib/x"
/// @param error_number the value of errno
[[nodiscard]] Error system_error(std::string_view what, int error_number);

}  // namespace taffrail
