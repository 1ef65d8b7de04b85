#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "source/logfile/log_options.hpp"
#include "text/json_file.hpp"
#include "text/k8s_file.hpp"
#include "text/line_splitter.hpp"
#include "text/utf16.hpp"

namespace taffrail::logfile {

/// Lines of which a part has come, by std stream.
using OpenLines = std::array<text::PartialLine, 2>;

/// Of a plain file of UTF-16: which; nothing for all other files.
using Encoding = std::optional<text::ByteOrder>;

/// Behind the first row's end at or behind `from` in bytes of a file; 0 when there is none. Rows of UTF-16 begin at
/// even places, and so must the bytes.
[[nodiscard]] std::size_t first_row_end(std::string_view bytes, std::size_t from, Encoding encoding);
/// Behind the last row's end.
[[nodiscard]] std::size_t last_row_end(std::string_view bytes, Encoding encoding);

/// Decodes the files of a log of any format, fed from the beginning of a row on. Whether a plain file is of UTF-16 it
/// sees by its first bytes, and must be told when it begins behind them.
class LineDecoder {
 public:
  using Want = text::JsonFileDecoder::Want;

  explicit LineDecoder(const LogOptions& options, Want want = Want::lines);

  void feed(std::string_view chunk, text::LineSink sink);
  /// Nothing will follow: hands over lines that lack their newline.
  void finish(text::LineSink sink);
  /// The next file of the log follows. In engines' logs unfinished lines go on there, and a torn row is dropped; a
  /// plain file's last line ends with the file.
  void next_file(text::LineSink sink);
  /// Ready for a row that begins at `offset`, before which these lines were open; null: none.
  void reset(std::uint64_t offset, const std::shared_ptr<const OpenLines>& open, Encoding encoding);
  /// The lines that are open at the end of a row; null when none are.
  [[nodiscard]] std::shared_ptr<const OpenLines> open_lines() const;
  /// Whether it holds the beginning of a plain file's line.
  [[nodiscard]] bool has_rest() const;
  /// Whether a line may end here: not within a unit of UTF-16.
  [[nodiscard]] bool between_units() const;

 private:
  [[nodiscard]] bool plain() const;
  void begin_plain(std::uint64_t offset, Encoding encoding);
  void feed_decoder(std::string_view chunk, text::LineSink sink);

  bool cut_carriage_return_;
  std::variant<text::JsonFileDecoder, text::K8sFileDecoder, text::LineSplitter, text::Utf16Splitter> decoder_;
  bool at_mark_ = false;  // of a plain file, whose first two bytes have not come
  std::string mark_;      // what has of them
};

}  // namespace taffrail::logfile
