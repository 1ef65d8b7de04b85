#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/client_tls.hpp"
#include "net/endpoint.hpp"
#include "net/headers.hpp"

namespace taffrail::net {

struct HttpClientOptions {
  Duration connect_limit = std::chrono::seconds(5);
  /// From the first byte of the request sent to the last byte of the response head received.
  Duration head_limit = std::chrono::seconds(30);
  /// For the body of `request`, from its head to its end. `open` has none: its reader decides.
  Duration body_limit = std::chrono::seconds(60);
  std::size_t max_head_bytes = 64UL * 1024;
  std::size_t max_fields = 200;
  /// Connections kept open for the next request; a further one is closed when its response ends. Each costs a
  /// descriptor and a 16 KiB buffer here, a goroutine or so in the engine.
  std::size_t max_idle = 4;
  Duration idle_limit = std::chrono::seconds(60);
  std::string user_agent = "taffrail";
};

struct ClientRequest {
  std::string method = "GET";
  /// The origin form, percent-encoded: "/v1.41/containers/json?all=1".
  std::string target = "/";
  /// Host, Content-Length, Connection and User-Agent are added by the client and refused here.
  Headers headers;
  std::string body;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// The client's own connection, see http_client.cpp.
class ClientConnection;

/// A response whose head has come and whose body is read as it comes. Dropped before the end of the body it closes its
/// connection; at the end it gives the connection back to the client. It must not outlive its HttpClient.
class ResponseStream {
 public:
  ResponseStream(ResponseStream&&) noexcept;
  ResponseStream& operator=(ResponseStream&&) noexcept;
  ~ResponseStream();

  [[nodiscard]] int status() const;
  [[nodiscard]] const Headers& headers() const;

  /// Waits for bytes of the body, with the transfer coding taken off.
  /// @return how many were put into `into` (not empty); 0 at the end of the body, and from then on.
  /// Errors: end_of_stream (cut off before its end), protocol, io.
  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<std::byte> into);

  /// Reads to the end of the body. Error too_large when it has more than `max_bytes`.
  [[nodiscard]] Task<Result<std::string>> read_all(std::size_t max_bytes);

 private:
  friend class HttpClient;
  explicit ResponseStream(std::unique_ptr<ClientConnection> connection);
  std::unique_ptr<ClientConnection> connection_;
};

/// An HTTP/1.1 client for one endpoint, with a small pool of kept connections. Everything that the peer sends is
/// bounded. Each call runs in its caller's task and is cancelled with it; what was under way is then closed.
///
/// A request whose method is idempotent (RFC 9110 9.2.2) may use a kept connection, and is sent once more on a fresh
/// one when the kept one turns out to be closed before any byte of the answer. All others get a fresh connection and
/// are sent exactly once. Redirects are not followed; a status such as 404 is a response, not an Error.
class HttpClient {
 public:
  /// @param tls as in `connect`
  HttpClient(Executor executor, Endpoint endpoint, std::shared_ptr<ClientTls> tls, HttpClientOptions options = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  /// Closes the kept connections. Asserts that no ResponseStream is left.
  ~HttpClient();

  /// Sends `request` and reads the whole response. Errors: those of `connect`; timeout; too_large (a body over
  /// `max_body_bytes`, a head over its limit); end_of_stream, protocol, io.
  [[nodiscard]] Task<Result<ClientResponse>> request(ClientRequest request, std::size_t max_body_bytes);

  /// Sends `request` and returns once the head of its response has come.
  [[nodiscard]] Task<Result<ResponseStream>> open(ClientRequest request);

  /// What `upgrade` returns: a status of 101 or 2xx with the raw connection in `stream`, or any other status with
  /// `stream` null and the first 64 KiB of the body as the reason.
  struct Upgraded {
    int status = 0;
    Headers headers;
    std::unique_ptr<ByteStream> stream;
    std::string body;
  };
  /// Sends `request` (with its own Upgrade header; `Connection: Upgrade` is added) and takes the connection over once
  /// the peer has switched: Docker's hijacked attach and exec streams, which answer 101, or 200 from old engines. The
  /// stream gives every byte that follows the head, and does not depend on this client.
  [[nodiscard]] Task<Result<Upgraded>> upgrade(ClientRequest request);

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  struct Counters {
    std::uint64_t connects = 0;
    std::uint64_t requests = 0;
    std::uint64_t reused = 0;   ///< requests that found a kept connection
    std::uint64_t retried = 0;  ///< requests sent again after a stale kept connection
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

 private:
  friend class ResponseStream;
  friend class ClientConnection;
  Task<Result<std::unique_ptr<ClientConnection>>> exchange(ClientRequest request, bool upgrade);
  std::unique_ptr<ClientConnection> take_idle();
  void give_back(std::unique_ptr<ClientConnection> connection);

  Executor executor_;
  Endpoint endpoint_;
  std::shared_ptr<ClientTls> tls_;
  HttpClientOptions options_;
  Counters counters_;
  std::vector<std::unique_ptr<ClientConnection>> idle_;  // the most recently used last
  std::size_t open_ = 0;                                 // ClientConnections alive
};

}  // namespace taffrail::net
