// The one file that holds Beast's WebSocket: its templates cost as much to compile as the rest of the component.
#include "net/websocket.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/race.hpp"
#include "base/signal_flag.hpp"
#include "base/timeout.hpp"
#include "net/http_parser.hpp"

namespace taffrail::net {

namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using BeastError = beast::error_code;

/// The transfer of one async call of Beast over a ByteStream, as a coroutine of the same executor.
Task<std::pair<BeastError, std::size_t>> read_wire(std::shared_ptr<ByteStream> stream, std::span<std::byte> into) {
  auto got = co_await stream->read_some(into);
  if (!got) {
    const bool closed = got.error().code == ErrorCode::cancelled;
    co_return std::pair(BeastError(closed ? asio::error::operation_aborted : asio::error::connection_reset), 0);
  }
  if (*got == 0) co_return std::pair(BeastError(asio::error::eof), 0);
  co_return std::pair(BeastError(), *got);
}

Task<std::pair<BeastError, std::size_t>> write_wire(std::shared_ptr<ByteStream> stream,
                                                    std::vector<asio::const_buffer> buffers) {
  auto written = co_await stream->write(buffers);
  if (!written) co_return std::pair(BeastError(asio::error::connection_reset), 0);
  co_return std::pair(BeastError(), asio::buffer_size(buffers));
}

/// Ends a connection whose closing handshake is over.
Task<std::pair<BeastError, std::size_t>> tear_down(std::shared_ptr<ByteStream> stream) {
  auto shut = co_await stream->shutdown_write();
  (void)shut;  // it is closed in any case
  stream->close();
  co_return std::pair(BeastError(), 0);
}

/// What Beast takes for a socket. It shares the ByteStream with the transfers under way, because Beast's own timer may
/// have a ping on its way when the WebSocket is destroyed.
class Wire {
 public:
  using executor_type = Executor;
  explicit Wire(std::shared_ptr<ByteStream> stream) : stream_(std::move(stream)) {}
  executor_type get_executor() const { return stream_->executor(); }
  ByteStream& stream() { return *stream_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    std::span<std::byte> into;
    for (const asio::mutable_buffer buffer : beast::buffers_range_ref(buffers)) {
      into = {static_cast<std::byte*>(buffer.data()), buffer.size()};
      if (!into.empty()) break;
    }
    return initiate(read_wire(stream_, into), std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    std::vector<asio::const_buffer> pieces;
    for (const asio::const_buffer buffer : beast::buffers_range_ref(buffers)) pieces.push_back(buffer);
    return initiate(write_wire(stream_, std::move(pieces)), std::forward<Token>(token));
  }

  // Beast finds these two by their arguments.
  friend void beast_close_socket(Wire& wire) { wire.stream_->close(); }
  template <class Handler>
  friend void async_teardown(beast::role_type, Wire& wire, Handler&& handler) {
    wire.initiate(tear_down(wire.stream_), [handler = std::forward<Handler>(handler)](
                                               BeastError error, std::size_t) mutable { std::move(handler)(error); });
  }

 private:
  using Transfer = Task<std::pair<BeastError, std::size_t>>;

  template <class Token>
  auto initiate(Transfer transfer, Token&& token) {
    auto start = [](auto handler, const Executor& executor, Transfer task) {
      const auto slot = asio::get_associated_cancellation_slot(handler);
      auto done = [handler = std::move(handler)](const std::exception_ptr& failure,
                                                 std::pair<BeastError, std::size_t> result) mutable {
        // The one exception that a transfer throws is its cancellation.
        if (failure) result = {BeastError(asio::error::operation_aborted), 0};
        std::move(handler)(result.first, result.second);
      };
      asio::co_spawn(executor, std::move(task), asio::bind_cancellation_slot(slot, std::move(done)));
    };
    return asio::async_initiate<Token, void(BeastError, std::size_t)>(std::move(start), token, get_executor(),
                                                                      std::move(transfer));
  }

  std::shared_ptr<ByteStream> stream_;
};

Error to_websocket_error(const BeastError& error, const std::string& peer) {
  const std::string what = "WebSocket with " + peer + ": " + error.message();
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
    return {ErrorCode::too_large, what};
  if (error == beast::error::timeout) return {ErrorCode::timeout, what};
  if (error == asio::error::eof) return {ErrorCode::end_of_stream, what};
  if (error == asio::error::operation_aborted) return {ErrorCode::cancelled, what};
  if (error.category() == make_error_code(websocket::error::closed).category()) return {ErrorCode::protocol, what};
  return {ErrorCode::io, what};
}

using UpgradeRequest = beast::http::request<beast::http::empty_body>;

UpgradeRequest to_beast(const HttpRequest& request) {
  UpgradeRequest result(beast::http::string_to_verb(request.method), request.target, 11);
  for (std::size_t i = 0; i < request.headers.size(); ++i)
    result.insert(beast::string_view(request.headers[i].name.data(), request.headers[i].name.size()),
                  beast::string_view(request.headers[i].value.data(), request.headers[i].value.size()));
  return result;
}

/// 16 bytes in Base64 (RFC 6455 4.2.1): 22 digits and two signs of equality.
bool is_key(std::string_view key) {
  constexpr std::size_t size = 24;
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key.size() == size && key.ends_with("==") && key.find_first_not_of(digits) == size - 2;
}

}  // namespace

struct WebSocket::Impl {
  Impl(std::unique_ptr<ByteStream> stream, const WebSocketOptions& chosen)
      : options(chosen),
        peer(stream->peer()),
        ws(std::shared_ptr<ByteStream>(std::move(stream))),
        written(ws.get_executor()) {
    using Limit = asio::steady_timer::duration;
    websocket::stream_base::timeout limits{};
    limits.handshake_timeout = std::chrono::duration_cast<Limit>(options.handshake_limit);
    // Beast counts only what comes: a peer on a slow link that takes one large message for longer than the limit sends
    // nothing meanwhile, for the ping waits behind the message. See `until_dead`.
    limits.idle_timeout = websocket::stream_base::none();
    limits.keep_alive_pings = false;
    ws.set_option(limits);
    ws.read_message_max(options.max_message_bytes);
    ws.auto_fragment(false);  // one message, one frame, from the caller's buffers
  }
  void drop() { ws.next_layer().stream().close(); }
  [[nodiscard]] StreamProgress progress() { return ws.next_layer().stream().progress(); }

  /// Returns when the peer has given no sign of life for idle_limit. Looks four times in that.
  Task<> until_dead() {
    StreamProgress seen = progress();
    for (int quiet = 0; quiet < 4;) {
      co_await sleep_for(options.idle_limit / 4);
      const StreamProgress now = progress();
      // What is taken counts only within a message that waits: small ones vanish into the system's buffers, whoever
      // lives or not.
      const bool alive = now.read != seen.read || (writing && now.taken != seen.taken);
      seen = now;
      quiet = alive ? 0 : quiet + 1;
      // A message on its way is as good as a ping, and none may get into it.
      if (quiet == 2 && !writing && !*pinging) ping();
    }
  }

  /// Returns when the peer has taken nothing for stall_limit.
  Task<> until_stalled() {
    StreamProgress seen = progress();
    for (int quiet = 0; quiet < 4;) {
      co_await sleep_for(options.stall_limit / 4);
      const StreamProgress now = progress();
      quiet = now.taken != seen.taken ? 0 : quiet + 1;
      seen = now;
    }
  }

  /// Nobody waits for it, so that nobody's end cuts it off within its frame; it may outlive the WebSocket, which Beast
  /// sees to. A broken connection is found by whoever reads.
  void ping() {
    *pinging = true;
    ws.async_ping({}, [state = pinging](const BeastError&) { *state = false; });
  }

  WebSocketOptions options;
  std::string peer;
  websocket::stream<Wire, false> ws;
  beast::flat_buffer buffer;
  SignalFlag written;
  std::shared_ptr<bool> pinging = std::make_shared<bool>(false);
  bool writing = false;
  bool closing = false;
};

WebSocket::WebSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebSocket::~WebSocket() { impl_->drop(); }

bool WebSocket::requested(const HttpRequest& request) {
  return request.method == "GET" && request.headers.has_token("Connection", "upgrade") &&
         request.headers.has_token("Upgrade", "websocket");
}

Task<Result<std::unique_ptr<WebSocket>>> WebSocket::accept(const HttpRequest& request, ResponseWriter& writer,
                                                           WebSocketOptions options) {
  int status = 0;
  if (!requested(request) || !is_key(request.headers.find("Sec-WebSocket-Key").value_or("")))
    status = 400;
  else if (request.headers.find("Sec-WebSocket-Version") != "13")
    status = 426;
  if (status != 0) {
    Headers headers{{"Content-Type", "application/problem+json"}};
    if (status == 426) {
      headers.add("Sec-WebSocket-Version", "13");
      headers.add("Upgrade", "websocket");  // RFC 9110 15.5.22 asks for it
    }
    const std::string body = "{\"title\":\"" + std::string(status == 426 ? "Upgrade Required" : "Bad Request") +
                             "\",\"status\":" + std::to_string(status) +
                             ",\"detail\":\"this address takes WebSocket upgrades of version 13 only\"}\n";
    auto sent = co_await writer.send(status, headers, body);
    if (!sent) co_return forward(sent);
    co_return fail(ErrorCode::invalid_argument, "no valid WebSocket upgrade");
  }
  auto stream = writer.hijack();
  if (!stream) co_return forward(stream);
  auto impl = std::make_unique<Impl>(*std::move(stream), options);
  impl->ws.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(beast::http::field::server, "taffrail");  // else Beast names itself and its version
  }));
  const UpgradeRequest upgrade = to_beast(request);
  auto [error] = co_await impl->ws.async_accept(upgrade, as_result);
  if (error) co_return std::unexpected(to_websocket_error(error, impl->peer));
  co_return std::unique_ptr<WebSocket>(new WebSocket(std::move(impl)));
}

Task<Result<std::unique_ptr<WebSocket>>> WebSocket::connect(std::unique_ptr<ByteStream> stream, std::string host,
                                                            std::string target, Headers headers,
                                                            WebSocketOptions options) {
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (!is_valid_field(headers[i].name, headers[i].value))
      co_return fail(ErrorCode::invalid_argument, "a header field that cannot be sent");
  auto impl = std::make_unique<Impl>(std::move(stream), options);
  impl->ws.set_option(websocket::stream_base::decorator([&headers](websocket::request_type& request) {
    for (std::size_t i = 0; i < headers.size(); ++i)
      request.set(beast::string_view(headers[i].name.data(), headers[i].name.size()),
                  beast::string_view(headers[i].value.data(), headers[i].value.size()));
  }));
  auto [error] = co_await impl->ws.async_handshake(host, target, as_result);
  if (error) co_return std::unexpected(to_websocket_error(error, impl->peer));
  impl->ws.set_option(websocket::stream_base::decorator([](websocket::request_type&) {}));
  co_return std::unique_ptr<WebSocket>(new WebSocket(std::move(impl)));
}

Task<Result<std::optional<WebSocketMessage>>> WebSocket::read() {
  impl_->buffer.clear();
  auto receive = [](Impl& impl) -> Task<std::pair<BeastError, std::size_t>> {
    auto [error, n] = co_await impl.ws.async_read(impl.buffer, as_result);
    co_return std::pair(error, n);
  };
  auto end = co_await race(receive(*impl_), impl_->until_dead());
  if (!std::get<0>(end.values)) {
    impl_->drop();
    co_return fail(ErrorCode::timeout, "WebSocket with " + impl_->peer + ": no sign of life");
  }
  const auto [error, n] = *std::get<0>(end.values);
  if (end.first == 1 && error == asio::error::operation_aborted) {
    impl_->drop();
    co_return fail(ErrorCode::timeout, "WebSocket with " + impl_->peer + ": no sign of life");
  }
  if (!error)
    co_return WebSocketMessage{std::string(static_cast<const char*>(impl_->buffer.data().data()), n),
                               impl_->ws.got_text()};
  if (error == websocket::error::closed || impl_->closing) co_return std::nullopt;
  impl_->drop();
  co_return std::unexpected(to_websocket_error(error, impl_->peer));
}

Task<Result<>> WebSocket::write(std::span<const asio::const_buffer> pieces, bool text) {
  while (impl_->writing) co_await impl_->written.wait();
  struct Guard {
    Impl& impl;
    bool whole = false;
    ~Guard() {
      if (!whole) impl.drop();  // cut off within a frame: nothing that followed would be understood
      impl.writing = false;
      impl.written.notify();
    }
  };
  impl_->writing = true;
  Guard guard{*impl_};
  impl_->ws.text(text);
  auto send = [](Impl& impl, std::span<const asio::const_buffer> from) -> Task<BeastError> {
    auto [failed, n] = co_await impl.ws.async_write(from, as_result);
    (void)n;
    co_return failed;
  };
  auto end = co_await race(send(*impl_, pieces), impl_->until_stalled());
  const BeastError error = std::get<0>(end.values).value_or(asio::error::operation_aborted);
  if (end.first == 1 && error == asio::error::operation_aborted)
    co_return fail(ErrorCode::timeout,
                   "WebSocket with " + impl_->peer + ": nothing of a message was taken for too long");
  guard.whole = !error || error == websocket::error::closed || impl_->closing;
  if (error) co_return std::unexpected(to_websocket_error(error, impl_->peer));
  co_return Result<>();
}

Task<Result<>> WebSocket::write_text(std::string_view text) {
  const std::array<asio::const_buffer, 1> pieces{asio::buffer(text)};
  co_return co_await write(pieces, true);
}
Task<Result<>> WebSocket::write_text(std::span<const asio::const_buffer> pieces) { return write(pieces, true); }
Task<Result<>> WebSocket::write_binary(std::string_view bytes) {
  const std::array<asio::const_buffer, 1> pieces{asio::buffer(bytes)};
  co_return co_await write(pieces, false);
}

Task<> WebSocket::close(CloseCode code, std::string_view reason) {
  if (impl_->closing) co_return;
  impl_->closing = true;
  constexpr std::size_t max_reason = 123;  // a control frame's 125 bytes less the code
  std::size_t size = std::min(reason.size(), max_reason);
  // The peer takes a reason that is no UTF-8 for a fault, so no character is cut in two.
  while (size > 0 && size < reason.size() && (static_cast<unsigned char>(reason[size]) & 0xC0U) == 0x80U) --size;
  const std::string_view cut = reason.substr(0, size);
  const websocket::close_reason why(static_cast<websocket::close_code>(code),
                                    beast::string_view(cut.data(), cut.size()));
  auto shake = [](Impl& impl, websocket::close_reason said) -> Task<Result<>> {
    auto [error] = co_await impl.ws.async_close(said, as_result);
    if (error) co_return std::unexpected(to_websocket_error(error, impl.peer));
    co_return Result<>();
  };
  auto closed = co_await with_timeout(impl_->options.handshake_limit, "closing handshake", shake(*impl_, why));
  (void)closed;  // in time or not, there is nothing left to do but this:
  impl_->drop();
}

std::uint16_t WebSocket::peer_close_code() const { return impl_->ws.reason().code; }
const std::string& WebSocket::peer() const { return impl_->peer; }

}  // namespace taffrail::net
