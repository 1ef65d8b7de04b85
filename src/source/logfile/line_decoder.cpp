#include "source/logfile/line_decoder.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace taffrail::logfile {
namespace {

template <class Decoder>
constexpr bool is_plain = std::is_same_v<Decoder, text::LineSplitter> || std::is_same_v<Decoder, text::Utf16Splitter>;

constexpr std::size_t mark_bytes = 2;
constexpr std::size_t npos = std::string_view::npos;

std::string_view newline_of(text::ByteOrder order) {
  return order == text::ByteOrder::little ? std::string_view("\n\0", 2) : std::string_view("\0\n", 2);
}

}  // namespace

std::size_t first_row_end(std::string_view bytes, std::size_t from, Encoding encoding) {
  if (!encoding) {
    const std::size_t newline = bytes.find('\n', from);
    return newline == npos ? 0 : newline + 1;
  }
  const std::string_view newline = newline_of(*encoding);
  std::size_t at = bytes.find(newline, from / 2 * 2);
  while (at != npos && at % 2 != 0) at = bytes.find(newline, at + 1);
  return at == npos ? 0 : at + newline.size();
}

std::size_t last_row_end(std::string_view bytes, Encoding encoding) {
  if (!encoding) return bytes.rfind('\n') + 1;  // npos + 1 is 0
  const std::string_view newline = newline_of(*encoding);
  std::size_t at = bytes.rfind(newline);
  while (at != npos && at % 2 != 0) at = bytes.rfind(newline, at - 1);
  return at == npos ? 0 : at + newline.size();
}

LineDecoder::LineDecoder(const LogOptions& options, Want want)
    : cut_carriage_return_(options.tty), decoder_(std::in_place_type<text::JsonFileDecoder>, want) {
  switch (options.format) {
    case LogFormat::json_file: break;
    case LogFormat::k8s_file: decoder_.emplace<text::K8sFileDecoder>(); break;
    case LogFormat::plain: begin_plain(0, std::nullopt); break;
  }
}

void LineDecoder::begin_plain(std::uint64_t offset, Encoding encoding) {
  if (encoding) {
    decoder_.emplace<text::Utf16Splitter>(*encoding).reset(offset);
  } else if (auto* splitter = std::get_if<text::LineSplitter>(&decoder_)) {
    splitter->reset(offset);
  } else {
    decoder_
        .emplace<text::LineSplitter>(text::LineSplitter::CarriageReturn::strip, text::max_line_bytes,
                                     text::LineSplitter::LeadingNuls::strip)
        .reset(offset);
  }
  at_mark_ = offset == 0;
  mark_.clear();
}

void LineDecoder::feed(std::string_view chunk, text::LineSink sink) {
  if (at_mark_) {
    // Of most files the first byte tells.
    if (mark_.empty() && chunk.size() == 1 && (chunk[0] == '\xFF' || chunk[0] == '\xFE')) {
      mark_ = chunk;
      return;
    }
    if (chunk.empty()) return;
    const std::string held = std::exchange(mark_, {}) + std::string(chunk.substr(0, mark_bytes));
    const std::string_view first = std::string_view(held).substr(0, mark_bytes);
    const std::size_t before = held.size() - std::min(chunk.size(), mark_bytes);
    if (const Encoding encoding = text::utf16_mark(first)) begin_plain(0, encoding);
    at_mark_ = false;
    if (before > 0) feed_decoder(std::string_view(held).substr(0, before), sink);
  }
  feed_decoder(chunk, sink);
}

void LineDecoder::feed_decoder(std::string_view chunk, text::LineSink sink) {
  const auto feed_to = [&](text::LineSink taker) {
    std::visit([&](auto& decoder) { decoder.feed(chunk, taker); }, decoder_);
  };
  if (!cut_carriage_return_) return feed_to(sink);
  feed_to([&](const text::Line& line) {
    text::Line cut = line;
    if (cut.bytes.ends_with('\r')) cut.bytes.remove_suffix(1);
    sink(cut);
  });
}

void LineDecoder::finish(text::LineSink sink) {
  at_mark_ = false;
  if (!mark_.empty()) feed_decoder(std::exchange(mark_, {}), sink);
  std::visit([&](auto& decoder) { decoder.finish(sink); }, decoder_);
}

void LineDecoder::next_file(text::LineSink sink) {
  if (plain()) {
    finish(sink);
    begin_plain(0, std::nullopt);
    return;
  }
  std::visit(
      [](auto& decoder) {
        if constexpr (!is_plain<std::remove_cvref_t<decltype(decoder)>>) decoder.next_file();
      },
      decoder_);
}

void LineDecoder::reset(std::uint64_t offset, const std::shared_ptr<const OpenLines>& open, Encoding encoding) {
  if (plain()) return begin_plain(offset, offset > 0 ? encoding : std::nullopt);
  std::visit(
      [&](auto& decoder) {
        decoder.reset(offset);
        if constexpr (!is_plain<std::remove_cvref_t<decltype(decoder)>>) {
          if (open) decoder.set_open_lines(*open);
        }
      },
      decoder_);
}

std::shared_ptr<const OpenLines> LineDecoder::open_lines() const {
  return std::visit(
      [](const auto& decoder) -> std::shared_ptr<const OpenLines> {
        if constexpr (is_plain<std::remove_cvref_t<decltype(decoder)>>) {
          return nullptr;
        } else {
          const OpenLines& lines = decoder.open_lines();
          if (!lines[0].open() && !lines[1].open()) return nullptr;
          return std::make_shared<const OpenLines>(lines);
        }
      },
      decoder_);
}

bool LineDecoder::plain() const {
  return std::visit([](const auto& decoder) { return is_plain<std::remove_cvref_t<decltype(decoder)>>; }, decoder_);
}

bool LineDecoder::has_rest() const {
  return !mark_.empty() || std::visit(
                               [](const auto& decoder) {
                                 if constexpr (is_plain<std::remove_cvref_t<decltype(decoder)>>)
                                   return decoder.has_rest();
                                 else
                                   return false;
                               },
                               decoder_);
}

bool LineDecoder::between_units() const {
  const auto* splitter = std::get_if<text::Utf16Splitter>(&decoder_);
  return mark_.empty() && (!splitter || splitter->offset() % 2 == 0);
}

}  // namespace taffrail::logfile
