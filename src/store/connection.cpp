#include "store/connection.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <string>
#include <unistd.h>

#include "store/sqlite_error.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

/// SQLite would give a new file, its log and its index to everybody that the umask lets; they take after this one.
Result<> create_private(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    if (errno == EEXIST) return {};
    return std::unexpected(system_error("create " + path.string(), errno));
  }
  ::close(file);
  return {};
}

}  // namespace

void Connection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Connection> Connection::open(const std::filesystem::path& path, Mode mode) {
  if (mode == Mode::create) {
    auto created = create_private(path);
    if (!created) return forward(created);
  }
  // No mutexes of SQLite's own: one thread at a time has it.
  const int flags =
      (mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  Connection connection(opened);
  if (code != SQLITE_OK) {
    // SQLite does not name the file of a connection that did not open.
    const int number = opened ? sqlite3_system_errno(opened) : 0;
    if (number != 0) return std::unexpected(system_error("open " + path.string(), number));
    return std::unexpected(sqlite_error(opened, code, "open " + path.string()));
  }
  connection.set_busy_limit(limits::busy_limit);
  // A file of ours that somebody else has written is input like any other: no functions or virtual tables from its
  // schema.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  for (const std::string& pragma :
       {"PRAGMA cache_size=-" + std::to_string(limits::cache_kib), std::string("PRAGMA mmap_size=0"),
        std::string("PRAGMA foreign_keys=ON"), std::string("PRAGMA temp_store=MEMORY")}) {
    auto set = connection.run(pragma);
    if (!set) return forward(set);
  }
  return connection;
}

Result<std::int64_t> Connection::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return forward(statement);
  auto row = statement->step();
  if (!row) return forward(row);
  return *row ? statement->integer(0) : 0;
}

void Connection::set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline,
                              const std::atomic<bool>* stop) {
  *limit_ = {deadline, stop};
  if (!deadline && !stop) {
    sqlite3_progress_handler(handle(), 0, nullptr, nullptr);
    return;
  }
  const auto look = [](void* data) {
    const Limit& limit = *static_cast<const Limit*>(data);
    if (limit.stop && limit.stop->load(std::memory_order_relaxed)) return 1;
    return limit.deadline && std::chrono::steady_clock::now() >= *limit.deadline ? 1 : 0;
  };
  sqlite3_progress_handler(handle(), limits::steps_between_looks, look, limit_.get());
}

void Connection::set_busy_limit(std::chrono::milliseconds limit) {
  sqlite3_busy_timeout(handle(), static_cast<int>(limit.count()));
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

void Connection::abandon_transaction() {
  if (!in_transaction()) return;
  const auto undone = run("ROLLBACK");
  (void)undone;
}

}  // namespace taffrail::store
