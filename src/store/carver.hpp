#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace taffrail::store {

/// Reads the rows of a damaged database page by page, without its trees: of a page that is whole every row is found,
/// whichever others are not, its own table's root among them (https://www.sqlite.org/fileformat2.html). What a row is
/// of, its reader has to know by its columns; that its bytes are those that were written, by checksums of their own.
///
/// Pages in the list of free pages hold rows that were deleted, and are passed over as far as that list can be read.
class Carver {
 public:
  /// NULL, a number, or the bytes of a text or BLOB. Of the column that is the row's id: NULL.
  using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
  struct Row {
    std::int64_t id = 0;  ///< of a table's row; of an index's entry 0
    bool in_index = false;
    std::vector<Value> values;
    bool whole = true;  ///< false: a long last value is cut
    std::uint32_t page = 0;
    std::uint16_t cell = 0;  ///< of the page

    /// What the columns are, by which it is told of which table it is: `-` NULL, `i` an integer, `t` a text or BLOB,
    /// `?` a number of another kind.
    [[nodiscard]] std::string shape() const;
    /// 0 where the column is none.
    [[nodiscard]] std::int64_t integer(std::size_t column) const;
    /// Empty where the column has none.
    [[nodiscard]] const std::string& bytes(std::size_t column) const;
  };

  /// Takes what a write-ahead log beside the file holds into it first, where SQLite can. Errors: the operating
  /// system's.
  [[nodiscard]] static Result<Carver> open(const std::filesystem::path& path);
  Carver(Carver&& other) noexcept;
  Carver& operator=(Carver&&) = delete;
  ~Carver();

  [[nodiscard]] std::uint32_t pages() const { return pages_; }
  /// The rows of a page, from 1 to `pages`; none where it is no leaf. What lies on pages of its own is left out.
  [[nodiscard]] std::vector<Row> rows(std::uint32_t page) const;
  /// One of them with all of its bytes; nothing where a page of it cannot be read.
  [[nodiscard]] std::optional<Row> whole(const Row& row) const;

 private:
  using Bytes = std::span<const unsigned char>;
  Carver(int file, std::uint32_t pages) : file_(file), pages_(pages) {}

  [[nodiscard]] bool read(std::uint32_t page, std::vector<unsigned char>& into) const;
  void find_free_pages();
  [[nodiscard]] std::optional<Row> row_of(Bytes page, std::uint32_t number, std::uint16_t cell, bool all) const;

  int file_;
  std::uint32_t pages_;
  std::set<std::uint32_t> free_;
};

}  // namespace taffrail::store
