#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "store/connection.hpp"

struct sqlite3_backup;

namespace taffrail::store {

/// A copy of a database in use, made some pages at a time by the connection that writes it, which tells SQLite of the
/// pages that change meanwhile: the copy never has to begin anew and holds up no checkpoint. It grows under a name of
/// its own and gets its real one when it is whole and on the disk.
class Backup {
 public:
  /// @param target what the copy is called; conflict when there is such a file already
  [[nodiscard]] static Result<Backup> begin(Connection& from, const std::filesystem::path& target);
  Backup(Backup&& other) noexcept;
  Backup& operator=(Backup&&) = delete;
  /// Removes what was copied, unless it became the target.
  ~Backup();

  /// Copies limits::backup_pages pages. True when the copy is whole and has its name. After an error it is over.
  [[nodiscard]] Result<bool> step();

 private:
  Backup(std::filesystem::path target, std::filesystem::path part, Connection to);
  [[nodiscard]] Result<> finish();

  std::filesystem::path target_;
  std::filesystem::path part_;  // empty: it has become the target, or this was moved from
  std::optional<Connection> to_;
  sqlite3_backup* backup_ = nullptr;
};

}  // namespace taffrail::store
