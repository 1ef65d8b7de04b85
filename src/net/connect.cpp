#include "net/connect.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/descriptor_reserve.hpp"
#include "base/timeout.hpp"
#include "net/socket_stream.hpp"

namespace taffrail::net {

namespace {

using StreamResult = Result<std::unique_ptr<ByteStream>>;
using GenericEndpoint = asio::generic::stream_protocol::endpoint;

Task<Result<std::vector<GenericEndpoint>>> addresses_of(const Endpoint& endpoint) {
  std::vector<GenericEndpoint> addresses;
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint)) {
    addresses.emplace_back(asio::local::stream_protocol::endpoint(local->path));
    co_return addresses;
  }
  const TcpEndpoint& tcp = std::get<TcpEndpoint>(endpoint);
  boost::system::error_code is_name;
  const auto address = asio::ip::make_address(tcp.host, is_name);
  if (!is_name) {
    addresses.emplace_back(asio::ip::tcp::endpoint(address, tcp.port));
    co_return addresses;
  }
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [error, results] = co_await resolver.async_resolve(tcp.host, std::to_string(tcp.port), as_result);
  if (error) {
    // The system's resolver says "not found" where it had no descriptor to ask with.
    DescriptorReserve probe;
    if (!probe.take()) co_return std::unexpected(system_error("looking up " + tcp.host, EMFILE));
    co_return std::unexpected(to_error(error, "looking up " + tcp.host));
  }
  for (const auto& result : results) addresses.emplace_back(result.endpoint());
  co_return addresses;
}

Task<StreamResult> connect_unbounded(const Endpoint& endpoint, std::shared_ptr<ClientTls> tls) {
  auto addresses = co_await addresses_of(endpoint);
  if (!addresses) co_return forward(addresses);
  const auto* tcp = std::get_if<TcpEndpoint>(&endpoint);
  const std::string name = to_string(endpoint);
  Error last{ErrorCode::unavailable, "connecting to " + name + ": the name has no address"};
  for (const GenericEndpoint& address : *addresses) {
    StreamSocket socket(co_await asio::this_coro::executor);
    auto [error] = co_await socket.async_connect(address, as_result);
    if (error) {
      last = to_error(error, "connecting to " + name);
      continue;
    }
    const std::string peer = tcp ? host_header(endpoint) : "unix:" + std::get<UnixEndpoint>(endpoint).path;
    auto stream = make_socket_stream(std::move(socket), peer);
    if (!tcp || !tcp->tls) co_return stream;
    if (!tls)
      co_return fail(ErrorCode::invalid_argument,
                     "connecting to " + name + ": nothing says which authorities to trust");
    auto context = co_await tls->context();
    co_return co_await tls_connect(std::move(stream), std::move(context), tcp->host, &tls->workers());
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace

Task<StreamResult> connect(Endpoint endpoint, std::shared_ptr<ClientTls> tls, Duration limit) {
  std::string what = "connecting to " + to_string(endpoint);
  auto connected = co_await with_timeout(limit, std::move(what), connect_unbounded(endpoint, std::move(tls)));
  co_return connected;
}

}  // namespace taffrail::net
