#include "net/http_connection.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/cancellation_condition.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <exception>
#include <utility>

#include "base/failure.hpp"
#include "base/timeout.hpp"
#include "net/http_negotiation.hpp"
#include "net/http_server.hpp"

namespace taffrail::net {

namespace {

/// Bytes asked for at once, and what may wait unread while a handler answers. More costs memory per connection.
constexpr std::size_t read_at_once = 8UL * 1024;
constexpr std::size_t read_ahead = 16UL * 1024;
/// How long, and for how many bytes, a connection that we end is read on, so that the client gets our last words:
/// closing with unread input would reset the connection and take them away from it. Who still sends a body that was
/// refused has more time than who says nothing, but not when the server stops.
constexpr Duration linger_time = std::chrono::seconds(1);
constexpr Duration linger_time_at_most = std::chrono::seconds(5);
constexpr std::size_t linger_bytes = 16UL * 1024 * 1024;

std::string problem(int status, std::string_view detail) {
  // Both texts are our own and hold nothing that JSON would escape.
  return "{\"title\":\"" + std::string(reason_phrase(status)) + "\",\"status\":" + std::to_string(status) +
         ",\"detail\":\"" + std::string(detail) + "\"}\n";
}

bool is_framing_field(std::string_view name) {
  switch (name.size()) {
    case 4: return equal_ignoring_case(name, "Date");
    case 10: return equal_ignoring_case(name, "Connection");
    case 14: return equal_ignoring_case(name, "Content-Length");
    case 17: return equal_ignoring_case(name, "Transfer-Encoding");
    default: return false;
  }
}

template <class Number>
void append_number(std::string& out, Number number, int base = 10) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

std::unexpected<Error> already_answered() { return fail(ErrorCode::conflict, "the request is already answered"); }

}  // namespace

HttpConnection::HttpConnection(HttpServer& server, std::unique_ptr<ByteStream> stream)
    : server_(server),
      origin_(HttpServer::origin_of(stream->peer())),
      stream_(std::move(stream)),
      buffer_(std::max(server.options_.limits.max_head_bytes, read_ahead) + 2 * read_at_once),
      answered_(server.executor_),
      handler_(server.executor_, server.report_) {}

SteadyTime HttpConnection::now() const { return server_.clock_.steady_now(); }

bool HttpConnection::stopping() const { return server_.stopping_; }

Task<> HttpConnection::until_stopping() {
  while (!server_.stopping_) co_await server_.stop_asked_.wait();
}

void HttpConnection::note_progress() {
  if (!writing_ || !stream_) return;
  const std::uint64_t taken = stream_->progress().taken;
  if (taken == taken_) return;
  taken_ = taken;
  deadline_ = now() + server_.options_.limits.send_stall;
}

SteadyTime HttpConnection::stalled_since() const {
  return writing_ ? deadline_ - server_.options_.limits.send_stall : SteadyTime::max();
}

/// An answer that may last for ever needs room that can be spared for so long.
Result<> HttpConnection::claim_long() {
  if (!server_.has_room_for_long(*this))
    return fail(ErrorCode::unavailable, "too many answers to this address are under way; end some, or try again later");
  long_ = true;
  return {};
}

std::string_view HttpConnection::buffered() const {
  return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

void HttpConnection::close() {
  closed_ = true;
  idle_ = false;
  reading_since_ = SteadyTime::max();
  if (stream_) stream_->close();
}

Task<> HttpConnection::run() {
  std::exception_ptr failure;
  try {
    co_await converse();
  } catch (...) {
    failure = std::current_exception();
  }
  // Cancelled or not, the handler uses this object: nothing may end before it has.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  gone_ = true;
  handler_.cancel();
  co_await handler_.join();
  long_ = false;
  close();
  if (failure) std::rethrow_exception(failure);
}

Task<> HttpConnection::converse() {
  if (server_.options_.tls) {
    auto shaken = co_await with_timeout(server_.options_.limits.head_time, "TLS handshake",
                                        tls_accept(std::move(stream_), server_.options_.tls));
    if (!shaken) {
      ++server_.counters_.refused;
      co_return;
    }
    stream_ = *std::move(shaken);
  }
  request_.peer = stream_->peer();
  for (Next next = Next::request; next == Next::request;) next = co_await one_request();
  if (stream_) co_await linger();
}

/// Until the first byte of a request is there; false when none will come. Empty lines before one are passed over, as
/// RFC 9112 2.2 has it: some clients send one after a body.
Task<bool> HttpConnection::wait_for_request() {
  for (;;) {
    if (buffer_.size() == 0) {
      if (stopping()) co_return false;
      idle_ = true;
      deadline_ = now() + server_.options_.limits.idle_time;
      auto got = co_await fill();
      idle_ = false;
      if (!got || *got == 0) co_return false;
    }
    deadline_ = SteadyTime::max();
    if (!buffered().starts_with("\r\n")) co_return true;
    buffer_.consume(2);
  }
}

Task<HttpConnection::Next> HttpConnection::one_request() {
  answer_ = {};
  fault_.reset();
  request_.method.clear();  // what is refused before it is known is answered with a body
  request_.version = 11;
  const bool begun = co_await wait_for_request();
  if (!begun) co_return Next::end;
  reading_since_ = now();
  const Next next = co_await read_request();
  reading_since_ = SteadyTime::max();
  if (next == Next::end) co_return Next::end;
  answering_ = true;
  handler_.spawn("answer", answer());
  co_await watch();
  co_return !gone_ && answer_.keep_alive ? Next::request : Next::end;
}

/// The whole request, or its refusal and the end.
Task<HttpConnection::Next> HttpConnection::read_request() {
  const HttpLimits& limits = server_.options_.limits;
  MessageHead head;
  RequestParser parser({limits.max_request_line, limits.max_head_bytes, limits.max_fields}, limits.max_body_bytes);
  auto end = parser.head(buffered(), head);
  if (!end) {
    fault_ = end.error();
    co_return co_await refuse(Error{ErrorCode::protocol, {}});
  }
  buffer_.consume(*end);
  if (*end == 0) {
    auto read = co_await with_timeout(limits.head_time, "request head", read_head(parser, head));
    if (!read) co_return co_await refuse(read.error());
  }
  request_.method = std::move(head.method);
  request_.target = std::move(head.target);
  request_.version = head.version;
  request_.headers = std::move(head.headers);
  request_.body.clear();
  keep_alive_ = parser.keep_alive();
  upgrade_ =
      head.version == 11 && request_.headers.contains("Upgrade") && request_.headers.has_token("Connection", "upgrade");
  if (parser.done()) co_return Next::request;
  if (const auto expect = request_.headers.find("Expect"); expect && head.version == 11) {
    if (!equal_ignoring_case(*expect, "100-continue"))
      co_return co_await refuse(417, "the only expectation known here is 100-continue");
    if (buffer_.size() == 0) {
      const std::array<asio::const_buffer, 1> go_on{asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"))};
      auto written = co_await write_limited(go_on);
      if (!written) co_return Next::end;
    }
  }
  auto read = co_await with_timeout(limits.body_time, "request body", read_body(parser, request_.body));
  if (!read) co_return co_await refuse(read.error());
  co_return Next::request;
}

Task<Result<>> HttpConnection::read_head(RequestParser& parser, MessageHead& head) {
  for (;;) {
    auto got = co_await fill();
    if (!got) co_return forward(got);
    if (*got == 0) co_return fail(ErrorCode::end_of_stream, "the client left within a request");
    const auto end = parser.head(buffered(), head);
    if (!end) {
      fault_ = end.error();
      co_return fail(ErrorCode::protocol, {});
    }
    buffer_.consume(*end);
    if (*end > 0) co_return Result<>();
  }
}

Task<Result<>> HttpConnection::read_body(RequestParser& parser, std::string& body) {
  constexpr std::size_t step = 16UL * 1024;
  std::size_t size = 0;
  for (;;) {
    // Grows with what has come, not with what the head promises.
    if (body.size() - size < step) body.resize(std::max(2 * size, size + step));
    const auto room = std::as_writable_bytes(std::span(body)).subspan(size);
    const auto read = parser.body(buffered(), room);
    if (!read) {
      fault_ = read.error();
      co_return fail(ErrorCode::protocol, {});
    }
    buffer_.consume(read->consumed);
    size += read->produced;
    if (parser.done()) break;
    if (buffer_.size() > 0) continue;
    auto got = co_await fill();
    if (!got) co_return forward(got);
    if (*got == 0) co_return fail(ErrorCode::end_of_stream, "the client left within a request");
  }
  body.resize(size);
  co_return Result<>();
}

Task<Result<std::size_t>> HttpConnection::fill() {
  const auto room = buffer_.prepare(read_at_once);
  auto got = co_await stream_->read_some(std::span(static_cast<std::byte*>(room.data()), room.size()));
  if (got) buffer_.commit(*got);
  co_return got;
}

/// Reads while the handler answers. Returns when it has ended and either more bytes have come, or the client has gone.
Task<> HttpConnection::watch() {
  while (answering_ || (buffer_.size() == 0 && answer_.keep_alive)) {
    // Until it has begun an answer of ours, the handler may take the stream, and with it whoever reads from it.
    const bool may_be_taken =
        upgrade_ && (answer_.state == Answer::State::none || answer_.state == Answer::State::hijacked);
    if (answering_ && (may_be_taken || buffer_.size() >= read_ahead)) {
      co_await answered_.wait();
      continue;
    }
    // With a request waiting in the buffer, the end of the answer must wake us too: no more bytes may come before it.
    auto got = co_await (buffer_.size() == 0 ? fill() : fill_or_answered());
    idle_ = false;
    if (got && *got > 0) continue;
    if (got && !answering_) break;  // the end of the answer, or that of an idle client, which the next read finds
    gone_ = true;
    handler_.cancel();
    while (answering_) co_await answered_.wait();
    break;
  }
}

/// `fill`, or 0 once the handler has ended.
Task<Result<std::size_t>> HttpConnection::fill_or_answered() {
  while (answering_) {
    auto race =
        asio::experimental::make_parallel_group(asio::co_spawn(server_.executor_, fill(), asio::deferred),
                                                asio::co_spawn(server_.executor_, answered_.wait(), asio::deferred));
    auto [order, failure, got, wait_failure] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // A read that was cancelled for the answer's sake says so as an error.
    if (!failure && (order[0] == 0 || got)) co_return got;
  }
  co_return 0;
}

Task<> HttpConnection::answer() {
  struct Guard {
    HttpConnection& connection;
    ~Guard() {
      connection.answering_ = false;
      connection.long_ = false;
      connection.writing_ = false;
      connection.answered_.notify();
    }
  };
  const Guard guard{*this};
  ++server_.counters_.requests;
  ResponseWriter writer(*this);
  std::string failure;
  try {
    co_await server_.handler_(request_, writer);
  } catch (const std::exception& error) {
    if (!gone_ || !is_cancellation(std::current_exception())) failure = error.what();
  }
  if (failure.empty() && answer_.state == Answer::State::none && !gone_) failure = "the handler gave no answer";
  if (!failure.empty()) server_.report_(request_.method + " " + request_.target.substr(0, 200) + ": " + failure);
  if (gone_) co_return;  // cancelled: no await works any more, and nobody would read it
  switch (answer_.state) {
    case Answer::State::none: {
      const std::string body = problem(500, "an unexpected error, see the log of the server");
      const std::array<asio::const_buffer, 1> pieces{asio::buffer(body)};
      auto sent = co_await send(500, {{"Content-Type", "application/problem+json"}}, pieces);
      if (!sent) answer_.keep_alive = false;
      break;
    }
    case Answer::State::streaming:
      // Cut off without its end, so that the client sees that it is not whole.
      answer_.keep_alive = false;
      close();
      co_return;
    case Answer::State::hijacked: co_return;
    case Answer::State::done: break;
  }
  if (!answer_.keep_alive || stopping()) {
    answer_.keep_alive = false;
    deadline_ = now() + linger_time;
    auto shut = co_await stream_->shutdown_write();
    if (!shut) close();
  } else if (buffer_.size() == 0) {
    idle_ = true;
    deadline_ = now() + server_.options_.limits.idle_time;
  }
}

Task<HttpConnection::Next> HttpConnection::refuse(const Error& error) {
  if (error.code == ErrorCode::timeout) return refuse(408, "the request did not come in time");
  if (fault_) {
    switch (*fault_) {
      case HttpFault::malformed:
      case HttpFault::truncated: return refuse(400, "the request is malformed or its framing is ambiguous");
      case HttpFault::start_line_too_long: return refuse(414, "the request line is too long");
      case HttpFault::head_too_large: return refuse(431, "the request has too many or too long header fields");
      case HttpFault::body_too_large: return refuse(413, "the request body is too large");
    }
  }
  return refuse(0, {});
}

/// The last answer of a connection, given by the server itself. Status 0: nobody is left to read it.
Task<HttpConnection::Next> HttpConnection::refuse(int status, std::string_view detail) {
  ++server_.counters_.refused;
  if (status == 0 || !stream_) {
    close();
    co_return Next::end;
  }
  keep_alive_ = false;
  const std::string body = problem(status, detail);
  const std::array<asio::const_buffer, 1> pieces{asio::buffer(body)};
  Headers headers{{"Content-Type", "application/problem+json"}};
  if (status == 503) headers.add("Retry-After", "1");
  auto sent = co_await send(status, headers, pieces);
  if (sent) sent = co_await stream_->shutdown_write();
  if (!sent) close();
  co_return Next::end;
}

Task<Result<>> HttpConnection::turn_away() {
  // Through TLS nothing can be said before a handshake, which costs more than there is.
  if (server_.options_.tls) co_return Result<>();
  request_.version = 11;
  const Next end = co_await refuse(503, "this server has as many connections as it can; try again later");
  (void)end;
  co_await linger();
  co_return Result<>();
}

Task<> HttpConnection::linger() {
  reading_since_ = now();  // the first to go when there is no room
  deadline_ = now() + linger_time;
  const SteadyTime end = now() + linger_time_at_most;
  for (std::size_t read = 0; read < linger_bytes;) {
    if (!stopping()) deadline_ = std::min(end, now() + linger_time);
    buffer_.clear();
    auto got = co_await fill();
    if (!got || *got == 0) break;
    read += *got;
  }
}

Task<Result<>> HttpConnection::write_limited(std::span<const asio::const_buffer> buffers) {
  deadline_ = now() + server_.options_.limits.send_stall;
  taken_ = stream_->progress().taken;
  writing_ = true;
  auto written = co_await stream_->write(buffers);
  writing_ = false;
  deadline_ = SteadyTime::max();
  if (!written) answer_.keep_alive = false;
  co_return written;
}

Result<> HttpConnection::build_head(int status, const Headers& headers, std::optional<std::size_t> length) {
  if (answer_.state != Answer::State::none) return already_answered();
  if (status < 200 || status > 599)
    return fail(ErrorCode::invalid_argument, "no final status: " + std::to_string(status));
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (!is_valid_field(headers[i].name, headers[i].value) || is_framing_field(headers[i].name))
      return fail(ErrorCode::invalid_argument,
                  "the header field '" + std::string(headers[i].name) + "' cannot be sent");
  const bool bodyless = status == 204 || status == 304;
  answer_.without_body = bodyless || request_.method == "HEAD";
  answer_.chunked = !length && !bodyless && request_.version == 11;
  // Without a length, HTTP/1.0 knows the end by the end of the connection.
  answer_.keep_alive = keep_alive_ && !stopping() && (length || answer_.chunked || answer_.without_body);
  head_.assign("HTTP/1.1 ");
  append_number(head_, status);
  head_.append(" ").append(reason_phrase(status)).append("\r\nDate: ").append(server_.date()).append("\r\n");
  for (std::size_t i = 0; i < headers.size(); ++i)
    head_.append(headers[i].name).append(": ").append(headers[i].value).append("\r\n");
  if (length && !bodyless) {
    head_ += "Content-Length: ";
    append_number(head_, *length);
    head_ += "\r\n";
  }
  if (answer_.chunked) head_ += "Transfer-Encoding: chunked\r\n";
  const bool names_upgrade = headers.contains("Upgrade");  // which then is a matter of this connection: RFC 9110 7.8
  if (!answer_.keep_alive) {
    head_ += names_upgrade ? "Connection: close, Upgrade\r\n" : "Connection: close\r\n";
  } else if (names_upgrade) {
    head_ += "Connection: Upgrade\r\n";
  } else if (request_.version == 10) {
    head_ += "Connection: keep-alive\r\n";
  }
  head_ += "\r\n";
  return {};
}

Task<Result<>> HttpConnection::send(int status, const Headers& headers, std::span<const asio::const_buffer> body) {
  if (auto built = build_head(status, headers, asio::buffer_size(body)); !built) co_return built;
  answer_.state = Answer::State::done;
  pieces_.assign(1, asio::buffer(head_));
  if (!answer_.without_body) pieces_.insert(pieces_.end(), body.begin(), body.end());
  co_return co_await write_limited(pieces_);
}

Task<Result<>> HttpConnection::start(int status, const Headers& headers) {
  if (started()) co_return already_answered();
  if (auto claimed = claim_long(); !claimed) co_return claimed;
  if (auto built = build_head(status, headers, std::nullopt); !built) co_return built;
  answer_.state = Answer::State::streaming;
  if (upgrade_) answered_.notify();  // the stream stays here: `watch` may read it now
  pieces_.assign(1, asio::buffer(head_));
  co_return co_await write_limited(pieces_);
}

Task<Result<>> HttpConnection::write(std::span<const asio::const_buffer> pieces) {
  if (answer_.state != Answer::State::streaming)
    co_return fail(ErrorCode::conflict, "a piece of an answer that is not under way");
  const std::size_t size = asio::buffer_size(pieces);
  if (size == 0 || answer_.without_body) co_return Result<>();
  pieces_.clear();
  if (answer_.chunked) {
    head_.clear();
    append_number(head_, size, 16);
    head_ += "\r\n";
    pieces_.push_back(asio::buffer(head_));
  }
  pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
  if (answer_.chunked) pieces_.push_back(asio::buffer(std::string_view("\r\n")));
  co_return co_await write_limited(pieces_);
}

Task<Result<>> HttpConnection::finish() {
  if (answer_.state != Answer::State::streaming)
    co_return fail(ErrorCode::conflict, "the end of an answer that is not under way");
  answer_.state = Answer::State::done;
  if (!answer_.chunked || answer_.without_body) co_return Result<>();
  pieces_.assign(1, asio::buffer(std::string_view("0\r\n\r\n")));
  co_return co_await write_limited(pieces_);
}

Result<std::unique_ptr<ByteStream>> HttpConnection::hijack() {
  if (started()) return already_answered();
  if (!upgrade_) return fail(ErrorCode::conflict, "the request does not ask for an upgrade");
  if (auto claimed = claim_long(); !claimed) return forward(claimed);
  answer_.state = Answer::State::hijacked;
  std::string rest(buffered());
  buffer_.clear();
  return with_prefix(std::move(rest), std::move(stream_));
}

}  // namespace taffrail::net
