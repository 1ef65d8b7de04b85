#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_blob;

namespace taffrail::store {

/// A BLOB that is read in parts, without the rest of it. Lives at most as long as its snapshot.
class Blob {
 public:
  /// not_found when there is no such row; invalid_argument when its column holds neither bytes nor text.
  [[nodiscard]] static Result<Blob> open(sqlite3* database, const char* table, const char* column, std::int64_t row);

  [[nodiscard]] std::size_t size() const;
  /// Fills `into` with the bytes from `offset` on. All of them must be inside the BLOB.
  [[nodiscard]] Result<> read(std::size_t offset, std::span<std::byte> into) const;
  /// The same column of another row; cheaper than opening anew. After a failure only another `move_to` is of use.
  [[nodiscard]] Result<> move_to(std::int64_t row);

 private:
  struct Close {
    void operator()(sqlite3_blob* blob) const;
  };
  Blob(sqlite3* database, sqlite3_blob* blob) : database_(database), blob_(blob) {}

  sqlite3* database_;
  std::unique_ptr<sqlite3_blob, Close> blob_;
};

}  // namespace taffrail::store
