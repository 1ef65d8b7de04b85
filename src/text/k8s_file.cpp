#include "text/k8s_file.hpp"

#include <optional>

#include "base/time_format.hpp"

namespace taffrail::text {
namespace {

/// Room for the time, the stream and the tags in front of max_line_bytes of text.
constexpr std::size_t max_row_bytes = max_line_bytes + 256;

struct K8sRow {
  Time time{};
  StdStream stream = StdStream::out;
  bool ends_line = false;
  std::string_view text;
};

/// The bytes of `rest` up to the next blank, which is cut off with them; nothing without a blank.
std::optional<std::string_view> field(std::string_view& rest) {
  const std::size_t blank = rest.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view value = rest.substr(0, blank);
  rest.remove_prefix(blank + 1);
  return value;
}

std::optional<K8sRow> parse_row(std::string_view rest) {
  const auto time_text = field(rest);
  if (!time_text) return std::nullopt;
  const auto stream_text = field(rest);
  if (!stream_text) return std::nullopt;
  // The CRI format has the first of ':'-separated tags for this; without text there may be no blank behind it.
  const std::size_t blank = rest.find(' ');
  const std::string_view tags = rest.substr(0, blank);
  const std::string_view tag = tags.substr(0, tags.find(':'));
  const auto time = parse_rfc3339(*time_text);
  const auto stream = parse_std_stream(*stream_text);
  if (!time || !stream || (tag != "F" && tag != "P")) return std::nullopt;
  return K8sRow{.time = *time,
                .stream = *stream,
                .ends_line = tag == "F",
                .text = blank == std::string_view::npos ? std::string_view() : rest.substr(blank + 1)};
}

}  // namespace

K8sFileDecoder::K8sFileDecoder()
    : rows_(LineSplitter::CarriageReturn::keep, max_row_bytes, LineSplitter::LeadingNuls::strip) {}

void K8sFileDecoder::feed(std::string_view chunk, LineSink sink) {
  rows_.feed(chunk, [&](const Line& line) { row(line, sink); });
}

void K8sFileDecoder::row(const Line& row, LineSink sink) {
  const auto parsed = parse_row(row.bytes);
  if (!parsed) {
    ++corrupt_rows_;
    return;
  }
  PartialLine& partial = lines_[static_cast<std::size_t>(parsed->stream)];
  if (parsed->ends_line && !row.truncated) {
    complete_line(
        partial,
        {.time = parsed->time, .stream = parsed->stream, .bytes = parsed->text, .begin = row.begin, .end = row.end},
        max_line_bytes, sink);
    return;
  }
  if (parsed->text.empty() && !row.truncated) return;
  partial.append(parsed->text, parsed->time, row.begin);
  if (row.truncated) partial.mark_truncated();
  if (!parsed->ends_line) return;
  sink(partial.line(parsed->stream, row.end));
  partial.clear();
}

void K8sFileDecoder::finish(LineSink sink) { finish_lines(lines_, rows_.offset(), sink); }

void K8sFileDecoder::reset(std::uint64_t offset) {
  for (PartialLine& line : lines_) line.clear();
  rows_.reset(offset);
}

void K8sFileDecoder::next_file(std::uint64_t offset) {
  if (rows_.has_rest()) ++corrupt_rows_;
  rows_.reset(offset);
}

}  // namespace taffrail::text
