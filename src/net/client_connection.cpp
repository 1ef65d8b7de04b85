#include "net/client_connection.hpp"

#include <algorithm>
#include <utility>

namespace taffrail::net {

namespace {
constexpr std::size_t read_at_once = 16UL * 1024;
}

ClientConnection::ClientConnection(HttpClient& client, std::unique_ptr<ByteStream> stream, bool kept)
    : client_(client),
      stream_(std::move(stream)),
      buffer_(std::max(client.options_.max_head_bytes, read_at_once) + 2 * read_at_once),
      kept_(kept) {
  ++client_.open_;
}

ClientConnection::~ClientConnection() { --client_.open_; }

std::string_view ClientConnection::buffered() const {
  return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

Error ClientConnection::fault(HttpFault fault) const {
  const std::string from = "the response of " + to_string(client_.endpoint_);
  switch (fault) {
    case HttpFault::malformed: return {ErrorCode::protocol, from + " is malformed"};
    case HttpFault::start_line_too_long:
    case HttpFault::head_too_large: return {ErrorCode::too_large, from + " has too large a head"};
    case HttpFault::body_too_large: return {ErrorCode::too_large, from + " has too large a body"};
    case HttpFault::truncated: return {ErrorCode::end_of_stream, from + " was cut off"};
  }
  return {ErrorCode::internal, from};
}

Task<Result<std::size_t>> ClientConnection::fill() {
  const auto room = buffer_.prepare(read_at_once);
  auto got = co_await stream_->read_some(std::span(static_cast<std::byte*>(room.data()), room.size()));
  if (got) buffer_.commit(*got);
  co_return got;
}

Task<Result<>> ClientConnection::exchange(std::span<const asio::const_buffer> request, bool no_body) {
  const HttpClientOptions& options = client_.options_;
  answered_ = false;
  failed_ = true;  // until the head is there: this may be cancelled
  // A peer that refuses early may answer and close while we still send; then its answer is what counts.
  auto written = co_await stream_->write(request);
  do {
    head_ = {};
    parser_.emplace(HeadLimits{options.max_head_bytes, options.max_head_bytes, options.max_fields}, std::nullopt);
    if (no_body) parser_->expect_no_body();
    for (;;) {
      const auto end = parser_->head(buffered(), head_);
      if (!end) co_return std::unexpected(fault(end.error()));
      buffer_.consume(*end);
      if (*end > 0) break;
      auto got = co_await fill();
      if (!written && (!got || *got == 0)) co_return written;
      if (!got) co_return forward(got);
      if (*got == 0) co_return std::unexpected(fault(HttpFault::truncated));
      answered_ = true;
    }
  } while (head_.status / 100 == 1 && head_.status != 101);
  failed_ = !written;
  co_return Result<>();
}

Task<Result<std::size_t>> ClientConnection::read_body(std::span<std::byte> into) {
  for (;;) {
    if (parser_->done()) co_return 0;
    const auto step = parser_->body(buffered(), into);
    if (!step) {
      failed_ = true;
      co_return std::unexpected(fault(step.error()));
    }
    buffer_.consume(step->consumed);
    if (step->produced > 0) co_return step->produced;
    if (buffer_.size() > 0 || parser_->done()) continue;
    auto got = co_await fill();
    if (!got) {
      failed_ = true;
      co_return got;
    }
    if (*got > 0) continue;
    if (const auto ended = parser_->end_of_input(); !ended) {
      failed_ = true;
      co_return std::unexpected(fault(ended.error()));
    }
  }
}

std::unique_ptr<ByteStream> ClientConnection::release() {
  std::string rest(buffered());
  buffer_.clear();
  failed_ = true;
  return with_prefix(std::move(rest), std::move(stream_));
}

bool ClientConnection::reusable() const {
  // Bytes beyond the response were never asked for: nothing that follows could be trusted.
  return !failed_ && parser_ && parser_->done() && parser_->keep_alive() && buffer_.size() == 0;
}

}  // namespace taffrail::net
