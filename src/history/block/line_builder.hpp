#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/block/block.hpp"

namespace taffrail::history {

/// Puts lines of a block together, one after the other, some of them passed over. Its block has said that all counts
/// fit, so it asks for no bounds.
class LineBuilder {
 public:
  /// Unpacks what lines need. Error damaged.
  /// @param chosen the lines that will be built, rising; others can be passed over only
  [[nodiscard]] static Result<LineBuilder> open(Block& block, std::span<const std::uint32_t> chosen);

  /// Passes over lines: an addition for each, and once before the next line is built one for each variable of each
  /// template among them.
  void skip(std::size_t lines);
  /// Writes the next line.
  /// @param to has room for it, and over_write bytes more
  /// @return its size
  std::size_t append(char* to);
  static constexpr std::size_t over_write = 64;

 private:
  explicit LineBuilder(Block& block);
  [[nodiscard]] std::vector<bool> columns_of(std::span<const std::uint32_t> chosen) const;
  void pass(std::uint16_t id);
  void settle();
  char* append_template(std::size_t id, char* to);

  const TemplateSet* templates_;
  LineTemplates lines_;
  const Block::Stored* stored_;
  std::string_view opaque_;
  struct Column {
    const char* characters = nullptr;  // of one that lines need
    std::size_t at = 0;                // the next variable
  };
  std::vector<Column> columns_;
  std::vector<std::uint32_t> token_ends_;  // of opaque tokens: their newlines

  std::size_t line_ = 0;
  std::size_t string_ = 0;
  std::size_t token_ = 0;
  std::size_t stored_line_ = 0;
  // Times that each template was passed over since the last line, and those that were: the first `passed_count_`.
  std::vector<std::uint32_t> passed_;
  std::vector<std::uint16_t> passed_ids_;
  std::size_t passed_count_ = 0;
};

}  // namespace taffrail::history
