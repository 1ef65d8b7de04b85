#include "net/response_writer.hpp"

#include <array>

#include "net/http_connection.hpp"

namespace taffrail::net {

Task<Result<>> ResponseWriter::send(int status, const Headers& headers, std::string_view body) {
  const std::array<asio::const_buffer, 1> pieces{asio::buffer(body)};
  co_return co_await connection_.send(status, headers, pieces);
}
Task<Result<>> ResponseWriter::send(int status, const Headers& headers, std::span<const asio::const_buffer> body) {
  return connection_.send(status, headers, body);
}
Task<Result<>> ResponseWriter::start(int status, const Headers& headers) { return connection_.start(status, headers); }
Task<Result<>> ResponseWriter::write(std::string_view piece) {
  const std::array<asio::const_buffer, 1> pieces{asio::buffer(piece)};
  co_return co_await connection_.write(pieces);
}
Task<Result<>> ResponseWriter::write(std::span<const asio::const_buffer> pieces) { return connection_.write(pieces); }
Task<Result<>> ResponseWriter::finish() { return connection_.finish(); }
Result<std::unique_ptr<ByteStream>> ResponseWriter::hijack() { return connection_.hijack(); }
bool ResponseWriter::started() const { return connection_.started(); }
bool ResponseWriter::stopping() const { return connection_.stopping(); }
Task<> ResponseWriter::until_stopping() { return connection_.until_stopping(); }

}  // namespace taffrail::net
