#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/headers.hpp"

namespace taffrail::net {

class HttpConnection;

/// The one answer to one request: either `send`, or `start`, any number of `write`s and `finish`, or `hijack`.
///
/// The framing headers are the server's: Content-Length, Transfer-Encoding, Connection, Date; to pass one is
/// invalid_argument. For HEAD, 204 and 304 the body is left out by the writer (a HEAD answer to `send` says the length
/// that GET would have), so a handler needs no special case.
///
/// Nothing is copied: buffers must live until the call returns, so keep what owns them (a `shared_ptr<const Batch>`) in
/// the handler's frame.
///
/// **When the client goes away** the handler's task is cancelled: the await it is in (a write, a timer, a wait for the
/// next batch) ends with an exception as for every cancelled task, whether or not it had anything to write. The server
/// watches the read side for that, as long as no more than its read buffer (16 KiB) of pipelined requests is waiting,
/// and, for a request that asks for an upgrade, only once an answer has begun (an accepted WebSocket watches by
/// itself). A client that shuts down its sending side counts as gone. A write of which the client takes nothing
/// for HttpLimits::send_stall gives io; one who takes a little now and then has all the time he needs.
class ResponseWriter {
 public:
  explicit ResponseWriter(HttpConnection& connection) : connection_(connection) {}
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  /// The whole answer. Errors: io (the connection broke), invalid_argument (see above), conflict (already answered).
  [[nodiscard]] Task<Result<>> send(int status, const Headers& headers, std::string_view body = {});
  [[nodiscard]] Task<Result<>> send(int status, const Headers& headers, std::span<const asio::const_buffer> body);

  /// Sends the head of an answer of unknown length: chunked for HTTP/1.1, ended by close for 1.0. Error: unavailable,
  /// with nothing sent, when the client's address holds as many long answers as it may (HttpLimits::max_connections).
  [[nodiscard]] Task<Result<>> start(int status, const Headers& headers);
  /// Sends one piece, waiting until the operating system has taken it: that is the back-pressure. Empty pieces are
  /// skipped.
  [[nodiscard]] Task<Result<>> write(std::string_view piece);
  /// The same of many, as one chunk. Small pieces are copied together on their way, so that any number of them costs
  /// one system call for each 64 KiB: a thousand lines are one write, and not a thousand.
  [[nodiscard]] Task<Result<>> write(std::span<const asio::const_buffer> pieces);
  /// Ends a started answer in order. A handler that returns without it cuts the connection off, so that the client can
  /// tell a broken answer from a whole one.
  [[nodiscard]] Task<Result<>> finish();

  /// Takes the connection away from HTTP: nothing has been sent, and the stream gives every byte after the request. The
  /// server still counts it until the handler returns. Errors: conflict when already answered, or when the request
  /// did not ask for an upgrade; unavailable as for `start`.
  [[nodiscard]] Result<std::unique_ptr<ByteStream>> hijack();

  /// True once anything has been sent or taken.
  [[nodiscard]] bool started() const;
  /// True once the server has been asked to stop: endless answers should end themselves soon (HttpLimits::drain).
  [[nodiscard]] bool stopping() const;
  /// Returns when that is so; for an endless answer to wait for beside what it waits for anyway.
  [[nodiscard]] Task<> until_stopping();

 private:
  HttpConnection& connection_;
};

}  // namespace taffrail::net
