#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "cli/server_address.hpp"
#include "net/http_client.hpp"

namespace taffrail::cli {

/// The names and values of a request; values that are empty are left out.
using Parameters = std::vector<std::pair<std::string_view, std::string>>;

/// Asks a server. An answer that is a refusal is an error with the server's own words: invalid_argument where the
/// request is at fault, unavailable where the server is.
class ApiClient {
 public:
  /// @param token sent as `Authorization: Bearer`; empty: none
  ApiClient(const Executor& executor, ServerAddress address, std::string token);

  /// The whole answer. Errors: HttpClient's, and refusals.
  [[nodiscard]] Task<Result<std::string>> get(std::string_view path, const Parameters& parameters);
  /// An answer that is read as it comes.
  [[nodiscard]] Task<Result<net::ResponseStream>> open(std::string_view path, const Parameters& parameters);

 private:
  Result<> prepare();
  [[nodiscard]] net::ClientRequest request(std::string_view path, const Parameters& parameters) const;

  Executor executor_;
  ServerAddress address_;
  std::string token_;
  std::optional<WorkerPool> workers_;  // for TLS
  std::optional<net::HttpClient> client_;
};

/// Cuts a stream into lines.
class LineReader {
 public:
  /// The longest line is a record of 256 KiB whose every byte is escaped as six.
  static constexpr std::size_t most_line_bytes = std::size_t{2} << 20;

  explicit LineReader(net::ResponseStream stream) : stream_(std::move(stream)) {}
  /// The next line without its end, until the next call; nothing at the end. Errors: the stream's; protocol for a
  /// longer line, or a last one without an end.
  [[nodiscard]] Task<Result<std::optional<std::string_view>>> next();
  /// Whether `next` gives a line without waiting.
  [[nodiscard]] bool has_line() const { return buffer_.find('\n', at_) != std::string::npos; }

 private:
  net::ResponseStream stream_;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace taffrail::cli
