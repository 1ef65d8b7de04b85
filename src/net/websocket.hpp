#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/headers.hpp"
#include "net/http_request.hpp"
#include "net/response_writer.hpp"

namespace taffrail::net {

struct WebSocketOptions {
  /// A message over this ends the connection with close code 1009.
  std::size_t max_message_bytes = 64UL * 1024;
  /// A peer from which nothing came for this long (and up to a quarter more) is dead, unless it takes of a message that
  /// is being sent to it; half-way it is sent a ping, which a living one answers.
  Duration idle_limit = std::chrono::seconds(60);
  /// A peer that takes nothing for this long of a message that is being sent to it is closed. One on a slow link, who
  /// takes a little now and then, has all the time it needs.
  Duration stall_limit = std::chrono::seconds(60);
  /// For the opening and for the closing handshake.
  Duration handshake_limit = std::chrono::seconds(5);
};

struct WebSocketMessage {
  std::string data;
  bool text = true;  ///< valid UTF-8, as the protocol demands
};

/// Close codes of RFC 6455 7.4.1 that we send.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  try_again_later = 1013,
};

/// A WebSocket connection without extensions (no permessage-deflate). One task reads, others may write: writes are
/// sent one after the other, whole. Pings are answered and sent while a task is in `read`, so keep one there.
/// It must outlive the calls that run on it; destruction closes the connection at once.
class WebSocket {
 public:
  /// Whether a request asks for a WebSocket.
  [[nodiscard]] static bool requested(const HttpRequest& request);

  /// Answers the upgrade. Who may connect (Origin!) is the caller's to check before. A request that is no valid upgrade
  /// is answered here (400, or 426 for a version other than 13) and gives invalid_argument.
  [[nodiscard]] static Task<Result<std::unique_ptr<WebSocket>>> accept(const HttpRequest& request,
                                                                       ResponseWriter& writer,
                                                                       WebSocketOptions options = {});

  /// Opens one as a client over a connected stream.
  [[nodiscard]] static Task<Result<std::unique_ptr<WebSocket>>> connect(std::unique_ptr<ByteStream> stream,
                                                                        std::string host, std::string target,
                                                                        Headers headers = {},
                                                                        WebSocketOptions options = {});

  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
  ~WebSocket();

  /// The next message; nothing once the peer has closed in order (the closing handshake is then done).
  /// Errors: too_large, protocol, timeout (a dead peer), io. After an error the connection is closed.
  [[nodiscard]] Task<Result<std::optional<WebSocketMessage>>> read();

  /// Sends one message in one frame, from the caller's buffers, which must live until this returns: that is when the
  /// operating system has taken it, so waiting here is the back-pressure. `text` must be valid UTF-8 (not checked).
  /// Error timeout: the peer has stalled, see WebSocketOptions.
  [[nodiscard]] Task<Result<>> write_text(std::string_view text);
  [[nodiscard]] Task<Result<>> write_text(std::span<const asio::const_buffer> pieces);
  [[nodiscard]] Task<Result<>> write_binary(std::string_view bytes);

  /// Sends a close frame and waits for the peer's, at most handshake_limit, then closes. `reason` (UTF-8) is cut to 123
  /// bytes. A `read` that waits meanwhile ends with nothing. Idempotent.
  [[nodiscard]] Task<> close(CloseCode code, std::string_view reason = {});

  /// The code of the close frame that the peer sent (1005: none), once `read` has given nothing.
  [[nodiscard]] std::uint16_t peer_close_code() const;
  [[nodiscard]] const std::string& peer() const;

 private:
  struct Impl;
  explicit WebSocket(std::unique_ptr<Impl> impl);
  Task<Result<>> write(std::span<const asio::const_buffer> pieces, bool text);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taffrail::net
