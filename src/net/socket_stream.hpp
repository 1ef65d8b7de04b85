#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/byte_stream.hpp"

namespace taffrail::net {

/// TCP and unix sockets alike, so that one class and one set of instantiations serve both.
using StreamSocket = asio::basic_stream_socket<asio::generic::stream_protocol>;

/// A ByteStream over a connected socket. `peer` is what ByteStream::peer returns. Nagle's delay is turned off for TCP.
[[nodiscard]] std::unique_ptr<ByteStream> make_socket_stream(StreamSocket socket, std::string peer);

/// An error of Asio's as ours; `what` names the act and its object.
[[nodiscard]] Error to_error(const boost::system::error_code& error, std::string_view what);

}  // namespace taffrail::net
