#include "api/ndjson_output.hpp"

#include <span>

namespace taffrail::api {

void NdjsonOutput::add(const LogLines& lines) {
  const PreparedBatch& batch = *lines.batch;
  const std::vector<std::uint32_t>& picks = lines.picks;
  kept_.push_back(lines.batch);
  for (std::size_t i = 0; i < picks.size();) {
    std::size_t end = picks.size();
    // Picks rise or fall strictly, so the ends alone tell whether all between them are there: the common case is one
    // run.
    if (picks[end - 1] < picks[i] || picks[end - 1] - picks[i] != end - 1 - i) {
      end = i + 1;
      while (end < picks.size() && picks[end] == picks[end - 1] + 1) ++end;
    }
    add_run(batch.ndjson(picks[i], picks[end - 1] + 1UZ));
    i = end;
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

void NdjsonOutput::add_run(std::string_view run) {
  if (run.size() < share_from) {
    add(run);
  } else {
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
