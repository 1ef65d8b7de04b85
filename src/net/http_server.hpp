#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/descriptor_reserve.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "net/http_request.hpp"
#include "net/listener.hpp"
#include "net/response_writer.hpp"
#include "net/tls.hpp"

namespace taffrail::net {

/// What a client may cost. Each limit that is passed gets the status in brackets and the end of its connection.
struct HttpLimits {
  std::size_t max_request_line = 8UL * 1024;   ///< [414]
  std::size_t max_head_bytes = 32UL * 1024;    ///< request line and fields [431]
  std::size_t max_fields = 100;                ///< [431]
  std::size_t max_body_bytes = 1024UL * 1024;  ///< [413]
  /// Open connections, but never more than half of the descriptors that the process may have. At the bound, or out of
  /// descriptors, room is made for a new one by closing another: the longest idle one; when none is idle, the one that
  /// has been sending its request for the longest; and when there is no such either, the one that has taken nothing of
  /// its answer for the longest, if that is over 2 s. Those of the address that has most of them go first, so that no
  /// number of idle or slow clients at one address keeps others out. When all are being answered, the new one gets
  /// [503].
  ///
  /// Answers that may last for ever cannot be closed for others' sake. One address (an IPv6 network of 64 bits) may
  /// have at most half of the connections that others' long answers leave under way so [503]: whoever comes next finds
  /// room, also for short requests from the same address. All who come through one proxy, or through a unix socket,
  /// share an address; half of 1024 is enough for them, and the rest remains for their short requests.
  ///
  /// A connection costs a descriptor and up to 24 KiB + the head and body it is reading.
  std::size_t max_connections = 1024;
  Duration head_time = std::chrono::seconds(10);  ///< from the first byte of a request to the end of its head [408]
  Duration body_time = std::chrono::seconds(30);  ///< from the end of the head to the end of the body [408]
  Duration idle_time = std::chrono::seconds(75);  ///< without a request [closed]
  Duration send_stall = std::chrono::minutes(2);  ///< without a byte taken of a write that waits [closed]
  Duration drain = std::chrono::seconds(2);       ///< for answers under way at `stop` [closed]
};

/// Answers one request through the writer. Runs in a task of the server, cancelled when the client goes away (see
/// ResponseWriter). An exception is reported and answered with 500; returning without an answer too.
using HttpHandler = std::function<Task<>(const HttpRequest&, ResponseWriter&)>;

/// An HTTP/1.1 (and 1.0) server on one Listener. Requests of one connection are answered one after the other, in order.
///
/// Input on which two parsers could disagree about where a request ends gets 400 and the connection is closed: both
/// Content-Length and Transfer-Encoding, several Content-Length, a coding other than exactly `chunked`, chunked in
/// HTTP/1.0, bad chunk sizes, folded fields, bare CR or LF, NUL, blanks before a colon, no or several Host, one that
/// is no host. The server's own refusals are problem+json (RFC 9457).
class HttpServer {
 public:
  struct Options {
    HttpLimits limits;
    /// Set: connections are TLS.
    std::shared_ptr<const TlsContext> tls;
  };

  /// @param clock gives the Date header and the time of the closing limits; must outlive the server
  /// @param report gets one line for each handler that threw, and for failures of accept
  HttpServer(std::unique_ptr<Listener> listener, HttpHandler handler, Options options, const Clock& clock,
             Executor executor, TaskGroup::Report report);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Asserts that `stop` has been awaited, if `start` was called.
  ~HttpServer();

  /// Starts to accept. Returns at once.
  void start();
  /// Stops accepting, closes idle connections, lets answers under way finish within HttpLimits::drain, then cancels
  /// what is left. Returns when no task of the server runs any more.
  [[nodiscard]] Task<> stop();

  [[nodiscard]] const Listener& listener() const { return *listener_; }

  struct Counters {
    std::uint64_t connections = 0;  ///< accepted since the start
    std::uint64_t requests = 0;     ///< that reached the handler
    std::uint64_t refused = 0;      ///< answered by the server itself: malformed, too large, too slow, too many
    std::uint64_t evicted = 0;      ///< idle or slow connections closed to make room
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open_connections() const { return connections_.size(); }

  /// What of a peer's name (ByteStream::peer) tells one user of the network from another: the address without the port,
  /// and of an IPv6 address the first 64 bits, for whoever has one has all of that network.
  [[nodiscard]] static std::string origin_of(const std::string& peer);

 private:
  friend class HttpConnection;
  Task<> accept_loop();
  void take(std::unique_ptr<ByteStream> stream);
  Task<> serve(std::list<std::unique_ptr<HttpConnection>>::iterator connection);
  Task<> sweep();
  [[nodiscard]] std::string_view date();
  bool make_room();
  Task<> out_of_descriptors();
  Task<> turn_away(std::unique_ptr<ByteStream> stream, Duration limit);
  [[nodiscard]] bool has_room_for_long(const HttpConnection& asking) const;

  Executor executor_;
  std::unique_ptr<Listener> listener_;
  HttpHandler handler_;
  Options options_;
  const Clock& clock_;
  TaskGroup::Report report_;
  std::size_t most_connections_;
  Counters counters_;
  std::string date_;
  std::int64_t date_second_ = -1;
  bool started_ = false;
  bool stopping_ = false;
  DescriptorReserve reserve_;
  std::size_t turning_away_ = 0;
  std::list<std::unique_ptr<HttpConnection>> connections_;
  std::map<std::string, std::size_t> crowds_;  // how many of them have one origin
  SignalFlag changed_;                         // a connection has come or gone
  SignalFlag stop_asked_;                      // stopping_ is true now
  TaskGroup tasks_;
};

}  // namespace taffrail::net
