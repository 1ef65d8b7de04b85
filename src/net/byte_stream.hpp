#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"

namespace taffrail::net {

/// Bytes that have gone over the wire since the beginning, either way.
struct StreamProgress {
  std::uint64_t read = 0;
  /// Of what was to be sent, without what still waits to be acknowledged: a slow link moves this on with each packet,
  /// while the operating system takes more from us in steps of a megabyte.
  std::uint64_t taken = 0;
  bool operator==(const StreamProgress&) const = default;
};

/// A connected, ordered, two-way stream of bytes: TCP, a unix socket, or TLS over either.
///
/// One task may read while another writes; two readers or two writers at once are a programmer's error. A task that
/// is cancelled inside a call leaves nothing behind, but how much a cancelled write has sent is unknown, so the only
/// thing left to do with such a stream is to close it. A cancelled read loses nothing.
///
/// The stream must outlive the calls that run on it. Destruction closes it.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Waits for bytes and puts at least one at the front of `into`, which must not be empty.
  /// @return how many; 0 when the peer has ended its side in order, and from then on. Errors: io (a broken connection),
  /// protocol (TLS,
  ///         where a stream cut off without close_notify is also an error), cancelled (closed from this side).
  [[nodiscard]] virtual Task<Result<std::size_t>> read_some(std::span<std::byte> into) = 0;

  /// Sends all the buffers in order, in as few system calls as it can. They must live until this returns and are not
  /// copied, but for small pieces where there are many (TLS encrypts from them). Returns when the operating system has
  /// taken the last byte.
  [[nodiscard]] virtual Task<Result<>> write(std::span<const asio::const_buffer> buffers) = 0;

  /// Says that no more bytes will be written; the peer then reads the end. Reading goes on.
  [[nodiscard]] virtual Task<Result<>> shutdown_write() = 0;

  /// Ends both directions at once. Calls that wait end with an Error of code cancelled. Idempotent.
  virtual void close() = 0;

  /// Who is at the other end, for logs: "127.0.0.1:4711", "[::1]:4711", "unix:/run/x.sock".
  [[nodiscard]] virtual const std::string& peer() const = 0;

  /// How far the calls have come; it rises while one of them still waits. This is how a slow peer is told from one that
  /// takes and gives nothing any more.
  [[nodiscard]] virtual StreamProgress progress() const = 0;

  [[nodiscard]] virtual Executor executor() const = 0;
};

/// `write` of one piece.
[[nodiscard]] Task<Result<>> write(ByteStream& stream, std::string_view bytes);

/// A stream that first gives `prefix` (bytes that were read ahead of a protocol switch) and then what `stream` gives.
[[nodiscard]] std::unique_ptr<ByteStream> with_prefix(std::string prefix, std::unique_ptr<ByteStream> stream);

}  // namespace taffrail::net
