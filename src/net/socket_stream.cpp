#include "net/socket_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace taffrail::net {

namespace {

class SocketStream final : public ByteStream {
 public:
  SocketStream(StreamSocket socket, std::string peer) : socket_(std::move(socket)), peer_(std::move(peer)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    if (!over_) {
      auto [error, n] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), as_result);
      if (!error) co_return n;
      // Remembered, because Asio's reactor is edge-triggered: a second read at the end would wait for ever.
      if (error != asio::error::operation_aborted) over_ = error;
      if (error != asio::error::eof) co_return std::unexpected(to_error(error, "reading from " + peer_));
    }
    if (over_ == asio::error::eof) co_return 0;
    co_return std::unexpected(to_error(over_, "reading from " + peer_));
  }

  Task<Result<>> write(std::span<const asio::const_buffer> buffers) override {
    auto [error, n] = co_await asio::async_write(socket_, buffers, as_result);
    (void)n;
    if (error) co_return std::unexpected(to_error(error, "writing to " + peer_));
    co_return Result<>();
  }

  Task<Result<>> shutdown_write() override {
    boost::system::error_code error;
    socket_.shutdown(StreamSocket::shutdown_send, error);
    if (error) co_return std::unexpected(to_error(error, "shutting down " + peer_));
    co_return Result<>();
  }

  void close() override {
    boost::system::error_code ignored;  // the descriptor is gone either way
    socket_.close(ignored);
  }

  [[nodiscard]] const std::string& peer() const override { return peer_; }
  // basic_socket's get_executor is not const.
  [[nodiscard]] Executor executor() const override { return const_cast<StreamSocket&>(socket_).get_executor(); }

 private:
  StreamSocket socket_;
  std::string peer_;
  boost::system::error_code over_;  // why there is nothing more to read
};

}  // namespace

std::unique_ptr<ByteStream> make_socket_stream(StreamSocket socket, std::string peer) {
  boost::system::error_code not_tcp;
  socket.set_option(asio::ip::tcp::no_delay(true), not_tcp);
  return std::make_unique<SocketStream>(std::move(socket), std::move(peer));
}

Error to_error(const boost::system::error_code& error, std::string_view what) {
  if (error.category() == boost::system::system_category()) return system_error(what, error.value());
  if (error.category() == asio::error::get_netdb_category() || error.category() == asio::error::get_addrinfo_category())
    return Error{ErrorCode::unavailable, std::string(what) + ": " + error.message()};
  return Error{ErrorCode::io, std::string(what) + ": " + error.message()};
}

}  // namespace taffrail::net
