#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "net/response_writer.hpp"
#include "pipeline/log_item.hpp"

namespace taffrail::api {

/// Gathers NDJSON lines for one write. Long runs of a batch are sent from the batch itself, which all its viewers
/// share: they are neither rendered nor copied again. Short runs (a filter or a merge cuts batches up) are copied
/// together, for a hundred bytes cost more as an entry of the system call's list than as a copy.
class NdjsonOutput {
 public:
  /// Runs at least this long are sent from where they are.
  static constexpr std::size_t share_from = 2048;
  /// What is gathered before a write; more would only delay the first line.
  static constexpr std::size_t flush_at = 256UZ * 1024;

  /// Adds lines of a batch; the batch is kept until `flush` where they are sent from it.
  void add(const LogLines& lines);
  /// Adds bytes that end with a newline; they are copied.
  void add(std::string_view line);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Sends all that was added, and waits until the operating system has taken it.
  [[nodiscard]] Task<Result<>> flush(net::ResponseWriter& writer);

 private:
  /// Either bytes of a batch that is kept (`shared`) or the next `size` bytes of `copied_`.
  struct Piece {
    const char* shared;
    std::size_t size;
  };
  void add_run(const BatchPtr& batch, std::string_view run);

  std::vector<Piece> pieces_;
  std::string copied_;
  std::vector<BatchPtr> kept_;
  std::vector<asio::const_buffer> buffers_;
  std::size_t size_ = 0;
};

}  // namespace taffrail::api
