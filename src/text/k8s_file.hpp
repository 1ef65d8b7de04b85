#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "text/line_sink.hpp"
#include "text/line_splitter.hpp"
#include "text/partial_line.hpp"

namespace taffrail::text {

/// Decodes the log files of Podman's k8s-file driver and of CRI runtimes (containerd, CRI-O): rows of
/// `TIME stdout|stderr F|P[:tag…] text`, where P is a part of a longer line and F its last or only part. Rules for
/// chunks, torn rows, corrupt rows and bounds are those of JsonFileDecoder.
class K8sFileDecoder {
 public:
  K8sFileDecoder();
  void feed(std::string_view chunk, LineSink sink);
  void finish(LineSink sink);
  void reset(std::uint64_t offset = 0);
  void next_file(std::uint64_t offset = 0);
  [[nodiscard]] const std::array<PartialLine, 2>& open_lines() const { return lines_; }
  void set_open_lines(const std::array<PartialLine, 2>& lines) { lines_ = lines; }
  [[nodiscard]] std::uint64_t corrupt_rows() const { return corrupt_rows_; }

 private:
  void row(const Line& row, LineSink sink);

  LineSplitter rows_;
  std::array<PartialLine, 2> lines_;
  std::uint64_t corrupt_rows_ = 0;
};

}  // namespace taffrail::text
