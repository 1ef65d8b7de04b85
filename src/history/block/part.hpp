#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace taffrail::history {

/// Each is a BLOB of its own, so that a question reads only what it needs.
enum class PartKind : char {
  plain = 'L',   ///< a whole block as it came: rows and lines
  rows = 'A',    ///< times, seqs, flags and templates of lines
  text = 'B',    ///< templates, and what of the lines stands in no column
  digits = 'C',  ///< the columns of variables
};

/// The layout that this program writes, and the only one that it reads.
inline constexpr std::uint8_t format_version = 1;

/// Bytes of its own, and some behind that may be read but say nothing, so that short copies need no end.
struct Bytes {
  static constexpr std::size_t padding = 32;
  std::unique_ptr<char[]> data;
  std::size_t size = 0;

  /// Room for `size` bytes, not set; the padding is zero.
  [[nodiscard]] static Bytes of_size(std::size_t size);
  [[nodiscard]] std::string_view view() const { return {data.get(), size}; }
};

/// How a section is packed: zstd's level, and the shortest match that it looks for (0: what the level has).
struct Packing {
  int level = 1;
  int min_match = 0;
};

/// Puts a part together: a header, a directory with a checksum for each section, and the sections.
class PartWriter {
 public:
  explicit PartWriter(PartKind kind) : kind_(kind) {}
  /// Adds a section, packed where that makes it smaller; an empty one is left out. Each id is given once.
  void add(std::uint32_t id, std::string_view raw, Packing packing = {});
  /// The part. The writer is used up.
  [[nodiscard]] std::string finish();

 private:
  PartKind kind_;
  std::uint32_t count_ = 0;
  std::string directory_;
  std::string sections_;
};

/// A part that somebody stored: its directory, checked. Sections are checked and unpacked when they are asked for.
class Part {
 public:
  struct Section {
    std::uint32_t id = 0;
    std::uint32_t raw = 0;     ///< bytes when unpacked
    std::uint32_t packed = 0;  ///< bytes as stored; as many as `raw` where it is not packed
    std::uint64_t check = 0;   ///< XXH3-64 of the stored bytes, seeded with the id
    std::size_t offset = 0;    ///< in the part
  };

  /// @param bytes the whole part; stay where they are
  /// Error damaged for anything that finish() does not make, unsupported for a later version.
  [[nodiscard]] static Result<Part> open(std::string_view bytes, PartKind kind);

  /// How large a section is when unpacked, 0 when there is none.
  [[nodiscard]] std::size_t raw_size(std::uint32_t id) const;
  /// A section, unpacked; none at all is an empty one. Error damaged.
  [[nodiscard]] Result<Bytes> section(std::uint32_t id) const;
  [[nodiscard]] const std::vector<Section>& sections() const { return sections_; }

 private:
  std::string_view bytes_;
  std::vector<Section> sections_;
};

/// Error damaged, with what does not fit.
[[nodiscard]] std::unexpected<Error> damaged(std::string_view what);

}  // namespace taffrail::history
