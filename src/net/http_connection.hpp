#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "net/byte_stream.hpp"
#include "net/http_parser.hpp"
#include "net/http_request.hpp"

namespace taffrail::net {

class HttpServer;

/// One connection of an HttpServer. Its main task (`run`) reads all the time: the next request, or, while the handler's
/// task answers one, whatever comes: pipelined bytes, kept for later, or the end, upon which the handler is cancelled.
/// So nothing has to be started or cancelled for a request but its handler.
class HttpConnection {
 public:
  HttpConnection(HttpServer& server, std::unique_ptr<ByteStream> stream);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// The connection's whole life. When it returns, the handler has ended too.
  Task<> run();
  /// In its place: says that there is no room, and ends.
  Task<Result<>> turn_away();

  /// Between two requests, with nothing of the next one there.
  [[nodiscard]] bool idle() const { return idle_; }
  /// Within a request that has not come whole, and since when.
  [[nodiscard]] bool reading() const { return reading_since_ != SteadyTime::max(); }
  [[nodiscard]] SteadyTime reading_since() const { return reading_since_; }
  /// When this connection is to be closed if nothing happens until then.
  [[nodiscard]] SteadyTime deadline() const { return deadline_; }
  /// Looks whether a write that waits has come further, and renews its time if so.
  void note_progress();
  /// Within a write of which the client has taken nothing since then; `max` when there is none.
  [[nodiscard]] SteadyTime stalled_since() const;
  /// Whether its answer may be without an end: one that has been started, or a connection that was taken over.
  [[nodiscard]] bool is_long() const { return long_; }
  /// Who is at the other end, as far as one can be told from another: HttpServer::origin_of.
  [[nodiscard]] const std::string& origin() const { return origin_; }
  /// Ends the connection at once.
  void close();
  [[nodiscard]] bool closed() const { return closed_; }

  // What ResponseWriter does.
  Task<Result<>> send(int status, const Headers& headers, std::span<const asio::const_buffer> body);
  Task<Result<>> start(int status, const Headers& headers);
  Task<Result<>> write(std::span<const asio::const_buffer> pieces);
  Task<Result<>> finish();
  Result<std::unique_ptr<ByteStream>> hijack();
  [[nodiscard]] bool started() const { return answer_.state != Answer::State::none; }
  [[nodiscard]] bool stopping() const;
  Task<> until_stopping();

 private:
  /// The answer to the current request.
  struct Answer {
    enum class State { none, streaming, done, hijacked };
    State state = State::none;
    bool chunked = false;
    bool without_body = false;  ///< HEAD, 204, 304
    bool keep_alive = false;
  };
  enum class Next { request, end };

  Task<> converse();
  Task<Next> one_request();
  Task<Next> read_request();
  Task<bool> wait_for_request();
  Task<Result<>> read_head(RequestParser& parser, MessageHead& head);
  Task<Result<>> read_body(RequestParser& parser, std::string& body);
  Task<Result<std::size_t>> fill();
  Task<Result<std::size_t>> fill_or_answered();
  Task<> answer();
  Task<> watch();
  Task<Next> refuse(const Error& error);
  Task<Next> refuse(int status, std::string_view detail);
  Task<> linger();
  Task<Result<>> write_limited(std::span<const asio::const_buffer> buffers);
  Result<> build_head(int status, const Headers& headers, std::optional<std::size_t> length);
  [[nodiscard]] std::string_view buffered() const;
  [[nodiscard]] SteadyTime now() const;

  Result<> claim_long();

  HttpServer& server_;
  std::string origin_;
  std::unique_ptr<ByteStream> stream_;  // null during the TLS handshake and once hijacked
  boost::beast::flat_buffer buffer_;
  HttpRequest request_;
  Answer answer_;
  std::string head_;                        // the bytes of a head or of a chunk's size line
  std::vector<asio::const_buffer> pieces_;  // what one write sends
  std::optional<HttpFault> fault_;          // why the request being read is refused
  SteadyTime deadline_ = SteadyTime::max();
  SteadyTime reading_since_ = SteadyTime::max();  // max: no request is being read
  std::uint64_t taken_ = 0;                       // of the stream's bytes, when that was looked at last
  bool idle_ = false;
  bool closed_ = false;
  bool writing_ = false;
  bool long_ = false;
  bool upgrade_ = false;     // the request asks for one
  bool keep_alive_ = false;  // the request allows it
  bool answering_ = false;   // a handler runs
  bool gone_ = false;        // the client is, or the server stops: the handler has been cancelled
  SignalFlag answered_;
  TaskGroup handler_;  // the one task that answers
};

}  // namespace taffrail::net
