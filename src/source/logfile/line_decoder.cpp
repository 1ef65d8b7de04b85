#include "source/logfile/line_decoder.hpp"

#include <type_traits>

namespace taffrail::logfile {
namespace {

template <class Decoder>
constexpr bool is_plain = std::is_same_v<Decoder, text::LineSplitter>;

}  // namespace

LineDecoder::LineDecoder(const LogOptions& options, Want want)
    : cut_carriage_return_(options.tty), decoder_(std::in_place_type<text::JsonFileDecoder>, want) {
  switch (options.format) {
    case LogFormat::json_file: break;
    case LogFormat::k8s_file: decoder_.emplace<text::K8sFileDecoder>(); break;
    case LogFormat::plain:
      decoder_.emplace<text::LineSplitter>(text::LineSplitter::CarriageReturn::strip, text::max_line_bytes,
                                           text::LineSplitter::LeadingNuls::strip);
      break;
  }
}

void LineDecoder::feed(std::string_view chunk, text::LineSink sink) {
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
  std::visit([&](auto& decoder) { decoder.finish(sink); }, decoder_);
}

void LineDecoder::next_file(text::LineSink sink) {
  std::visit(
      [&](auto& decoder) {
        if constexpr (is_plain<std::remove_cvref_t<decltype(decoder)>>) {
          decoder.finish(sink);
          decoder.reset();
        } else {
          decoder.next_file();
        }
      },
      decoder_);
}

void LineDecoder::reset(std::uint64_t offset, const std::shared_ptr<const OpenLines>& open) {
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

bool LineDecoder::has_rest() const {
  const auto* splitter = std::get_if<text::LineSplitter>(&decoder_);
  return splitter && splitter->has_rest();
}

}  // namespace taffrail::logfile
