#include "store/backup.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "store/sqlite_error.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

Result<> sync(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return std::unexpected(system_error("open " + path.string(), errno));
  const bool failed = ::fsync(file) != 0;
  const int number = errno;
  ::close(file);
  if (failed) return std::unexpected(system_error("write " + path.string() + " to the disk", number));
  return {};
}

}  // namespace

Backup::Backup(fs::path target, fs::path part, Connection to)
    : target_(std::move(target)), part_(std::move(part)), to_(std::move(to)) {}

Backup::Backup(Backup&& other) noexcept
    : target_(std::move(other.target_)),
      part_(std::exchange(other.part_, {})),
      to_(std::exchange(other.to_, std::nullopt)),
      backup_(std::exchange(other.backup_, nullptr)) {}

Backup::~Backup() {
  if (backup_) sqlite3_backup_finish(backup_);
  to_.reset();
  std::error_code ignored;  // what cannot be removed stays as *.part
  if (!part_.empty()) fs::remove(part_, ignored);
}

Result<Backup> Backup::begin(Connection& from, const fs::path& target) {
  std::error_code error;
  if (fs::exists(target, error)) return fail(ErrorCode::conflict, target.string() + " is there already");
  const fs::path part = target.string() + ".part";
  fs::remove(part, error);  // of an earlier one that was killed
  auto to = Connection::open(part, Connection::Mode::create);
  if (!to) return forward(to);
  Backup copy(target, part, std::move(*to));
  // A copy that is not whole is worth nothing, so it needs no journal on the disk; it is written to the disk once, at
  // its end.
  for (const char* pragma : {"PRAGMA journal_mode=MEMORY", "PRAGMA synchronous=OFF"}) {
    auto set = copy.to_->run(pragma);
    if (!set) return forward(set);
  }
  sqlite3* into = copy.to_->handle();
  copy.backup_ = sqlite3_backup_init(into, "main", from.handle(), "main");
  if (!copy.backup_) return std::unexpected(sqlite_error(into, sqlite3_errcode(into), "begin a copy"));
  return copy;
}

Result<bool> Backup::step() {
  const int code = sqlite3_backup_step(backup_, limits::backup_pages);
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) return std::unexpected(sqlite_error(to_->handle(), code, "copy"));
  auto done = finish();
  if (!done) return forward(done);
  return true;
}

Result<> Backup::finish() {
  const int code = sqlite3_backup_finish(std::exchange(backup_, nullptr));
  if (code != SQLITE_OK) return std::unexpected(sqlite_error(to_->handle(), code, "end a copy"));
  to_.reset();
  auto done = sync(part_, O_RDWR);
  if (!done) return done;
  // Not rename: it would replace what came to stand there meanwhile.
  if (::link(part_.c_str(), target_.c_str()) != 0)
    return std::unexpected(system_error("name the copy " + target_.string(), errno));
  std::error_code ignored;
  fs::remove(part_, ignored);
  part_.clear();
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  return sync(folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace taffrail::store
