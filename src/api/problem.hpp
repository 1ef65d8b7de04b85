#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace taffrail::api {

/// A refusal as the client sees it: RFC 9457 problem details, with the place where the fault lies in an expression.
struct Problem {
  int status = 500;
  std::string detail;
  std::optional<std::size_t> line;    ///< from 1
  std::optional<std::size_t> column;  ///< from 1, in characters
};

/// What a handler gives back: an answer was sent, or the reason why not.
template <class T = void>
using Answer = std::expected<T, Problem>;

/// The HTTP status of a kind of failure.
[[nodiscard]] int status_of(ErrorCode code);

/// `return refuse(error);` and `return refuse(404, "…");` in a function that returns any Answer.
[[nodiscard]] std::unexpected<Problem> refuse(Error error);
[[nodiscard]] std::unexpected<Problem> refuse(int status, std::string detail);

/// Hands on another function's refusal: `if (!answer) return forward(answer);`
template <class T>
[[nodiscard]] std::unexpected<Problem> forward(Answer<T>& refused) {
  return std::unexpected(std::move(refused.error()));
}

/// Appends the JSON object: `title` is the status's reason phrase.
void append_json(std::string& out, const Problem& problem);

}  // namespace taffrail::api
