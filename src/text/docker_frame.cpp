#include "text/docker_frame.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/time_format.hpp"

namespace taffrail::text {
namespace {

/// The engine's stdcopy types: 0 stdin and 1 stdout, which its own client reads alike, 2 stderr, 3 an error of its own.
constexpr std::uint8_t type_stderr = 2;
constexpr std::uint8_t type_engine_error = 3;

/// dockerd's frames hold 16 KiB, Podman's a whole joined line. A length beyond this is no length but other bytes.
constexpr std::uint32_t max_frame_bytes = 1U << 28U;
/// How much of the engine's error text is kept.
constexpr std::size_t max_error_bytes = 1024;

}  // namespace

Result<> DockerFrameDecoder::feed(std::string_view chunk, LineSink sink) {
  if (failed_) return std::unexpected(failure_);
  while (!chunk.empty()) {
    if (!in_frame_) {
      if (head_.empty()) frame_begin_ = offset_;
      const std::size_t count = std::min(header_bytes - head_.size(), chunk.size());
      if (count == header_bytes) {
        if (auto begun = begin_frame(chunk.substr(0, header_bytes)); !begun) return begun;
      } else {
        head_.append(chunk.substr(0, count));
        if (head_.size() == header_bytes) {
          const std::string header = head_;
          head_.clear();
          if (auto begun = begin_frame(header); !begun) return begun;
        }
      }
      offset_ += count;
      chunk.remove_prefix(count);
      continue;
    }
    const std::size_t count = std::min<std::size_t>(left_, chunk.size());
    left_ -= static_cast<std::uint32_t>(count);
    payload(chunk.substr(0, count), sink);
    offset_ += count;
    chunk.remove_prefix(count);
    if (left_ == 0) {
      in_frame_ = false;
      if (type_ == type_engine_error) return engine_error();
    }
  }
  return {};
}

Result<> DockerFrameDecoder::begin_frame(std::string_view header) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(header[i]); };
  type_ = byte(0);
  left_ = (std::uint32_t{byte(4)} << 24U) | (std::uint32_t{byte(5)} << 16U) | (std::uint32_t{byte(6)} << 8U) | byte(7);
  if (type_ > type_engine_error || byte(1) != 0 || byte(2) != 0 || byte(3) != 0 || left_ > max_frame_bytes) {
    failed_ = true;
    failure_ = {ErrorCode::protocol,
                fmt::format("the log stream is out of step at byte {}: {:02x} is no frame header", frame_begin_,
                            fmt::join(reinterpret_cast<const unsigned char*>(header.data()),
                                      reinterpret_cast<const unsigned char*>(header.data()) + header.size(), " "))};
    return std::unexpected(failure_);
  }
  in_frame_ = left_ > 0;
  in_time_ = timestamps_ == Timestamps::present && type_ != type_engine_error;
  if (type_ == type_engine_error && left_ == 0) return engine_error();
  return {};
}

Result<> DockerFrameDecoder::engine_error() {
  while (error_text_.ends_with('\n')) error_text_.pop_back();
  failed_ = true;
  failure_ = {ErrorCode::unavailable,
              "the engine ended the log: " + (error_text_.empty() ? "it gave no reason" : error_text_)};
  return std::unexpected(failure_);
}

void DockerFrameDecoder::payload(std::string_view bytes, LineSink sink) {
  if (type_ == type_engine_error) {
    error_text_.append(bytes.substr(0, max_error_bytes - error_text_.size()));
    return;
  }
  const StdStream stream = type_ == type_stderr ? StdStream::err : StdStream::out;
  const std::uint64_t end = offset_ + bytes.size();
  if (in_time_) {
    const std::size_t before = head_.size();
    const std::size_t blank = bytes.substr(0, max_time_bytes - before).find(' ');
    const bool undecided = blank == std::string_view::npos && before + bytes.size() < max_time_bytes && left_ > 0;
    if (undecided) {
      head_.append(bytes);
      return;
    }
    in_time_ = false;
    std::optional<Time> time;
    if (before == 0) {
      if (blank != std::string_view::npos) time = parse_rfc3339(bytes.substr(0, blank));
      if (time) bytes.remove_prefix(blank + 1);
    } else {
      // Rare: a chunk ended inside the time.
      std::string begun = std::move(head_);
      head_.clear();
      if (blank != std::string_view::npos) time = parse_rfc3339(begun + std::string(bytes.substr(0, blank)));
      if (time) {
        bytes.remove_prefix(blank + 1);
      } else {
        split(begun, stream, end, sink);
      }
    }
    if (time) time_ = *time;
  }
  split(bytes, stream, end, sink);
}

void DockerFrameDecoder::split(std::string_view bytes, StdStream stream, std::uint64_t end, LineSink sink) {
  PartialLine& partial = lines_[static_cast<std::size_t>(stream)];
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
      partial.append(bytes, time_, frame_begin_);
      return;
    }
    const Line last_part{.time = time_,
                         .stream = stream,
                         .bytes = bytes.substr(0, newline),
                         .begin = frame_begin_,
                         .end = end - (bytes.size() - newline - 1)};
    complete_line(partial, last_part, max_line_bytes, sink);
    bytes.remove_prefix(newline + 1);
  }
}

void DockerFrameDecoder::finish(LineSink sink) { finish_lines(lines_, offset_, sink); }

void DockerFrameDecoder::reset() { *this = DockerFrameDecoder(timestamps_); }

}  // namespace taffrail::text
