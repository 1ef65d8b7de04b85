#include "api/ndjson_output.hpp"

#include <span>

namespace taffrail::api {

void NdjsonOutput::add(const LogLines& lines) {
  if (lines.descending) {
    for (std::size_t i = lines.last; i-- > lines.first;) add_run(lines.batch, lines.batch->ndjson(i, i + 1));
  } else {
    add_run(lines.batch, lines.batch->ndjson(lines.first, lines.last));
  }
}

void NdjsonOutput::add(std::string_view line) {
  if (!pieces_.empty() && !pieces_.back().shared)
    pieces_.back().size += line.size();
  else
    pieces_.push_back({nullptr, line.size()});
  copied_ += line;
  size_ += line.size();
}

void NdjsonOutput::add_run(const BatchPtr& batch, std::string_view run) {
  if (run.size() < share_from) {
    add(run);
  } else {
    if (kept_.empty() || kept_.back() != batch) kept_.push_back(batch);
    pieces_.push_back({run.data(), run.size()});
    size_ += run.size();
  }
}

Task<Result<>> NdjsonOutput::flush(net::ResponseWriter& writer) {
  buffers_.clear();
  const char* copied = copied_.data();
  for (const Piece& piece : pieces_) {
    buffers_.emplace_back(piece.shared ? piece.shared : copied, piece.size);
    if (!piece.shared) copied += piece.size;
  }
  auto written = co_await writer.write(std::span<const asio::const_buffer>(buffers_));
  pieces_.clear();
  copied_.clear();
  kept_.clear();
  size_ = 0;
  co_return written;
}

}  // namespace taffrail::api
