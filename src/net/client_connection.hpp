#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/http_client.hpp"
#include "net/http_parser.hpp"

namespace taffrail::net {

/// One connection of an HttpClient, with the message that is under way on it.
class ClientConnection {
 public:
  ClientConnection(HttpClient& client, std::unique_ptr<ByteStream> stream, bool kept);
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;
  ~ClientConnection();

  /// Sends a whole request (its bytes) and reads the head of the final response; interim ones (1xx but 101) are passed
  /// over.
  Task<Result<>> exchange(std::span<const asio::const_buffer> request, bool no_body);
  /// As ResponseStream::read_some.
  Task<Result<std::size_t>> read_body(std::span<std::byte> into);
  /// The raw stream, with what was read beyond the head.
  std::unique_ptr<ByteStream> release();

  [[nodiscard]] HttpClient& client() const { return client_; }
  [[nodiscard]] const MessageHead& head() const { return head_; }
  /// Whether the body has been read whole and another request may follow.
  [[nodiscard]] bool reusable() const;
  /// Whether a failure may mean no more than that the peer had closed a kept connection.
  [[nodiscard]] bool maybe_stale() const { return kept_ && !answered_; }

  /// A request begins on a connection that was kept.
  void reuse() { kept_ = true; }
  SteadyTime idle_since{};

 private:
  Task<Result<std::size_t>> fill();
  [[nodiscard]] Error fault(HttpFault fault) const;
  [[nodiscard]] std::string_view buffered() const;

  HttpClient& client_;
  std::unique_ptr<ByteStream> stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<ResponseParser> parser_;
  MessageHead head_;
  bool kept_;
  bool answered_ = false;  // any byte of the current response has come
  bool failed_ = false;
};

}  // namespace taffrail::net
