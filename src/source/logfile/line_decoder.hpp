#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

#include "source/logfile/log_options.hpp"
#include "text/json_file.hpp"
#include "text/k8s_file.hpp"
#include "text/line_splitter.hpp"

namespace taffrail::logfile {

/// Lines of which a part has come, by std stream.
using OpenLines = std::array<text::PartialLine, 2>;

/// Decodes the files of a log of any format, fed from the beginning of a row on.
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
  void reset(std::uint64_t offset, const std::shared_ptr<const OpenLines>& open);
  /// The lines that are open at the end of a row; null when none are.
  [[nodiscard]] std::shared_ptr<const OpenLines> open_lines() const;
  /// Whether it holds the beginning of a plain file's line.
  [[nodiscard]] bool has_rest() const;

 private:
  bool cut_carriage_return_;
  std::variant<text::JsonFileDecoder, text::K8sFileDecoder, text::LineSplitter> decoder_;
};

}  // namespace taffrail::logfile
