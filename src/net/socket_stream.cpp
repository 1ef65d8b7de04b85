#include "net/socket_stream.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <sys/ioctl.h>
#include <utility>
#include <vector>

namespace taffrail::net {

namespace {

/// Asio hands so many pieces to one system call and no more.
constexpr std::size_t pieces_at_once = 16;
/// Smaller pieces are copied together: an entry in the system call's list costs about as much as copying this.
constexpr std::size_t copied_below = 2048;
/// What one system call may send, and so what is copied at a time. More would be held for as long as a slow peer takes.
constexpr std::size_t sent_at_once = 64UL * 1024;

/// Makes few pieces of many: neighbours that are small become one.
class Gathered {
 public:
  /// Takes pieces from the front until one system call has enough. Returns those that are left.
  std::span<const asio::const_buffer> fill(std::span<const asio::const_buffer> buffers) {
    copies_.resize(sent_at_once);
    pieces_.clear();
    std::size_t copied = 0;
    bool last_is_copy = false;
    while (!buffers.empty()) {
      const asio::const_buffer& next = buffers.front();
      const bool copy = next.size() < copied_below;
      const bool joins = copy && last_is_copy;
      if ((copy && copied + next.size() > copies_.size()) || (!joins && pieces_.size() == pieces_at_once)) break;
      if (copy) {
        char* const to = copies_.data() + copied;
        if (next.size() > 0) std::memcpy(to, next.data(), next.size());
        copied += next.size();
        if (joins)
          pieces_.back() = asio::buffer(pieces_.back().data(), pieces_.back().size() + next.size());
        else
          pieces_.push_back(asio::buffer(to, next.size()));
      } else {
        pieces_.push_back(next);
      }
      last_is_copy = copy;
      buffers = buffers.subspan(1);
    }
    return buffers;
  }
  [[nodiscard]] std::span<const asio::const_buffer> pieces() const { return pieces_; }

 private:
  std::vector<char> copies_;
  std::vector<asio::const_buffer> pieces_;
};

class SocketStream final : public ByteStream {
 public:
  SocketStream(StreamSocket socket, std::string peer) : socket_(std::move(socket)), peer_(std::move(peer)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    if (!over_) {
      auto [error, n] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), as_result);
      progress_.read += n;
      if (!error) co_return n;
      // Remembered, because Asio's reactor is edge-triggered: a second read at the end would wait for ever.
      if (error != asio::error::operation_aborted) over_ = error;
      if (error != asio::error::eof) co_return std::unexpected(to_error(error, "reading from " + peer_));
    }
    if (over_ == asio::error::eof) co_return 0;
    co_return std::unexpected(to_error(over_, "reading from " + peer_));
  }

  Task<Result<>> write(std::span<const asio::const_buffer> buffers) override {
    if (buffers.size() <= pieces_at_once) co_return co_await write_whole(buffers);
    Gathered gathered;
    while (!buffers.empty()) {
      buffers = gathered.fill(buffers);
      auto written = co_await write_whole(gathered.pieces());
      if (!written) co_return written;
    }
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
  [[nodiscard]] StreamProgress progress() const override {
    StreamProgress seen = progress_;
    int waiting = 0;
    // basic_socket's native_handle is not const.
    const int descriptor = const_cast<StreamSocket&>(socket_).native_handle();
    if (::ioctl(descriptor, TIOCOUTQ, &waiting) == 0)
      seen.taken -= std::min(seen.taken, static_cast<std::uint64_t>(std::max(waiting, 0)));
    return seen;
  }
  // basic_socket's get_executor is not const.
  [[nodiscard]] Executor executor() const override { return const_cast<StreamSocket&>(socket_).get_executor(); }

 private:
  Task<Result<>> write_whole(std::span<const asio::const_buffer> buffers) {
    const std::uint64_t before = progress_.taken;
    // Asked between the system calls: how much the next may send.
    const auto count = [this, before](const boost::system::error_code& failed, std::size_t n) {
      progress_.taken = before + n;
      return failed ? std::size_t{0} : sent_at_once;
    };
    auto [error, n] = co_await asio::async_write(socket_, buffers, count, as_result);
    progress_.taken = before + n;
    if (error) co_return std::unexpected(to_error(error, "writing to " + peer_));
    co_return Result<>();
  }

  StreamSocket socket_;
  std::string peer_;
  StreamProgress progress_;
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
