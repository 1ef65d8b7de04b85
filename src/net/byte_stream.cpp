#include "net/byte_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace taffrail::net {

namespace {

class PrefixedStream final : public ByteStream {
 public:
  PrefixedStream(std::string prefix, std::unique_ptr<ByteStream> stream)
      : prefix_(std::move(prefix)), stream_(std::move(stream)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    if (given_ == prefix_.size()) co_return co_await stream_->read_some(into);
    const std::size_t n = std::min(into.size(), prefix_.size() - given_);
    std::memcpy(into.data(), prefix_.data() + given_, n);
    given_ += n;
    if (given_ == prefix_.size()) {
      std::string().swap(prefix_);
      given_ = 0;
    }
    co_return n;
  }
  Task<Result<>> write(std::span<const asio::const_buffer> buffers) override { return stream_->write(buffers); }
  Task<Result<>> shutdown_write() override { return stream_->shutdown_write(); }
  void close() override { stream_->close(); }
  [[nodiscard]] const std::string& peer() const override { return stream_->peer(); }
  [[nodiscard]] StreamProgress progress() const override { return stream_->progress(); }
  [[nodiscard]] Executor executor() const override { return stream_->executor(); }

 private:
  std::string prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<ByteStream> stream_;
};

}  // namespace

Task<Result<>> write(ByteStream& stream, std::string_view bytes) {
  const std::array<asio::const_buffer, 1> buffers{asio::buffer(bytes)};
  co_return co_await stream.write(buffers);
}

std::unique_ptr<ByteStream> with_prefix(std::string prefix, std::unique_ptr<ByteStream> stream) {
  if (prefix.empty()) return stream;
  return std::make_unique<PrefixedStream>(std::move(prefix), std::move(stream));
}

}  // namespace taffrail::net
